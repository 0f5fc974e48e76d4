"""Is there a cart that shows something? Try many, the likeliest first, and make the one that shows it small.

The interface others build on; see `hunt`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from engine.facts.cart import Cart
from engine.runtime.book import Book

Shows = Callable[[Cart], bool]
"""Whether a cart shows what is looked for. An exception of the engine is not taken for a yes."""

Tell = Callable[[int], None]
"""Told now and then how many carts have been tried."""

MOST: Final = 2_000
"""Carts that are tried when nothing else is said."""


@dataclass(frozen=True, slots=True)
class Hunted:
    """`cart` is the smallest that was found, None when no cart of those searched showed it.

    `searched` counts carts that were tried, smaller ones not counted. `smallest`: nothing of the cart can be taken away
    or lowered by one unit without losing what it shows, and minimisation was finished.
    """

    cart: Cart | None
    searched: int
    smallest: bool = False


def hunt(
    books: Sequence[Book],
    shows: Shows,
    *,
    most: int = MOST,
    seed: int = 0,
    first: Iterable[Cart] = (),
    tell: Tell | None = None,
) -> Hunted:
    """Try at most `most` carts made of the thresholds of all rules of the books, and carts near `first`.

    Deterministic: the same books, seed and `first` give the same answer.
    """
    raise NotImplementedError


def shrink(cart: Cart, shows: Shows, *, most_tries: int = 2_000) -> Hunted:
    """The smallest cart that still shows it, reached from `cart` by taking away and lowering; see `Hunted.smallest`."""
    raise NotImplementedError
