"""How long, how often and over how much is measured?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

ALWAYS: Final = 5
"""Promotions 1–5 match every cart: with the coupon as the fifth of them."""

MANY: Final = 100
"""With how many promotions adds are measured a second time."""


@dataclass(frozen=True, slots=True)
class Size:
    """One way to run the benchmark. Times are seconds.

    Every workload is measured `rounds` times in turn with all others, so that what disturbs the machine disturbs them
    all; `promotions` are the rule books of the stores, one store each.
    """

    name: str
    warm_up: float
    seconds: float
    rounds: int
    clients: int = 8
    products: int = 200
    drawn: int = 100  # carts draw from so many of the products
    lines: int = 10
    other_carts: int = 2_000  # of other people, in every store
    promotions: tuple[int, ...] = (0, ALWAYS, MANY, 1_000, 10_000)
    processes: tuple[int, ...] = (1, 2)
    most_per_second: int = 2_500  # carts are prepared for so many changes; more would be an error, and told
    orders: int = 2_400  # to place in a round; each needs a cart and a quote of its own, made ready before
    order_warm_up: float = 0.5
    contests: int = 20  # for the last units of something, with every number of processes

    @property
    def measured_seconds(self) -> float:
        """How long each workload is measured altogether."""
        return self.seconds * self.rounds

    def with_promotions(self, numbers: Iterable[int]) -> Size:
        """The same over these numbers of promotions, and over those every workload needs."""
        return replace(self, promotions=tuple(sorted({0, ALWAYS, MANY, *numbers})))

    def carts_per_client(self) -> int:
        """How many fresh carts a client may need in one round."""
        changes = self.most_per_second * (self.warm_up + self.seconds)
        return max(2, int(changes / self.lines / self.clients) + 1)

    def orders_per_client(self) -> int:
        """How many orders a client can place in one round."""
        return self.orders // self.clients


FULL: Final = Size("full", warm_up=3, seconds=5, rounds=4)
QUICK: Final = Size("quick", warm_up=0.5, seconds=1.5, rounds=1, orders=320, order_warm_up=0.1, contests=5)
SMOKE: Final = Size(
    "smoke",
    warm_up=0.1,
    seconds=0.6,
    rounds=1,
    clients=2,
    products=30,
    drawn=20,
    other_carts=50,
    promotions=(0, ALWAYS, MANY),
    processes=(1,),
    orders=60,
    order_warm_up=0.05,
    contests=2,
)
