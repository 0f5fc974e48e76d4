"""Is nothing left lying? Once the worker has nothing due, nothing may wait, be held, or be on its way."""

from __future__ import annotations

from typing import Final

_DUE: Final = """
SELECT format('%s %s is still due at %s, after %s tries', what, id, next_try_at, tries)
  FROM (SELECT 'payment' AS what, id, tries, next_try_at FROM payments
         -- A payment that waits for its customer is looked up now and then, for as long as it does.
         WHERE status <> 'pending' OR void_wanted OR next_try_at <= now()
        UNION ALL SELECT 'receipt', id, tries, next_try_at FROM payment_receipts
        UNION ALL SELECT 'refund', id, tries, next_try_at FROM refunds
        UNION ALL SELECT 'delivery', id, tries, next_try_at FROM test_provider_deliveries) w
 WHERE next_try_at IS NOT NULL
"""
_UNREAD: Final = """
SELECT format('receipt %s of %s was not processed', event_id, provider)
  FROM payment_receipts WHERE status = 'waiting'
"""
_UNDERWAY: Final = """
SELECT format('order %s, refund %s is still %s', o.number, f.number, f.status)
  FROM refunds f JOIN orders o ON o.id = f.order_id JOIN payments p ON p.id = f.payment_id
 WHERE f.status = 'approved' OR (f.status = 'gateway_pending' AND p.provider <> 'cash')
"""
_CREATED: Final = """
SELECT format('order %s, payment %s: the provider was never asked', o.number, p.attempt)
  FROM payments p JOIN orders o ON o.id = p.order_id WHERE p.status = 'created' OR p.void_wanted
"""
_OVERDUE: Final = """
SELECT format('order %s: %s was due at %s', number, deadline_event, deadline_at)
  FROM orders WHERE deadline_at <= now()
UNION ALL
SELECT format('order %s: %s units should have been given up at %s', o.number, r.quantity, r.expires_at)
  FROM stock_reservations r JOIN orders o ON o.id = r.order_id WHERE r.state = 'held' AND r.expires_at <= now()
"""

NOTHING_LEFT: Final = (_DUE, _UNREAD, _UNDERWAY, _CREATED, _OVERDUE)
"""Statements whose rows are faults."""
