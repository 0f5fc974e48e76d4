-- Carts of users and guests, and the log of decisions.

CREATE TABLE carts (
    id uuid PRIMARY KEY,
    store_id uuid NOT NULL REFERENCES stores (id),
    user_id uuid,
    guest_id uuid,
    status text NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'merged', 'ordered', 'expired')),
    coupon_code text,
    email text,
    phone text,
    country text CHECK (country ~ '^[A-Z]{2}$'),
    region text,
    postcode text,
    city text,
    shipping_method text,
    payment_method text,
    version integer NOT NULL DEFAULT 1,
    expires_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (store_id, id),
    FOREIGN KEY (store_id, user_id) REFERENCES users (store_id, id) ON DELETE CASCADE,
    CHECK ((user_id IS NULL) <> (guest_id IS NULL))
);
-- Whoever shops has one open cart.
CREATE UNIQUE INDEX carts_one_open_per_user ON carts (store_id, user_id) WHERE status = 'open' AND user_id IS NOT NULL;
CREATE UNIQUE INDEX carts_one_open_per_guest ON carts (store_id, guest_id)
    WHERE status = 'open' AND guest_id IS NOT NULL;
CREATE INDEX carts_expiry ON carts (store_id, expires_at) WHERE status = 'open';
CREATE TRIGGER carts_touch BEFORE UPDATE ON carts FOR EACH ROW EXECUTE FUNCTION touch_updated_at();
SELECT make_tenant_table('carts');

CREATE TABLE cart_items (
    id uuid PRIMARY KEY,
    store_id uuid NOT NULL REFERENCES stores (id),
    cart_id uuid NOT NULL,
    variant_id uuid NOT NULL,
    quantity integer NOT NULL CHECK (quantity BETWEEN 1 AND 100000),
    -- What one unit cost when the customer put it in or last accepted the price; minor units.
    seen_price bigint NOT NULL CHECK (seen_price >= 0),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (store_id, id),
    UNIQUE (store_id, cart_id, variant_id),
    FOREIGN KEY (store_id, cart_id) REFERENCES carts (store_id, id) ON DELETE CASCADE,
    FOREIGN KEY (store_id, variant_id) REFERENCES variants (store_id, id) ON DELETE CASCADE
);
CREATE INDEX cart_items_by_variant ON cart_items (store_id, variant_id);
CREATE TRIGGER cart_items_touch BEFORE UPDATE ON cart_items FOR EACH ROW EXECUTE FUNCTION touch_updated_at();
SELECT make_tenant_table('cart_items');

-- Facts, rulesets and result of a decision: all a replay needs. Rows are only ever added.
CREATE TABLE decision_log (
    id uuid PRIMARY KEY,
    store_id uuid NOT NULL REFERENCES stores (id),
    purpose text NOT NULL CHECK (purpose IN ('quote', 'order', 'dry_run')),
    cart_id uuid,
    actor_kind text NOT NULL,
    actor_id uuid,
    digest text NOT NULL,
    rulesets jsonb NOT NULL,
    facts jsonb NOT NULL,
    result jsonb NOT NULL,
    total bigint NOT NULL,
    currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    created_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (store_id, id)
);
CREATE INDEX decision_log_by_time ON decision_log (store_id, created_at DESC, id DESC);
CREATE INDEX decision_log_by_cart ON decision_log (store_id, cart_id) WHERE cart_id IS NOT NULL;
SELECT make_tenant_table('decision_log');
REVOKE UPDATE, DELETE ON decision_log FROM sostech_app;
