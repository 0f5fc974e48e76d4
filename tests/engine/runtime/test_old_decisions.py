"""Does this version decide as every version before it did, to the last byte?"""

from __future__ import annotations

from hashlib import sha256

import msgspec
import pytest

from engine import from_json
from server.decisions.books import RuleBooks
from tests.engine.runtime.old_decisions.entries import decided_again, names, read


@pytest.fixture(scope="module")
def books() -> RuleBooks:
    """Which compiles; no ruleset of today takes part."""
    return RuleBooks()


@pytest.mark.parametrize("name", names())
def test_an_old_decision_is_the_same_bytes_today(books: RuleBooks, name: str) -> None:
    entry, result = read(name)
    assert sha256(result).hexdigest() == entry.digest
    again = decided_again(books, entry)
    assert msgspec.json.format(again).decode() == msgspec.json.format(result).decode()
    assert again == result


def test_old_decisions_are_of_all_kinds() -> None:
    """So that none of these is lost from the set unseen."""
    decisions = [from_json(read(name)[1]) for name in names()]
    assert len(decisions) >= 18
    assert {decision.currency for decision in decisions} == {"BRL", "GBP", "JPY"}
    assert {tax.included for decision in decisions for tax in decision.taxes} == {True, False}
    assert {coupon.state for decision in decisions for coupon in decision.coupons} >= {"applied", "rejected"}
    kinds = {posting.kind for decision in decisions for posting in decision.postings}
    assert kinds >= {
        "item",
        "pricing",
        "line_discount",
        "order_discount",
        "coupon",
        "shipping",
        "shipping_discount",
        "tax",
    }
    assert any(decision.gifts for decision in decisions)
    assert any(decision.refusals for decision in decisions)
    assert any(option.total is None for decision in decisions for option in decision.options)
