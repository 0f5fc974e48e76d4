"""Is the life of every order whole? Its state, its steps, its number, its timer, and who was told."""

from __future__ import annotations

from typing import Final

_STATE: Final = """
SELECT format('order %s is %s in version %s, its %s steps end in %s', o.number, o.state, o.version, t.steps, t.target)
  FROM orders o
  LEFT JOIN (SELECT order_id, count(*) AS steps, max(seq) AS last,
                    (array_agg(target ORDER BY seq DESC))[1] AS target
               FROM order_transitions GROUP BY 1) t ON t.order_id = o.id
 WHERE (o.state, o.version, o.version) IS DISTINCT FROM (t.target, t.steps, t.last)
"""
_STEPS: Final = """
SELECT format('order %s: step %s begins in %s, the one before ended in %s', o.number, t.seq, t.source, t.before)
  FROM (SELECT order_id, seq, source,
               lag(target, 1, 'start') OVER (PARTITION BY order_id ORDER BY seq) AS before FROM order_transitions) t
  JOIN orders o ON o.id = t.order_id
 WHERE t.source <> t.before
"""
_UNITS: Final = """
SELECT format('order %s, %s: %s shipped, parcels hold %s; %s came back, returns say %s', o.number, l.sku, l.shipped,
              coalesce(s.units, 0), l.returned, coalesce(r.units, 0))
  FROM order_lines l
  JOIN orders o ON o.id = l.order_id
  LEFT JOIN (SELECT order_line_id, sum(quantity) AS units FROM shipment_lines GROUP BY 1) s ON s.order_line_id = l.id
  LEFT JOIN (SELECT order_line_id, sum(received) AS units FROM return_lines GROUP BY 1) r ON r.order_line_id = l.id
 WHERE (l.shipped, l.returned) <> (coalesce(s.units, 0), coalesce(r.units, 0))
"""
_RETURNS: Final = """
SELECT format('order %s is %s, its return %s is %s', o.number, o.state, r.number, r.status)
  FROM orders o
  LEFT JOIN returns r ON r.order_id = o.id AND r.status IN ('requested', 'approved')
 WHERE (o.state = 'return_requested') <> (r.id IS NOT NULL)
"""
NUMBERS: Final = """
SELECT format('%s orders have numbers from %s to %s, the counter is at %s', count(*), min(number), max(number),
              (SELECT last_number FROM order_counters))
  FROM orders
HAVING min(number) <> $1 OR max(number) - $1 + 1 <> count(*)
    OR max(number) IS DISTINCT FROM (SELECT last_number FROM order_counters)
"""
"""With the first number of every store."""
TIMERS: Final = """
SELECT format('order %s is %s, which %s ends, and its deadline is %s at %s', o.number, o.state,
              coalesce(t.event, 'nothing'), coalesce(o.deadline_event, 'nothing'), o.deadline_at)
  FROM orders o
  LEFT JOIN unnest($1::text[], $2::text[]) AS t (state, event) ON t.state = o.state
 WHERE o.deadline_event IS DISTINCT FROM t.event
       -- A timer that went off and changed nothing is not set again.
   AND NOT (o.deadline_event IS NULL AND EXISTS (
            SELECT FROM order_transitions x
             WHERE x.order_id = o.id AND x.event = t.event AND x.source = o.state AND x.created_at >= o.state_since))
"""
"""With the states that do not last, and the event that ends each."""
ANNOUNCED: Final = """
WITH told AS (
    SELECT (j.envelope #>> '{payload,order_id}')::uuid AS order_id,
           (j.envelope #>> '{payload,order_seq}')::integer AS seq,
           CASE j.envelope ->> 'kind' WHEN 'OrderEvent' THEN 'announce: ' || (j.envelope #>> '{payload,name}')
                                      ELSE 'notify: ' || (j.envelope #>> '{payload,notice}') END AS effect,
           count(*) AS times
      FROM (SELECT convert_from(payload, 'UTF8')::jsonb AS envelope FROM pgqueuer
             WHERE entrypoint = 'event' AND convert_from(payload, 'UTF8') LIKE '%' || $1 || '%'
             UNION ALL
            SELECT jsonb_build_object('kind', e.kind, 'payload', e.payload) FROM events e) j
     WHERE j.envelope ->> 'kind' IN ('OrderEvent', 'OrderNoticeRequested')
     GROUP BY 1, 2, 3
), said AS (
    SELECT t.order_id, t.seq, effect, count(*) AS times
      FROM order_transitions t, jsonb_array_elements_text(t.effects) AS effect
     WHERE effect LIKE 'announce: %' OR effect LIKE 'notify: %'
     GROUP BY 1, 2, 3
)
SELECT format('order %s, step %s: %s was to happen %s times, the outbox has it %s times', coalesce(o.number, 0), seq,
              effect, coalesce(said.times, 0), coalesce(told.times, 0))
  FROM said FULL JOIN told USING (order_id, seq, effect)
  LEFT JOIN orders o ON o.id = order_id
 WHERE said.times IS DISTINCT FROM told.times
"""
"""With the store's id, as text; as long as nobody takes jobs out of the outbox."""

LIVES: Final = (_STATE, _STEPS, _UNITS, _RETURNS)
"""Statements whose rows are faults."""
