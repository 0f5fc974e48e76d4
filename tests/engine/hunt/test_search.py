"""What does a hunt answer, and with which carts does it begin?"""

from __future__ import annotations

from engine.facts.cart import Cart
from engine.hunt.search import hunt, hunted_carts
from engine.pipeline import evaluate
from tests.engine.runtime.books import book, cart

BOOK = book(
    promotions="""
lanes: [{id: order, pick: all, stage: order}]
rules:
  - {id: ten, lane: order, when: {subtotal.items: {at_least: "50.00"}}, then: {percent_off: 10, on: order}}
  - {id: tag, lane: order, when: {customer.tags: {any_of: [new]}}, then: {amount_off: "1.00", on: order}}
"""
)


def nothing(asked: Cart) -> bool:
    return False


def test_as_many_carts_are_tried_as_was_said_and_told() -> None:
    told: list[int] = []
    found = hunt([BOOK], nothing, most=250, tell=told.append)
    assert (found.cart, found.searched, found.smallest) == (None, 250, False)
    assert told == [100, 200]


def test_the_carts_one_begins_with_are_tried_first() -> None:
    mine = cart({"lines": [{"sku": "MINE", "price": "7.77", "quantity": 3}]})
    assert next(hunted_carts([BOOK], first=[mine])) == mine
    near = [each for each in hunted_carts([BOOK], first=[mine], most=300) if "MINE" in {x.sku for x in each.lines}]
    assert len(near) > 10


def test_the_rules_one_asks_about_come_before_others() -> None:
    def place(about: tuple[str, ...]) -> int:
        carts = list(hunted_carts([BOOK], about=about, most=50))
        return next(number for number, each in enumerate(carts) if each.sets)

    assert place(("tag",)) < place(())


def test_a_cart_at_which_what_one_looks_for_fails_does_not_end_the_hunt() -> None:
    def shows(asked: Cart) -> bool:
        decision = evaluate(BOOK, asked)
        return 100 // (len(decision.applied) - 1) > 0

    found = hunt([BOOK], shows)
    assert found.cart is not None
    assert found.smallest
    assert evaluate(BOOK, found.cart).applied == ("tag", "ten")


def test_a_book_that_says_nothing_is_soon_searched() -> None:
    empty = book()
    assert hunt([empty], nothing, most=10_000).searched < 10_000


def test_an_empty_hunt_finds_nothing() -> None:
    assert hunt([BOOK], lambda asked: True, most=0).cart is None
