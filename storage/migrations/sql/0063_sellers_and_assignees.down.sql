-- As migration 60 made it.
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
       AND CASE WHEN viewer IN (c.customer_id, s.user_id) THEN has_own AND m.kind <> 'note' ELSE is_staff END
       AND (beyond IS NULL OR CASE WHEN backwards THEN (m.created_at, m.id) > (beyond, beyond_id)
                                   ELSE (m.created_at, m.id) < (beyond, beyond_id) END)
     ORDER BY CASE WHEN backwards THEN m.created_at END, CASE WHEN backwards THEN m.id END, m.created_at DESC, m.id DESC
     LIMIT most
$$;

-- As migration 61 made it.
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

DROP INDEX conversations_unasked;
ALTER TABLE conversations DROP COLUMN assignee_asked_at;
DROP TRIGGER sellers_take_part ON sellers;
DROP FUNCTION let_seller_take_part();
