-- Who sells now takes part in the conversations with the seller, and nobody is waited for who may not answer any more.

-- Whoever sells from now on, or again, goes on where it was left: nothing that was read has to be read again, and what
-- was not is told to them when they are away. Who sold before takes part no more. The ten minutes are those of
-- server/chat/away.py.
CREATE FUNCTION let_seller_take_part() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    -- Messages are written under these locks, so that nobody waits for us who is waited for.
    PERFORM FROM conversations c WHERE c.store_id = NEW.store_id AND c.seller_id = NEW.id
      ORDER BY c.id FOR NO KEY UPDATE;
    WITH former AS (
        DELETE FROM conversation_participants p USING conversations c
         WHERE c.store_id = NEW.store_id AND c.seller_id = NEW.id AND p.store_id = c.store_id
           AND p.conversation_id = c.id AND p.role = 'seller' AND p.user_id <> NEW.user_id
        RETURNING p.conversation_id, p.delivered_seq, p.read_seq
    ), reached AS (
        SELECT c.store_id, c.id, coalesce(max(own.delivered_seq), max(f.delivered_seq), 0) AS delivered_seq,
               coalesce(max(own.read_seq), max(f.read_seq), 0) AS read_seq
          FROM conversations c
          LEFT JOIN former f ON f.conversation_id = c.id
          LEFT JOIN conversation_participants own
                 ON own.store_id = c.store_id AND own.conversation_id = c.id AND own.user_id = NEW.user_id
         WHERE c.store_id = NEW.store_id AND c.seller_id = NEW.id AND c.customer_id <> NEW.user_id
         GROUP BY c.store_id, c.id
    )
    INSERT INTO conversation_participants AS p
        (store_id, conversation_id, user_id, role, delivered_seq, read_seq, tell_at)
    SELECT r.store_id, r.id, NEW.user_id, 'seller', r.delivered_seq, r.read_seq,
           CASE WHEN EXISTS (
               SELECT FROM chat_messages m
                WHERE m.store_id = r.store_id AND m.conversation_id = r.id AND m.seq > r.read_seq
                  AND m.author_id <> NEW.user_id AND m.author_role <> 'system' AND m.kind <> 'note')
                THEN now() + interval '10 minutes' END
      FROM reached r
    ON CONFLICT (store_id, conversation_id, user_id) DO UPDATE
       SET role = 'seller', joined_at = now(),
           tell_at = coalesce(p.tell_at, CASE WHEN p.told_seq <= p.read_seq THEN excluded.tell_at END);
    PERFORM tell_step('participant', NEW.store_id, NEW.user_id, 0);
    RETURN NULL;
END
$$;
CREATE TRIGGER sellers_take_part AFTER UPDATE OF status, user_id ON sellers
    FOR EACH ROW WHEN (NEW.user_id IS NOT NULL AND NEW.status = 'active'
                       AND (NEW.status, NEW.user_id) IS DISTINCT FROM (OLD.status, OLD.user_id))
    EXECUTE FUNCTION let_seller_take_part();

-- When it was last asked whether whoever looks after a conversation that waits may still answer.
ALTER TABLE conversations ADD COLUMN assignee_asked_at timestamptz;
CREATE INDEX conversations_unasked ON conversations (greatest(waiting_since, assignee_asked_at), store_id)
    WHERE waiting_since IS NOT NULL AND assigned_to IS NOT NULL;

