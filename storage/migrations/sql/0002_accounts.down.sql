DROP TABLE one_time_tokens, refresh_tokens, sessions, addresses, registrations, users;
