"""Effects on shipping: what is taken off the price of one method."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from engine.runtime.arithmetic import Rounder
from engine.runtime.decision import Key
from engine.runtime.effects.lines import Tiers
from engine.runtime.selection import Selected


@dataclass(frozen=True, slots=True)
class ShippingEffect:
    """Exactly one of ratio, amount, price, tiers is set; `methods` empty means every method.

    `initial` takes the ratio of the price before shipping discounts.
    """

    methods: frozenset[str]
    ratio: tuple[int, int] | None = None
    amount: int | None = None
    price: int | None = None
    tiers: Tiers | None = None
    initial: bool = False

    def saving(
        self, values: Mapping[str, Key], selected: Selected, method: str, price: int, left: int, rounder: Rounder
    ) -> int:
        """What it takes off `left`, the part of `price` no discount has taken yet; never more than is left."""
        if self.methods and method not in self.methods:
            return 0
        if self.amount is not None:
            return min(self.amount, left)
        if self.price is not None:
            return max(0, left - self.price)
        ratio = self.tiers.ratio(values, selected) if self.tiers is not None else self.ratio
        if ratio is None:
            return 0
        return min(rounder((price if self.initial else left) * ratio[0], ratio[1]), left)


@dataclass(frozen=True, slots=True)
class GiftEffect:
    """Adds units of a SKU at price zero."""

    sku: str
    quantity: int
