"""What is the least of a cart that still shows what two books decide differently?"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from engine.facts.cart import Cart
from engine.hunt.shrink import shrunk
from engine.runtime.book import Book
from engine.runtime.decision import Decision
from engine.runtime.evaluate import evaluate

Same = Callable[[Decision, Decision], bool]
"""Whether two decisions of a smaller cart still show it."""

MOST_TRIES: Final = 400
"""Smaller carts that are decided, by both books each; then what is reached has to do."""


def shrink(before: Book, after: Book, cart: Cart, same: Same) -> Cart:
    """The cart with nothing left that could go alone, or what is reached after `MOST_TRIES`.

    It came from a customer, so what is left of it keeps its prices and its instant. Gives the cart itself back when
    `same` does not hold of it. A smaller cart at which the engine fails is not taken.
    """

    def shows(smaller: Cart) -> bool:
        try:
            return same(evaluate(before, smaller), evaluate(after, smaller))
        except Exception:  # noqa: BLE001 - whatever the engine makes of it, it is no smaller witness
            return False

    return shrunk(cart, shows, MOST_TRIES, lowers=False)[0]
