"""Is every cent accounted for? Orders, payments, refunds and customers, and in the end the provider's own books."""

from __future__ import annotations

from typing import Final

_POSTINGS: Final = """
SELECT format('order %s costs %s, its postings %s; lines %s and the rest %s', o.number, o.total, p.all_of_it, l.gross,
              p.rest)
  FROM orders o
  CROSS JOIN LATERAL (SELECT sum(gross) AS gross, array_agg(sku) AS skus FROM order_lines WHERE order_id = o.id) l
  CROSS JOIN LATERAL (
       SELECT coalesce(sum((e ->> 'amount')::bigint), 0) AS all_of_it,
              coalesce(sum((e ->> 'amount')::bigint) FILTER (WHERE coalesce(e ->> 'line', '') <> ALL (l.skus)), 0)
                AS rest
         FROM jsonb_array_elements(o.postings) e) p
 WHERE o.total <> p.all_of_it OR o.total <> l.gross + p.rest
"""
_ORDERS: Final = """
SELECT format('order %s: %s captured, %s refunded; its payments say %s and its refunds %s', o.number, o.captured,
              o.refunded, p.captured, f.refunded)
  FROM orders o
  CROSS JOIN LATERAL (SELECT coalesce(sum(captured), 0) AS captured FROM payments
                       WHERE order_id = o.id AND counts) p
  CROSS JOIN LATERAL (SELECT coalesce(sum(r.amount), 0) AS refunded
                        FROM refunds r JOIN payments p ON p.id = r.payment_id
                       WHERE r.order_id = o.id AND r.status = 'settled' AND p.counts) f
 WHERE (o.captured, o.refunded) <> (p.captured, f.refunded)
"""
_PAYMENTS: Final = """
SELECT format('order %s, payment %s (%s): %s of %s captured, %s refunding, %s refunded; refunds say %s and %s',
              o.number, p.attempt, p.status, p.captured, p.amount, p.refunding, p.refunded, f.refunding, f.refunded)
  FROM payments p
  JOIN orders o ON o.id = p.order_id
  CROSS JOIN LATERAL (
       SELECT coalesce(sum(amount) FILTER (WHERE status IN ('approved', 'gateway_pending')), 0) AS refunding,
              coalesce(sum(amount) FILTER (WHERE status = 'settled'), 0) AS refunded
         FROM refunds WHERE payment_id = p.id) f
 WHERE (p.refunding, p.refunded) <> (f.refunding, f.refunded)
    OR f.refunding + f.refunded > p.captured
    OR p.captured <> CASE p.status WHEN 'succeeded' THEN p.amount ELSE 0 END
"""
# Money that is not the order's goes back in full, and so does that of an order that was cancelled.
_GOES_BACK: Final = """
SELECT format('order %s is %s: of payment %s, %s has to go back and %s does', o.number, o.state, p.attempt, p.captured,
              p.refunding + p.refunded)
  FROM payments p JOIN orders o ON o.id = p.order_id
 WHERE (NOT p.counts OR o.state = 'cancelled') AND p.captured > p.refunding + p.refunded
   AND NOT EXISTS (SELECT FROM refunds f WHERE f.payment_id = p.id AND f.status = 'failed')
"""
_PAID: Final = """
SELECT format('order %s is %s: %s of %s captured, and its units are %s', o.number, o.state, o.captured, o.total,
              r.states)
  FROM orders o
  CROSS JOIN LATERAL (SELECT array_agg(DISTINCT state) AS states FROM stock_reservations WHERE order_id = o.id) r
 WHERE o.payment_method <> 'cash_on_delivery'
   AND (o.captured NOT IN (0, o.total) OR (o.total > 0 AND (o.captured = o.total) <> ('committed' = ALL (r.states))))
"""
_WAITS: Final = """
SELECT format('order %s is %s, and of its payments %s wait for the customer', o.number, o.state, p.open)
  FROM orders o
  CROSS JOIN LATERAL (SELECT count(*) AS open FROM payments
                       WHERE order_id = o.id AND status IN ('created', 'pending') AND NOT void_wanted) p
 WHERE p.open <> (o.state = 'payment_pending')::integer
"""
_CUSTOMERS: Final = """
SELECT format('user %s: %s orders and %s spent are noted, their orders say %s and %s', user_id, t.orders_paid, t.spent,
              o.orders_paid, o.spent)
  FROM (SELECT user_id, orders_paid::bigint, spent FROM customer_totals WHERE orders_paid > 0) t
  FULL JOIN (SELECT user_id, count(*) AS orders_paid, sum(captured - refunded)::bigint AS spent FROM orders
              WHERE user_id IS NOT NULL AND captured > 0 GROUP BY 1) o USING (user_id)
 WHERE (t.orders_paid, t.spent) IS DISTINCT FROM (o.orders_paid, o.spent)
"""
_REFUNDED_UNITS: Final = """
SELECT format('order %s, %s: %s units refunded, its refunds say %s', o.number, l.sku, l.refunded_units,
              coalesce(f.units, 0))
  FROM order_lines l
  JOIN orders o ON o.id = l.order_id
  LEFT JOIN (SELECT (e ->> 'line')::uuid AS line, sum((e ->> 'units')::integer) AS units
               FROM refunds r JOIN payments p ON p.id = r.payment_id, jsonb_array_elements(r.lines) e
              WHERE r.status = 'settled' AND p.counts GROUP BY 1) f ON f.line = l.id
 WHERE l.refunded_units <> coalesce(f.units, 0)
"""

