-- What was asked of a solver, a hunter or the cases of a ruleset, how far it is, and what came out.
CREATE TABLE proof_jobs (
    id uuid PRIMARY KEY,
    store_id uuid NOT NULL REFERENCES stores (id),
    task text NOT NULL CHECK (task IN ('lint', 'prove', 'equivalence', 'mutation', 'exploits')),
    -- sha256 of all that the answer depends on: rulesets with their claims, options, and the version of the prover.
    -- Whoever asks the same again gets the same answer, and does not wait for it.
    key text NOT NULL CHECK (key ~ '^[0-9a-f]{64}$'),
    -- The draft or version it is about; null: a mix of others.
    ruleset_id uuid,
    -- The rulesets with their texts and hashes (of an equivalence those before, too), and what else was asked for.
    rulesets jsonb NOT NULL,
    options jsonb NOT NULL DEFAULT '{}',
    state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'running', 'done', 'failed', 'cancelled')),
    done integer NOT NULL DEFAULT 0 CHECK (done >= 0),
    total integer NOT NULL DEFAULT 0 CHECK (total >= 0),
    report jsonb,
    error text,
    -- Until when the worker that has it may be silent: also its token, since every claim and every step sets another.
    claimed_until timestamptz,
    tries integer NOT NULL DEFAULT 0 CHECK (tries >= 0),
    created_by uuid,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    ended_at timestamptz,
    UNIQUE (store_id, id),
    CHECK ((state = 'done') = (report IS NOT NULL)),
    CHECK ((state IN ('done', 'failed', 'cancelled')) = (ended_at IS NOT NULL))
);
CREATE UNIQUE INDEX proof_jobs_by_key ON proof_jobs (store_id, key) WHERE state IN ('waiting', 'running', 'done');
CREATE INDEX proof_jobs_by_time ON proof_jobs (store_id, created_at DESC, id DESC);
CREATE INDEX proof_jobs_by_ruleset ON proof_jobs (store_id, ruleset_id, created_at DESC) WHERE ruleset_id IS NOT NULL;
CREATE INDEX proof_jobs_due ON proof_jobs (claimed_until, store_id) WHERE state IN ('waiting', 'running');
CREATE TRIGGER proof_jobs_touch BEFORE UPDATE ON proof_jobs FOR EACH ROW EXECUTE FUNCTION touch_updated_at();
SELECT make_tenant_table('proof_jobs');
