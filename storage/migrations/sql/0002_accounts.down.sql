DROP FUNCTION live_roles(uuid, uuid, uuid, bigint);
DROP TABLE one_time_tokens, refresh_tokens, sessions, addresses, registrations, users;
