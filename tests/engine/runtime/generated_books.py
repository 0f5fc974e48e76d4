"""Whole books with a cart to decide, by chance."""

from __future__ import annotations

from typing import NamedTuple

from hypothesis import strategies as st

from tests.engine.runtime.generated import CURRENCIES, Body, Draw, carts
from tests.engine.runtime.generated_goods import CODES, checkouts, coupons, pricings, promotions, taxes
from tests.engine.runtime.generated_shipping import METHODS, shippings


class Asked(NamedTuple):
    """Rulesets by kind, a scenario, and the currency of both."""

    bodies: dict[str, Body]
    cart: Body
    currency: str


@st.composite
def whole_books(draw: Draw[object]) -> Asked:
    """A ruleset of every kind and a cart that may use all of them."""
    currency = draw(st.sampled_from(CURRENCIES))
    bodies = {
        "pricing": draw(pricings(currency)),
        "promotions": draw(promotions(currency, shipping=True, methods=METHODS)),
        "coupons": draw(coupons(currency, methods=METHODS)),
        "shipping": draw(shippings(currency)),
        "tax": draw(taxes(currency)),
        "checkout": draw(checkouts(currency)),
    }
    return Asked(bodies, draw(carts(currency, CODES, METHODS)), currency)


def with_ids(cart: Body) -> Body:
    """The cart with the ids its lines have by their position, so that they may be written in another order."""
    lines = cart["lines"]
    assert isinstance(lines, list)
    return {**cart, "lines": [{"id": f"L{number}", **line} for number, line in enumerate(lines, 1)]}
