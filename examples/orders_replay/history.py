"""What became of each order of the past, and when?

The carts are those of `sostech replay olist`, with the same reasons for the orders that have none. The table of orders
says what happened then: approved is paid, handed to the carrier is shipped, reached the customer is delivered.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Literal, TypeAlias

from engine.cli.files import Files
from engine.cli.tables_in import tables_in
from engine.facts.cart import Cart
from engine.imports.csv_rows import Row
from engine.replay.items import ReplayItem, limited
from engine.replay.sources import read_orders
from engine.replay.tables import whole_table

Action: TypeAlias = Literal["place", "pay", "process", "ship", "deliver", "cancel", "give_up", "come_back"]
"""`cancel` is the customer's, `give_up` the shop's, and `come_back` a parcel's that could not be delivered."""

NOT_KNOWN: Final = "its status is none we know"

_ORDERS: Final = "olist_orders_dataset.csv"
_APPROVED: Final = "order_approved_at"
_SENT: Final = "order_delivered_carrier_date"
_ARRIVED: Final = "order_delivered_customer_date"
_MOMENT: Final = "%m/%d/%Y %H:%M"
_ENDS: Final[Mapping[str, str]] = {
    "created": "pending", "approved": "paid", "invoiced": "processing", "processing": "processing",
    "shipped": "shipped", "delivered": "delivered", "canceled": "cancelled", "unavailable": "cancelled",
}  # fmt: skip
"""The state an order ends in, by its status; of a cancelled one that was paid the money goes back: `refunded`."""


@dataclass(frozen=True, slots=True)
class Step:
    """Something that happened to an order. Local time of then, which is only there to put steps in order."""

    at: datetime
    action: Action


@dataclass(frozen=True, slots=True)
class PastOrder:
    """An order with a cart, its steps in order, and the state it has to be in afterwards."""

    id: str
    cart: Cart
    steps: tuple[Step, ...]
    ends: str


@dataclass(frozen=True, slots=True)
class History:
    """The orders to replay, and why the others of the table are not."""

    orders: tuple[PastOrder, ...]
    skipped: Counter[str]

    @property
    def read(self) -> int:
        """All orders, replayed or not."""
        return len(self.orders) + self.skipped.total()


class NoHistory(Exception):
    """The folder does not hold the tables; the message says what is missing."""


def read_history(folder: Path, limit: int | None) -> History:
    """The orders of the folder's tables, the first `limit` of them. Raises NoHistory and BadTable."""
    files = Files()
    tables = tables_in(files, folder)
    if files.faults:
        raise NoHistory("; ".join(fault.message for fault in files.faults))
    book = read_orders("olist", tables)
    columns = ("order_id", "order_status", "order_purchase_timestamp", _APPROVED, _SENT, _ARRIVED)
    rows = {row["order_id"]: row for row in whole_table(tables[_ORDERS], columns).rows}
    orders: list[PastOrder] = []
    skipped: Counter[str] = Counter()
    for item in limited(book.orders, limit):
        found = _past(item, rows.get(item.id))
        if isinstance(found, str):
            skipped[found] += 1
        else:
            orders.append(found)
    return History(tuple(orders), skipped)


def _past(item: ReplayItem, row: Row | None) -> PastOrder | str:
    """The order, or why it is skipped."""
    if item.cart is None:
        return item.skipped_reason
    assert row is not None, "an order with a cart is in the table"
    status = row["order_status"]
    if status not in _ENDS:
        return NOT_KNOWN
    steps = tuple(_in_sequence(_steps(row, status)))
    is_refunded = _ENDS[status] == "cancelled" and any(step.action == "pay" for step in steps)
    return PastOrder(item.id, item.cart, steps, "refunded" if is_refunded else _ENDS[status])


def _steps(row: Row, status: str) -> Iterator[Step]:
    """What happened. A status says that something did even where the table has no moment for it."""
    placed = _moment(row["order_purchase_timestamp"])
    assert placed is not None, "orders without that moment are skipped"
    approved, sent, arrived = _moment(row[_APPROVED]), _moment(row[_SENT]), _moment(row[_ARRIVED])
    yield Step(placed, "place")
    if approved or status not in ("created", "canceled"):
        yield Step(approved or placed, "pay")
    if status in ("invoiced", "processing", "shipped", "delivered") or (approved and sent):
        yield Step(sent or approved or placed, "process")
    if status in ("shipped", "delivered") or (approved and sent):
        yield Step(sent or approved or placed, "ship")
    last = arrived or sent or approved or placed
    if status == "delivered":
        yield Step(last, "deliver")
    if status == "canceled":
        yield Step(last, "come_back" if approved and sent else "cancel")
    if status == "unavailable":
        yield Step(last, "come_back" if approved and sent else "give_up")


def _in_sequence(steps: Iterator[Step]) -> Iterator[Step]:
    """The steps, none of them before the one it follows: some parcels left before the payment was approved."""
    latest = None
    for step in steps:
        latest = step.at if latest is None else max(latest, step.at)
        yield Step(latest, step.action)


def _moment(text: str) -> datetime | None:
    try:
        return datetime.strptime(text, _MOMENT).replace(tzinfo=UTC)
    except ValueError:
        return None