-- The worker asks.
CREATE OR REPLACE FUNCTION stores_with_due_work() RETURNS TABLE (store_id uuid, kind text, due_since timestamptz)
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
    UNION ALL
    SELECT j.store_id, 'replay', min(coalesce(j.claimed_until, j.created_at)) FROM replay_jobs j
     WHERE j.state IN ('waiting', 'running') AND (j.claimed_until IS NULL OR j.claimed_until <= now()) GROUP BY 1
    UNION ALL
    SELECT j.store_id, 'proof', min(coalesce(j.claimed_until, j.created_at)) FROM proof_jobs j
     WHERE j.state IN ('waiting', 'running') AND (j.claimed_until IS NULL OR j.claimed_until <= now()) GROUP BY 1
    UNION ALL
    SELECT m.store_id, 'moved_state', m.updated_at FROM moved_states m
     WHERE EXISTS (SELECT FROM orders o WHERE o.store_id = m.store_id AND o.state = ANY (m.states))
    UNION ALL
    SELECT d.store_id, 'delivery', min(d.next_try_at) FROM event_deliveries d
     WHERE d.state = 'due' AND d.next_try_at <= now() GROUP BY 1
    UNION ALL
    SELECT m.store_id, 'message', min(m.next_try_at) FROM messages m
     WHERE m.state = 'waiting' AND m.next_try_at <= now() GROUP BY 1
    UNION ALL
    SELECT i.store_id, 'invite', min(i.judge_at) FROM invites i WHERE i.judge_at <= now() GROUP BY 1
    UNION ALL
    SELECT b.store_id, 'birthday', min(b.due_at) FROM birthdays b WHERE b.due_at <= now() GROUP BY 1
    UNION ALL
    SELECT p.store_id, 'unread', min(p.tell_at) FROM conversation_participants p WHERE p.tell_at <= now() GROUP BY 1
    UNION ALL
    SELECT c.store_id, 'unread', min(c.waiting_since) + interval '10 minutes' FROM conversations c
     WHERE c.waiting_since <= now() - interval '10 minutes' AND c.assigned_to IS NULL
       AND c.waiting_told IS DISTINCT FROM c.waiting_since GROUP BY 1
    UNION ALL
    SELECT c.store_id, 'unread', min(greatest(c.waiting_since, c.assignee_asked_at)) + interval '10 minutes'
      FROM conversations c
     WHERE greatest(c.waiting_since, c.assignee_asked_at) <= now() - interval '10 minutes'
       AND c.waiting_since IS NOT NULL AND c.assigned_to IS NOT NULL GROUP BY 1
    UNION ALL
    SELECT s.id, 'signal', coalesce(r.next_at, s.created_at)
      FROM stores s
      LEFT JOIN signal_rounds r ON r.store_id = s.id
     WHERE coalesce(r.next_at, s.created_at + interval '5 minutes') <= now()
    UNION ALL
    -- What an endpoint is owed that was switched off waits until it is switched on.
    SELECT d.store_id, 'webhook', min(d.next_try_at) FROM webhook_deliveries d
      JOIN webhook_endpoints e ON e.store_id = d.store_id AND e.id = d.endpoint_id AND e.is_active
     WHERE d.state = 'due' AND d.next_try_at <= now() GROUP BY 1
    UNION ALL
    -- Transactions that began earlier may still commit entries of the last seconds.
    SELECT s.id, 'decision_log', d.created_at
      FROM stores s
      LEFT JOIN decision_reading r ON r.store_id = s.id
     CROSS JOIN LATERAL (
        SELECT l.created_at FROM decision_log l
         WHERE l.store_id = s.id AND l.created_at <= now() - interval '10 seconds'
           AND (l.created_at, l.id) > (coalesce(r.read_to, '-infinity'),
                                       coalesce(r.read_id, '00000000-0000-0000-0000-000000000000'))
         ORDER BY l.created_at, l.id LIMIT 1) d
$$;

-- Who sells finds nothing while the seller is suspended, and what is noted about them even less.
CREATE OR REPLACE FUNCTION search_chat(
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
       AND CASE viewer WHEN c.customer_id THEN has_own AND m.kind <> 'note'
                       WHEN s.user_id THEN s.status = 'active' AND has_own AND m.kind <> 'note' ELSE is_staff END
       AND (beyond IS NULL OR CASE WHEN backwards THEN (m.created_at, m.id) > (beyond, beyond_id)
                                   ELSE (m.created_at, m.id) < (beyond, beyond_id) END)
     ORDER BY CASE WHEN backwards THEN m.created_at END, CASE WHEN backwards THEN m.id END, m.created_at DESC, m.id DESC
     LIMIT most
$$;
