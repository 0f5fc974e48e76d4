-- The code somebody wrote at their registration, folded; whose it is, if anybody's, is found when the account is there.
ALTER TABLE registrations ADD COLUMN invite_code text CHECK (length(invite_code) BETWEEN 1 AND 64);

-- The code that each customer sends to friends, made when they first ask for it. Whoever changes what the invites of a
-- customer come to locks this row.
CREATE TABLE referral_accounts (
    store_id uuid NOT NULL REFERENCES stores (id),
    user_id uuid NOT NULL,
    -- As coupon codes: folded, and the same skeleton for codes that people cannot tell apart.
    code text NOT NULL CHECK (length(code) BETWEEN 1 AND 64),
    skeleton text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (store_id, user_id),
    UNIQUE (store_id, skeleton),
    FOREIGN KEY (store_id, user_id) REFERENCES users (store_id, id) ON DELETE CASCADE
);
SELECT make_tenant_table('referral_accounts');

-- A friend who signed up with somebody's code: nobody is invited twice.
CREATE TABLE invites (
    id uuid PRIMARY KEY,
    store_id uuid NOT NULL REFERENCES stores (id),
    inviter_id uuid NOT NULL,
    friend_id uuid NOT NULL,
    state text NOT NULL DEFAULT 'joined' CHECK (state IN ('joined', 'waiting', 'counted', 'refused', 'reversed')),
    -- When it began to wait, or to count.
    since timestamptz,
    -- The guard that refused it; `staff`: a person did.
    guard text,
    -- The shop was told that the friend came: not yet where a guard refused at once.
    announced boolean NOT NULL DEFAULT false,
    -- Somebody of the shop said that guards are not to be asked.
    allowed boolean NOT NULL DEFAULT false,
    decided_by uuid,
    note text,
    -- What it was last judged by, as the vocabulary calls it, and what was missing then, in words.
    facts jsonb NOT NULL DEFAULT '{}',
    missing text[] NOT NULL DEFAULT '{}',
    ruleset text,
    joined_at timestamptz NOT NULL DEFAULT now(),
    -- When it is to be judged again though nothing happens. NULL: not until something does.
    judge_at timestamptz,
    updated_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (store_id, friend_id),
    CHECK ((since IS NOT NULL) = (state IN ('waiting', 'counted'))),
    CHECK ((guard IS NOT NULL) = (state = 'refused')),
    FOREIGN KEY (store_id, inviter_id) REFERENCES users (store_id, id) ON DELETE CASCADE,
    FOREIGN KEY (store_id, friend_id) REFERENCES users (store_id, id) ON DELETE CASCADE
);
CREATE INDEX invites_by_inviter ON invites (store_id, inviter_id, joined_at DESC);
CREATE INDEX invites_by_time ON invites (store_id, joined_at DESC, id DESC);
CREATE INDEX invites_due ON invites (store_id, judge_at) WHERE judge_at IS NOT NULL;
CREATE TRIGGER invites_touch BEFORE UPDATE ON invites FOR EACH ROW EXECUTE FUNCTION touch_updated_at();
SELECT make_tenant_table('invites');

-- What tells that two accounts are of one person: stand-ins for mailboxes, telephones, devices, addresses and cards, equal
-- for equal ones of a store.
CREATE TABLE customer_marks (
    store_id uuid NOT NULL REFERENCES stores (id),
    user_id uuid NOT NULL,
    kind text NOT NULL CHECK (kind IN ('email', 'phone', 'device', 'address', 'payment')),
    mark text NOT NULL,
    -- To the day: when it was seen last.
    seen_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (store_id, user_id, kind, mark),
    FOREIGN KEY (store_id, user_id) REFERENCES users (store_id, id) ON DELETE CASCADE
);
CREATE INDEX customer_marks_alike ON customer_marks (store_id, kind, mark);
CREATE INDEX customer_marks_devices ON customer_marks (store_id, seen_at) WHERE kind = 'device';
SELECT make_tenant_table('customer_marks');

-- Codes that were given to customers: each `key` once, and each milestone once by its number of friends as well, so that
-- a ruleset that calls it otherwise gives nothing twice. `code_id` NULL: it is being made in this transaction.
CREATE TABLE rewards (
    id uuid PRIMARY KEY,
    store_id uuid NOT NULL REFERENCES stores (id),
    user_id uuid NOT NULL,
    key text NOT NULL,
    -- The milestone or reward of the ruleset that gave it.
    reason text NOT NULL,
    milestone_at integer CHECK (milestone_at > 0),
    campaign text NOT NULL,
    code_id uuid,
    ruleset text NOT NULL,
    granted_at timestamptz NOT NULL DEFAULT now(),
    revoked_at timestamptz,
    UNIQUE (store_id, user_id, key),
    FOREIGN KEY (store_id, user_id) REFERENCES users (store_id, id) ON DELETE CASCADE,
    FOREIGN KEY (store_id, code_id) REFERENCES coupon_codes (store_id, id) ON DELETE CASCADE
);
CREATE UNIQUE INDEX rewards_of_milestones ON rewards (store_id, user_id, milestone_at) WHERE milestone_at IS NOT NULL;
CREATE INDEX rewards_by_code ON rewards (store_id, code_id);
CREATE INDEX rewards_by_time ON rewards (store_id, granted_at);
SELECT make_tenant_table('rewards');
