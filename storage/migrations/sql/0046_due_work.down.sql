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
$$;
