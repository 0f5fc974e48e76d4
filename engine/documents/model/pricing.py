"""What a pricing ruleset says: how the price of one unit comes about, and its guard rails."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from engine.documents.conditions import ALWAYS, Condition
from engine.documents.effects import Ratio
from engine.documents.model.common import ALWAYS_OPEN, Document, Window
from engine.text.source import Span


@dataclass(frozen=True, slots=True)
class PriceTier:
    """From `start` units of the line on: exactly one of `price` (minor units) and `percent` off."""

    start: int
    price: int | None
    percent: Ratio | None
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceRule:
    """One way a unit price can come about; exactly one of price, percent, amount, fact, tiers is set.

    `fact` names a money fact of the line (`line.sale_price`) that becomes the price when it is known.
    """

    id: str
    when: Condition = ALWAYS
    where: Condition = ALWAYS
    window: Window = ALWAYS_OPEN
    priority: int = 0
    price: int | None = None
    percent: Ratio | None = None
    amount: int | None = None
    fact: str | None = None
    tiers: tuple[PriceTier, ...] = ()
    marks_sale: bool = True  # sets line.on_sale when it lowers the list price
    message: Mapping[str, str] = field(default_factory=dict)
    span: Span
    then_span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardRails:
    """Bounds no pricing rule can pass: an absolute price, a margin over `line.cost`, a change from the list
    price.
    """

    never_below: int | None = None
    never_below_fact: str | None = None  # line.cost or line.floor_price
    never_below_plus: Ratio = (0, 1)
    max_change: Ratio | None = None
    span: Span | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PricingDocument(Document):
    """`pick: best` is the lowest price for the customer; `first` the highest priority, then id."""

    rules: tuple[PriceRule, ...]
    pick: Literal["best", "first"] = "best"
    guard: GuardRails = GuardRails()
