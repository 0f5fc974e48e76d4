-- The ground everything stands on: the application role, the tenant setting and the platform's own tables.

-- The role the shop serves with. It owns nothing and cannot bypass row-level security. Roles belong to the whole
-- cluster, so another database of ours may have made it already, at this very moment even.
DO $$
BEGIN
    CREATE ROLE sostech_app NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS;
EXCEPTION
    WHEN duplicate_object OR unique_violation THEN NULL;
END
$$;

-- Whoever migrates may also serve, by taking the role.
DO $$
BEGIN
    IF NOT pg_has_role(current_user, 'sostech_app', 'MEMBER') THEN
        EXECUTE format('GRANT sostech_app TO %I', current_user);
    END IF;
END
$$;

REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO sostech_app;
-- So that the shop can see whether the schema is the one it was written for. Tortoise made the table a moment ago.
GRANT SELECT ON tortoise_migrations TO sostech_app;

-- The store of this transaction; NULL, which matches no row, when none was set.
CREATE FUNCTION current_store_id() RETURNS uuid
LANGUAGE sql STABLE PARALLEL SAFE
AS $$ SELECT nullif(current_setting('app.store_id', true), '')::uuid $$;

-- Gives a tenant table its isolation and the application its rights; called once per table.
CREATE FUNCTION make_tenant_table(name regclass) RETURNS void
LANGUAGE plpgsql
AS $$
BEGIN
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format(
        'CREATE POLICY store_isolation ON %s USING (store_id = (SELECT current_store_id()))'
        ' WITH CHECK (store_id = (SELECT current_store_id()))', name);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %s TO sostech_app', name);
END
$$;
REVOKE EXECUTE ON FUNCTION make_tenant_table(regclass) FROM PUBLIC;

CREATE FUNCTION touch_updated_at() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    NEW.updated_at := now();
    RETURN NEW;
END
$$;

CREATE TABLE stores (
    id uuid PRIMARY KEY,
    slug text NOT NULL UNIQUE CHECK (slug ~ '^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$'),
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    domain text UNIQUE CHECK (domain = lower(domain)),
    status text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'suspended')),
    currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    timezone text NOT NULL,
    locale text NOT NULL DEFAULT 'en',
    country text NOT NULL CHECK (country ~ '^[A-Z]{2}$'),
    settings jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE TRIGGER stores_touch BEFORE UPDATE ON stores FOR EACH ROW EXECUTE FUNCTION touch_updated_at();
GRANT SELECT, INSERT, UPDATE ON stores TO sostech_app;

-- People who run the platform, not a store.
CREATE TABLE platform_users (
    id uuid PRIMARY KEY,
    email text NOT NULL CHECK (length(email) BETWEEN 3 AND 254),
    email_folded text NOT NULL UNIQUE CHECK (email_folded = lower(email_folded)),
    name text NOT NULL,
    password_hash text NOT NULL,
    status text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'suspended')),
    tokens_valid_after timestamptz NOT NULL DEFAULT now(),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE TRIGGER platform_users_touch BEFORE UPDATE ON platform_users
    FOR EACH ROW EXECUTE FUNCTION touch_updated_at();
GRANT SELECT, UPDATE ON platform_users TO sostech_app;

-- Who did what, with the state before and after. Rows are only ever added.
CREATE TABLE audit_log (
    id uuid PRIMARY KEY,
    store_id uuid NOT NULL REFERENCES stores (id),
    actor_kind text NOT NULL CHECK (actor_kind IN ('user', 'guest', 'platform', 'system')),
    actor_id uuid,
    action text NOT NULL,
    resource_type text NOT NULL,
    resource_id text NOT NULL,
    before jsonb,
    after jsonb,
    request_id text,
    created_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (store_id, id)
);
CREATE INDEX audit_log_by_time ON audit_log (store_id, created_at DESC, id DESC);
CREATE INDEX audit_log_by_resource ON audit_log (store_id, resource_type, resource_id, created_at DESC);
SELECT make_tenant_table('audit_log');
REVOKE UPDATE, DELETE ON audit_log FROM sostech_app;

-- Answers already given to effectful requests (semantics 7). A row is written in the transaction of the effect.
CREATE TABLE idempotency_keys (
    store_id uuid NOT NULL REFERENCES stores (id),
    principal text NOT NULL,
    method text NOT NULL,
    route text NOT NULL,
    key text NOT NULL CHECK (length(key) BETWEEN 1 AND 255),
    fingerprint bytea NOT NULL,
    status integer NOT NULL CHECK (status BETWEEN 200 AND 599),
    headers jsonb NOT NULL,
    body bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (store_id, principal, method, route, key)
);
CREATE INDEX idempotency_keys_expiry ON idempotency_keys (expires_at);
SELECT make_tenant_table('idempotency_keys');

-- Files of a store: avatars and product images. The bytes live behind the media port, under `key`.
CREATE TABLE media (
    id uuid PRIMARY KEY,
    store_id uuid NOT NULL REFERENCES stores (id),
    purpose text NOT NULL CHECK (purpose IN ('avatar', 'product', 'chat')),
    key text NOT NULL,
    content_type text NOT NULL,
    size_bytes bigint NOT NULL CHECK (size_bytes >= 0),
    width integer CHECK (width > 0),
    height integer CHECK (height > 0),
    owner_id uuid,
    created_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (store_id, id),
    UNIQUE (store_id, key)
);
SELECT make_tenant_table('media');
