-- Coupon codes that the shop gave out, and how often coupons, codes and promotions were used.

CREATE TABLE coupon_codes (
    id uuid PRIMARY KEY,
    store_id uuid NOT NULL REFERENCES stores (id),
    campaign text NOT NULL CHECK (length(campaign) BETWEEN 1 AND 100),
    -- As the engine folds codes; `skeleton` is the same for codes that people cannot tell apart.
    code text NOT NULL CHECK (length(code) BETWEEN 1 AND 64),
    skeleton text NOT NULL,
    owner_id uuid,
    batch_id uuid NOT NULL,
    note text,
    expires_at timestamptz,
    revoked_at timestamptz,
    created_by uuid,
    created_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (store_id, id),
    UNIQUE (store_id, code),
    UNIQUE (store_id, skeleton),
    FOREIGN KEY (store_id, owner_id) REFERENCES users (store_id, id) ON DELETE CASCADE
);
CREATE INDEX coupon_codes_by_time ON coupon_codes (store_id, created_at DESC, id DESC);
CREATE INDEX coupon_codes_by_campaign ON coupon_codes (store_id, campaign, created_at DESC, id DESC);
CREATE INDEX coupon_codes_by_owner ON coupon_codes (store_id, owner_id) WHERE owner_id IS NOT NULL;
CREATE INDEX coupon_codes_by_batch ON coupon_codes (store_id, batch_id);
SELECT make_tenant_table('coupon_codes');

-- How often something was used: a rule (`coupon`, `promotion`) by its id, or one `code`; by one customer, or by all
-- when `customer` is ''. `held` uses belong to orders that are not paid yet; `spent` is the money both gave away.
CREATE TABLE use_counters (
    store_id uuid NOT NULL REFERENCES stores (id),
    kind text NOT NULL CHECK (kind IN ('coupon', 'promotion', 'code')),
    subject text NOT NULL,
    customer text NOT NULL DEFAULT '',
    held integer NOT NULL DEFAULT 0 CHECK (held >= 0),
    used integer NOT NULL DEFAULT 0 CHECK (used >= 0),
    spent bigint NOT NULL DEFAULT 0 CHECK (spent >= 0),
    PRIMARY KEY (store_id, kind, subject, customer)
) WITH (fillfactor = 70);
SELECT make_tenant_table('use_counters');

-- The uses of each order; its state says what of it the counters hold.
CREATE TABLE order_uses (
    store_id uuid NOT NULL REFERENCES stores (id),
    order_id uuid NOT NULL,
    kind text NOT NULL CHECK (kind IN ('coupon', 'promotion', 'code')),
    subject text NOT NULL,
    customer text NOT NULL DEFAULT '',
    -- What may be used at most, as the ruleset said when the order was placed; NULL: any number, any amount.
    most integer CHECK (most > 0),
    budget bigint CHECK (budget >= 0),
    amount bigint NOT NULL DEFAULT 0 CHECK (amount >= 0),
    state text NOT NULL DEFAULT 'held' CHECK (state IN ('held', 'used', 'released', 'returned')),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (store_id, order_id, kind, subject, customer),
    FOREIGN KEY (store_id, order_id) REFERENCES orders (store_id, id)
);
CREATE INDEX order_uses_by_subject ON order_uses (store_id, kind, subject, customer);
CREATE TRIGGER order_uses_touch BEFORE UPDATE ON order_uses FOR EACH ROW EXECUTE FUNCTION touch_updated_at();
SELECT make_tenant_table('order_uses');
