-- What signals look for in events, each in a column of its own: rows of a store can only be found by an index on a plain
-- column, for a policy is asked before any expression. So the events with the same phone are found as quickly however
-- many others there are, and whatever was written before a ruleset asked for it is found too.
ALTER TABLE events
    ADD COLUMN customer_id text GENERATED ALWAYS AS (payload ->> 'customer_id') STORED,
    ADD COLUMN customer_email text GENERATED ALWAYS AS (payload ->> 'customer_email') STORED,
    ADD COLUMN customer_phone text GENERATED ALWAYS AS (payload ->> 'customer_phone') STORED,
    ADD COLUMN order_id text GENERATED ALWAYS AS (payload ->> 'order_id') STORED,
    ADD COLUMN order_address text GENERATED ALWAYS AS (payload ->> 'order_address') STORED,
    ADD COLUMN device_id text GENERATED ALWAYS AS (payload ->> 'device_id') STORED,
    ADD COLUMN coupon_code text GENERATED ALWAYS AS (payload ->> 'coupon_code') STORED;
CREATE INDEX events_of_customer ON events (store_id, customer_id, occurred_at) WHERE customer_id IS NOT NULL;
CREATE INDEX events_of_email ON events (store_id, customer_email, occurred_at) WHERE customer_email IS NOT NULL;
CREATE INDEX events_of_phone ON events (store_id, customer_phone, occurred_at) WHERE customer_phone IS NOT NULL;
CREATE INDEX events_of_order ON events (store_id, order_id, occurred_at) WHERE order_id IS NOT NULL;
CREATE INDEX events_of_address ON events (store_id, order_address, occurred_at) WHERE order_address IS NOT NULL;
CREATE INDEX events_of_device ON events (store_id, device_id, occurred_at) WHERE device_id IS NOT NULL;
CREATE INDEX events_of_code ON events (store_id, coupon_code, occurred_at) WHERE coupon_code IS NOT NULL;
CREATE INDEX events_by_name_and_time ON events (store_id, name, occurred_at);

-- Each time a signal was seen. `key` is the same whenever the same thing is seen again, so its effects are done once.
CREATE TABLE signal_firings (
    id uuid PRIMARY KEY,
    store_id uuid NOT NULL REFERENCES stores (id),
    key text NOT NULL CHECK (length(key) BETWEEN 3 AND 400),
    signal text NOT NULL,
    -- Which version of the ruleset saw it.
    ruleset jsonb NOT NULL,
    -- When the pattern was complete, which may be a while before it was seen.
    fired_at timestamptz NOT NULL,
    seen_at timestamptz NOT NULL DEFAULT now(),
    -- The events that made it, in order; none where nothing had happened for a while.
    events uuid[] NOT NULL DEFAULT '{}',
    same jsonb NOT NULL,
    -- What it is about, which may be gone by now.
    order_id uuid,
    order_number bigint,
    cart_id uuid,
    customer_id uuid,
    explanation jsonb NOT NULL,
    -- What was to be done, whether it was done, and why not.
    effects jsonb NOT NULL,
    UNIQUE (store_id, id),
    UNIQUE (store_id, key)
);
CREATE INDEX signal_firings_by_time ON signal_firings (store_id, fired_at DESC, id DESC);
CREATE INDEX signal_firings_by_signal ON signal_firings (store_id, signal, fired_at DESC, id DESC);
CREATE INDEX signal_firings_of_order ON signal_firings (store_id, order_number, fired_at DESC, id DESC)
    WHERE order_number IS NOT NULL;
CREATE INDEX signal_firings_of_cart ON signal_firings (store_id, cart_id, fired_at DESC, id DESC)
    WHERE cart_id IS NOT NULL;
CREATE INDEX signal_firings_of_customer ON signal_firings (store_id, customer_id, fired_at DESC, id DESC)
    WHERE customer_id IS NOT NULL;
SELECT make_tenant_table('signal_firings');

-- When the store is next looked through for what has not happened. A store without a row is new.
CREATE TABLE signal_rounds (
    store_id uuid PRIMARY KEY REFERENCES stores (id),
    ruleset text NOT NULL,
    next_at timestamptz NOT NULL
);
SELECT make_tenant_table('signal_rounds');

-- How far one signal has looked, in the order in which things came to rest. It begins anew with another ruleset.
CREATE TABLE signal_cursors (
    store_id uuid NOT NULL REFERENCES stores (id),
    signal text NOT NULL,
    ruleset text NOT NULL,
    looked_to timestamptz NOT NULL,
    looked_id uuid NOT NULL,
    PRIMARY KEY (store_id, signal)
);
SELECT make_tenant_table('signal_cursors');

CREATE INDEX carts_at_rest ON carts (store_id, updated_at, id) WHERE status = 'open';
CREATE INDEX orders_at_rest ON orders (store_id, updated_at, id);
