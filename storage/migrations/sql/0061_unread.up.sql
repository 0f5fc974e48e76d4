-- Who is away is told of what they have not read. The ten minutes are those of server/chat/away.py.

-- When it is looked at whether they have to be told; NULL: they have read everything, or were told.
ALTER TABLE conversation_participants ADD COLUMN tell_at timestamptz;
CREATE INDEX conversation_participants_tell ON conversation_participants (tell_at, store_id) WHERE tell_at IS NOT NULL;

-- The first message they have not read begins the wait of all others; those that follow wait with it.
CREATE FUNCTION await_reading() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    UPDATE conversation_participants p SET tell_at = now() + interval '10 minutes'
     WHERE p.store_id = NEW.store_id AND p.conversation_id = NEW.conversation_id AND p.user_id <> NEW.author_id
       AND p.tell_at IS NULL AND p.told_seq <= p.read_seq;
    RETURN NULL;
END
$$;
CREATE TRIGGER chat_messages_await_reading AFTER INSERT ON chat_messages
    FOR EACH ROW WHEN (NEW.kind <> 'note' AND NEW.author_role <> 'system') EXECUTE FUNCTION await_reading();

-- Who has read what they were told of may be told again: of what came meanwhile, too.
CREATE FUNCTION await_reading_on() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    NEW.tell_at := coalesce(NEW.tell_at, now() + interval '10 minutes');
    RETURN NEW;
END
$$;
CREATE TRIGGER conversation_participants_await BEFORE UPDATE OF read_seq ON conversation_participants
    FOR EACH ROW WHEN (OLD.told_seq > OLD.read_seq AND NEW.read_seq >= OLD.told_seq)
    EXECUTE FUNCTION await_reading_on();

-- Of which wait the staff were told; the same as waiting_since: of this one.
ALTER TABLE conversations ADD COLUMN waiting_told timestamptz;
CREATE INDEX conversations_untold ON conversations (waiting_since, store_id)
    WHERE waiting_since IS NOT NULL AND assigned_to IS NULL AND waiting_told IS DISTINCT FROM waiting_since;

-- The worker looks after them.
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
