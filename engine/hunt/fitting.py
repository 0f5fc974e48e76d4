"""Which prices bring the sums of a cart to the amounts they should come to?

Sums after discounts are known only when the cart has been decided, so it is decided, and the price of one line is moved
by what is missing, a few times over.
"""

from __future__ import annotations

from typing import Final

from engine.facts.cart import Cart, Key
from engine.hunt.drafts import Draft, DraftLine
from engine.runtime.book import Book
from engine.runtime.evaluate import evaluate

_ROUNDS: Final = 5


def fitted(draft: Draft, book: Book) -> Cart | None:
    """The cart, its sums where they should be if that can be had; None when it is larger than carts may be."""
    cart = draft.cart()
    for axis, wanted in sorted(draft.sums.items()):
        cart = _fit(draft, book, axis, wanted, cart)
    return cart


def _fit(draft: Draft, book: Book, axis: str, wanted: int, cart: Cart | None) -> Cart | None:
    line = _movable(draft)
    tried: dict[int, int] = {}  # price -> what the sum came to
    for _ in range(_ROUNDS):
        value = None if cart is None else _value(book, cart, axis)
        if value is None or value == wanted:
            return cart
        price = line.list_price
        tried[price] = value
        moved = _next_price(tried, price, wanted, line.quantity)
        if moved in tried:
            return cart
        line.price = moved
        cart = draft.cart()
    return cart


def _movable(draft: Draft) -> DraftLine:
    """The line whose price is moved: a single unit nobody wishes a price for, if there is one."""
    return min(reversed(draft.lines), key=lambda line: (line.price is not None, line.quantity))


def _next_price(tried: dict[int, int], price: int, wanted: int, quantity: int) -> int:
    """The price on the straight line through the last two tries; at first a unit of money moves the sum by as much."""
    value = tried[price]
    others = [other for other in tried if other != price and tried[other] != value]
    missing = wanted - value
    if not others:
        moved = price + _rounded(missing, quantity)
    else:
        near = min(others, key=lambda other: abs(tried[other] - wanted))
        moved = price + _rounded(missing * (price - near), value - tried[near])
    if moved == price:
        moved += 1 if missing > 0 else -1
    return max(0, moved)


def _rounded(numerator: int, denominator: int) -> int:
    return (2 * numerator + denominator) // (2 * denominator)


def _value(book: Book, cart: Cart, axis: str) -> int | None:
    try:
        value: Key | None = evaluate(book, cart).facts.get(axis)
    except Exception:  # noqa: BLE001 - a cart the engine fails at is tried as it is; whoever hunts will see it fail
        return None
    return value if isinstance(value, int) else None
