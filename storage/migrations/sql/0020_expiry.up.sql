-- What has expired is found by its store's own index, so that sweeping one store does not walk through the others.
CREATE INDEX refresh_tokens_expiry ON refresh_tokens (store_id, expires_at);
CREATE INDEX one_time_tokens_expiry ON one_time_tokens (store_id, expires_at);
DROP INDEX idempotency_keys_expiry;
CREATE INDEX idempotency_keys_expiry ON idempotency_keys (store_id, expires_at);
