-- Four eyes: what somebody wants to publish, why another one has to look at it, and what they said.
CREATE TABLE ruleset_approvals (
    id uuid PRIMARY KEY,
    store_id uuid NOT NULL REFERENCES stores (id),
    version_id uuid NOT NULL,
    -- Exactly this text: another one has to be looked at again.
    content_hash text NOT NULL,
    -- Why: [{code, message, …}], and what past carts would have paid, as it was found when it was asked for.
    reasons jsonb NOT NULL,
    past_carts jsonb,
    -- Beside which rulesets that was found: their hashes by kind/name. With others it has to be looked at again.
    live jsonb NOT NULL,
    asked_by uuid,
    asked_at timestamptz NOT NULL DEFAULT now(),
    state text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'approved', 'refused', 'overtaken')),
    decided_by uuid,
    decided_at timestamptz,
    note text CHECK (length(note) BETWEEN 1 AND 1000),
    UNIQUE (store_id, id),
    FOREIGN KEY (store_id, version_id) REFERENCES ruleset_versions (store_id, id) ON DELETE CASCADE,
    -- What was agreed to can be overtaken as well, and keeps who did.
    CHECK (state = 'overtaken' OR (decided_at IS NULL) = (state = 'open'))
);
CREATE UNIQUE INDEX ruleset_approvals_one ON ruleset_approvals (store_id, version_id, content_hash)
    WHERE state IN ('open', 'approved');
CREATE INDEX ruleset_approvals_by_time ON ruleset_approvals (store_id, asked_at DESC, id DESC);
CREATE INDEX ruleset_approvals_by_version ON ruleset_approvals (store_id, version_id);
SELECT make_tenant_table('ruleset_approvals');
REVOKE DELETE ON ruleset_approvals FROM sostech_app;

-- The audit log is read by who did it, and by what was done; by time and by resource there were indexes already.
CREATE INDEX audit_log_by_actor ON audit_log (store_id, actor_id, created_at DESC, id DESC);
CREATE INDEX audit_log_by_action ON audit_log (store_id, action text_pattern_ops, created_at DESC, id DESC);
