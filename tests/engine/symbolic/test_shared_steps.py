"""Do two runs share only steps that have the same result in both? Each of these books made one prove what is false."""

from __future__ import annotations

import pytest

from engine.documents.model import NeverMore
from engine.facts.cart import Cart
from engine.proof.holds import contradiction
from engine.proof.partners import with_facts
from engine.runtime.book import Book
from engine.runtime.evaluate import evaluate
from engine.symbolic.compare import same
from engine.symbolic.solve import Proved, solve
from tests.engine.runtime.books import Body, book, cart, line
from tests.engine.symbolic.claims import claimed
from tests.engine.symbolic.pinning import admits_all

pytest.importorskip("z3")

EFFORT = 4_000_000


def lanes(*lanes: tuple[str, str, list[dict[str, object]]]) -> Body:
    """Lanes of a stage with a pick and rules, which are named r0, r1, … in order."""
    rules = [{"lane": f"l{number}", **rule} for number, (_, _, own) in enumerate(lanes) for rule in own]
    return {
        "lanes": [{"id": f"l{number}", "stage": stage, "pick": pick} for number, (stage, pick, _) in enumerate(lanes)],
        "rules": [{"id": f"r{number}", **rule} for number, rule in enumerate(rules)],
    }


def of(*categories: str) -> dict[str, object]:
    return {"line.category": {"in": list(categories)}}


def bought(*prices: tuple[str, str], **more: object) -> Cart:
    """One unit of each category at its price."""
    return cart({"lines": [line(price, category=category) for category, price in prices], **more})


def bought_with(one: str, other: str, percent: int) -> dict[str, object]:
    """A unit of the other category is cheaper for each of the one."""
    get = {"where": of(other), "quantity": 1, "percent_off": percent}
    return {"buy_x_get_y": {"buy": {"where": of(one), "quantity": 1}, "get": get}}


VIP = {"customer.group": "vip"}
OF_VIPS = NeverMore(these={"customer.group": "vip"}, those={"customer.group": None})

TAXED_BY_COUNTRY: Body = {
    "prices": "included",
    "rates": [
        {"id": "br", "where": {"destination.country": "BR"}, "percent": 0},
        {"id": "pt", "where": {"destination.country": "PT"}, "percent": 100},
    ],
}
BY_COUNTRY = NeverMore(these={"destination.country": "BR"}, those={"destination.country": "PT"})


@pytest.mark.parametrize("on", ["lines", "order"])
def test_an_amount_is_converted_by_the_rate_of_each_run(on: str) -> None:
    off = {"then": {"amount_off": "1.00", "on": on, "tax": "excluded"}}
    rules = book(promotions=lanes((on, "all", [off])), tax=TAXED_BY_COUNTRY)
    is_not_proved(rules, BY_COUNTRY, bought(("a", "10.00")))


def test_the_dearest_units_are_those_of_all_lines() -> None:
    """Where a dear unit costs nothing any more, the limit is kept for the next one."""
    cents = {"then": {"fixed_price": "0.10", "on": "lines", "where": of("a")}}
    gift = {
        "when": {"all": [{"customer.group": "member"}, {"lines": {"where": of("a"), "quantity": {"at_most": 1}}}]},
        "then": {"percent_off": 100, "on": "lines", "where": of("a")},
    }
    half = {"then": {"percent_off": 50, "on": "lines"}, "limits": {"per_order": 1}}
    rules = book(promotions=lanes(*(("lines", "all", [rule]) for rule in (cents, gift, half))))
    claim = NeverMore(these={"customer.group": "vip"}, those={"customer.group": "member"}, tolerance=10)
    is_not_proved(rules, claim, bought(("a", "10.00"), ("b", "9.00")))


def test_what_a_rule_gives_beside_others_depends_on_all_of_them() -> None:
    """A rule that saves more than each of three others takes their lines; where it has less to save, they keep them."""
    gift = {"when": VIP, "then": {"percent_off": 100, "on": "lines", "where": of("e")}}
    each = [{"then": {"percent_off": 100, "on": "lines", "where": of(one), "cap": "50.00"}} for one in "abc"]
    of_all = {"then": {"percent_off": 30, "on": "lines", "where": of(*"abce"), "cap": "51.00"}}
    rules = book(promotions=lanes(("lines", "all", [gift]), ("lines", "best", [*each, of_all])))
    claim = NeverMore(these={"customer.group": None}, those={"customer.group": "vip"})
    is_not_proved(rules, claim, bought(*((one, "50.00") for one in "abc"), ("e", "20.00")))


def test_what_a_group_gives_beside_others_depends_on_all_of_them() -> None:
    sets = [
        {
            "then": {
                "bundle": {
                    "of": [{"where": of(one), "quantity": 1}, {"where": of(two), "quantity": 1}],
                    "amount_off": "10.00",
                }
            }
        }
        for one, two in (("a", "b"), ("c", "d"))
    ]
    more = {"when": VIP, "then": {"percent_off": 55, "on": "lines", "where": of("a", "c"), "cap": "11.00"}}
    rules = book(promotions=lanes(("lines", "best", [*sets, more])))
    is_not_proved(rules, OF_VIPS, bought(*((each, "10.00") for each in "abcd")))


def test_a_unit_serves_one_group_though_it_was_not_made_cheaper() -> None:
    def free(category: str) -> dict[str, object]:
        return {"then": bought_with("a", category, 100)}

    rules = book(promotions=lanes(("lines", "all", [{"when": VIP, **free("b")}]), ("lines", "all", [free("c")])))
    is_not_proved(rules, OF_VIPS, bought(("a", "1.00"), ("b", "1.00"), ("c", "5.00")))


def test_books_that_round_otherwise_share_no_group() -> None:
    third = bought_with("a", "b", 33)
    old, new = (
        book(promotions={**lanes(("lines", "all", [{"then": third}])), "rounding": rounding})
        for rounding in ("half_up", "down")
    )
    shown = bought(("a", "1.00"), ("b", "0.05"))
    assert evaluate(old, shown).totals != evaluate(new, shown).totals
    assert not isinstance(same(old, new, rlimit=EFFORT), Proved)


def is_not_proved(rules: Book, claim: NeverMore, shown: Cart) -> None:
    """The cart contradicts the claim, so the model must admit what is decided of it, and the solver prove nothing."""
    assert contradiction(rules, claimed(claim), shown) is not None
    assert admits_all(rules, claimed(claim), with_facts(shown, claim)) != "unsat"
    assert not isinstance(solve(rules, claimed(claim), rlimit=EFFORT), Proved)
