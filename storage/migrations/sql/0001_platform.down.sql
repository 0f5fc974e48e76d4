DROP TABLE media, idempotency_keys, audit_log, platform_users, stores;
DROP FUNCTION touch_updated_at(), make_tenant_table(regclass), current_store_id();
REVOKE SELECT ON tortoise_migrations FROM sostech_app;
REVOKE USAGE ON SCHEMA public FROM sostech_app;
-- The role stays: other databases of this cluster may use it.
