"""Do the shop's books agree with what was done, and its prices with the engine's?

Asked of the API alone: the orders as staff sees them, and the stock as the catalogue is exported.
"""

from __future__ import annotations

import asyncio
import csv
import io
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from engine.money import parse_amount
from engine.replay.olist import CURRENCY
from examples.orders_replay.agreement import Answer, Judge
from examples.orders_replay.client import Staff
from examples.orders_replay.goods import needed
from examples.orders_replay.living import Life

SETTLING_SECONDS: Final = 180.0
"""How long refunds may take that the last orders have begun."""

_NOTHING: Final = Answer({}, (), "")


@dataclass(frozen=True, slots=True)
class Books:
    """What the shop says in the end: orders by number, and pieces on hand by SKU."""

    orders: Mapping[str, Mapping[str, Any]]
    on_hand: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Checked:
    """What was compared. Money in minor units; every difference is a sentence.

    `items` to `total` are sums over the orders placed: as the shop has them, and as the engine decides.
    """

    states: Counter[str]
    sums: Mapping[str, tuple[int, int]]
    same: int
    captured: tuple[int, int]
    refunded: tuple[int, int]
    units: tuple[int, int]
    differences: Sequence[str]


async def read_books(staff: Staff, lives: Sequence[Life]) -> Books:
    """The books, once no refund is under way any more."""
    wanted = Counter(life.past.ends for life in lives if life.number is not None and not life.fault)
    until = time.monotonic() + SETTLING_SECONDS
    while True:
        found = await staff.call("GET", "/staff/orders/states")
        states = {each["state"]: each["orders"] for each in found["states"]}
        if all(states.get(state, 0) >= count for state, count in wanted.items()) or time.monotonic() > until:
            break
        await asyncio.sleep(0.5)
    orders = {order["number"]: order for order in await staff.all("/staff/orders")}
    table = csv.DictReader(io.StringIO(await staff.call("GET", "/catalog/export.csv")))
    return Books(orders, {row["sku"]: int(row["on_hand"]) for row in table})


def check(judge: Judge, lives: Sequence[Life], books: Books) -> Checked:
    """Compare everything."""
    placed = [life for life in lives if life.number is not None]
    answers = {life.past.id: judge.decide(life.past, life.decided_at) for life in lives if life.decided_at is not None}
    taken = needed(life.past for life in placed if life.keeps_goods)
    start = needed(life.past for life in lives)
    differences = [
        *_faults(lives),
        *_of_decisions(lives, answers),
        *_of_orders(placed, books),
        *_of_stock(start, taken, books),
    ]
    told = {name: sum(_minor(life.totals[name]) for life in placed) for name in _SUMS}
    decided = {name: sum(_minor(answers[life.past.id].totals[name]) for life in placed) for name in _SUMS}
    orders = books.orders.values()
    return Checked(
        states=Counter(str(order["state"]) for order in orders),
        sums={name: (told[name], decided[name]) for name in _SUMS},
        same=sum(life.digest == answers[life.past.id].digest for life in placed),
        captured=(_sum(orders, "captured"), sum(_minor(life.totals["total"]) for life in placed if life.is_paid)),
        refunded=(
            _sum(orders, "refunded"),
            sum(_minor(life.totals["total"]) for life in placed if life.past.ends == "refunded"),
        ),
        units=(start.total() - sum(books.on_hand.values()), taken.total()),
        differences=differences,
    )


def _faults(lives: Sequence[Life]) -> Iterator[str]:
    for life in lives:
        if life.fault:
            yield f"order {life.number} ({life.past.id}) got no further: {life.fault}"


def _of_decisions(lives: Sequence[Life], answers: Mapping[str, Answer]) -> Iterator[str]:
    for life in lives:
        answer = answers.get(life.past.id, _NOTHING)
        if life.number is None:
            if life.refused and sorted(life.refused) != sorted(answer.refusals):
                reasons = ", ".join(answer.refusals) or "nothing"
                yield f"{life.past.id}: the shop refuses it for {', '.join(life.refused)}, the engine for {reasons}"
            continue
        for name in _SUMS:
            if life.totals[name] != answer.totals[name]:
                yield (
                    f"order {life.number} ({life.past.id}): {name} is {life.totals[name]} in the shop,"
                    f" {answer.totals[name]} by the engine"
                )


def _of_orders(placed: Sequence[Life], books: Books) -> Iterator[str]:
    if len(books.orders) != len(placed):
        yield f"{len(placed)} orders were placed, the shop has {len(books.orders)}"
    for life in placed:
        total = life.totals["total"]
        wanted = {
            "state": life.past.ends,
            "total": total,
            "captured": total if life.is_paid else "0.00",
            "refunded": total if life.past.ends == "refunded" else "0.00",
        }
        found = books.orders.get(str(life.number), {})
        for name, value in wanted.items():
            if found.get(name) != value and not life.fault:
                yield f"order {life.number} ({life.past.id}): {name} should be {value}, it is {found.get(name)}"


def _of_stock(start: Mapping[str, int], taken: Mapping[str, int], books: Books) -> Iterator[str]:
    for sku, units in sorted(start.items()):
        left = units - taken.get(sku, 0)
        if books.on_hand.get(sku) != left:
            yield f"{sku}: {left} of {units} should be on hand, there are {books.on_hand.get(sku)}"


def _sum(orders: Any, name: str) -> int:
    return sum(_minor(order[name]) for order in orders)


def _minor(amount: str) -> int:
    return parse_amount(amount, CURRENCY)


_SUMS: Final = ("items", "discount", "shipping", "shipping_discount", "tax", "tax_added", "cash_rounding", "total")
