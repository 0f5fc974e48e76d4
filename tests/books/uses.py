"""Were coupons used as often as the counters say, and never more often than they may be?"""

from __future__ import annotations

from typing import Final

_COUNTERS: Final = """
SELECT format('%s %s of %s: counted %s held, %s used, %s spent; orders say %s, %s, %s', kind, subject,
              coalesce(nullif(customer, ''), 'everybody'), c.held, c.used, c.spent, o.held, o.used, o.spent)
  FROM (SELECT kind, subject, customer, held, used, spent FROM use_counters WHERE held + used + spent > 0) c
  FULL JOIN (SELECT kind, subject, customer, count(*) FILTER (WHERE state = 'held')::integer AS held,
                    count(*) FILTER (WHERE state = 'used')::integer AS used, sum(amount)::bigint AS spent
               FROM order_uses WHERE state IN ('held', 'used') GROUP BY 1, 2, 3) o USING (kind, subject, customer)
 WHERE (c.held, c.used, c.spent) IS DISTINCT FROM (o.held, o.used, o.spent)
"""
# The widest limit that any of its uses was taken under: rules may have become stricter since, never wider.
_LIMITS: Final = """
SELECT format('%s %s of %s: used %s times of %s, %s spent of %s', kind, subject,
              coalesce(nullif(customer, ''), 'everybody'), count(*), max(most), sum(amount), max(budget))
  FROM order_uses WHERE state IN ('held', 'used')
 GROUP BY kind, subject, customer
HAVING (count(most) = count(*) AND count(*) > max(most)) OR (count(budget) = count(*) AND sum(amount) > max(budget))
"""
_AS_LIVED: Final = """
SELECT format('order %s: its last step about coupons was %s, and %s %s is %s', o.number, e.effect, u.kind, u.subject,
              u.state)
  FROM order_uses u
  JOIN orders o ON o.id = u.order_id
  LEFT JOIN LATERAL (
       SELECT effect FROM order_transitions t, jsonb_array_elements_text(t.effects) WITH ORDINALITY AS a (effect, at)
        WHERE t.order_id = o.id AND effect IN ('hold_coupon', 'consume_coupon', 'release_coupon', 'return_coupon')
        ORDER BY t.seq DESC, at DESC LIMIT 1) e ON true
 WHERE u.state IS DISTINCT FROM CASE e.effect WHEN 'hold_coupon' THEN 'held' WHEN 'consume_coupon' THEN 'used'
                                              WHEN 'release_coupon' THEN 'released'
                                              WHEN 'return_coupon' THEN 'returned' END
"""

USES: Final = (_COUNTERS, _LIMITS, _AS_LIVED)
"""Statements whose rows are faults."""
