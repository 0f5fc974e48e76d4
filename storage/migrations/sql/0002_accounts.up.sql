-- People of a store: customers, staff and guests, their addresses, sessions and one-time tokens.

CREATE TABLE users (
    id uuid PRIMARY KEY,
    store_id uuid NOT NULL REFERENCES stores (id),
    email text NOT NULL CHECK (length(email) BETWEEN 3 AND 254),
    -- Lower-cased and normalised, so that an index can serve it under row-level security.
    email_folded text NOT NULL CHECK (email_folded = lower(email_folded)),
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    phone text,
    password_hash text,
    status text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'suspended', 'closed')),
    roles text[] NOT NULL DEFAULT '{customer}',
    customer_group text,
    tags text[] NOT NULL DEFAULT '{}',
    locale text,
    avatar_id uuid,
    -- Access tokens issued before this instant are refused (sign out everywhere, password change).
    tokens_valid_after timestamptz NOT NULL DEFAULT '-infinity',
    last_signed_in_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (store_id, id),
    UNIQUE (store_id, email_folded),
    FOREIGN KEY (store_id, avatar_id) REFERENCES media (store_id, id)
);
CREATE INDEX users_by_time ON users (store_id, created_at DESC, id DESC);
CREATE INDEX users_avatar ON users (store_id, avatar_id) WHERE avatar_id IS NOT NULL;
CREATE TRIGGER users_touch BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION touch_updated_at();
SELECT make_tenant_table('users');

-- A registration becomes a user when its mailed token comes back. Several may wait for one address; the first
-- to be activated wins.
CREATE TABLE registrations (
    id uuid PRIMARY KEY,
    store_id uuid NOT NULL REFERENCES stores (id),
    email text NOT NULL,
    email_folded text NOT NULL CHECK (email_folded = lower(email_folded)),
    name text NOT NULL,
    password_hash text NOT NULL,
    locale text,
    token_hash bytea NOT NULL,
    expires_at timestamptz NOT NULL,
    activated_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (store_id, id),
    UNIQUE (store_id, token_hash)
);
CREATE INDEX registrations_by_email ON registrations (store_id, email_folded);
CREATE INDEX registrations_expiry ON registrations (store_id, expires_at);
SELECT make_tenant_table('registrations');

CREATE TABLE addresses (
    id uuid PRIMARY KEY,
    store_id uuid NOT NULL REFERENCES stores (id),
    user_id uuid NOT NULL,
    kind text NOT NULL DEFAULT 'both' CHECK (kind IN ('shipping', 'billing', 'both')),
    label text,
    name text NOT NULL,
    company text,
    phone text,
    line1 text NOT NULL,
    line2 text,
    city text NOT NULL,
    region text,
    postcode text,
    country text NOT NULL CHECK (country ~ '^[A-Z]{2}$'),
    is_default boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (store_id, id),
    FOREIGN KEY (store_id, user_id) REFERENCES users (store_id, id) ON DELETE CASCADE
);
CREATE UNIQUE INDEX addresses_one_default ON addresses (store_id, user_id) WHERE is_default;
CREATE INDEX addresses_by_user ON addresses (store_id, user_id, created_at);
CREATE TRIGGER addresses_touch BEFORE UPDATE ON addresses FOR EACH ROW EXECUTE FUNCTION touch_updated_at();
SELECT make_tenant_table('addresses');

-- One sign-in on one device; the family of its refresh tokens.
CREATE TABLE sessions (
    id uuid PRIMARY KEY,
    store_id uuid NOT NULL REFERENCES stores (id),
    user_id uuid NOT NULL,
    user_agent text,
    ip inet,
    expires_at timestamptz NOT NULL,
    revoked_at timestamptz,
    revoked_reason text CHECK (revoked_reason IN ('signed_out', 'signed_out_everywhere', 'reuse', 'password', 'staff')),
    last_used_at timestamptz NOT NULL DEFAULT now(),
    created_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (store_id, id),
    FOREIGN KEY (store_id, user_id) REFERENCES users (store_id, id) ON DELETE CASCADE,
    CHECK ((revoked_at IS NULL) = (revoked_reason IS NULL))
);
CREATE INDEX sessions_by_user ON sessions (store_id, user_id, created_at DESC);
CREATE INDEX sessions_expiry ON sessions (store_id, expires_at);
SELECT make_tenant_table('sessions');

CREATE TABLE refresh_tokens (
    id uuid PRIMARY KEY,
    store_id uuid NOT NULL REFERENCES stores (id),
    session_id uuid NOT NULL,
    token_hash bytea NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (store_id, id),
    UNIQUE (store_id, token_hash),
    FOREIGN KEY (store_id, session_id) REFERENCES sessions (store_id, id) ON DELETE CASCADE
);
CREATE INDEX refresh_tokens_by_session ON refresh_tokens (store_id, session_id);
SELECT make_tenant_table('refresh_tokens');

-- Tokens sent by mail: to set a forgotten password, or to confirm a new address.
CREATE TABLE one_time_tokens (
    id uuid PRIMARY KEY,
    store_id uuid NOT NULL REFERENCES stores (id),
    user_id uuid NOT NULL,
    purpose text NOT NULL CHECK (purpose IN ('password_reset', 'email_change')),
    payload jsonb NOT NULL DEFAULT '{}',
    token_hash bytea NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (store_id, id),
    UNIQUE (store_id, token_hash),
    FOREIGN KEY (store_id, user_id) REFERENCES users (store_id, id) ON DELETE CASCADE
);
CREATE INDEX one_time_tokens_by_user ON one_time_tokens (store_id, user_id, purpose);
SELECT make_tenant_table('one_time_tokens');

-- The roles of a signed-in user, or NULL when the access token of that session no longer counts: signed out,
-- expired, suspended, or issued before tokens_valid_after. One round trip per request, so it names the store itself
-- and puts the setting back; with the caller's own rights, so the policies hold inside as well.
CREATE FUNCTION live_roles(of_store uuid, of_session uuid, of_user uuid, issued_at bigint) RETURNS text[]
LANGUAGE plpgsql
AS $$
DECLARE
    outer_store text := coalesce(current_setting('app.store_id', true), '');
    found text[];
BEGIN
    PERFORM set_config('app.store_id', of_store::text, true);
    SELECT u.roles INTO found
      FROM sessions s
      JOIN users u ON u.store_id = s.store_id AND u.id = s.user_id
     WHERE s.id = of_session
       AND s.user_id = of_user
       AND s.revoked_at IS NULL
       AND s.expires_at > now()
       AND u.status = 'active'
       -- Tokens say their time in whole seconds.
       AND date_trunc('second', u.tokens_valid_after) <= to_timestamp(issued_at);
    PERFORM set_config('app.store_id', outer_store, true);
    RETURN found;
END
$$;
