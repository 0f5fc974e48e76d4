"""Every verdict on many small shops, held against every small cart there is.

Shops sell in cents, so that roundings, thresholds and caps are all met by carts of a few cents. A run looks at some of
the shops; `make soak` at all of them.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from functools import cache
from itertools import product

import pytest

from engine.documents.model import Adding, Bound, Claim, Monotone, Splitting
from engine.facts.cart import Cart
from engine.proof import Limits, contradicted_by, prove
from engine.proof.holds import Judge
from engine.runtime.book import Book
from tests.engine.proof.claiming import claim
from tests.engine.runtime.books import book, cart, line

LIMITS = Limits(carts=12, effort=400_000, lines=2)

CLAIMS: tuple[Claim, ...] = (
    Bound(measure="total", side="at_least", amount=0),
    Bound(measure="discount", side="at_most", amount=3),
    Bound(measure="discount", side="at_most", percent=(1, 3), of="items", tolerance=1),
    Bound(measure="discount", side="at_most", percent=(2, 3), of="items", tolerance=0),
    Monotone(measure="total", growing="price"),
    Adding(lowers_by_at_most=1),
    Splitting(saves_at_most=0),
)


def promotions() -> Iterator[str]:
    """Two rules in one lane or in two: percentages of lines or of the order, capped or not, from a sum on or always."""
    firsts = [
        f"then: {{percent_off: {percent}, on: {on}{cap}}}"
        for percent, on, cap in product((10, 33, 50), ("lines", "order"), ("", ', cap: "0.02"'))
    ]
    seconds = [
        'when: {subtotal.items: {at_least: "0.08"}}, then: {amount_off: "0.03", on: order}',
        "then: {percent_off: 25, on: order, basis: initial}",
    ]
    for first, second, pick in product(firsts, seconds, ("best", "all", "first")):
        lane = "b" if "on: lines" in first else "a"
        lanes = f"lanes: [{{id: b, pick: {pick}, stage: lines}}, {{id: a, pick: {pick}, stage: order}}]"
        yield f"{lanes}\nrules: [{{id: one, lane: {lane}, {first}}}, {{id: two, lane: a, {second}}}]\n"


@cache
def small_carts() -> tuple[Cart, ...]:
    """Every cart of one line, and many of two, up to eleven cents."""
    single = [(price, quantity) for price in range(12) for quantity in (1, 2, 3)]
    pairs = product((0, 1, 3, 5, 7), (1, 4, 8))
    lines = [[line(_cents(price), quantity)] for price, quantity in single]
    lines += [[line(_cents(price)) for price in pair] for pair in pairs]
    return tuple(cart({"lines": [{"id": f"L{number}", **each} for number, each in enumerate(one, 1)]}) for one in lines)


def _cents(price: int) -> str:
    return f"0.{price:02}"


SHOPS = sorted(promotions())
PARTS = range(8)
LOOKED_AT = PARTS if os.environ.get("HYPOTHESIS_PROFILE") == "soak" else PARTS[3:4]


@pytest.mark.parametrize("part", LOOKED_AT)
def test_no_small_cart_contradicts_a_proof_and_every_refutation_is_one(part: int) -> None:
    seen: Counter[str] = Counter()
    for text in SHOPS[part :: len(PARTS)]:
        shop = book(promotions=text)
        for each in CLAIMS:
            seen[_checked(shop, each)] += 1
    assert seen["proved"] > 8
    assert seen["refuted"] > 8


def _checked(shop: Book, made: Claim) -> str:
    invariant = claim(made)
    verdict = prove(shop, invariant, LIMITS)
    if verdict.status == "refuted":
        assert contradicted_by(shop, invariant, [step.cart for step in verdict.steps]) is not None, (made, verdict)
    if verdict.status == "proved":
        judge = Judge(shop, invariant)
        found = next((cart for cart in small_carts() if judge.about(cart) is not None), None)
        assert found is None, (made, verdict, shop.documents["promotions"])
    return verdict.status