MONEY: Final = (
    _POSTINGS, _ORDERS, _PAYMENTS, _GOES_BACK, _PAID, _WAITS, _CUSTOMERS, _REFUNDED_UNITS,
)  # fmt: skip
"""Statements whose rows are faults."""

# A charge whose event was about another amount is kept as mistaken, and is for people to look at.
_CHARGES: Final = """
SELECT format('charge %s is %s with %s of %s refunded; our payment is %s with %s captured, %s refunded', c.id, c.status,
              c.refunded, c.amount, coalesce(p.status, 'not there'), p.captured, p.refunded)
  FROM test_provider_charges c
  LEFT JOIN payments p ON p.id = (c.metadata ->> 'payment_id')::uuid
 WHERE (p.amount, p.currency, p.captured, p.refunded) IS DISTINCT FROM
       (c.amount, c.currency, CASE c.status WHEN 'paid' THEN c.amount ELSE 0 END, c.refunded)
   AND NOT EXISTS (SELECT FROM payment_receipts r WHERE r.payment_id = p.id AND r.status = 'mistaken')
"""
_REFUNDS: Final = """
SELECT format('refund %s: the provider gave %s back, we say %s', coalesce(t.reference, f.reference), t.amount, f.amount)
  FROM (SELECT 're_' || replace(id::text, '-', '') AS reference, amount FROM test_provider_refunds
         WHERE status = 'succeeded') t
  FULL JOIN (SELECT r.reference, r.amount FROM refunds r JOIN payments p ON p.id = r.payment_id
              WHERE p.provider = 'test' AND r.status = 'settled') f USING (reference)
 WHERE t.amount IS DISTINCT FROM f.amount
"""
_ALL_OF_IT: Final = """
SELECT format('the provider keeps %s of ours, our orders %s', theirs.kept, ours.kept)
  FROM (SELECT coalesce(sum(amount - refunded), 0) AS kept FROM test_provider_charges c
         WHERE status = 'paid' AND NOT EXISTS (
               SELECT FROM payment_receipts r
                WHERE r.payment_id = (c.metadata ->> 'payment_id')::uuid AND r.status = 'mistaken')) theirs,
       (SELECT coalesce(sum(captured - refunded), 0) AS kept FROM payments WHERE provider = 'test') ours
 WHERE theirs.kept <> ours.kept
"""

PROVIDER: Final = (_CHARGES, _REFUNDS, _ALL_OF_IT)
"""The same, of the built-in provider's books, once it has told everything."""
