"""Which orders are there? Lists by time, filtered; each page in one statement.

The list of a seller counts only their lines. Values go in as parameters; the text of a statement is made of our own
words alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

import asyncpg

from server.orders.detail import OrderLine
from storage.conditions import Conditions
from storage.transaction import Transaction

_ITEMS: Final = ("units", "lines", "first_product", "first_image_id")
_COLUMNS: Final = ", ".join(f"o.{name}" for name in OrderLine.__struct_fields__ if name not in _ITEMS)
_LIST: Final = """
SELECT {columns}, items.units, items.lines, items.first_product, items.first_image_id
  FROM orders o
 CROSS JOIN LATERAL (
       SELECT coalesce(sum(l.quantity), 0) AS units, count(*) AS lines,
              (array_agg(l.product_name ORDER BY l.position))[1] AS first_product,
              (array_agg(l.image_id ORDER BY l.position))[1] AS first_image_id
         FROM order_lines l WHERE l.order_id = o.id{of_seller}
       ) items
 WHERE {conditions}
 ORDER BY o.placed_at {order}, o.id {order}
 LIMIT {limit}
"""
_STATES: Final = "SELECT o.state, count(*) AS orders FROM orders o WHERE {conditions} GROUP BY o.state"


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderFilter:
    """What an order has to be like; None, or nothing in `states`, lets every order pass.

    `email` is the folded beginning of an address, `seller` a slug, `text` a part of the customer's name, of a product's
    name or SKU, or a whole tracking number. Times are from `placed_from` on, and before `placed_before`.
    """

    user_id: UUID | None = None
    guest_id: UUID | None = None
    states: tuple[str, ...] = ()
    email: str | None = None
    number: int | None = None
    placed_from: datetime | None = None
    placed_before: datetime | None = None
    payment_method: str | None = None
    held: bool | None = None
    seller: str | None = None
    sku: str | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True)
class Window:
    """Which part of the list: rows beyond (placed_at, id), backwards or not, oldest or newest first."""

    beyond: tuple[datetime, UUID] | None
    backwards: bool
    most: int
    oldest_first: bool = False


_LINE_LIKE: Final = "EXISTS (SELECT FROM order_lines l WHERE l.order_id = o.id AND {condition})"
_HAS_TEXT: Final = (
    "(strpos(lower(o.customer_name), {}) > 0"
    " OR EXISTS (SELECT FROM order_lines l WHERE l.order_id = o.id"
    " AND strpos(lower(l.product_name || ' ' || l.sku), {}) > 0)"
    " OR EXISTS (SELECT FROM shipments s WHERE s.order_id = o.id AND lower(s.tracking_number) = {}))"
)


def _conditions(wanted: OrderFilter) -> Conditions:
    found = Conditions()
    found.add("o.user_id = {}", wanted.user_id)
    found.add("o.guest_id = {}", wanted.guest_id)
    found.add("o.state = ANY({}::text[])", list(wanted.states) or None)
    found.add("o.email_folded LIKE {}", None if wanted.email is None else f"{_literal(wanted.email)}%")
    found.add("o.number = {}", wanted.number)
    found.add("o.placed_at >= {}", wanted.placed_from)
    found.add("o.placed_at < {}", wanted.placed_before)
    found.add("o.payment_method = {}", wanted.payment_method)
    found.add("o.held = {}", wanted.held)
    found.add(_LINE_LIKE.replace("{condition}", "l.seller = {}"), wanted.seller)
    found.add(_LINE_LIKE.replace("{condition}", "l.sku = {}"), wanted.sku)
    found.add(_HAS_TEXT, None if wanted.text is None else wanted.text.lower())
    return found


async def find(tx: Transaction, wanted: OrderFilter, window: Window, of_seller: str | None = None) -> list[OrderLine]:
    """A page of orders by the time they were placed. With `of_seller` only lines of that seller are counted."""
    conditions = _conditions(wanted)
    ascending = window.oldest_first is not window.backwards
    if window.beyond is not None:
        at, after_id = (conditions.parameter(value) for value in window.beyond)
        conditions.written.append(f"(o.placed_at, o.id) {'>' if ascending else '<'} ({at}, {after_id})")
    theirs = "" if of_seller is None else f" AND l.seller = {conditions.parameter(of_seller)}"
    statement = _LIST.format(
        columns=_COLUMNS, of_seller=theirs, conditions=conditions.sql, order="ASC" if ascending else "DESC",
        limit=conditions.parameter(window.most),
    )  # fmt: skip
    return [_line(row) for row in await tx.fetch(statement, *conditions.values)]


async def count_by_state(tx: Transaction, wanted: OrderFilter) -> dict[str, int]:
    """How many orders there are in each state; the filter's own states do not count."""
    conditions = _conditions(wanted)
    rows = await tx.fetch(_STATES.format(conditions=conditions.sql), *conditions.values)
    return {row["state"]: row["orders"] for row in rows}


def _literal(text: str) -> str:
    """The text as LIKE reads it when nothing in it is to be a wildcard."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _line(row: asyncpg.Record) -> OrderLine:
    return OrderLine(**dict(row))
