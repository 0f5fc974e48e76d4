"""What the slow evaluator knows at each moment of a checkout, and how it looks at conditions: one by one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from engine.boxes.truth import truth
from engine.documents.conditions import Aggregate, Condition
from engine.documents.model import Document, Window
from engine.facts.cart import Cart, Usage
from engine.facts.timezones import zone

Key = int | str
Facts = dict[str, Key]


@dataclass
class Applied:
    """A rule that gave something: what may exclude others or be excluded."""

    id: str
    lane: str
    excludes: frozenset[str]


@dataclass
class Checkout:
    """Lists run parallel to the lines of the cart; money in minor units."""

    cart: Cart
    facts: Facts
    unit: list[int]
    paid: list[int]  # after pricing
    left: list[int]  # after the discounts so far
    on_sale: list[bool]
    grouped: list[int]  # units that serve a group offer
    postings: Counter[tuple[str, str, str]] = field(default_factory=Counter)  # kind, rule, line
    applied: list[Applied] = field(default_factory=list)
    gifts: list[tuple[str, int]] = field(default_factory=list)
    coupons: dict[str, str] = field(default_factory=dict)
    refusals: list[str] = field(default_factory=list)
    options: dict[str, tuple[int, int] | None] = field(default_factory=dict)  # method → price, total
    method: str | None = None
    shipping: int = 0
    tax_of_line: list[tuple[int, int, int]] | None = None  # net, tax, gross
    taxes: Counter[str] = field(default_factory=Counter)
    payments: dict[str, bool] = field(default_factory=dict)
    total: int = 0

    def room(self, line: int) -> int:
        """What is left on the line above its floor."""
        floor = (self.cart.lines[line].floor_price or 0) * self.cart.lines[line].quantity
        return max(0, self.left[line] - floor)

    def take(self, kind: str, rule: str, line: int, saving: int) -> None:
        """Take a discount off a line."""
        self.left[line] -= saving
        self.postings[kind, rule, self.cart.lines[line].id] -= saving

    def excluded(self, rule: str, lane: str, excludes: Iterable[str]) -> bool:
        """Exclusion works both ways; what came first wins."""
        mine = set(excludes)
        return any(
            {rule, lane, "all"} & other.excludes or {other.id, other.lane, "all"} & mine
            for other in self.applied
            if other.id != rule
        )

    def note(self, rule: str, lane: str, excludes: Iterable[str]) -> None:
        """Remember that a rule gave something."""
        if all(other.id != rule for other in self.applied):
            self.applied.append(Applied(rule, lane, frozenset(excludes)))

    def usage(self, rule: str) -> Usage:
        """What the shop has counted; a stranger's own count is not known."""
        nothing = Usage(customer=None if self.cart.customer_id is None else 0, total=0, spent=0)
        return self.cart.usage.get(rule, nothing)


def begin(cart: Cart) -> Checkout:
    """The cart as it was sent, at list prices."""
    prices = [line.list_price for line in cart.lines]
    amounts = [line.list_price * line.quantity for line in cart.lines]
    checkout = Checkout(
        cart=cart,
        facts=_request_facts(cart),
        unit=prices,
        paid=amounts,
        left=list(amounts),
        on_sale=[False for _ in cart.lines],
        grouped=[0 for _ in cart.lines],
    )
    for line, amount in zip(cart.lines, amounts, strict=True):
        checkout.postings["item", "list_price", line.id] += amount
    return checkout


def _request_facts(cart: Cart) -> Facts:
    facts: Facts = dict(cart.facts)
    facts["currency"] = cart.currency
    facts["now"] = cart.now
    facts["customer.signed_in"] = int(cart.customer_id is not None)
    facts["coupon.present"] = int(bool(cart.coupons))
    if cart.coupons:
        facts["coupon.code"] = min(entry.code for entry in cart.coupons)
    facts["cart.line_count"] = len(cart.lines)
    facts["cart.item_count"] = sum(line.quantity for line in cart.lines)
    facts["cart.seller_count"] = len({line.seller for line in cart.lines})
    weights = [line.weight_g for line in cart.lines]
    if None not in weights:
        facts["cart.weight_g"] = sum((line.weight_g or 0) * line.quantity for line in cart.lines)
    return facts


# conditions ----------------------------------------------------------------------------------------------------


def is_open(window: Window, now: int) -> bool:
    """Half-open: the start is included, the end excluded."""
    return (window.start is None or window.start <= now) and (window.end is None or now < window.end)


def seen(document: Document, checkout: Checkout) -> Facts:
    """The facts of the cart as a rule of the document sees them: its calendar, its sums over lines."""
    facts = dict(checkout.facts)
    timezone = zone(document.head.timezone)
    assert timezone is not None
    local = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=checkout.cart.now)).astimezone(timezone)
    facts["now.weekday"] = local.weekday()
    facts["now.time"] = local.hour * 60 + local.minute
    for axis, aggregate in document.aggregates.items():
        value = _sum_over_lines(aggregate, checkout)
        if value is not None:
            facts[axis] = value
    return facts


def holds(condition: Condition, facts: Mapping[str, Key], checkout: Checkout) -> bool:
    """Whether a condition on the cart is true: neither false nor unknown."""
    return truth(condition, facts, checkout.cart.sets) is True


def lines_where(condition: Condition, checkout: Checkout) -> list[int]:
    """The lines that satisfy a condition, with the prices they have now."""
    return [number for number in range(len(checkout.cart.lines)) if line_holds(condition, checkout, number)]


def line_holds(condition: Condition, checkout: Checkout, number: int) -> bool:
    """Whether a condition on one line is true."""
    line = checkout.cart.lines[number]
    facts = {
        **line.facts,
        "line.unit_price": checkout.unit[number],
        "line.on_sale": int(checkout.on_sale[number]),
        "line.subtotal": checkout.paid[number],
    }
    return truth(condition, facts, line.sets) is True


def _sum_over_lines(aggregate: Aggregate, checkout: Checkout) -> int | None:
    lines = lines_where(aggregate.where, checkout)
    if aggregate.measure == "count":
        return len(lines)
    if aggregate.measure == "quantity":
        return sum(checkout.cart.lines[number].quantity for number in lines)
    if aggregate.measure == "subtotal":
        return sum(checkout.paid[number] for number in lines)
    weights = [checkout.cart.lines[number].weight_g for number in lines]
    if None in weights:
        return None
    return sum((checkout.cart.lines[number].weight_g or 0) * checkout.cart.lines[number].quantity for number in lines)
