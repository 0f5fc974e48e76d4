"""What is the least of a cart that still shows what two books decide differently?

Lines, units, coupons, facts are taken away one after the other as long as what one looks for stays; always in the same
order, so that the same cart shrinks to the same witness.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from msgspec.structs import replace

from engine.facts.cart import Cart
from engine.runtime.book import Book
from engine.runtime.decision import Decision
from engine.runtime.evaluate import evaluate

Same = Callable[[Decision, Decision], bool]
"""Whether two decisions of a smaller cart still show it."""

MOST_TRIES: Final = 400
"""Smaller carts that are decided, by both books each; then what is reached has to do."""


def shrink(before: Book, after: Book, cart: Cart, same: Same) -> Cart:
    """The cart with nothing left that could go alone, or what is reached after `MOST_TRIES`.

    Gives the cart itself back when `same` does not hold of it. A smaller cart at which the engine fails is not taken.
    """
    shrinking = _Shrinking(before, after, cart, same)
    if shrinking.shows(cart):
        while shrinking.lines() or shrinking.units() or shrinking.rest():
            pass
    return shrinking.cart


class _Shrinking:
    """The smallest cart so far. Each step says whether it made it smaller."""

    def __init__(self, before: Book, after: Book, cart: Cart, same: Same) -> None:
        self._before = before
        self._after = after
        self._same = same
        self._left = MOST_TRIES
        self.cart = cart

    def shows(self, cart: Cart) -> bool:
        """Whether a cart shows it; no more carts do once there were enough tries."""
        if self._left == 0:
            return False
        self._left -= 1
        try:
            return self._same(evaluate(self._before, cart), evaluate(self._after, cart))
        except Exception:  # noqa: BLE001 - whatever the engine makes of it, it is no smaller witness
            return False

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
            step = self.cart.lines[place].quantity - 1
            while step:
                quantity = self.cart.lines[place].quantity - step
                if quantity >= 1 and self._take(_with_quantity(self.cart, place, quantity)):
                    smaller = True
                else:
                    step //= 2
        return smaller

    def rest(self) -> bool:
        """Take away coupons, labels and facts of the cart, and what the shop knows besides."""
        smaller = False
        for names, without in _PARTS:
            for name in names(self.cart):
                smaller |= self._take(without(self.cart, name))
        return smaller

    def _take(self, cart: Cart) -> bool:
        if self.shows(cart):
            self.cart = cart
            return True
        return False


# carts with one thing less -------------------------------------------------------------------------------------


def _with_quantity(cart: Cart, place: int, quantity: int) -> Cart:
    line = cart.lines[place]
    fewer = replace(line, quantity=quantity, facts={**line.facts, "line.quantity": quantity})
    return replace(cart, lines=(*cart.lines[:place], fewer, *cart.lines[place + 1 :]))


def _without_item(cart: Cart, line_id: str) -> Cart:
    return replace(cart, catalogue=tuple(item for item in cart.catalogue if item.line.id != line_id))


def _without_usage(cart: Cart, rule: str) -> Cart:
    return replace(cart, usage={each: usage for each, usage in cart.usage.items() if each != rule})


def _without_coupon(cart: Cart, code: str) -> Cart:
    return replace(cart, coupons=tuple(coupon for coupon in cart.coupons if coupon.code != code))


def _without_set(cart: Cart, name: str) -> Cart:
    return replace(cart, sets={each: members for each, members in cart.sets.items() if each != name})


def _without_fact(cart: Cart, name: str) -> Cart:
    facts = {each: value for each, value in cart.facts.items() if each != name}
    match name:
        case "customer.id":
            return replace(cart, facts=facts, customer_id=None)
        case "payment.method":
            return replace(cart, facts=facts, payment_method=None)
        case "shipping.method":
            return replace(cart, facts=facts, shipping_method=None)
        case _:
            return replace(cart, facts=facts)


_PARTS: Final[tuple[tuple[Callable[[Cart], Iterable[str]], Callable[[Cart, str], Cart]], ...]] = (
    (lambda cart: [item.line.id for item in cart.catalogue], _without_item),
    (lambda cart: sorted(cart.usage), _without_usage),
    (lambda cart: [coupon.code for coupon in cart.coupons], _without_coupon),
    (lambda cart: sorted(cart.sets), _without_set),
    (lambda cart: sorted(cart.facts.keys() - {"currency"}), _without_fact),
)
"""What a cart has besides lines: the names of the parts, and the cart without the one of a name."""
