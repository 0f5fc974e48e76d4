"""Do two books decide every cart outside of all gaps the same, and is there no gap between books that say the same?"""

from __future__ import annotations

import os

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from engine.equivalence.gaps import gaps_of
from engine.equivalence.inside import lies_in
from engine.equivalence.same import differences
from engine.equivalence.sides import Sides
from engine.pipeline import evaluate
from engine.runtime.book import Book
from tests.engine.equivalence.changing import changed, compiled, looked_at
from tests.engine.equivalence.rewriting import rewritten
from tests.engine.runtime.books import book, cart, line
from tests.engine.runtime.generated import Body, carts
from tests.engine.runtime.generated_books import CODES, METHODS, whole_books
from tests.engine.runtime.generated_goods import checkouts, coupons, pricings, promotions, taxes
from tests.engine.runtime.generated_shipping import shippings

CARTS = 3

IS_SOAK = os.environ.get("HYPOTHESIS_PROFILE") == "soak"
few = settings(max_examples=600 if IS_SOAK else 12, deadline=None, suppress_health_check=list(HealthCheck))


class Compared:
    """Two books and the gaps between them."""

    def __init__(self, old: Book, new: Book) -> None:
        self.books = old, new
        self.sides = Sides(old, new)
        self.gaps = gaps_of(self.sides)

    def outside_all_gaps(self, body: Body, currency: str) -> tuple[str, ...]:
        """What is not the same of a cart that lies in no gap; nothing for one that lies in some."""
        asked = cart(body, currency)
        decided = [evaluate(each, asked) for each in self.books]
        found = differences(*decided)
        inside = (
            lies_in(gap.boxes, asked, each, self.sides.aggregates, side.volumetric_divisor)
            for gap in self.gaps
            for side, each in zip(self.sides.both, decided, strict=True)
        )
        return found if found and not any(inside) else ()


def test_a_large_parcel_lies_in_the_gap_of_the_weight_it_counts_as() -> None:
    def bands(price: str) -> Book:
        rows = [{"below": "1kg", "price": "4.90"}, {"below": "5kg", "price": price}]
        method = {"id": "post", "rate": {"bands": {"by": "shipment.chargeable_weight_g", "rows": rows}}}
        return book(shipping={"volumetric_divisor": 5000, "methods": [method]})

    large: Body = {"lines": [line("1.00", volume="10000cm3")]}  # 100 g that count as 2 kg
    compared = Compared(bands("5.90"), bands("6.90"))
    assert differences(*(evaluate(each, cart(large)) for each in compared.books))
    assert compared.outside_all_gaps(large, "EUR") == ()


@few
@given(st.data())
def test_a_cart_that_is_decided_otherwise_lies_in_a_gap(data: st.DataObject) -> None:
    asked = data.draw(whole_books())
    old = compiled(asked.bodies, asked.currency)
    new = compiled(data.draw(changed(asked.bodies)), asked.currency)
    assume(old is not None and new is not None)
    assert old is not None
    assert new is not None
    compared = Compared(old, new)
    for body in [asked.cart, *(data.draw(carts(asked.currency, CODES, METHODS)) for _ in range(CARTS))]:
        for each in looked_at(body):
            assert compared.outside_all_gaps(each, asked.currency) == (), each


def drawn(data: st.DataObject, kind: str, currency: str) -> Body:
    """Another ruleset of the kind."""
    match kind:
        case "pricing":
            return data.draw(pricings(currency))
        case "promotions":
            return data.draw(promotions(currency, shipping=True, methods=METHODS))
        case "coupons":
            return data.draw(coupons(currency, methods=METHODS))
        case "shipping":
            return data.draw(shippings(currency))
        case "tax":
            return data.draw(taxes(currency))
        case _:
            return data.draw(checkouts(currency))


@few
@given(st.data(), st.sampled_from(["pricing", "promotions", "coupons", "shipping", "tax", "checkout"]))
def test_rulesets_that_have_nothing_in_common_differ_in_gaps_only(data: st.DataObject, kind: str) -> None:
    asked = data.draw(whole_books())
    old = compiled(asked.bodies, asked.currency)
    new = compiled({**asked.bodies, kind: drawn(data, kind, asked.currency)}, asked.currency)
    assert old is not None
    assert new is not None
    compared = Compared(old, new)
    for each in looked_at(asked.cart):
        assert compared.outside_all_gaps(each, asked.currency) == (), each


@few
@given(st.data())
def test_there_is_no_gap_between_books_that_say_the_same_in_other_words(data: st.DataObject) -> None:
    asked = data.draw(whole_books())
    old = compiled(asked.bodies, asked.currency)
    assert old is not None
    new = compiled(data.draw(rewritten(asked.bodies)), asked.currency)
    assert new is not None
    assert gaps_of(Sides(old, new)) == []
