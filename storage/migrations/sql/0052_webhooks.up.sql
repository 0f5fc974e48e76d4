-- Where the store sends what happens in it: addresses of programs that are not ours.
CREATE TABLE webhook_endpoints (
    id uuid PRIMARY KEY,
    store_id uuid NOT NULL REFERENCES stores (id),
    url text NOT NULL CHECK (length(url) BETWEEN 1 AND 2000),
    -- Names of events; `*`: all.
    events text[] NOT NULL,
    description text NOT NULL DEFAULT '' CHECK (length(description) <= 200),
    is_active boolean NOT NULL DEFAULT true,
    -- What it is signed with, encrypted. While a secret is rotated the one before signs along.
    secret text NOT NULL,
    old_secret text,
    old_secret_until timestamptz,
    -- Since when nothing was taken. NULL: what was sent last was.
    failing_since timestamptz,
    switched_off_at timestamptz,
    switched_off_because text,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (store_id, id),
    CHECK ((old_secret IS NULL) = (old_secret_until IS NULL)),
    CHECK ((switched_off_at IS NULL) = (switched_off_because IS NULL)),
    CHECK (NOT is_active OR switched_off_at IS NULL)
);
CREATE TRIGGER webhook_endpoints_touch BEFORE UPDATE ON webhook_endpoints
    FOR EACH ROW EXECUTE FUNCTION touch_updated_at();
SELECT make_tenant_table('webhook_endpoints');

-- What each endpoint is to be told, in the very bytes that are sent each time. `attempts` is counted up, and committed,
-- before anything is sent.
CREATE TABLE webhook_deliveries (
    id uuid PRIMARY KEY,
    store_id uuid NOT NULL REFERENCES stores (id),
    endpoint_id uuid NOT NULL,
    event_id uuid NOT NULL,
    event text NOT NULL,
    body text NOT NULL,
    occurred_at timestamptz NOT NULL,
    state text NOT NULL DEFAULT 'due' CHECK (state IN ('due', 'delivered', 'dead')),
    attempts integer NOT NULL DEFAULT 0,
    -- When it is due: at first, and after a failure; while somebody sends it, when others may. NULL: it has ended.
    next_try_at timestamptz DEFAULT now(),
    -- What the last try brought; `status` NULL: no answer.
    tried_at timestamptz,
    status integer,
    milliseconds integer,
    answer text,
    error text,
    ended_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (store_id, id),
    UNIQUE (store_id, endpoint_id, event_id),
    CHECK ((state = 'due') = (next_try_at IS NOT NULL)),
    FOREIGN KEY (store_id, endpoint_id) REFERENCES webhook_endpoints (store_id, id) ON DELETE CASCADE
);
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (store_id, endpoint_id, next_try_at) WHERE state = 'due';
CREATE INDEX webhook_deliveries_log ON webhook_deliveries (store_id, endpoint_id, created_at DESC, id DESC);
CREATE INDEX webhook_deliveries_dead ON webhook_deliveries (store_id, endpoint_id) WHERE state = 'dead';
CREATE INDEX webhook_deliveries_ended ON webhook_deliveries (ended_at) WHERE ended_at IS NOT NULL;
SELECT make_tenant_table('webhook_deliveries');
