-- What somebody is to be told because of an event, by one channel. `key` names what it is about, so that it is told once.
CREATE TABLE messages (
    id uuid PRIMARY KEY,
    store_id uuid NOT NULL REFERENCES stores (id),
    key text NOT NULL,
    event_id uuid,
    -- The rule of the notifications ruleset that asks for it; NULL: the shop itself does (a password reset).
    rule text,
    channel text NOT NULL CHECK (channel IN ('email', 'sms', 'push', 'inbox')),
    category text NOT NULL CHECK (category IN ('account', 'order', 'reminders', 'marketing', 'staff')),
    template text NOT NULL,
    user_id uuid,
    -- An e-mail address, a phone number; of push and inbox the user. Empty where there is none, and so nothing to send.
    address text NOT NULL,
    locale text NOT NULL,
    values jsonb NOT NULL DEFAULT '{}',
    state text NOT NULL DEFAULT 'waiting'
        CHECK (state IN ('waiting', 'sent', 'suppressed', 'refused', 'bounced', 'dead')),
    attempts integer NOT NULL DEFAULT 0,
    -- Somebody is at it, or was when their process ended; how often that happened, or an answer was lost.
    under_way boolean NOT NULL DEFAULT false,
    interrupted integer NOT NULL DEFAULT 0,
    -- When it is to be sent; while somebody sends it, when others may take it up. NULL: it is not to be sent any more.
    next_try_at timestamptz DEFAULT now(),
    -- Rows of one digest wait together and go as one: as the first of them, which the others name once they went along.
    digest text,
    digest_of uuid,
    sent_at timestamptz,
    -- What it said, where people read it here.
    title text,
    body text,
    link text,
    read_at timestamptz,
    -- Why it was not sent, or what the provider said.
    reason text,
    created_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (store_id, id),
    UNIQUE (store_id, key),
    CHECK ((state = 'waiting') = (next_try_at IS NOT NULL)),
    CHECK (state = 'waiting' OR NOT under_way),
    FOREIGN KEY (store_id, user_id) REFERENCES users (store_id, id) ON DELETE CASCADE
);
CREATE INDEX messages_due ON messages (store_id, channel, next_try_at, id) WHERE state = 'waiting';
CREATE INDEX messages_digest ON messages (store_id, digest, id) WHERE state = 'waiting' AND digest IS NOT NULL;
CREATE INDEX messages_by_time ON messages (store_id, created_at DESC, id DESC);
CREATE INDEX messages_by_state ON messages (store_id, state, created_at DESC, id DESC) WHERE state <> 'sent';
CREATE INDEX messages_of_user ON messages (store_id, user_id, created_at DESC, id DESC) WHERE user_id IS NOT NULL;
SELECT make_tenant_table('messages');

-- What somebody wants, or does not want, to be told, by category and channel; where they said nothing they are told.
-- `recipient` is the id of a user, or the folded address of somebody without an account.
CREATE TABLE notification_preferences (
    store_id uuid NOT NULL REFERENCES stores (id),
    recipient text NOT NULL,
    category text NOT NULL CHECK (category IN ('reminders', 'marketing', 'staff')),
    channel text NOT NULL CHECK (channel IN ('email', 'sms', 'push', 'inbox')),
    user_id uuid,
    wanted boolean NOT NULL,
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (store_id, recipient, category, channel),
    CHECK (user_id IS NULL OR recipient = user_id::text),
    FOREIGN KEY (store_id, user_id) REFERENCES users (store_id, id) ON DELETE CASCADE
);
CREATE INDEX notification_preferences_user ON notification_preferences (store_id, user_id) WHERE user_id IS NOT NULL;
CREATE TRIGGER notification_preferences_touch BEFORE UPDATE ON notification_preferences
    FOR EACH ROW EXECUTE FUNCTION touch_updated_at();
SELECT make_tenant_table('notification_preferences');

-- When somebody was last told what they are told once in a while only.
CREATE TABLE notice_limits (
    store_id uuid NOT NULL REFERENCES stores (id),
    key text NOT NULL,
    told_at timestamptz NOT NULL DEFAULT now(),
    free_at timestamptz NOT NULL,
    PRIMARY KEY (store_id, key)
);
CREATE INDEX notice_limits_free ON notice_limits (free_at);
SELECT make_tenant_table('notice_limits');

-- Addresses that a provider refused for good: what need not be sent is not sent there any more.
CREATE TABLE mail_bounces (
    store_id uuid NOT NULL REFERENCES stores (id),
    email_folded text NOT NULL CHECK (email_folded = lower(email_folded)),
    reason text NOT NULL,
    message_id uuid,
    bounced_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (store_id, email_folded)
);
CREATE INDEX mail_bounces_by_time ON mail_bounces (store_id, bounced_at DESC, email_folded);
SELECT make_tenant_table('mail_bounces');
