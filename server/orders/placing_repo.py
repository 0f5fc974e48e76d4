"""How is an order written? In one statement: the cart is closed, stock is kept, and the order with all of it recorded.

The parts refer to each other so that rows are locked in the order every writer keeps: the cart, stock by variant id,
and last the store's order number, which everybody who places waits for.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple
from uuid import UUID

import msgspec

from notifications.events import OrderEvent
from notifications.outbox import ENTRYPOINT, envelope_of
from notifications.subjects import subject
from server.orders.placing import NewOrder, written_postings
from server.orders.snapshot import FIRST_NUMBER
from storage.transaction import Transaction

_LINE: Final = (
    "id uuid, position integer, variant_id uuid, sku text, product_slug text, product_name text, variant_name text,"
    " options jsonb, brand text, seller text, image_id uuid, is_gift boolean, tax_class text, weight_g integer,"
    " quantity integer, list_price bigint, unit_price bigint, subtotal bigint, discount bigint, total bigint,"
    " net bigint, tax bigint, gross bigint"
)
_LINE_NAMES: Final = ", ".join(each.strip().split(" ")[0] for each in _LINE.split(","))

# Arrays stand in selects of their own: their lengths, seen by the planner, would have it plan this anew for every
# order, which takes longer than all the rest. What an UPDATE finds changed by somebody it waited for is looked at
# again, so the conditions hold for the newest rows.
_PLACE: Final = f"""
WITH cart AS (
    UPDATE carts SET status = 'ordered', version = version + 1
     WHERE id = $3 AND version = $4 AND status = 'open' AND expires_at > now()
    RETURNING id
), demand AS MATERIALIZED (
    SELECT * FROM unnest((SELECT $5::uuid[]), (SELECT $6::integer[])) AS d (variant_id, quantity)
), locked AS MATERIALIZED (
    SELECT s.variant_id FROM stock_levels s JOIN demand d ON d.variant_id = s.variant_id
     WHERE (SELECT count(*) FROM cart) = 1 ORDER BY s.variant_id FOR NO KEY UPDATE OF s
), kept AS (
    UPDATE stock_levels s SET reserved = s.reserved + d.quantity FROM demand d
     WHERE s.variant_id = d.variant_id AND s.on_hand - s.reserved >= d.quantity
       AND (SELECT count(*) FROM locked) > 0
    RETURNING s.variant_id, s.on_hand - s.reserved <= coalesce(s.low_stock_threshold, 0) AS is_low
), numbered AS (
    INSERT INTO order_counters AS c (store_id, last_number)
    SELECT $2::uuid, {FIRST_NUMBER}
     WHERE (SELECT count(*) FROM cart) = 1 AND (SELECT count(*) FROM kept) = (SELECT count(*) FROM demand)
        ON CONFLICT (store_id) DO UPDATE SET last_number = c.last_number + 1
    RETURNING last_number
), placed AS (
    INSERT INTO orders (
        id, store_id, number, user_id, guest_id, customer_key, cart_id, quote_id, decision_id, email, email_folded,
        phone, customer_name, locale, state, deadline_at, deadline_event, currency, items_total, discount_total,
        shipping_total, tax_total, total, postings, rulesets, coupon_code, shipping_method, payment_method,
        shipping_address, billing_address, customer_note)
    SELECT $1::uuid, $2::uuid, n.last_number, $7, $8, $9, $3, $10, $11, $12, lower($12), $13,
           $14, $15, $16, now() + $17::interval, $18, $19, $20, $21,
           $22, $23, $24, $25::jsonb, $26::jsonb, $27, $28, $29,
           $30::jsonb, $31::jsonb, $32
      FROM numbered n
    RETURNING id, number
), lined AS (
    INSERT INTO order_lines (store_id, order_id, {_LINE_NAMES})
    SELECT $2::uuid, p.id, l.* FROM placed p, jsonb_to_recordset($33::jsonb) AS l ({_LINE})
), reserved AS (
    INSERT INTO stock_reservations (store_id, order_id, variant_id, quantity, expires_at)
    SELECT $2::uuid, p.id, d.variant_id, d.quantity, now() + $34::interval FROM placed p, demand d
), stepped AS (
    INSERT INTO order_transitions (id, store_id, order_id, seq, event, source, target, role, actor_kind, actor_id,
                                   ruleset, effects)
    SELECT $35::uuid, $2::uuid, p.id, 1, $36, 'start', $16, $37, $38, coalesce($7::uuid, $8::uuid), $39, $40::jsonb
      FROM placed p
)
SELECT (SELECT count(*) FROM cart) AS carts, (SELECT number FROM placed) AS number,
       (SELECT string_agg(variant_id::text, ' ') FROM kept) AS kept, (SELECT bool_or(is_low) FROM kept) AS is_low,
       (SELECT count(*) FROM placed p, unnest((SELECT $41::text[])) AS told (envelope),
               enqueue_jobs(ARRAY[0], ARRAY['{ENTRYPOINT}'],
                            ARRAY[convert_to(jsonb_set(told.envelope::jsonb, '{{payload,order_number}}',
                                                       to_jsonb(p.number))::text, 'UTF8')],
                            ARRAY[interval '0'], ARRAY[NULL::text], ARRAY['{{}}'::jsonb])) AS announced
