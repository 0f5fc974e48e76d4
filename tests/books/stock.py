"""Is every piece where the books say? Levels, reservations and ledger, each worked out from the others."""

from __future__ import annotations

from typing import Final

_LEVELS: Final = """
SELECT format('%s: %s on hand, the ledger says %s', v.sku, s.on_hand, coalesce(m.sum, 0))
  FROM stock_levels s
  JOIN variants v ON v.id = s.variant_id
  LEFT JOIN (SELECT variant_id, sum(delta) FROM stock_movements GROUP BY 1) m ON m.variant_id = s.variant_id
 WHERE s.on_hand <> coalesce(m.sum, 0)
"""
# Each movement begins where another ended: begun at and ended at cancel out, but for the first 0 and the last level.
_CHAIN: Final = """
SELECT format('%s: the ledger passes a level of %s %s times more than it leaves it', v.sku, c.level, sum(c.sign))
  FROM (SELECT variant_id, on_hand_after AS level, 1 AS sign FROM stock_movements
        UNION ALL SELECT variant_id, on_hand_after - delta, -1 FROM stock_movements
        UNION ALL SELECT variant_id, 0, 1 FROM stock_levels
        UNION ALL SELECT variant_id, on_hand, -1 FROM stock_levels) c
  JOIN variants v ON v.id = c.variant_id
 GROUP BY v.sku, c.level HAVING sum(c.sign) <> 0
"""
_RESERVED: Final = """
SELECT format('%s: %s reserved, orders hold %s', v.sku, s.reserved, coalesce(r.sum, 0))
  FROM stock_levels s
  JOIN variants v ON v.id = s.variant_id
  LEFT JOIN (SELECT variant_id, sum(quantity) FROM stock_reservations WHERE state = 'held' GROUP BY 1) r
         ON r.variant_id = s.variant_id
 WHERE s.reserved <> coalesce(r.sum, 0) OR s.reserved > s.on_hand
"""
_DEMAND: Final = """
SELECT format('order %s: %s units were bought of a variant, %s are kept for it', o.number, l.units, r.quantity)
  FROM (SELECT order_id, variant_id, sum(quantity) AS units FROM order_lines
         WHERE variant_id IS NOT NULL GROUP BY 1, 2) l
  FULL JOIN stock_reservations r USING (order_id, variant_id)
  JOIN orders o ON o.id = order_id
 WHERE l.units IS DISTINCT FROM r.quantity
"""
_SOLD: Final = """
SELECT format('order %s: %s units are committed, the ledger sold %s', o.number, r.quantity, m.units)
  FROM (SELECT order_id, variant_id, quantity FROM stock_reservations WHERE state = 'committed') r
  FULL JOIN (SELECT reference_id::uuid AS order_id, variant_id, -sum(delta) AS units FROM stock_movements
              WHERE reason = 'sold' AND reference_type = 'order' GROUP BY 1, 2) m USING (order_id, variant_id)
  JOIN orders o ON o.id = order_id
 WHERE r.quantity IS DISTINCT FROM m.units
"""
# Units go back on the shelf by a step of an order's life, or by a refund that settled.
_RESTOCKED: Final = """
SELECT format('order %s, %s: %s units were put back, the ledger says %s', o.number, sku, l.units, m.units)
  FROM (SELECT order_id, sku, sum(restocked) AS units FROM order_lines GROUP BY 1, 2 HAVING sum(restocked) > 0) l
  FULL JOIN (SELECT coalesce(t.order_id, f.order_id) AS order_id, v.sku, sum(m.delta) AS units
               FROM stock_movements m
               JOIN variants v ON v.id = m.variant_id
               LEFT JOIN order_transitions t ON m.reference_type = 'order_step' AND t.id::text = m.reference_id
               LEFT JOIN refunds f ON m.reference_type = 'refund' AND f.id::text = m.reference_id
              WHERE m.reason = 'returned' GROUP BY 1, 2) m USING (order_id, sku)
  LEFT JOIN orders o ON o.id = order_id
 WHERE l.units IS DISTINCT FROM m.units
"""
_RESTOCKED_UNSOLD: Final = """
SELECT format('order %s, %s: %s units were put back that had never left', o.number, l.sku, l.restocked)
  FROM order_lines l
  JOIN orders o ON o.id = l.order_id
  JOIN stock_reservations r ON r.order_id = l.order_id AND r.variant_id = l.variant_id
 WHERE l.restocked > 0 AND r.state <> 'committed'
"""
# What the steps of its life did last says where an order's units have to be.
_AS_LIVED: Final = """
SELECT format('order %s: its last step about stock was %s, and %s of a variant are %s',
              o.number, e.effect, r.quantity, r.state)
  FROM stock_reservations r
  JOIN orders o ON o.id = r.order_id
  LEFT JOIN LATERAL (
       SELECT effect FROM order_transitions t, jsonb_array_elements_text(t.effects) WITH ORDINALITY AS a (effect, at)
        WHERE t.order_id = o.id AND effect IN ('reserve_stock', 'release_stock', 'commit_stock')
        ORDER BY t.seq DESC, at DESC LIMIT 1) e ON true
 WHERE r.state <> ALL (CASE e.effect WHEN 'reserve_stock' THEN ARRAY['held', 'expired']
                                     WHEN 'release_stock' THEN ARRAY['released', 'expired']
                                     WHEN 'commit_stock' THEN ARRAY['committed'] ELSE ARRAY[''] END)
"""
_FOR_EVER: Final = """
SELECT format('order %s: %s units of a variant are held without an end', o.number, r.quantity)
  FROM stock_reservations r JOIN orders o ON o.id = r.order_id
 WHERE (r.state = 'held') <> (r.expires_at IS NOT NULL)
"""

STOCK: Final = (
    _LEVELS, _CHAIN, _RESERVED, _DEMAND, _SOLD, _RESTOCKED, _RESTOCKED_UNSOLD, _AS_LIVED, _FOR_EVER,
)  # fmt: skip
"""Statements whose rows are faults."""
