"""Does the runtime answer, to the cent, what a slow evaluator written from the reference answers?"""

from __future__ import annotations

from collections.abc import Mapping

from hypothesis import given
from hypothesis import strategies as st

from engine.pipeline import compile_book, evaluate
from tests.engine.runtime.books import Body, cart, documents, vocabulary
from tests.engine.runtime.comparing import of_checkout, of_decision
from tests.engine.runtime.generated import CURRENCIES, carts
from tests.engine.runtime.generated_books import Asked, whole_books
from tests.engine.runtime.generated_goods import CODES, checkouts, coupons, pricings, promotions, taxes
from tests.engine.runtime.generated_shipping import METHODS, shippings
from tests.engine.runtime.oracle.decide import decide_slowly

currencies = st.sampled_from(CURRENCIES)


def agree(bodies: Mapping[str, Body], cart_body: Body, currency: str) -> None:
    """The postings and everything else of both evaluators are the same."""
    read = documents(bodies, currency)
    asked = cart(cart_body, currency)
    decision = evaluate(compile_book(read, currency, vocabulary()), asked)
    assert of_decision(decision) == of_checkout(decide_slowly(read, asked))


@given(st.data(), currencies)
def test_pricing_and_promotions(data: st.DataObject, currency: str) -> None:
    bodies = {"pricing": data.draw(pricings(currency)), "promotions": data.draw(promotions(currency))}
    agree(bodies, data.draw(carts(currency)), currency)


@given(st.data(), currencies)
def test_promotions_and_tax(data: st.DataObject, currency: str) -> None:
    bodies = {
        "promotions": data.draw(promotions(currency)),
        "tax": data.draw(taxes(currency)),
        "checkout": data.draw(checkouts(currency)),
    }
    agree(bodies, data.draw(carts(currency)), currency)


@given(st.data(), currencies)
def test_coupons_after_promotions(data: st.DataObject, currency: str) -> None:
    bodies = {"promotions": data.draw(promotions(currency)), "coupons": data.draw(coupons(currency))}
    agree(bodies, data.draw(carts(currency, CODES)), currency)


@given(st.data(), currencies)
def test_shipping(data: st.DataObject, currency: str) -> None:
    bodies = {"shipping": data.draw(shippings(currency))}
    agree(bodies, data.draw(carts(currency, (), METHODS)), currency)


@given(whole_books())
def test_a_whole_checkout(asked: Asked) -> None:
    agree(asked.bodies, asked.cart, asked.currency)
