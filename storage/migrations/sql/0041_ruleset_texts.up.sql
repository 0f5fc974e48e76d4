-- What rulesets said when they decided, and what they did: for replays that last, and for reports of what fires.

-- Every ruleset that decided something that was kept, by the hash of what it means. Rows are only ever added.
CREATE TABLE ruleset_texts (
    store_id uuid NOT NULL REFERENCES stores (id),
    hash text NOT NULL,
    kind text NOT NULL,
    name text NOT NULL,
    version integer NOT NULL,
    -- What amounts were read in; none for kinds without amounts.
    currency text,
    -- How the text was called when it decided: decisions tell their places by it.
    path text NOT NULL,
    source text NOT NULL,
    attachments jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (store_id, hash, path)
);
SELECT make_tenant_table('ruleset_texts');
REVOKE UPDATE, DELETE ON ruleset_texts FROM sostech_app;

-- Which rules and coupons took part in which logged decision: written behind the decision log by the worker.
CREATE TABLE decision_rules (
    store_id uuid NOT NULL REFERENCES stores (id),
    decision_id uuid NOT NULL,
    kind text NOT NULL,
    rule text NOT NULL,
    ruleset text NOT NULL,
    amount bigint NOT NULL,
    decided_at timestamptz NOT NULL,
    PRIMARY KEY (store_id, decision_id, kind, rule),
    FOREIGN KEY (store_id, decision_id) REFERENCES decision_log (store_id, id)
);
CREATE INDEX decision_rules_by_rule ON decision_rules (store_id, kind, rule, decided_at DESC, decision_id DESC);
SELECT make_tenant_table('decision_rules');

-- How often a rule of a version took part, and changed an amount.
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
