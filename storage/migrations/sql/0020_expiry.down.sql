DROP INDEX idempotency_keys_expiry;
CREATE INDEX idempotency_keys_expiry ON idempotency_keys (expires_at);
DROP INDEX one_time_tokens_expiry, refresh_tokens_expiry;
