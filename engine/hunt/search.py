"""Is there a cart that shows something? Try many, the likeliest first, and make the one that shows it small.

The interface others build on; see `hunt`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import msgspec

from engine.facts.cart import Cart
from engine.hunt.ground import Ground
from engine.hunt.shrink import MOST_TRIES, shrunk
from engine.hunt.stages import carts_of
from engine.runtime.book import Book

Shows = Callable[[Cart], bool]
"""Whether a cart shows what is looked for. An exception of the engine is not taken for a yes."""

Tell = Callable[[int], None]
"""Told now and then how many carts have been tried."""

MOST: Final = 2_000
"""Carts that are tried when nothing else is said."""

_TELL_EVERY: Final = 100

_MOST_MADE: Final = 8
"""Carts that are made for one that is tried: a book that says little soon makes the same carts again."""


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
    about: Collection[str] = (),
    tell: Tell | None = None,
) -> Hunted:
    """Try at most `most` carts made of the thresholds of all rules of the books, and carts near `first`.

    Rules whose id is in `about` are tried before others. Deterministic: the same books, seed, `first` and `about` give
    the same answer.
    """
    searched = 0
    for cart in hunted_carts(books, most=most, seed=seed, first=first, about=about):
        searched += 1
        if tell is not None and searched % _TELL_EVERY == 0:
            tell(searched)
        if _is_shown(shows, cart):
            found = shrink(cart, shows)
            return Hunted(found.cart, searched, found.smallest)
    return Hunted(None, searched)


def hunted_carts(
    books: Sequence[Book],
    *,
    most: int = MOST,
    seed: int = 0,
    first: Iterable[Cart] = (),
    about: Collection[str] = (),
) -> Iterator[Cart]:
    """The carts a hunt tries, in its order, each once, at most `most`: those of `first` before any other."""
    seen: set[bytes] = set()
    for made, cart in enumerate(carts_of(Ground(books, about), seed, tuple(first))):
        if len(seen) >= most or made >= _MOST_MADE * most:
            return
        key = msgspec.msgpack.encode(cart, order="deterministic")
        if key not in seen:
            seen.add(key)
            yield cart


def shrink(cart: Cart, shows: Shows, *, most_tries: int = MOST_TRIES) -> Hunted:
    """The smallest cart that still shows it, reached from `cart` by taking away and lowering; see `Hunted.smallest`."""
    smaller, finished, tries = shrunk(cart, lambda each: _is_shown(shows, each), most_tries)
    return Hunted(smaller, tries, finished)


def _is_shown(shows: Shows, cart: Cart) -> bool:
    try:
        return shows(cart)
    except Exception:  # noqa: BLE001 - whatever the engine makes of a cart, a failure shows nothing
        return False
