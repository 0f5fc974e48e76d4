-- Carts somebody uploaded to try rulesets on, in parts of a few hundred each.
CREATE TABLE cart_collections (
    id uuid PRIMARY KEY,
    store_id uuid NOT NULL REFERENCES stores (id),
    name text NOT NULL CHECK (name ~ '^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$'),
    carts integer NOT NULL CHECK (carts >= 0),
    -- Lines of the file that could not be read, with the reason of the first of them: [{line, code, message}].
    unreadable integer NOT NULL DEFAULT 0,
    faults jsonb NOT NULL DEFAULT '[]',
    created_by uuid,
    created_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (store_id, id),
    UNIQUE (store_id, name)
);
SELECT make_tenant_table('cart_collections');

CREATE TABLE cart_collection_parts (
    store_id uuid NOT NULL REFERENCES stores (id),
    collection_id uuid NOT NULL,
    part integer NOT NULL CHECK (part >= 0),
    carts jsonb NOT NULL,
    PRIMARY KEY (store_id, collection_id, part),
    FOREIGN KEY (store_id, collection_id) REFERENCES cart_collections (store_id, id) ON DELETE CASCADE
);
SELECT make_tenant_table('cart_collection_parts');

-- Two rule books over many carts: who asked, how far it is, and what came out.
CREATE TABLE replay_jobs (
    id uuid PRIMARY KEY,
    store_id uuid NOT NULL REFERENCES stores (id),
    title text NOT NULL,
    -- The rulesets of both sides as they were chosen, with hashes; and where the carts come from.
    before jsonb NOT NULL,
    after jsonb NOT NULL,
    sources jsonb NOT NULL,
    state text NOT NULL DEFAULT 'waiting'
        CHECK (state IN ('waiting', 'running', 'paused', 'done', 'failed', 'cancelled')),
    carts integer NOT NULL DEFAULT 0,
    done integer NOT NULL DEFAULT 0,
    -- Where to go on, and what was found up to there: written together, so a killed worker loses nothing but time.
    reached jsonb,
    found bytea,
    report jsonb,
    error text,
    claimed_until timestamptz,
    created_by uuid,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    ended_at timestamptz,
    UNIQUE (store_id, id)
);
CREATE INDEX replay_jobs_by_time ON replay_jobs (store_id, created_at DESC, id DESC);
CREATE INDEX replay_jobs_due ON replay_jobs (claimed_until, store_id) WHERE state IN ('waiting', 'running');
CREATE TRIGGER replay_jobs_touch BEFORE UPDATE ON replay_jobs FOR EACH ROW EXECUTE FUNCTION touch_updated_at();
SELECT make_tenant_table('replay_jobs');
