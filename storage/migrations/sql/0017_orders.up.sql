-- Orders: what was agreed, where each order is in its life, what is kept in stock for it, and what was sent and came back.

-- What a customer has bought so far, kept in the transaction of each payment and refund.
CREATE TABLE customer_totals (
    store_id uuid NOT NULL REFERENCES stores (id),
    user_id uuid NOT NULL,
    orders_paid integer NOT NULL DEFAULT 0 CHECK (orders_paid >= 0),
    spent bigint NOT NULL DEFAULT 0 CHECK (spent >= 0),
    PRIMARY KEY (store_id, user_id),
    FOREIGN KEY (store_id, user_id) REFERENCES users (store_id, id) ON DELETE CASCADE
);
SELECT make_tenant_table('customer_totals');

-- The last order number of each store: counted up in the transaction that places, so no number is ever missing.
CREATE TABLE order_counters (
    store_id uuid PRIMARY KEY REFERENCES stores (id),
    last_number bigint NOT NULL DEFAULT 0 CHECK (last_number >= 0)
) WITH (fillfactor = 50);
SELECT make_tenant_table('order_counters');

CREATE TABLE orders (
    id uuid PRIMARY KEY,
    store_id uuid NOT NULL REFERENCES stores (id),
    number bigint NOT NULL CHECK (number > 0),
    -- Whoever placed it: a user, or a guest by their session. `customer_key` counts uses of both alike.
    user_id uuid,
    guest_id uuid,
    customer_key text NOT NULL,
    cart_id uuid,
    quote_id uuid NOT NULL,
    decision_id uuid NOT NULL,
    email text NOT NULL,
    email_folded text NOT NULL CHECK (email_folded = lower(email_folded)),
    phone text,
    customer_name text NOT NULL,
    locale text NOT NULL,
    -- The life of the order. `version` grows with every transition: whoever writes compares it and sets it.
    state text NOT NULL,
    state_since timestamptz NOT NULL DEFAULT now(),
    version integer NOT NULL DEFAULT 1,
    deadline_at timestamptz,
    deadline_event text,
    held boolean NOT NULL DEFAULT false,
    -- What was agreed, minor units; never changed afterwards.
    currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    items_total bigint NOT NULL,
    discount_total bigint NOT NULL,
    shipping_total bigint NOT NULL,
    tax_total bigint NOT NULL,
    total bigint NOT NULL CHECK (total >= 0),
    postings jsonb NOT NULL,
    rulesets jsonb NOT NULL,
    coupon_code text,
    shipping_method text,
    payment_method text NOT NULL,
    shipping_address jsonb NOT NULL,
    billing_address jsonb,
    customer_note text,
    -- Money of this order; a payment that was given back at once does not count.
    captured bigint NOT NULL DEFAULT 0 CHECK (captured >= 0),
    refunded bigint NOT NULL DEFAULT 0 CHECK (refunded >= 0),
    payment_attempts integer NOT NULL DEFAULT 0 CHECK (payment_attempts >= 0),
    placed_at timestamptz NOT NULL DEFAULT now(),
    paid_at timestamptz,
    shipped_at timestamptz,
    delivered_at timestamptz,
    cancelled_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (store_id, id),
    UNIQUE (store_id, number),
    UNIQUE (store_id, quote_id),
    FOREIGN KEY (store_id, user_id) REFERENCES users (store_id, id) ON DELETE RESTRICT,
    FOREIGN KEY (store_id, decision_id) REFERENCES decision_log (store_id, id),
    CHECK ((user_id IS NULL) <> (guest_id IS NULL)),
    CHECK ((deadline_at IS NULL) = (deadline_event IS NULL)),
    CHECK (refunded <= captured)
) WITH (fillfactor = 80);
CREATE INDEX orders_by_time ON orders (store_id, placed_at DESC, id DESC);
CREATE INDEX orders_by_user ON orders (store_id, user_id, placed_at DESC, id DESC) WHERE user_id IS NOT NULL;
CREATE INDEX orders_by_guest ON orders (store_id, guest_id, placed_at DESC, id DESC) WHERE guest_id IS NOT NULL;
CREATE INDEX orders_by_state ON orders (store_id, state, placed_at DESC, id DESC);
CREATE INDEX orders_by_email ON orders (store_id, email_folded text_pattern_ops, placed_at DESC);
CREATE INDEX orders_due ON orders (deadline_at, store_id) WHERE deadline_at IS NOT NULL;
CREATE INDEX orders_cash ON orders (store_id, customer_key, placed_at) WHERE payment_method = 'cash_on_delivery';
CREATE TRIGGER orders_touch BEFORE UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION touch_updated_at();
SELECT make_tenant_table('orders');

