"""Does a misspelt word get the suggestion its author would expect?"""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.text.suggest import did_you_mean

FACTS = ["subtotal.after_discounts", "subtotal.before_discounts", "customer.group", "cart.item_count"]


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("subtotal.after_discount", "subtotal.after_discounts"),
        ("Customer.Group", "customer.group"),
        ("item_count", "cart.item_count"),
        ("costumer.group", "customer.group"),
    ],
)
def test_close_word_is_suggested(word: str, meant: str) -> None:
    assert did_you_mean(word, FACTS) == f"did you mean '{meant}'?"


@pytest.mark.parametrize("word", ["", "zebra", "x" * 81])
def test_no_suggestion_is_better_than_a_wild_one(word: str) -> None:
    assert did_you_mean(word, FACTS) == ""


def test_ties_go_to_the_alphabetically_first() -> None:
    assert did_you_mean("cat", ["rat", "bat", "hat"]) == "did you mean 'bat'?"


def test_word_itself_is_not_suggested() -> None:
    assert did_you_mean("a", ["a"]) == ""


@given(st.text(max_size=90), st.lists(st.text(max_size=90), max_size=10))
@settings(max_examples=50)
def test_suggestion_is_one_of_the_candidates(word: str, candidates: list[str]) -> None:
    suggestion = did_you_mean(word, candidates)
    assert suggestion == "" or suggestion in {f"did you mean '{candidate}'?" for candidate in candidates}
