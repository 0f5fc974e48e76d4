"""Does every rule of the shipped rulesets and the example stores act on some cart of a hunt?"""

from __future__ import annotations

import pytest

from engine.hunt.aims import aims_of
from engine.hunt.search import hunted_carts
from engine.pipeline import evaluate
from tests.engine.hunt.shops import SHOPS, acting, shop

NOT_SEEN = {
    # An exemption leaves no posting: its carts are those without tax.
    "rules": {("tax", "embassies")},
    "examples/stores/uk/rules": set(),
    "examples/stores/japan/rules": set(),
}


@pytest.mark.parametrize("folder", SHOPS)
def test_every_rule_acts(folder: str) -> None:
    book = shop(folder)
    aims = {(aim.kind, aim.rule) for document in book.documents.values() for aim in aims_of(document)}
    acted = set().union(*(acting(evaluate(book, cart)) for cart in hunted_carts([book], most=600)))
    assert aims - acted == NOT_SEEN[folder]


def test_who_is_exempt_from_tax_is_hunted_too() -> None:
    book = shop("rules")
    decisions = [evaluate(book, cart) for cart in hunted_carts([book], most=600)]
    assert {decision.totals.tax == 0 for decision in decisions if decision.facts.get("customer.group") == "embassy"}
