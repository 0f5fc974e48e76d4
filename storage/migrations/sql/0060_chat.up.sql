-- What customers and the shop, or a seller, write to each other.
CREATE TABLE conversations (
    id uuid PRIMARY KEY,
    store_id uuid NOT NULL REFERENCES stores (id),
    customer_id uuid NOT NULL,
    -- With whom; NULL: with the shop.
    seller_id uuid,
    kind text NOT NULL GENERATED ALWAYS AS (CASE WHEN seller_id IS NULL THEN 'support' ELSE 'seller' END) STORED,
    order_id uuid,
    product_id uuid,
    subject text NOT NULL CHECK (length(subject) BETWEEN 1 AND 200),
    status text NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'waiting', 'resolved')),
    assigned_to uuid,
    tags text[] NOT NULL DEFAULT '{}' CHECK (cardinality(tags) <= 20),
    -- How content the customer was, 1 to 5.
    rating smallint CHECK (rating BETWEEN 1 AND 5),
    rating_comment text CHECK (length(rating_comment) <= 2000),
    -- The last step of the conversation: messages that came, were edited or taken back; and the last that the
    -- customer may see, which notes among staff are not. Given under the lock of this row, so in the order of commits.
    seq bigint NOT NULL DEFAULT 0,
    public_seq bigint NOT NULL DEFAULT 0,
    last_message_id uuid,
    -- When that was; of a conversation without messages, when it began.
    last_message_at timestamptz NOT NULL DEFAULT now(),
    -- Since when somebody of the shop is waited for; NULL: nobody is, or a seller is. The queue is in this order.
    waiting_since timestamptz,
    -- Of whoever began it: the same key again is the same conversation.
    key text NOT NULL CHECK (length(key) BETWEEN 1 AND 200),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (store_id, id),
    UNIQUE (store_id, customer_id, key),
    FOREIGN KEY (store_id, customer_id) REFERENCES users (store_id, id) ON DELETE CASCADE,
    FOREIGN KEY (store_id, seller_id) REFERENCES sellers (store_id, id) ON DELETE CASCADE,
    FOREIGN KEY (store_id, order_id) REFERENCES orders (store_id, id),
    FOREIGN KEY (store_id, product_id) REFERENCES products (store_id, id) ON DELETE SET NULL (product_id),
    FOREIGN KEY (store_id, assigned_to) REFERENCES users (store_id, id) ON DELETE SET NULL (assigned_to)
);
CREATE INDEX conversations_queue ON conversations (store_id, waiting_since) WHERE waiting_since IS NOT NULL;
CREATE INDEX conversations_newest ON conversations (store_id, last_message_at DESC, id DESC);
CREATE INDEX conversations_of_customer ON conversations (store_id, customer_id, last_message_at DESC, id DESC);
CREATE INDEX conversations_of_seller ON conversations (store_id, seller_id, last_message_at DESC, id DESC)
    WHERE seller_id IS NOT NULL;
CREATE INDEX conversations_of_order ON conversations (store_id, order_id) WHERE order_id IS NOT NULL;
CREATE TRIGGER conversations_touch BEFORE UPDATE ON conversations FOR EACH ROW EXECUTE FUNCTION touch_updated_at();
SELECT make_tenant_table('conversations');

-- Who takes part, and how far they are. Staff take part from the moment they join, write or are assigned.
CREATE TABLE conversation_participants (
    store_id uuid NOT NULL REFERENCES stores (id),
    conversation_id uuid NOT NULL,
    user_id uuid NOT NULL,
    role text NOT NULL CHECK (role IN ('customer', 'seller', 'staff')),
    -- The place (chat_messages.seq) of the last message that reached one of their devices, and that they have read.
    delivered_seq bigint NOT NULL DEFAULT 0,
    read_seq bigint NOT NULL DEFAULT 0 CHECK (read_seq <= delivered_seq),
    -- The place up to which a mail told them of messages that they have not read.
    told_seq bigint NOT NULL DEFAULT 0,
    joined_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (store_id, conversation_id, user_id),
    FOREIGN KEY (store_id, conversation_id) REFERENCES conversations (store_id, id) ON DELETE CASCADE,
    FOREIGN KEY (store_id, user_id) REFERENCES users (store_id, id) ON DELETE CASCADE
);
CREATE INDEX conversation_participants_user ON conversation_participants (store_id, user_id);
SELECT make_tenant_table('conversation_participants');

