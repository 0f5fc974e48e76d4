"""Where are orders looked up? All of one order in one statement."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final, TypeVar
from uuid import UUID

import asyncpg
import msgspec

from server.decisions.books import RulesetRef
from server.orders.detail import (
    Flag,
    Line,
    Note,
    OrderDetail,
    Payment,
    Refund,
    Return,
    Shipment,
    Sighting,
)
from server.orders.placing import Address, WrittenPosting
from server.orders.snapshot import OrderHead, TransitionRow
from storage.transaction import Transaction

T = TypeVar("T")


def _names(shape: type[msgspec.Struct], table: str, *others: str) -> str:
    return ", ".join(f"{table}.{name}" for name in shape.__struct_fields__ if name not in others)


HEAD: Final = _names(OrderHead, "o")
"""The columns of an OrderHead."""
_OWN: Final = (
    "decision_id", "customer_name", "phone", "items_total", "discount_total", "tax_total", "coupon_code",
    "shipping_method", "customer_note", "placed_at", "paid_at", "shipped_at", "cancelled_at",
)  # fmt: skip
_PARTS: Final[dict[str, Any]] = {
    "postings": tuple[WrittenPosting, ...],
    "rulesets": tuple[RulesetRef, ...],
    "shipping_address": Address,
    "billing_address": Address | None,
    "lines": tuple[Line, ...],
    "payments": tuple[Payment, ...],
    "shipments": tuple[Shipment, ...],
    "returns": tuple[Return, ...],
    "refunds": tuple[Refund, ...],
    "notes": tuple[Note, ...],
    "steps": tuple[TransitionRow, ...],
    "flags": tuple[Flag, ...],
}


def _list(rows: str, order: str) -> str:
    """The rows of a subquery as JSON."""
    return f"(SELECT coalesce(json_agg(row ORDER BY {order}), '[]') FROM ({rows}) row)"


def _units_of(table: str, own: str, columns: str) -> str:
    """Units of the lines of the order that a parcel or a return is about."""
    return _list(
        f"SELECT u.order_line_id AS line_id, l.sku, {columns}, l.position FROM {table} u"
        f" JOIN order_lines l ON l.store_id = u.store_id AND l.id = u.order_line_id WHERE {own}",
        "row.position",
    )


_SIGHTINGS: Final = _list(
    f"SELECT {_names(Sighting, 'e')}, e.id FROM shipment_events e WHERE e.shipment_id = s.id", "row.happened_at, row.id"
)
_SENT: Final = _units_of("shipment_lines", "u.shipment_id = s.id", "u.quantity")
_RETURNED: Final = _units_of("return_lines", "u.return_id = t.id", "u.quantity, u.received, u.restock")
_FLAGS: Final = _list(
    "SELECT f.id AS firing_id, f.signal, e.effect ->> 'target' AS subject, f.fired_at AS at"
    "  FROM signal_firings f CROSS JOIN jsonb_array_elements(f.effects) AS e (effect)"
    " WHERE e.effect ->> 'kind' = 'flag'"
    "   AND ((f.order_number = o.number AND e.effect ->> 'target' = 'order')"
    "     OR (f.cart_id = o.cart_id AND e.effect ->> 'target' = 'cart')"
    "     OR (f.customer_id = o.user_id AND e.effect ->> 'target' = 'customer'))"
    " ORDER BY f.fired_at DESC, f.id DESC LIMIT 20",
    "row.at DESC, row.firing_id DESC",
)
_LISTS: Final = {
    "lines": _list(f"SELECT {_names(Line, 'l')} FROM order_lines l WHERE l.order_id = o.id", "row.position"),
    "payments": _list(f"SELECT {_names(Payment, 'p')} FROM payments p WHERE p.order_id = o.id", "row.attempt"),
    "shipments": _list(
        f"SELECT {_names(Shipment, 's', 'lines', 'events')}, {_SENT} AS lines, {_SIGHTINGS} AS events"
        " FROM shipments s WHERE s.order_id = o.id",
        "row.number",
    ),
    "returns": _list(
        f"SELECT {_names(Return, 't', 'lines')}, {_RETURNED} AS lines FROM returns t WHERE t.order_id = o.id",
        "row.number",
    ),
    "refunds": _list(f"SELECT {_names(Refund, 'f')} FROM refunds f WHERE f.order_id = o.id", "row.number"),
    "notes": _list(f"SELECT {_names(Note, 'n')} FROM order_notes n WHERE n.order_id = o.id", "row.created_at, row.id"),
    "steps": _list(f"SELECT {_names(TransitionRow, 'c')} FROM order_transitions c WHERE c.order_id = o.id", "row.seq"),
    "flags": _FLAGS,
}
_DETAIL: Final = f"""
SELECT {HEAD}, {", ".join(f"o.{name}" for name in _OWN)}, now() AS read_at,
       o.postings::text AS postings, o.rulesets::text AS rulesets, o.shipping_address::text AS shipping_address,
       coalesce(o.billing_address, 'null')::text AS billing_address,
       {", ".join(f"{rows}::text AS {name}" for name, rows in _LISTS.items())}
  FROM orders o
"""
_LOCK: Final = f"SELECT {HEAD} FROM orders o WHERE o.number = $1 FOR NO KEY UPDATE"
_FIND: Final = f"SELECT {HEAD} FROM orders o WHERE o.number = $1"
_GOODS: Final = """
SELECT variant_id, sum(quantity)::integer AS units FROM order_lines
 WHERE order_id = $1 AND NOT is_gift AND variant_id IS NOT NULL
 GROUP BY variant_id ORDER BY min(position)
"""


async def read(tx: Transaction, named: int | UUID) -> OrderDetail | None:
    """All of the order with this number, or this id; None when the store has none. One statement."""
    condition = "o.id = $1" if isinstance(named, UUID) else "o.number = $1"
    row = await tx.fetchrow(f"{_DETAIL} WHERE {condition}", named)
    return None if row is None else _detail(row)


async def read_some(tx: Transaction, ids: Collection[UUID]) -> list[OrderDetail]:
    """All of those of these orders that the store has, in no order. One statement."""
    return [_detail(row) for row in await tx.fetch(f"{_DETAIL} WHERE o.id = ANY($1)", list(ids))]


async def find(tx: Transaction, number: int) -> OrderHead | None:
    """The order with this number, as it is now."""
    row = await tx.fetchrow(_FIND, number)
    return None if row is None else OrderHead(**dict(row))


async def lock(tx: Transaction, number: int) -> OrderHead | None:
    """The same, locked until the transaction ends."""
    row = await tx.fetchrow(_LOCK, number)
    return None if row is None else OrderHead(**dict(row))


async def goods(tx: Transaction, order_id: UUID) -> dict[UUID, int]:
    """Units of variants that were bought and are still in the catalogue, in the order of the lines; without gifts."""
    return {row["variant_id"]: row["units"] for row in await tx.fetch(_GOODS, order_id)}


def _detail(row: asyncpg.Record) -> OrderDetail:
    return OrderDetail(
        head=OrderHead(**{name: row[name] for name in OrderHead.__struct_fields__}),
        read_at=row["read_at"],
        **{name: row[name] for name in _OWN},
        **{name: msgspec.json.decode(row[name], type=shape) for name, shape in _PARTS.items()},
    )
