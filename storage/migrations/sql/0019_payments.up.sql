-- Money: payments, what providers told us about them, refunds; and the books of the built-in test provider.

CREATE TABLE payments (
    id uuid PRIMARY KEY,
    store_id uuid NOT NULL REFERENCES stores (id),
    order_id uuid NOT NULL,
    attempt integer NOT NULL CHECK (attempt > 0),
    provider text NOT NULL,
    method text NOT NULL,
    amount bigint NOT NULL CHECK (amount > 0),
    currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    -- created: the provider was not asked yet; pending: it waits for the customer; the rest has come to an end.
    status text NOT NULL DEFAULT 'created' CHECK (status IN ('created', 'pending', 'succeeded', 'failed', 'voided')),
    -- Whether the provider still has to be told to call it off.
    void_wanted boolean NOT NULL DEFAULT false,
    reference text,
    client jsonb,
    -- Where the customer goes afterwards; kept, so that asking again asks for the very same.
    return_url text,
    failure text,
    -- What came, what of it is on its way back or was given back. `counts`: the money is the order's, not returned at once.
    captured bigint NOT NULL DEFAULT 0 CHECK (captured >= 0),
    refunding bigint NOT NULL DEFAULT 0 CHECK (refunding >= 0),
    refunded bigint NOT NULL DEFAULT 0 CHECK (refunded >= 0),
    counts boolean NOT NULL DEFAULT true,
    tries integer NOT NULL DEFAULT 0,
    next_try_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (store_id, id),
    UNIQUE (store_id, order_id, attempt),
    UNIQUE (store_id, provider, reference),
    FOREIGN KEY (store_id, order_id) REFERENCES orders (store_id, id),
    CHECK (refunding + refunded <= captured)
);
CREATE INDEX payments_due ON payments (next_try_at, store_id) WHERE next_try_at IS NOT NULL;
CREATE TRIGGER payments_touch BEFORE UPDATE ON payments FOR EACH ROW EXECUTE FUNCTION touch_updated_at();
SELECT make_tenant_table('payments');

-- What providers sent, as it came. An event of a provider counts once; what cannot be trusted is kept without an id.
CREATE TABLE payment_receipts (
    id uuid PRIMARY KEY,
    store_id uuid NOT NULL REFERENCES stores (id),
    provider text NOT NULL,
    event_id text,
    event_type text,
    payload bytea NOT NULL,
    signature text,
    remote_address text,
    -- waiting: to be processed; applied, ignored: done; mistaken: believable, but not about what we know; refused: not believed.
    status text NOT NULL DEFAULT 'waiting' CHECK (status IN ('waiting', 'applied', 'ignored', 'mistaken', 'refused')),
    detail text,
    order_id uuid,
    payment_id uuid,
    tries integer NOT NULL DEFAULT 0,
    next_try_at timestamptz,
    received_at timestamptz NOT NULL DEFAULT now(),
    processed_at timestamptz,
    UNIQUE (store_id, id),
    FOREIGN KEY (store_id, order_id) REFERENCES orders (store_id, id),
    FOREIGN KEY (store_id, payment_id) REFERENCES payments (store_id, id),
    CHECK ((event_id IS NULL) = (status = 'refused'))
);
CREATE UNIQUE INDEX payment_receipts_once ON payment_receipts (store_id, provider, event_id) WHERE event_id IS NOT NULL;
CREATE INDEX payment_receipts_by_time ON payment_receipts (store_id, received_at DESC, id DESC);
CREATE INDEX payment_receipts_by_order ON payment_receipts (store_id, order_id) WHERE order_id IS NOT NULL;
CREATE INDEX payment_receipts_by_payment ON payment_receipts (store_id, payment_id) WHERE payment_id IS NOT NULL;
CREATE INDEX payment_receipts_due ON payment_receipts (next_try_at, store_id) WHERE next_try_at IS NOT NULL;
SELECT make_tenant_table('payment_receipts');
REVOKE DELETE ON payment_receipts FROM sostech_app;

