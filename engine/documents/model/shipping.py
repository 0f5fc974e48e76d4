"""What a shipping ruleset says: zones, methods, rates by zone, refusals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from engine.documents.conditions import ALWAYS, Condition
from engine.documents.effects import Ratio
from engine.documents.model.common import ALWAYS_OPEN, Document, Refusal, Window
from engine.text.source import Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Zone:
    """Where a destination lies; a method's rates are keyed by zone id."""

    id: str
    where: Condition
    window: Window = ALWAYS_OPEN
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Flat:
    """One price, whatever is in the shipment."""

    price: int
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class PerItem:
    """`first` for the first unit of the shipment, `further` for each more."""

    first: int
    further: int
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """`price` plus `plus` for every started `per` of the measured value above `over`."""

    plus: int
    per: int
    over: int

    def price_of(self, price: int, value: int) -> int:
        """Minor units for one measured value: every started `per` above `over` adds `plus` to the price."""
        return price + self.plus * max(0, -(-(value - self.over) // self.per))


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """Price for values in `[low, high)` of the measured fact; None is open. `step` adds by started unit."""

    low: int | None
    high: int | None
    price: int
    step: Step | None = None
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Bands:
    """The first band (document order) that contains the value of `by`. No band: the method is not offered."""

    by: str
    rows: tuple[Band, ...]
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class PercentRate:
    """A percentage of the money fact `of`, not below `minimum` nor above `maximum` (minor units)."""

    percent: Ratio
    of: str
    minimum: int | None = None
    maximum: int | None = None
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class BaseStep:
    """`base` plus `plus` per started `per` of `by`; not offered above `up_to` (included)."""

    base: int
    plus: int
    per: int
    by: str
    up_to: int | None = None
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class TableRow:
    """One row of a tariff table: its condition over facts, and the price."""

    where: Condition
    price: int
    step: Step | None
    days: tuple[int, int] | None
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Rows read from a CSV attachment. `first` takes the first match; `unique` makes an overlap an error.

    `by` is the ordered fact the steps measure, if any row has one.
    """

    path: str
    policy: Literal["first", "unique"]
    rows: tuple[TableRow, ...]
    by: str | None
    span: Span


Rate = Flat | PerItem | Bands | PercentRate | BaseStep | Table


@dataclass(frozen=True, slots=True, kw_only=True)
class FreeFrom:
    """Shipping is discounted to zero from `amount` of the money fact `of` on; `zones` empty means all zones.

    `of` already names the variant with or without tax (`subtotal.after_discounts.gross`).
    """

    amount: int
    of: str
    zones: tuple[str, ...] = ()
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """A shipping method. `rates` maps zone id to rate; the key "" is the rate of every other zone."""

    id: str
    rates: Mapping[str, Rate]
    when: Condition = ALWAYS
    window: Window = ALWAYS_OPEN
    free_from: FreeFrom | None = None
    days: Mapping[str, tuple[int, int]] = field(default_factory=dict)  # zone or "" -> days
    name: Mapping[str, str] = field(default_factory=dict)
    span: Span
    when_span: Span | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShippingDocument(Document):
    """`policy` governs zones: `first` in document order, `unique` where overlap is an error, or `all` where
    a destination may lie in several zones and each method takes the first zone it has a rate for.

    `shipments: seller` prices one shipment per seller. `choose: cheapest` decides the total while the
    customer has not chosen; `none` leaves shipping out. `volumetric_divisor` is cm³ per kg; None means
    weight alone counts.
    """

    policy: Literal["first", "unique", "all"]
    zones: tuple[Zone, ...]
    methods: tuple[Method, ...]
    refusals: tuple[Refusal, ...] = ()
    shipments: Literal["order", "seller"] = "order"
    choose: Literal["cheapest", "none"] = "cheapest"
    volumetric_divisor: int | None = None
