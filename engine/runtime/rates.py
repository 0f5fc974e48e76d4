"""What one shipment costs: one class per rate strategy, each a price or the reason why there is none."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass

from engine.runtime.arithmetic import Rounder
from engine.runtime.decision import Key, Reason
from engine.runtime.rule_index import Matcher

Values = Mapping[str, Key]


@dataclass(frozen=True, slots=True)
class FlatRate:
    """One price, whatever is in the shipment."""

    price: int

    def price_of(self, values: Values, rounder: Rounder) -> int | Reason:
        return self.price


@dataclass(frozen=True, slots=True)
class PerItemRate:
    """`first` for the first unit of the shipment and `further` for each more."""

    first: int
    further: int

    def price_of(self, values: Values, rounder: Rounder) -> int | Reason:
        units = values["shipment.item_count"]
        assert isinstance(units, int)
        return self.first + self.further * (units - 1)


@dataclass(frozen=True, slots=True)
class CompiledStep:
    """`plus` for every started `per` above `over`."""

    plus: int
    per: int
    over: int

    def price_of(self, value: int) -> int:
        above = value - self.over
        return self.plus * -(-above // self.per) if above > 0 else 0


@dataclass(frozen=True, slots=True)
class BandsRate:
    """`cuts` split the measured fact; `row_of[k]` is the row that holds from `cuts[k - 1]` up to `cuts[k]`, or −1.

    Overlaps were settled at compile time (the earlier row wins), so a look-up is one bisection.
    """

    by: str
    cuts: tuple[int, ...]
    row_of: tuple[int, ...]
    prices: tuple[int, ...]
    steps: tuple[CompiledStep | None, ...]

    def price_of(self, values: Values, rounder: Rounder) -> int | Reason:
        value = values.get(self.by)
        if not isinstance(value, int):
            return Reason("fact_missing", {"fact": self.by})
        row = self.row_of[bisect_right(self.cuts, value)]
        if row < 0:
            return Reason("no_band", {"fact": self.by, "value": str(value)})
        step = self.steps[row]
        return self.prices[row] if step is None else self.prices[row] + step.price_of(value)


@dataclass(frozen=True, slots=True)
class PercentOfRate:
    """A percentage of a money fact, within bounds; rounded once."""

    numerator: int
    denominator: int
    of: str
    minimum: int | None
    maximum: int | None

    def price_of(self, values: Values, rounder: Rounder) -> int | Reason:
        value = values.get(self.of)
        if not isinstance(value, int):
            return Reason("fact_missing", {"fact": self.of})
        price = rounder(value * self.numerator, self.denominator)
        if self.minimum is not None and price < self.minimum:
            return self.minimum
        return price if self.maximum is None else min(price, self.maximum)


@dataclass(frozen=True, slots=True)
class BaseStepRate:
    """`base` plus `plus` per started `per` of a measured fact; nothing above `up_to` (included)."""

    base: int
    step: CompiledStep
    by: str
    up_to: int | None

    def price_of(self, values: Values, rounder: Rounder) -> int | Reason:
        value = values.get(self.by)
        if not isinstance(value, int):
            return Reason("fact_missing", {"fact": self.by})
        if self.up_to is not None and value > self.up_to:
            return Reason("above_limit", {"fact": self.by, "value": str(value), "limit": str(self.up_to)})
        return self.base + self.step.price_of(value)


@dataclass(frozen=True, slots=True)
class TableRate:
    """Rows in document order behind an index; the lowest bit decides. `days` is empty when no row has any."""

    index: Matcher
    by: str | None
    prices: tuple[int, ...]
    steps: tuple[CompiledStep | None, ...]
    facts: tuple[str, ...]
    days: tuple[tuple[int, int] | None, ...]

    def price_of(self, values: Values, rounder: Rounder) -> int | Reason:
        mask = self.index.match(values)
        if not mask:
            missing = [fact for fact in self.facts if fact not in values]
            return Reason("fact_missing", {"fact": missing[0]}) if missing else Reason("no_row")
        row = (mask & -mask).bit_length() - 1
        step = self.steps[row]
        if step is None:
            return self.prices[row]
        value = values.get(self.by or "")
        if not isinstance(value, int):
            return Reason("fact_missing", {"fact": self.by or ""})
        return self.prices[row] + step.price_of(value)

    def days_of(self, values: Values) -> tuple[int, int] | None:
        """The days of the row that gives the price; None when it names none."""
        mask = self.index.match(values) if self.days else 0
        return self.days[(mask & -mask).bit_length() - 1] if mask else None


CompiledRate = FlatRate | PerItemRate | BandsRate | PercentOfRate | BaseStepRate | TableRate