-- The lines as they were bought. Units of a line are open, shipped or dropped; shipped ones may come back.
CREATE TABLE order_lines (
    id uuid PRIMARY KEY,
    store_id uuid NOT NULL REFERENCES stores (id),
    order_id uuid NOT NULL,
    position integer NOT NULL CHECK (position >= 0),
    variant_id uuid,
    sku text NOT NULL,
    product_slug text NOT NULL,
    product_name text NOT NULL,
    variant_name text NOT NULL,
    options jsonb NOT NULL DEFAULT '[]',
    brand text,
    seller text,
    image_id uuid,
    is_gift boolean NOT NULL DEFAULT false,
    tax_class text NOT NULL,
    weight_g integer,
    quantity integer NOT NULL CHECK (quantity > 0),
    list_price bigint NOT NULL,
    unit_price bigint NOT NULL,
    subtotal bigint NOT NULL,
    discount bigint NOT NULL,
    total bigint NOT NULL,
    net bigint,
    tax bigint,
    -- What the customer pays for all units, tax included; all refunds of the line come out of it.
    gross bigint NOT NULL CHECK (gross >= 0),
    shipped integer NOT NULL DEFAULT 0 CHECK (shipped >= 0),
    dropped integer NOT NULL DEFAULT 0 CHECK (dropped >= 0),
    returned integer NOT NULL DEFAULT 0 CHECK (returned >= 0),
    restocked integer NOT NULL DEFAULT 0 CHECK (restocked >= 0),
    refunded_units integer NOT NULL DEFAULT 0 CHECK (refunded_units >= 0),
    created_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (store_id, id),
    UNIQUE (store_id, order_id, position),
    FOREIGN KEY (store_id, order_id) REFERENCES orders (store_id, id),
    FOREIGN KEY (store_id, variant_id) REFERENCES variants (store_id, id) ON DELETE SET NULL (variant_id),
    CHECK (shipped + dropped <= quantity),
    CHECK (returned <= shipped),
    CHECK (restocked <= quantity),
    CHECK (refunded_units <= quantity)
);
CREATE INDEX order_lines_by_seller ON order_lines (store_id, seller, order_id) WHERE seller IS NOT NULL;
CREATE INDEX order_lines_by_variant ON order_lines (store_id, variant_id);
SELECT make_tenant_table('order_lines');

-- Every step of an order's life, with what it did. Rows are only ever added. An event with a key happens once.
CREATE TABLE order_transitions (
    id uuid PRIMARY KEY,
    store_id uuid NOT NULL REFERENCES stores (id),
    order_id uuid NOT NULL,
    seq integer NOT NULL CHECK (seq > 0),
    event text NOT NULL,
    source text NOT NULL,
    target text NOT NULL,
    role text NOT NULL,
    actor_kind text NOT NULL CHECK (actor_kind IN ('user', 'guest', 'platform', 'system')),
    actor_id uuid,
    event_key text,
    ruleset text NOT NULL,
    effects jsonb NOT NULL,
    note text,
    created_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (store_id, id),
    UNIQUE (store_id, order_id, seq),
    FOREIGN KEY (store_id, order_id) REFERENCES orders (store_id, id)
);
CREATE UNIQUE INDEX order_transitions_once ON order_transitions (store_id, order_id, event_key)
    WHERE event_key IS NOT NULL;
SELECT make_tenant_table('order_transitions');
REVOKE UPDATE, DELETE ON order_transitions FROM sostech_app;

-- Units kept for an order. Those `held` are counted in stock_levels.reserved; `committed` ones have left on_hand.
CREATE TABLE stock_reservations (
    store_id uuid NOT NULL REFERENCES stores (id),
    order_id uuid NOT NULL,
    variant_id uuid NOT NULL,
    quantity integer NOT NULL CHECK (quantity > 0),
    state text NOT NULL DEFAULT 'held' CHECK (state IN ('held', 'expired', 'released', 'committed')),
    expires_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (store_id, order_id, variant_id),
    FOREIGN KEY (store_id, order_id) REFERENCES orders (store_id, id),
    FOREIGN KEY (store_id, variant_id) REFERENCES variants (store_id, id)
);
CREATE INDEX stock_reservations_due ON stock_reservations (expires_at, store_id)
    WHERE state = 'held' AND expires_at IS NOT NULL;
CREATE INDEX stock_reservations_by_variant ON stock_reservations (store_id, variant_id) WHERE state = 'held';
CREATE TRIGGER stock_reservations_touch BEFORE UPDATE ON stock_reservations
    FOR EACH ROW EXECUTE FUNCTION touch_updated_at();
SELECT make_tenant_table('stock_reservations');

CREATE TABLE order_notes (
    id uuid PRIMARY KEY,
    store_id uuid NOT NULL REFERENCES stores (id),
    order_id uuid NOT NULL,
    author_id uuid,
    author_name text NOT NULL,
    text text NOT NULL CHECK (length(text) BETWEEN 1 AND 5000),
    is_for_customer boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (store_id, id),
    FOREIGN KEY (store_id, order_id) REFERENCES orders (store_id, id)
);
CREATE INDEX order_notes_by_order ON order_notes (store_id, order_id, created_at, id);
SELECT make_tenant_table('order_notes');

