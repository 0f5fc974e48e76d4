"""Which few carts show best what differs? Chosen so that the choice over parts is the choice over the whole."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Final

from engine.compare.model import WITNESSES, Extreme

Choice = Callable[[Iterable[Extreme]], list[Extreme]]

_PATIENCE: Final = 64
"""Carts that wait before a choice is made: sorting one by one would cost more than comparing."""


def smallest(carts: Iterable[Extreme]) -> list[Extreme]:
    """At most five, the smallest of each cause before the second smallest of any."""
    seen: Counter[str] = Counter()
    ranked: list[tuple[int, Extreme]] = []
    for cart in sorted(carts):
        ranked.append((seen[cart.cause], cart))
        seen[cart.cause] += 1
    return [cart for _, cart in sorted(ranked)[:WITNESSES]]


def most_dearer(carts: Iterable[Extreme]) -> list[Extreme]:
    """At most five, those that pay most more first."""
    return sorted(carts, key=lambda cart: (-cart.difference, cart))[:WITNESSES]


def most_cheaper(carts: Iterable[Extreme]) -> list[Extreme]:
    """At most five, those that pay most less first."""
    return sorted(carts, key=lambda cart: (cart.difference, cart))[:WITNESSES]


def offer(chosen: list[Extreme], cart: Extreme, choice: Choice) -> None:
    """Let a cart wait among the chosen; `choice` has to be applied once more at the end."""
    chosen.append(cart)
    if len(chosen) >= _PATIENCE:
        chosen[:] = choice(chosen)
