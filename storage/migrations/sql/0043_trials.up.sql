-- A version tried beside the one that is live: on everything but without effect (shadow), or for a share of customers
-- (canary), until it is ended, promoted, or one of its guard rails ends it.
CREATE TABLE ruleset_trials (
    id uuid PRIMARY KEY,
    store_id uuid NOT NULL REFERENCES stores (id),
    version_id uuid NOT NULL,
    kind text NOT NULL,
    name text NOT NULL,
    mode text NOT NULL CHECK (mode IN ('shadow', 'canary')),
    -- Of 10,000 customers; the same ones for as long as the salt is the same.
    share integer NOT NULL CHECK (share BETWEEN 1 AND 10000),
    salt text NOT NULL,
    guards jsonb NOT NULL DEFAULT '{}',
    state text NOT NULL DEFAULT 'running' CHECK (state IN ('running', 'ended', 'promoted', 'tripped')),
    -- Why it was begun, and why it ended.
    reason text,
    end_reason text,
    started_by uuid,
    started_at timestamptz NOT NULL DEFAULT now(),
    ended_by uuid,
    ended_at timestamptz,
    UNIQUE (store_id, id),
    FOREIGN KEY (store_id, version_id) REFERENCES ruleset_versions (store_id, id),
    CHECK ((state = 'running') = (ended_at IS NULL))
);
CREATE UNIQUE INDEX ruleset_trials_one ON ruleset_trials (store_id) WHERE state = 'running';
CREATE INDEX ruleset_trials_by_time ON ruleset_trials (store_id, started_at DESC, id DESC);
CREATE INDEX ruleset_trials_by_version ON ruleset_trials (store_id, version_id);
SELECT make_tenant_table('ruleset_trials');
REVOKE DELETE ON ruleset_trials FROM sostech_app;

-- What came of it since its share was set, counted by every process and added up here. Sums in minor units.
CREATE TABLE ruleset_trial_counts (
    store_id uuid NOT NULL REFERENCES stores (id),
    trial_id uuid NOT NULL,
    -- Decided by the live version, or by the one on trial.
    arm text NOT NULL CHECK (arm IN ('live', 'trial')),
    decided bigint NOT NULL DEFAULT 0,
    failed bigint NOT NULL DEFAULT 0,
    -- What a shadow had no time for.
    dropped bigint NOT NULL DEFAULT 0,
    refused bigint NOT NULL DEFAULT 0,
    differs bigint NOT NULL DEFAULT 0,
    items numeric NOT NULL DEFAULT 0,
    discount numeric NOT NULL DEFAULT 0,
    total numeric NOT NULL DEFAULT 0,
    PRIMARY KEY (store_id, trial_id, arm),
    FOREIGN KEY (store_id, trial_id) REFERENCES ruleset_trials (store_id, id)
);
SELECT make_tenant_table('ruleset_trial_counts');
