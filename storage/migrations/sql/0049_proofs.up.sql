-- What was asked of a solver, a hunter or the cases of a ruleset, how far it is, and what came out.
CREATE TABLE proof_jobs (
    id uuid PRIMARY KEY,
    store_id uuid NOT NULL REFERENCES stores (id),
    task text NOT NULL CHECK (task IN ('lint', 'prove', 'equivalence', 'mutation', 'exploits')),
    -- sha256 of all that the answer depends on: rulesets with their claims, options, and the version of the prover.
    -- Whoever asks the same again gets the same answer, and does not wait for it.
    key text NOT NULL CHECK (key ~ '^[0-9a-f]{64}$'),
    -- The draft or version it is about, and sha256 of its text (of an equivalence that of the one before, too); null: a
    -- mix of others.
    ruleset_id uuid,
    content_hash text,
    before_hash text,
    -- The rule book with the texts of its rulesets (of an equivalence the one before, too), and what else was asked for.
    after jsonb NOT NULL,
    before jsonb,
    options jsonb NOT NULL DEFAULT '{}',
    state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'running', 'done', 'failed', 'cancelled')),
    -- How many things there are to look at, as far as that is known, and how many of them are done.
    total integer NOT NULL DEFAULT 0 CHECK (total >= 0),
    done integer NOT NULL DEFAULT 0 CHECK (done >= 0),
    report jsonb,
    -- False: its time was over before everything was tried. Whoever asks the same again gets another try.
    complete boolean NOT NULL DEFAULT true,
    error text,
    -- Until when the worker that has it may be silent: also its token, since every claim and every step sets another.
    claimed_until timestamptz,
    -- How often somebody took it, so that a job that kills whoever takes it ends some time.
    tries integer NOT NULL DEFAULT 0 CHECK (tries >= 0),
    created_by uuid,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    ended_at timestamptz,
    UNIQUE (store_id, id),
    CHECK ((state = 'done') = (report IS NOT NULL)),
    CHECK ((state IN ('done', 'failed', 'cancelled')) = (ended_at IS NOT NULL))
);
CREATE UNIQUE INDEX proof_jobs_by_key ON proof_jobs (store_id, key)
    WHERE state IN ('waiting', 'running', 'done') AND complete;
CREATE INDEX proof_jobs_by_time ON proof_jobs (store_id, created_at DESC, id DESC);
CREATE INDEX proof_jobs_by_text ON proof_jobs (store_id, content_hash, created_at DESC, id DESC)
    WHERE content_hash IS NOT NULL;
CREATE INDEX proof_jobs_due ON proof_jobs (claimed_until, store_id) WHERE state IN ('waiting', 'running');
CREATE TRIGGER proof_jobs_touch BEFORE UPDATE ON proof_jobs FOR EACH ROW EXECUTE FUNCTION touch_updated_at();
SELECT make_tenant_table('proof_jobs');

-- A decision that broke what its rule book claims of every decision, and the plan that was taken off for it.
CREATE TABLE invariant_breaches (
    id uuid PRIMARY KEY,
    store_id uuid NOT NULL REFERENCES stores (id),
    plan_id uuid NOT NULL,
    kind text NOT NULL,
    name text NOT NULL,
    number integer NOT NULL,
    -- What was claimed, and where it is written: `file:line:column`.
    invariant text NOT NULL,
    at text NOT NULL,
    -- What came out: name of the sum to minor units, and in words.
    measured jsonb NOT NULL,
    said text NOT NULL,
    -- The cart that showed it, as a scenario is written, without who the customer is.
    cart jsonb NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (store_id, id),
    -- Once, however many processes see it.
    UNIQUE (store_id, plan_id),
    FOREIGN KEY (store_id, plan_id) REFERENCES ruleset_plans (store_id, id)
);
CREATE INDEX invariant_breaches_by_time ON invariant_breaches (store_id, created_at DESC, id DESC);
SELECT make_tenant_table('invariant_breaches');
REVOKE UPDATE, DELETE ON invariant_breaches FROM sostech_app;
