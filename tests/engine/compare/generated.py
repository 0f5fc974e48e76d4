"""Two books that have some rulesets in common, and carts for both, by chance."""

from __future__ import annotations

from typing import NamedTuple

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from engine.facts.cart import Cart
from engine.pipeline import compile_book
from engine.runtime.book import Book
from tests.engine.runtime.books import cart, documents, vocabulary
from tests.engine.runtime.generated import CURRENCIES, Body, Draw, carts
from tests.engine.runtime.generated_books import with_ids
from tests.engine.runtime.generated_goods import CODES, checkouts, coupons, pricings, promotions, taxes
from tests.engine.runtime.generated_shipping import METHODS, shippings

few = settings(max_examples=15, suppress_health_check=[HealthCheck.too_slow])
"""Whole books are dear to make by chance, however few of them."""


class Asked(NamedTuple):
    """Rulesets by kind, those that are others in the second book, scenarios, and the currency of all."""

    before: dict[str, Body]
    changed: dict[str, Body]
    carts: list[Body]
    currency: str


class Pair(NamedTuple):
    """Two compiled books of one currency, and carts by name."""

    before: Book
    after: Book
    carts: list[tuple[str, Cart]]


@st.composite
def pairs(draw: Draw[object], most_carts: int = 4) -> Asked:
    """Books of up to four kinds of which at least one differs, and one to four carts."""
    currency = draw(st.sampled_from(CURRENCIES))
    kinds = {
        "pricing": pricings(currency),
        "promotions": promotions(currency, shipping=True, methods=METHODS),
        "coupons": coupons(currency, methods=METHODS),
        "shipping": shippings(currency),
        "tax": taxes(currency),
        "checkout": checkouts(currency),
    }
    here = draw(st.lists(st.sampled_from(sorted(kinds)), min_size=1, max_size=4, unique=True))
    before = {kind: draw(kinds[kind]) for kind in here}
    other = draw(st.lists(st.sampled_from(here), min_size=1, max_size=2, unique=True))
    found = draw(st.lists(carts(currency, CODES, METHODS), min_size=1, max_size=most_carts))
    return Asked(before, {kind: draw(kinds[kind]) for kind in other}, [with_ids(each) for each in found], currency)


def compiled(asked: Asked) -> Pair:
    """The books and carts of the bodies."""
    read = documents(asked.before, asked.currency)
    changed = read | documents(asked.changed, asked.currency)
    before, after = (compile_book(each, asked.currency, vocabulary()) for each in (read, changed))
    return Pair(before, after, [(f"cart {n}", cart(each, asked.currency)) for n, each in enumerate(asked.carts, 1)])