"""
_SHORT: Final = """
SELECT v.sku, d.quantity, coalesce(s.on_hand - s.reserved, 0) AS available
  FROM unnest($1::uuid[], $2::integer[]) AS d (variant_id, quantity)
  JOIN variants v ON v.id = d.variant_id
  LEFT JOIN stock_levels s ON s.variant_id = d.variant_id
 ORDER BY v.sku
"""
_OVERDUE: Final = """
SELECT EXISTS (SELECT FROM stock_reservations
                WHERE state = 'held' AND expires_at <= now() AND variant_id = ANY($1::uuid[]))
"""
_OF_QUOTE: Final = "SELECT number FROM orders WHERE quote_id = $1"


class Placed(NamedTuple):
    """What became of it. `number` is None when nothing was placed: the cart was not there, or `short` are variants.

    `is_low`: of something that was kept no more is left now than counts as low.
    """

    has_cart: bool
    number: int | None
    short: tuple[UUID, ...]
    is_low: bool


class ShortLine(NamedTuple):
    """A SKU of which less is there than is wanted."""

    sku: str
    quantity: int
    available: int


async def place(tx: Transaction, order: NewOrder) -> Placed:
    """Write the order, unless its cart is another one by now or stock is short. One statement.

    When it was not placed the cart is closed nevertheless, and some stock kept: roll the transaction back.
    """
    demand = order.demand if order.reserves else {}
    totals = order.decision.totals
    timer, event = order.timer or (None, None)
    row = await tx.fetchrow(
        _PLACE, order.id, tx.store_id, order.cart_id, order.cart_version, list(demand), list(demand.values()),
        order.user_id, order.guest_id, order.customer_key, order.quote_id, order.decision_id, order.email, order.phone,
        order.customer_name, order.locale, order.state, timer, event, order.currency, totals.items, totals.discount,
        totals.shipping, totals.tax, totals.total, _json(written_postings(order.decision.postings)),
        _json(order.rulesets), order.coupon_code, order.shipping_method, order.payment_method,
        _json(order.shipping_address), None if order.billing_address is None else _json(order.billing_address),
        order.customer_note, _json(order.lines), order.lifetime, order.step_id, order.event, order.role,
        "guest" if order.user_id is None else "user", order.lifecycle_hash, _json(order.effects), _envelopes(tx, order),
    )  # fmt: skip
    assert row is not None
    kept = {UUID(each) for each in (row["kept"] or "").split()}
    short = tuple(variant for variant in demand if variant not in kept)
    return Placed(row["carts"] == 1, row["number"], short, bool(row["is_low"]))


async def short_lines(tx: Transaction, order: NewOrder, short: Sequence[UUID]) -> list[ShortLine]:
    """What is wanted and there of variants that `place` found short, by SKU."""
    rows = await tx.fetch(_SHORT, list(short), [order.demand[variant] for variant in short])
    return [ShortLine(row["sku"], row["quantity"], row["available"]) for row in rows]


async def has_overdue(tx: Transaction, variants: Sequence[UUID]) -> bool:
    """Whether reservations of these variants are over and were not ended yet."""
    return bool(await tx.fetchval(_OVERDUE, list(variants)))


async def order_of_quote(tx: Transaction, quote_id: UUID) -> int | None:
    """The number of the order that was placed with a quote."""
    found: int | None = await tx.fetchval(_OF_QUOTE, quote_id)
    return found


def _envelopes(tx: Transaction, order: NewOrder) -> list[str]:
    """What is announced of the order, whose number the statement fills in."""
    assert tx.store_id is not None
    events = [
        OrderEvent(
            name=name, order_id=str(order.id), order_number=0, order_seq=1, order_state=order.state,
            order_total=order.decision.totals.total, order_currency=order.currency,
            order_payment_method=order.payment_method, order_address=subject(tx.store_id, "address", *_where(order)),
            customer_id=None if order.user_id is None else str(order.user_id),
            customer_email=subject(tx.store_id, "email", order.email),
            customer_phone=order.phone_subject, device_id=order.device,
        )
        for name in order.announced
    ]  # fmt: skip
    return [envelope_of(tx.store_id, event).decode() for event in events]


def _where(order: NewOrder) -> tuple[str | None, ...]:
    """What tells one address from another, without who lives there."""
    to = order.shipping_address
    return to.country, to.postcode, to.city, to.line1, to.line2


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()
