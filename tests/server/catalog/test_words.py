"""Words are folded the same way when a product is written and when it is searched."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.catalog.words import LONGEST_WORD, fold, search_text, slug_of, tsquery, words_of


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Calção", "calcao"),
        ("STRASSE Straße", "strasse strasse"),
        ("№ 5", "no 5"),
        ("Łódź Ærø", "lodz aero"),
        ("ﬁne Ⅷ", "fine viii"),
        ("İstanbul ISPARTA", "istanbul isparta"),
    ],
)
def test_accents_case_and_ligatures_are_folded(text: str, folded: str) -> None:
    assert fold(text) == folded


@given(st.text(max_size=200))
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.text(max_size=200))
def test_words_are_safe_to_stand_in_a_query(text: str) -> None:
    words = words_of(text)
    assert all(0 < len(word) <= LONGEST_WORD and word.isalnum() for word in words)
    assert "'" not in "".join(words)


def test_a_sku_is_found_by_its_parts_and_as_a_whole() -> None:
    name, _, others = search_text("Red socks", ["Acme", None, "Clothing"], ["AB-12"]).partition("\n")
    assert name == "red socks"
    assert others.split() == ["acme", "clothing", "ab", "12", "ab12"]


def test_a_word_of_the_name_is_not_repeated_among_the_others() -> None:
    assert search_text("Red socks", ["Socks", "red"]) == "red socks\n"


def test_only_the_last_word_of_a_search_is_a_beginning() -> None:
    assert tsquery(["red", "so"]) == "'red' & 'so':*"


@pytest.mark.parametrize(
    ("name", "slug"), [("Calção de Banho!", "calcao-de-banho"), ("靴下", "otherwise"), ("--", "otherwise")]
)
def test_slugs_are_plain(name: str, slug: str) -> None:
    assert slug_of(name, "otherwise") == slug
