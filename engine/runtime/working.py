"""The one mutable thing of an evaluation: amounts per line and what has been decided so far, stage after stage.

Stages read and write it in the order of `engine.runtime.evaluate`; nothing of it leaves an evaluation.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Literal

from engine.facts.cart import Cart, Line, Usage
from engine.runtime.decision import (
    CouponResult,
    Gift,
    Key,
    PaymentOption,
    Posting,
    Refusal,
    ShippingOption,
    Skipped,
    TaxAmount,
)

TaxRatio = tuple[Literal["included", "excluded"], Callable[[int], tuple[int, int] | None]]
"""How catalogue prices stand to tax, and the tax rate of the line at a position (None: none is known)."""

_UNUSED = Usage(customer=0, total=0, spent=0)
_UNUSED_BY_STRANGER = Usage(customer=None, total=0, spent=0)


class Working:
    """Lists run parallel to `cart.lines`; all money in minor units.

    `initial` is the line amount after pricing, `amount` what is left of it after the discounts so far, `floor` what
    no discount may go below. `values` and `sets` hold the facts of the cart known at this point. `grouped` counts the
    units of each line that already serve a group promotion. `skipped` is a list only when a trace was asked for.
    """

    __slots__ = (
        "amount",
        "applied",
        "applied_lanes",
        "blocked",
        "cart",
        "cash_rounding",
        "coupons",
        "floor",
        "gifts",
        "grouped",
        "has_floors",
        "initial",
        "lines",
        "list_price",
        "on_sale",
        "options",
        "payments",
        "postings",
        "quantity",
        "refusals",
        "sets",
        "shipping_method",
        "shipping_price",
        "shipping_total",
        "skipped",
        "tax_added",
        "tax_of_line",
        "tax_ratio",
        "tax_total",
        "taxes",
        "unit",
        "values",
    )

    def __init__(self, cart: Cart, *, trace: bool) -> None:
        lines = cart.lines
        self.cart = cart
        self.lines = lines
        self.values: dict[str, Key] = request_facts(cart)
        self.sets: Mapping[str, frozenset[str]] = cart.sets
        self.list_price = [line.list_price for line in lines]
        self.quantity = [line.quantity for line in lines]
        self.unit = self.list_price
        self.initial = [line.list_price * line.quantity for line in lines]
        self.amount = self.initial
        self.floor = [0] * len(lines)
        self.has_floors = False
        self.on_sale = [False] * len(lines)
        self.postings: list[Posting] = []
        self.applied: list[str] = []
        self.applied_lanes: set[str] = set()
        self.blocked: set[str] = set()
        self.grouped: list[int] | None = None
        self.gifts: list[Gift] = []
        self.coupons: list[CouponResult] = []
        self.refusals: list[Refusal] = []
        self.taxes: list[TaxAmount] = []
        self.tax_ratio: TaxRatio | None = None
        self.tax_of_line: list[tuple[int, int, int]] | None = None  # net, tax, gross
        self.options: list[ShippingOption] = []
        self.payments: list[PaymentOption] = []
        self.shipping_method: str | None = None
        self.shipping_price = 0
        self.shipping_total = 0
        self.tax_added = 0
        self.tax_total: int | None = None
        self.cash_rounding = 0
        self.skipped: list[Skipped] | None = [] if trace else None

    def room(self, position: int) -> int:
        """What discounts may still take from the line."""
        return self.amount[position] - self.floor[position]

    def settle_floors(self) -> None:
        """Fix what no discount may go below: the floor price, or the price after pricing where that is lower."""
        floors = [line.floor_price for line in self.lines]
        self.has_floors = floors.count(None) < len(floors)
        if not self.has_floors:
            return
        self.floor = [
            0 if line.floor_price is None else min(line.floor_price * line.quantity, amount)
            for line, amount in zip(self.lines, self.initial, strict=True)
        ]

    def usage(self, rule: str) -> Usage:
        """How often the rule was used before; never used when the shop says nothing."""
        known = self.cart.usage.get(rule)
        if known is not None:
            return known
        return _UNUSED if self.cart.customer_id is not None else _UNUSED_BY_STRANGER

    def skip(self, rule: str, code: str, params: dict[str, str] | None = None) -> None:
        """Remember for the trace why a rule whose condition held gave nothing."""
        if self.skipped is not None:
            self.skipped.append(Skipped(rule, code, params or {}))


def request_facts(cart: Cart) -> dict[str, Key]:
    """The facts of stage `request`: what the cart says, and what follows from its lines."""
    values = dict(cart.facts)
    values["currency"] = cart.currency
    values["now"] = cart.now
    values["customer.signed_in"] = 0 if cart.customer_id is None else 1
    if cart.coupons:
        values["coupon.present"] = 1
        values["coupon.code"] = cart.coupons[0].code
    else:
        values["coupon.present"] = 0
    _add_line_facts(cart, values)
    return values


def _add_line_facts(cart: Cart, values: dict[str, Key]) -> None:
    lines = cart.lines
    values["cart.line_count"] = len(lines)
    values["cart.item_count"] = sum([line.quantity for line in lines])
    values["cart.seller_count"] = len({line.seller for line in lines})
    weight = weight_of(lines)
    if weight is not None:
        values["cart.weight_g"] = weight


def weight_of(lines: Sequence[Line]) -> int | None:
    """Grams of all units; None when one line has no weight."""
    weights = [line.weight_g for line in lines]
    if None in weights:
        return None
    return sum([(line.weight_g or 0) * line.quantity for line in lines])
