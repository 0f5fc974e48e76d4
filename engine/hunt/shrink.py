"""What is the least of a cart that still shows something? Taking away and lowering, as long as it shows.

Always in the same order, so that the same cart shrinks to the same witness.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final

from msgspec.structs import replace

from engine.facts.cart import Cart
from engine.hunt.less import LINE_PARTS, NUMBERS, PARTS, Parts, gathered, in_one_unit, joined, plainly_named, with_units
from engine.hunt.space import PLAIN_INSTANT

MOST_TRIES: Final = 2_000
"""Smaller carts that are looked at; then what is reached has to do."""

Showing = Callable[[Cart], bool]


def shrunk(cart: Cart, shows: Showing, most_tries: int = MOST_TRIES, *, lowers: bool = True) -> tuple[Cart, bool, int]:
    """The cart with nothing left that could go alone, whether that was found out to the end, and the tries it took.

    Gives the cart itself back, unfinished, when it does not show it. Without `lowers` only lines, units and what the
    cart has besides lines are taken away, and what is left keeps its prices, its facts of lines and its instant.
    """
    shrinking = _Shrinking(cart, shows, most_tries)
    if not shrinking.shows(cart):
        return cart, False, most_tries - shrinking.left
    while shrinking.lines() or shrinking.units() or shrinking.rest() or (lowers and shrinking.lowered()):
        pass
    return shrinking.cart, shrinking.left > 0, most_tries - shrinking.left


class _Shrinking:
    """The smallest cart so far. Each step says whether it made it smaller.

    It ends because every step makes the cart less in this order: lines, units, parts, numbers.
    """

    def __init__(self, cart: Cart, shows: Showing, most_tries: int) -> None:
        self._shows = shows
        self.left = most_tries
        self.cart = cart

    def shows(self, cart: Cart) -> bool:
        """Whether a cart shows it; no more carts do once there were enough tries."""
        if self.left == 0:
            return False
        self.left -= 1
        return self._shows(cart)

    def lines(self) -> bool:
        """Take lines away: halves first, then quarters, down to single ones. One line stays."""
        smaller = False
        size = len(self.cart.lines) // 2
        while size:
            start = 0
            while start < len(self.cart.lines) > size:
                lines = self.cart.lines
                if self._take(replace(self.cart, lines=(*lines[:start], *lines[start + size :]))):
                    smaller = True
                else:
                    start += size
            size //= 2
        return smaller

    def units(self) -> bool:
        """Lower quantities: by all but one first, then by ever smaller steps."""
        smaller = False
        for place in range(len(self.cart.lines)):
            smaller |= self._lower(self.cart.lines[place].quantity, 1, partial(with_units, place=place))
        return smaller

    def rest(self) -> bool:
        """Take away coupons, labels and facts of the cart, and what the shop knows besides."""
        return self._without(PARTS)

    def lowered(self) -> bool:
        """Fewer lines and units at the same amount, fewer facts of lines, lower numbers, plainer instant and names."""
        return self._amassed() or self._without(LINE_PARTS) or self._numbers() or self._renamed()

    def _amassed(self) -> bool:
        """Put what two lines, or several units, come to into one."""
        smaller = False
        place = 0
        while place < len(self.cart.lines):
            line = self.cart.lines[place]
            if line.quantity > 1 and self._take(in_one_unit(self.cart, place)):
                smaller = True
            others = [other for other in range(len(self.cart.lines)) if other != place]
            if any(self._take(put(self.cart, place, other)) for put in (joined, gathered) for other in others):
                smaller = True
            else:
                place += 1
        return smaller

    def _numbers(self) -> bool:
        """Lower what is counted and measured, by all there is first, then by ever smaller steps."""
        smaller = False
        for numbers in NUMBERS:
            for name, value in numbers.of(self.cart):
                smaller |= self._lower(value, 0, numbers.lower(name))
        distance = self.cart.now - PLAIN_INSTANT
        side = -1 if distance < 0 else 1
        smaller |= self._lower(abs(distance), 0, lambda cart, to: replace(cart, now=PLAIN_INSTANT + side * to))
        return smaller

    def _renamed(self) -> bool:
        plain = plainly_named(self.cart)
        return plain != self.cart and self._take(plain)

    def _without(self, parts: tuple[Parts, ...]) -> bool:
        smaller = False
        for names, without in parts:
            for name in names(self.cart):
                smaller |= self._take(without(self.cart, name))
        return smaller

    def _lower(self, value: int, least: int, with_value: Callable[[Cart, int], Cart]) -> bool:
        smaller = False
        step = value - least
        while step > 0:
            if value - step >= least and self._take(with_value(self.cart, value - step)):
                value -= step
                smaller = True
            else:
                step //= 2
        return smaller

    def _take(self, cart: Cart) -> bool:
        if self.shows(cart):
            self.cart = cart
            return True
        return False
