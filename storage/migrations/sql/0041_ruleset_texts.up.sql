-- What rulesets said when they decided, and what they did: for replays that last, and for reports of what fires.

-- Every ruleset that decided something that was kept. Rows are only ever added.
CREATE TABLE ruleset_texts (
    store_id uuid NOT NULL REFERENCES stores (id),
    -- sha256 of all of the row: the same meaning, written otherwise, tells other places.
    content_hash text NOT NULL,
    kind text NOT NULL,
    name text NOT NULL,
    version integer NOT NULL,
    -- What it meant to the program that decided with it.
    hash text NOT NULL,
    -- What amounts were read in; none for kinds without amounts.
    currency text,
    -- How the text was called when it decided: decisions tell their places by it.
    path text NOT NULL,
    source text NOT NULL,
    attachments jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (store_id, content_hash)
);
CREATE INDEX ruleset_texts_by_hash ON ruleset_texts (store_id, hash);
CREATE INDEX ruleset_texts_by_version ON ruleset_texts (store_id, kind, name, version);
SELECT make_tenant_table('ruleset_texts');
REVOKE UPDATE, DELETE ON ruleset_texts FROM sostech_app;

-- The log is also asked what it decided for somebody, and what it refused.
ALTER TABLE decision_log ADD COLUMN refused boolean NOT NULL
    GENERATED ALWAYS AS (coalesce(jsonb_array_length(result -> 'refusals'), 0) > 0) STORED;
CREATE INDEX decision_log_by_actor ON decision_log (store_id, actor_id, created_at DESC, id DESC)
    WHERE actor_id IS NOT NULL;
CREATE INDEX decision_log_refused ON decision_log (store_id, created_at DESC, id DESC) WHERE refused;

-- Which rules took part in which logged decision, and which coupon codes were on the cart (kind `code`, folded):
-- written behind the decision log by the worker.
CREATE TABLE decision_rules (
    store_id uuid NOT NULL REFERENCES stores (id),
    decision_id uuid NOT NULL,
    kind text NOT NULL,
    rule text NOT NULL,
    -- The hash of the ruleset it stands in.
    ruleset text NOT NULL,
    -- What it added to the total, in minor units; of tax, all of it, contained in prices or added.
    amount bigint NOT NULL,
    decided_at timestamptz NOT NULL,
    PRIMARY KEY (store_id, decision_id, kind, rule),
    FOREIGN KEY (store_id, decision_id) REFERENCES decision_log (store_id, id)
);
CREATE INDEX decision_rules_by_rule ON decision_rules (store_id, kind, rule, decided_at DESC, decision_id DESC);
CREATE INDEX decision_rules_by_ruleset ON decision_rules (store_id, ruleset, decided_at);
SELECT make_tenant_table('decision_rules');

-- How often a rule of a version took part, and changed an amount, as far as the log was read.
CREATE TABLE rule_hits (
    store_id uuid NOT NULL REFERENCES stores (id),
    ruleset text NOT NULL,
    kind text NOT NULL,
    rule text NOT NULL,
    fired bigint NOT NULL DEFAULT 0,
    paid bigint NOT NULL DEFAULT 0,
    last_at timestamptz NOT NULL,
    PRIMARY KEY (store_id, ruleset, kind, rule)
);
SELECT make_tenant_table('rule_hits');

-- How far the decision log has been read for the two tables above.
CREATE TABLE decision_reading (
    store_id uuid PRIMARY KEY REFERENCES stores (id),
    read_to timestamptz NOT NULL,
    read_id uuid NOT NULL
);
SELECT make_tenant_table('decision_reading');
