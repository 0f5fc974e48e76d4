-- Orders whose customer has to show, by a code sent to their number, that the number is theirs.
CREATE TABLE order_codes (
    store_id uuid NOT NULL REFERENCES stores (id),
    order_id uuid NOT NULL,
    -- E.164.
    phone text NOT NULL,
    -- The code that was sent last, signed: six digits could be guessed from any hash that needs no key.
    code text NOT NULL,
    expires_at timestamptz NOT NULL,
    -- Wrong tries at it.
    tries integer NOT NULL DEFAULT 0,
    -- How many codes were sent, and when the last was.
    sent integer NOT NULL DEFAULT 1,
    sent_at timestamptz NOT NULL DEFAULT now(),
    confirmed_at timestamptz,
    PRIMARY KEY (store_id, order_id),
    FOREIGN KEY (store_id, order_id) REFERENCES orders (store_id, id) ON DELETE CASCADE
);
CREATE INDEX order_codes_phone ON order_codes (store_id, phone, sent_at);
SELECT make_tenant_table('order_codes');

-- Browsers that show what somebody is told. `endpoint` is an address of the browser's maker; the keys are the browser's.
CREATE TABLE push_subscriptions (
    id uuid PRIMARY KEY,
    store_id uuid NOT NULL REFERENCES stores (id),
    user_id uuid NOT NULL,
    endpoint text NOT NULL CHECK (length(endpoint) BETWEEN 1 AND 2000),
    p256dh text NOT NULL,
    auth text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (store_id, endpoint),
    FOREIGN KEY (store_id, user_id) REFERENCES users (store_id, id) ON DELETE CASCADE
);
CREATE INDEX push_subscriptions_user ON push_subscriptions (store_id, user_id, created_at);
SELECT make_tenant_table('push_subscriptions');