-- Somebody takes part from now on, which they are told wherever they are connected.
CREATE FUNCTION tell_participant_step() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    PERFORM tell_step('participant', NEW.store_id, NEW.user_id, 0);
    RETURN NULL;
END
$$;
CREATE TRIGGER conversation_participants_tell AFTER INSERT ON conversation_participants
    FOR EACH ROW EXECUTE FUNCTION tell_participant_step();

-- Somebody has got or read more of it.
CREATE FUNCTION tell_cursor_step() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    PERFORM tell_step('cursor', NEW.store_id, NEW.conversation_id, 0);
    RETURN NULL;
END
$$;
CREATE TRIGGER conversation_participants_tell_cursor AFTER UPDATE OF delivered_seq, read_seq ON conversation_participants
    FOR EACH ROW EXECUTE FUNCTION tell_cursor_step();

CREATE TABLE chat_messages (
    id uuid PRIMARY KEY,
    store_id uuid NOT NULL REFERENCES stores (id),
    conversation_id uuid NOT NULL,
    -- Its place in the conversation, for ever; and the step that last changed it: the same until it is edited.
    seq bigint NOT NULL CHECK (seq > 0),
    change bigint NOT NULL CHECK (change >= seq),
    -- NULL: the shop itself.
    author_id uuid,
    author_role text NOT NULL CHECK (author_role IN ('customer', 'seller', 'staff', 'system')),
    -- note: among staff. decision: why a price is what it is. system: what was done with the conversation.
    kind text NOT NULL CHECK (kind IN ('text', 'note', 'decision', 'system')),
    body text NOT NULL CHECK (length(body) <= 10000),
    -- Of kind decision: what is shown of it. Of kind system: what was done, {"done": "assigned", …}.
    details jsonb,
    -- Given by who wrote it: the same again is the same message.
    client_id uuid,
    edited_at timestamptz,
    -- Taken back: the body is in chat_message_versions.
    deleted_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    -- The store's own lexeme lets one index serve many stores.
    words tsvector NOT NULL GENERATED ALWAYS AS (
        to_tsvector('simple', body) || array_to_tsvector(ARRAY['store' || replace(store_id::text, '-', '')])
    ) STORED,
    UNIQUE (store_id, id),
    UNIQUE (store_id, conversation_id, seq),
    UNIQUE (store_id, conversation_id, author_id, client_id),
    CHECK (author_id IS NOT NULL OR author_role = 'system'),
    FOREIGN KEY (store_id, conversation_id) REFERENCES conversations (store_id, id) ON DELETE CASCADE,
    FOREIGN KEY (store_id, author_id) REFERENCES users (store_id, id) ON DELETE CASCADE
);
CREATE UNIQUE INDEX chat_messages_changes ON chat_messages (store_id, conversation_id, change);
CREATE INDEX chat_messages_words ON chat_messages USING gin (words);
SELECT make_tenant_table('chat_messages');

CREATE FUNCTION tell_chat_step() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    PERFORM tell_step('chat', NEW.store_id, NEW.conversation_id, NEW.change);
    RETURN NULL;
END
$$;
CREATE TRIGGER chat_messages_tell AFTER INSERT OR UPDATE OF change ON chat_messages
    FOR EACH ROW EXECUTE FUNCTION tell_chat_step();

-- What messages said before they were edited or taken back. Rows are only ever added.
CREATE TABLE chat_message_versions (
    store_id uuid NOT NULL REFERENCES stores (id),
    message_id uuid NOT NULL,
    version integer NOT NULL CHECK (version > 0),
    body text NOT NULL,
    replaced_by uuid NOT NULL,
    replaced_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (store_id, message_id, version),
    FOREIGN KEY (store_id, message_id) REFERENCES chat_messages (store_id, id) ON DELETE CASCADE
);
SELECT make_tenant_table('chat_message_versions');
REVOKE UPDATE, DELETE ON chat_message_versions FROM sostech_app;