-- Money on its way back. Numbered within the order; `kind` automatic: a payment that must not stay, in full.
CREATE TABLE refunds (
    id uuid PRIMARY KEY,
    store_id uuid NOT NULL REFERENCES stores (id),
    order_id uuid NOT NULL,
    payment_id uuid NOT NULL,
    return_id uuid,
    number integer NOT NULL CHECK (number > 0),
    kind text NOT NULL CHECK (kind IN ('requested', 'cancellation', 'dropped', 'automatic')),
    status text NOT NULL DEFAULT 'requested'
        CHECK (status IN ('requested', 'approved', 'gateway_pending', 'settled', 'failed', 'refused')),
    amount bigint NOT NULL CHECK (amount > 0),
    shipping_amount bigint NOT NULL DEFAULT 0 CHECK (shipping_amount >= 0),
    currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    reason text NOT NULL,
    -- Units of lines and what each gives back: [{line, units, share, amount}], minor units; `share` is what
    -- they were bought for, of which `amount` goes back.
    lines jsonb NOT NULL DEFAULT '[]',
    restock boolean NOT NULL DEFAULT false,
    -- The refund that failed and that this one repeats: each can be repeated once.
    retry_of uuid,
    reference text,
    failure text,
    requested_by uuid,
    approved_by uuid,
    tries integer NOT NULL DEFAULT 0,
    next_try_at timestamptz,
    approved_at timestamptz,
    settled_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (store_id, id),
    UNIQUE (store_id, order_id, number),
    UNIQUE (store_id, retry_of),
    FOREIGN KEY (store_id, order_id) REFERENCES orders (store_id, id),
    FOREIGN KEY (store_id, payment_id) REFERENCES payments (store_id, id),
    FOREIGN KEY (store_id, return_id) REFERENCES returns (store_id, id),
    FOREIGN KEY (store_id, retry_of) REFERENCES refunds (store_id, id)
);
CREATE INDEX refunds_by_time ON refunds (store_id, created_at DESC, id DESC);
CREATE INDEX refunds_by_payment ON refunds (store_id, payment_id);
CREATE INDEX refunds_by_return ON refunds (store_id, return_id) WHERE return_id IS NOT NULL;
CREATE INDEX refunds_by_approver ON refunds (store_id, approved_by, approved_at) WHERE approved_by IS NOT NULL;
CREATE INDEX refunds_due ON refunds (next_try_at, store_id) WHERE next_try_at IS NOT NULL;
CREATE TRIGGER refunds_touch BEFORE UPDATE ON refunds FOR EACH ROW EXECUTE FUNCTION touch_updated_at();
SELECT make_tenant_table('refunds');

-- The built-in test provider is an outside system that happens to live here: it knows nothing of our other tables.
CREATE TABLE test_provider_charges (
    id uuid PRIMARY KEY,
    store_id uuid NOT NULL REFERENCES stores (id),
    idempotency_key text NOT NULL,
    amount bigint NOT NULL CHECK (amount > 0),
    currency text NOT NULL,
    metadata jsonb NOT NULL,
    return_url text,
    status text NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'paid', 'declined', 'voided')),
    refunded bigint NOT NULL DEFAULT 0 CHECK (refunded >= 0 AND refunded <= amount),
    -- Chosen by whoever paid, so that refunds that fail can be tried out too.
    refunds_fail boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (store_id, id),
    UNIQUE (store_id, idempotency_key)
);
CREATE TRIGGER test_provider_charges_touch BEFORE UPDATE ON test_provider_charges
    FOR EACH ROW EXECUTE FUNCTION touch_updated_at();
SELECT make_tenant_table('test_provider_charges');

CREATE TABLE test_provider_refunds (
    id uuid PRIMARY KEY,
    store_id uuid NOT NULL REFERENCES stores (id),
    charge_id uuid NOT NULL,
    idempotency_key text NOT NULL,
    amount bigint NOT NULL CHECK (amount > 0),
    status text NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'succeeded', 'failed')),
    created_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (store_id, id),
    UNIQUE (store_id, idempotency_key),
    FOREIGN KEY (store_id, charge_id) REFERENCES test_provider_charges (store_id, id)
);
CREATE INDEX test_provider_refunds_by_charge ON test_provider_refunds (store_id, charge_id);
SELECT make_tenant_table('test_provider_refunds');

-- Webhooks it still has to deliver, or delivered.
CREATE TABLE test_provider_deliveries (
    id uuid PRIMARY KEY,
    store_id uuid NOT NULL REFERENCES stores (id),
    event_id text NOT NULL,
    payload bytea NOT NULL,
    -- A forged one is signed with a key that is not ours.
    is_forged boolean NOT NULL DEFAULT false,
    tries integer NOT NULL DEFAULT 0,
    next_try_at timestamptz,
    last_status integer,
    created_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (store_id, id)
);
CREATE INDEX test_provider_deliveries_due ON test_provider_deliveries (next_try_at, store_id)
    WHERE next_try_at IS NOT NULL;
SELECT make_tenant_table('test_provider_deliveries');

-- Which stores have work that is due, and since when, so that a worker asks once for all of them. Security definer: it
-- sees all stores, and tells nothing but their ids.
CREATE FUNCTION stores_with_due_work() RETURNS TABLE (store_id uuid, kind text, due_since timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public
AS $$
    SELECT o.store_id, 'deadline', min(o.deadline_at) FROM orders o WHERE o.deadline_at <= now() GROUP BY 1
    UNION ALL
    SELECT r.store_id, 'reservation', min(r.expires_at) FROM stock_reservations r
     WHERE r.state = 'held' AND r.expires_at <= now() GROUP BY 1
    UNION ALL
    SELECT p.store_id, 'payment', min(p.next_try_at) FROM payments p WHERE p.next_try_at <= now() GROUP BY 1
    UNION ALL
    SELECT p.store_id, 'receipt', min(p.next_try_at) FROM payment_receipts p WHERE p.next_try_at <= now() GROUP BY 1
    UNION ALL
    SELECT f.store_id, 'refund', min(f.next_try_at) FROM refunds f WHERE f.next_try_at <= now() GROUP BY 1
    UNION ALL
    SELECT d.store_id, 'test_delivery', min(d.next_try_at) FROM test_provider_deliveries d
     WHERE d.next_try_at <= now() GROUP BY 1
$$;
REVOKE EXECUTE ON FUNCTION stores_with_due_work() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION stores_with_due_work() TO sostech_app;
