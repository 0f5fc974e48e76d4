"""Does every cart of a small world agree with what the solver proved of it? One that does not is a false proof."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from itertools import combinations_with_replacement, product

import pytest

from engine.documents.model import Adding, Bound, Claim, NeverMore, Splitting
from engine.facts.cart import Cart
from engine.runtime.book import Book
from engine.runtime.evaluate import evaluate
from engine.symbolic.solve import Candidate, Proved, solve
from tests.engine.runtime.books import Body, book, cart, line
from tests.engine.symbolic.claims import claimed

pytest.importorskip("z3")

PRICES = ("0.00", "0.01", "0.99", "1.00", "1.01", "2.50")
GROUPS = (None, "vip")


def lane(stage: str, pick: str, *rules: dict[str, object]) -> Body:
    return {
        "lanes": [{"id": "one", "stage": stage, "pick": pick}],
        "rules": [{"id": f"r{number}", "lane": "one", **rule} for number, rule in enumerate(rules)],
    }


TENTH = {"percent_off": 10, "on": "lines"}
HALF_OF_A = {"percent_off": 50, "on": "lines", "where": {"line.category": {"under": "a"}}}
VIP = {"customer.group": "vip"}
SHIPPING = {"methods": [{"id": "m", "rate": {"first_item": "0.50", "each_further": "0.20"}}]}

BOOKS: dict[str, dict[str, Body]] = {
    "a tenth of each line": {"promotions": lane("lines", "all", {"then": TENTH})},
    "the best of two": {"promotions": lane("lines", "best", {"then": TENTH}, {"then": HALF_OF_A})},
    "both": {"promotions": lane("lines", "all", {"then": TENTH}, {"then": HALF_OF_A})},
    "an amount from a threshold on": {
        "promotions": lane(
            "order",
            "all",
            {
                "when": {"subtotal.after_line_discounts": {"at_least": "2.00"}},
                "then": {"amount_off": "0.70", "on": "order"},
            },
        )
    },
    "three for two": {"promotions": lane("lines", "all", {"then": {"cheapest_free": {"buy": 3, "free": 1}}})},
    "cheaper for some": {
        "promotions": lane("order", "first", {"when": VIP, "then": {"percent_off": 20, "on": "order", "cap": "0.30"}})
    },
    "dearer by a threshold": {
        "promotions": {
            "lanes": [{"id": "a", "stage": "lines", "pick": "all"}, {"id": "b", "stage": "order", "pick": "all"}],
            "rules": [
                {"id": "r0", "lane": "a", "when": VIP, "then": {"percent_off": 5, "on": "lines"}},
                {
                    "id": "r1",
                    "lane": "b",
                    "when": {"subtotal.after_line_discounts": {"at_least": "2.00"}},
                    "then": {"percent_off": 40, "on": "order"},
                },
            ],
        }
    },
    "delivered": {
        "promotions": lane("order", "all", {"then": {"percent_off": 30, "on": "order"}}),
        "shipping": SHIPPING,
    },
}

CLAIMS: dict[str, Claim] = {
    "total": Bound(measure="total", side="at_least", amount=0),
    "half": Bound(measure="discount", side="at_most", percent=(1, 2), of="items", tolerance=0),
    "half with a unit": Bound(measure="discount", side="at_most", percent=(1, 2), of="items", tolerance=1),
    "third": Bound(measure="discount", side="at_most", percent=(1, 3), of="items", tolerance=0),
    "amount": Bound(measure="discount", side="at_most", amount=70),
    "shipped": Bound(measure="shipping", side="at_least", amount=50),
    "vip": NeverMore(these={"customer.group": "vip"}, those={"customer.group": None}),
    "adding": Adding(lowers_by_at_most=0),
    "adding some": Adding(lowers_by_at_most=70),
    "splitting": Splitting(saves_at_most=0),
    "splitting some": Splitting(saves_at_most=70),
}


@cache
def world() -> dict[tuple[tuple[int, ...], str | None], Cart]:
    """Carts of up to three units, each on a line of its own, of two kinds and six prices, with and without a group."""
    goods = [line(price, category=category) for category, price in product(("a", "b"), PRICES)]
    return {
        (places, group): cart(
            {
                "lines": [{**goods[place], "id": f"L{number}"} for number, place in enumerate(places)],
                **({"customer": {"group": group}} if group else {}),
            }
        )
        for units in (1, 2, 3)
        for places in combinations_with_replacement(range(len(goods)), units)
        for group in GROUPS
    }


def contradictions(rules: Book, claim: Claim) -> Iterator[object]:
    """Every cart, or tuple of carts, of the world that contradicts the claim."""
    totals = {key: evaluate(rules, each).totals for key, each in world().items()}
    for (places, group), found in totals.items():
        if isinstance(claim, Bound):
            value = int(getattr(found, claim.measure))
            numerator, denominator = claim.percent or (0, 1)
            other = 0 if claim.of is None else int(getattr(found, claim.of))
            limit = denominator * (claim.amount or 0) + numerator * other
            over = denominator * value - limit
            slack = denominator * claim.tolerance
            if (over < -slack) if claim.side == "at_least" else (over > slack):
                yield places, group
        elif isinstance(claim, NeverMore):
            if group == "vip" and found.total > totals[places, None].total + claim.tolerance:
                yield places
        elif isinstance(claim, Adding):
            for gone in range(len(places) if len(places) > 1 else 0):
                less = totals[(*places[:gone], *places[gone + 1 :]), group].total
                if less > found.total + claim.lowers_by_at_most:
                    yield places, gone
        elif isinstance(claim, Splitting):
            for gone in range(len(places) if len(places) > 1 else 0):
                rest = totals[(*places[:gone], *places[gone + 1 :]), group].total
                if found.total > rest + totals[(places[gone],), group].total + claim.saves_at_most:
                    yield places, gone


@pytest.mark.parametrize("rules", BOOKS)
def test_nothing_is_proved_that_a_small_cart_contradicts(rules: str) -> None:
    made = book(**BOOKS[rules])
    answers = {}
    for name, claim in CLAIMS.items():
        answer = solve(made, claimed(claim), rlimit=2_000_000)
        refuting = next(contradictions(made, claim), None)
        answers[name] = type(answer).__name__
        if refuting is not None:
            assert not isinstance(answer, Proved), (name, refuting)
        if isinstance(answer, Candidate) and name == "third":
            again = solve(made, claimed(claim), rlimit=2_000_000)
            assert again == answer, name
    assert answers["total"] == "Proved"