-- Pictures and files, uploaded before the message that carries them. Only who may read the conversation may load them.
CREATE TABLE chat_attachments (
    id uuid PRIMARY KEY,
    store_id uuid NOT NULL REFERENCES stores (id),
    conversation_id uuid NOT NULL,
    uploaded_by uuid NOT NULL,
    message_id uuid,
    position integer NOT NULL DEFAULT 0,
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    content_type text NOT NULL,
    size_bytes bigint NOT NULL CHECK (size_bytes > 0),
    -- Pictures only, in pixels.
    width integer,
    height integer,
    -- Where the media store keeps it.
    media_key text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (store_id, id),
    FOREIGN KEY (store_id, conversation_id) REFERENCES conversations (store_id, id) ON DELETE CASCADE,
    FOREIGN KEY (store_id, message_id) REFERENCES chat_messages (store_id, id) ON DELETE CASCADE,
    FOREIGN KEY (store_id, uploaded_by) REFERENCES users (store_id, id) ON DELETE CASCADE
);
CREATE INDEX chat_attachments_message ON chat_attachments (store_id, message_id) WHERE message_id IS NOT NULL;
CREATE INDEX chat_attachments_unsent ON chat_attachments (store_id, created_at) WHERE message_id IS NULL;
SELECT make_tenant_table('chat_attachments');

-- Answers that staff give again and again. `{customer}` and `{order}` in the body are filled in.
CREATE TABLE canned_answers (
    id uuid PRIMARY KEY,
    store_id uuid NOT NULL REFERENCES stores (id),
    shortcut text NOT NULL CHECK (shortcut ~ '^[a-z0-9][a-z0-9-]{0,39}$'),
    title text NOT NULL CHECK (length(title) BETWEEN 1 AND 200),
    body text NOT NULL CHECK (length(body) BETWEEN 1 AND 10000),
    locale text,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (store_id, id),
    UNIQUE NULLS NOT DISTINCT (store_id, shortcut, locale)
);
CREATE TRIGGER canned_answers_touch BEFORE UPDATE ON canned_answers FOR EACH ROW EXECUTE FUNCTION touch_updated_at();
SELECT make_tenant_table('canned_answers');

-- Words that messages of customers and sellers may not hold, in lower case.
CREATE TABLE chat_blocked_words (
    store_id uuid NOT NULL REFERENCES stores (id),
    word text NOT NULL CHECK (length(word) BETWEEN 1 AND 100 AND word = lower(word)),
    created_by uuid NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (store_id, word)
);
SELECT make_tenant_table('chat_blocked_words');

-- People who may read, but not write, until then; NULL: until somebody of the shop lets them again.
CREATE TABLE chat_blocks (
    store_id uuid NOT NULL REFERENCES stores (id),
    user_id uuid NOT NULL,
    reason text NOT NULL CHECK (length(reason) BETWEEN 1 AND 500),
    blocked_by uuid NOT NULL,
    until timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (store_id, user_id),
    FOREIGN KEY (store_id, user_id) REFERENCES users (store_id, id) ON DELETE CASCADE
);
SELECT make_tenant_table('chat_blocks');

-- Messages that hold these words, the newest first or, backwards, the oldest after some place. In conversations of
-- their own people find what is shown to them, if they may have any; in all others only staff find anything, and notes
-- as well. Row-level
-- security would keep PostgreSQL from using the index of words; so the store is asked for here.
CREATE FUNCTION search_chat(
    words text, viewer uuid, is_staff boolean, has_own boolean, beyond timestamptz, beyond_id uuid, backwards boolean,
    most integer)
RETURNS TABLE (message_id uuid, created_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public
AS $$
    SELECT m.id, m.created_at
      FROM chat_messages m
      JOIN conversations c ON c.store_id = m.store_id AND c.id = m.conversation_id
      LEFT JOIN sellers s ON s.store_id = c.store_id AND s.id = c.seller_id
     WHERE m.store_id = current_store_id() AND m.deleted_at IS NULL
       AND m.words @@ (websearch_to_tsquery('simple', search_chat.words) && catalog_store_lexeme())
       AND numnode(websearch_to_tsquery('simple', search_chat.words)) > 0
       AND CASE WHEN viewer IN (c.customer_id, s.user_id) THEN has_own AND m.kind <> 'note' ELSE is_staff END
       AND (beyond IS NULL OR CASE WHEN backwards THEN (m.created_at, m.id) > (beyond, beyond_id)
                                   ELSE (m.created_at, m.id) < (beyond, beyond_id) END)
     ORDER BY CASE WHEN backwards THEN m.created_at END, CASE WHEN backwards THEN m.id END, m.created_at DESC, m.id DESC
     LIMIT most
$$;
REVOKE EXECUTE ON FUNCTION search_chat(text, uuid, boolean, boolean, timestamptz, uuid, boolean, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION search_chat(text, uuid, boolean, boolean, timestamptz, uuid, boolean, integer) TO sostech_app;