-- Parcels, numbered within their order.
CREATE TABLE shipments (
    id uuid PRIMARY KEY,
    store_id uuid NOT NULL REFERENCES stores (id),
    order_id uuid NOT NULL,
    number integer NOT NULL CHECK (number > 0),
    seller text,
    carrier text,
    tracking_number text,
    tracking_url text,
    status text NOT NULL DEFAULT 'shipped' CHECK (status IN ('shipped', 'in_transit', 'delivered', 'failed')),
    shipped_at timestamptz NOT NULL DEFAULT now(),
    delivered_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (store_id, id),
    UNIQUE (store_id, order_id, number),
    FOREIGN KEY (store_id, order_id) REFERENCES orders (store_id, id)
);
CREATE INDEX shipments_by_tracking ON shipments (store_id, tracking_number) WHERE tracking_number IS NOT NULL;
CREATE TRIGGER shipments_touch BEFORE UPDATE ON shipments FOR EACH ROW EXECUTE FUNCTION touch_updated_at();
SELECT make_tenant_table('shipments');

CREATE TABLE shipment_lines (
    store_id uuid NOT NULL REFERENCES stores (id),
    shipment_id uuid NOT NULL,
    order_line_id uuid NOT NULL,
    quantity integer NOT NULL CHECK (quantity > 0),
    PRIMARY KEY (store_id, shipment_id, order_line_id),
    FOREIGN KEY (store_id, shipment_id) REFERENCES shipments (store_id, id),
    FOREIGN KEY (store_id, order_line_id) REFERENCES order_lines (store_id, id)
);
CREATE INDEX shipment_lines_by_line ON shipment_lines (store_id, order_line_id);
SELECT make_tenant_table('shipment_lines');

-- Where a parcel was seen. Rows are only ever added.
CREATE TABLE shipment_events (
    id uuid PRIMARY KEY,
    store_id uuid NOT NULL REFERENCES stores (id),
    shipment_id uuid NOT NULL,
    status text NOT NULL,
    location text,
    source text NOT NULL,
    happened_at timestamptz NOT NULL DEFAULT now(),
    created_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (store_id, id),
    FOREIGN KEY (store_id, shipment_id) REFERENCES shipments (store_id, id)
);
CREATE INDEX shipment_events_by_shipment ON shipment_events (store_id, shipment_id, happened_at, id);
SELECT make_tenant_table('shipment_events');
REVOKE UPDATE, DELETE ON shipment_events FROM sostech_app;

-- Returns, numbered within their order; one at a time is under way.
CREATE TABLE returns (
    id uuid PRIMARY KEY,
    store_id uuid NOT NULL REFERENCES stores (id),
    order_id uuid NOT NULL,
    number integer NOT NULL CHECK (number > 0),
    status text NOT NULL DEFAULT 'requested'
        CHECK (status IN ('requested', 'approved', 'received', 'refused', 'withdrawn', 'expired')),
    reason text NOT NULL,
    comment text,
    requested_at timestamptz NOT NULL DEFAULT now(),
    approved_at timestamptz,
    received_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (store_id, id),
    UNIQUE (store_id, order_id, number),
    FOREIGN KEY (store_id, order_id) REFERENCES orders (store_id, id)
);
CREATE UNIQUE INDEX returns_one_under_way ON returns (store_id, order_id) WHERE status IN ('requested', 'approved');
CREATE TRIGGER returns_touch BEFORE UPDATE ON returns FOR EACH ROW EXECUTE FUNCTION touch_updated_at();
SELECT make_tenant_table('returns');

CREATE TABLE return_lines (
    store_id uuid NOT NULL REFERENCES stores (id),
    return_id uuid NOT NULL,
    order_line_id uuid NOT NULL,
    quantity integer NOT NULL CHECK (quantity > 0),
    received integer NOT NULL DEFAULT 0 CHECK (received >= 0),
    restock integer NOT NULL DEFAULT 0 CHECK (restock >= 0),
    PRIMARY KEY (store_id, return_id, order_line_id),
    FOREIGN KEY (store_id, return_id) REFERENCES returns (store_id, id),
    FOREIGN KEY (store_id, order_line_id) REFERENCES order_lines (store_id, id),
    CHECK (received <= quantity),
    CHECK (restock <= received)
);
CREATE INDEX return_lines_by_line ON return_lines (store_id, order_line_id);
SELECT make_tenant_table('return_lines');

-- What the shop owes to sellers: credited on delivery, debited by refunds. Rows are only ever added.
CREATE TABLE seller_entries (
    id uuid PRIMARY KEY,
    store_id uuid NOT NULL REFERENCES stores (id),
    seller text NOT NULL,
    order_id uuid NOT NULL,
    reference text NOT NULL,
    amount bigint NOT NULL CHECK (amount <> 0),
    commission bigint NOT NULL DEFAULT 0,
    currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    created_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (store_id, id),
    UNIQUE (store_id, order_id, reference, seller),
    FOREIGN KEY (store_id, order_id) REFERENCES orders (store_id, id)
);
CREATE INDEX seller_entries_by_seller ON seller_entries (store_id, seller, created_at DESC, id DESC);
SELECT make_tenant_table('seller_entries');
REVOKE UPDATE, DELETE ON seller_entries FROM sostech_app;
