"""Are the carts of a hunt valid, different from each other, and the same every time?"""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings

from engine.hunt.search import hunted_carts
from engine.pipeline import compile_book, evaluate
from engine.runtime.book import Book
from tests.engine.hunt.reread import read_again
from tests.engine.runtime.books import documents, vocabulary
from tests.engine.runtime.generated_books import Asked, whole_books

few = settings(max_examples=10, suppress_health_check=[HealthCheck.too_slow])
"""Whole books are dear to make by chance, however few of them."""


def compiled(asked: Asked) -> Book:
    return compile_book(documents(asked.bodies, asked.currency), asked.currency, vocabulary())


@given(whole_books())
@few
def test_every_cart_is_decided_and_reads_back_as_it_is(asked: Asked) -> None:
    book = compiled(asked)
    for cart in hunted_carts([book], most=80):
        evaluate(book, cart)
        assert read_again(cart, vocabulary()) == cart


@given(whole_books())
@few
def test_the_same_book_and_seed_give_the_same_carts_each_once(asked: Asked) -> None:
    book = compiled(asked)
    carts = list(hunted_carts([book], most=60, seed=3))
    assert carts == list(hunted_carts([book], most=60, seed=3))
    assert not any(cart in carts[:place] for place, cart in enumerate(carts))
    assert carts[:20] == list(hunted_carts([book], most=20, seed=3))
