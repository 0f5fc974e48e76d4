-- Carts somebody uploaded to try rulesets on, in parts of a few hundred each.
CREATE TABLE cart_collections (
    id uuid PRIMARY KEY,
    store_id uuid NOT NULL REFERENCES stores (id),
    name text NOT NULL CHECK (name ~ '^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$'),
    carts integer NOT NULL CHECK (carts >= 0),
    -- Lines of the file that could not be read, and why the first of them: [{line, code, message}].
    unreadable integer NOT NULL DEFAULT 0 CHECK (unreadable >= 0),
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
    -- The rulesets of both sides with their texts and hashes, so that a job means for ever what it meant when it was
    -- asked for; and where the carts come from.
    before jsonb NOT NULL,
    after jsonb NOT NULL,
    sources jsonb NOT NULL,
    state text NOT NULL DEFAULT 'waiting'
        CHECK (state IN ('waiting', 'running', 'paused', 'done', 'failed', 'cancelled')),
    -- How many there are to compare, and how many of them are done.
    carts integer NOT NULL DEFAULT 0 CHECK (carts >= 0),
    done integer NOT NULL DEFAULT 0 CHECK (done >= 0),
    -- Where to go on, and what was found up to there: written together, so a killed worker loses nothing but time.
    reached jsonb,
    found bytea,
    report jsonb,
    error text,
    -- Until when the worker that has it may be silent: also its token, since every claim and every step sets another.
    claimed_until timestamptz,
    -- Claims since the last step, so that a job that kills whoever takes it ends some time.
    tries integer NOT NULL DEFAULT 0 CHECK (tries >= 0),
    created_by uuid,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    ended_at timestamptz,
    UNIQUE (store_id, id),
    CHECK ((state = 'done') = (report IS NOT NULL)),
    CHECK ((state IN ('done', 'failed', 'cancelled')) = (ended_at IS NOT NULL))
);
CREATE INDEX replay_jobs_by_time ON replay_jobs (store_id, created_at DESC, id DESC);
CREATE INDEX replay_jobs_due ON replay_jobs (claimed_until, store_id) WHERE state IN ('waiting', 'running');
CREATE TRIGGER replay_jobs_touch BEFORE UPDATE ON replay_jobs FOR EACH ROW EXECUTE FUNCTION touch_updated_at();
SELECT make_tenant_table('replay_jobs');
