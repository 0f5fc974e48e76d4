"""Codes are not guessed, and none is taken for another."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.facts.words import fold_code
from server.referrals.codes import LETTERS, RESERVED_CODES, fault_of, skeleton, unguessable


@pytest.mark.parametrize(
    "written",
    [
        "SPRING10",
        "spring10",
        "SPRlNG1O",
        "5PR1NGIO",
        "SPRING-10",
        "S.P.R.I.N.G_10",
        "ＳＰＲＩＮＧ１０",
        "ⓢⓟⓡⓘⓝⓖ10",
        "ЅPRІNG10",
        "SPRΙNG10",
        "SPRİNG10",
        "ŚPŘÍŃG10",
    ],
)
def test_codes_that_look_alike_have_one_skeleton(written: str) -> None:
    assert skeleton(fold_code(written)) == skeleton("spring10")


@pytest.mark.parametrize("other", ["SPRING11", "SPRING1", "SPRUNG10", "10SPRING", "SPRING100"])
def test_codes_that_look_different_have_another(other: str) -> None:
    assert skeleton(fold_code(other)) != skeleton("spring10")


@given(st.text(max_size=40))
def test_the_skeleton_of_a_skeleton_is_itself_and_case_never_matters(text: str) -> None:
    found = skeleton(fold_code(text))
    assert skeleton(found) == found
    assert skeleton(fold_code(fold_code(text))) == found


def test_generated_letters_are_never_taken_for_each_other() -> None:
    assert [skeleton(letter) for letter in LETTERS] == list(LETTERS)


@pytest.mark.parametrize("length", [8, 12, 32])
def test_generated_codes_are_as_long_as_asked_and_differ(length: int) -> None:
    codes = unguessable(2_000, "NEWS-", length)
    assert {len(code) for code in codes} == {len("NEWS-") + length}
    assert {*"".join(code.removeprefix("NEWS-") for code in codes)} == {*LETTERS}
    assert len({*codes}) == 2_000


def test_every_letter_is_as_likely_as_another() -> None:
    letters = "".join(unguessable(23_000, "", 10))
    # 10,000 of each are expected, with a standard deviation of 98: this fails once in a billion runs.
    assert all(9_400 < letters.count(letter) < 10_600 for letter in LETTERS)


@pytest.mark.parametrize("code", ["spring", "a-b.c_d", "verão-10", "x" * 64, "2026"])
def test_letters_and_digits_of_any_script_make_a_code(code: str) -> None:
    assert fault_of(code) is None


@pytest.mark.parametrize("code", ["", "abc", "x" * 65, "-spring", "spring 10", "a\nbcd", "=1+1", "50%off", "💥💥💥💥"])
def test_anything_else_does_not(code: str) -> None:
    assert fault_of(code) is not None


@pytest.mark.parametrize("code", sorted(RESERVED_CODES))
def test_a_code_is_no_other_address(code: str) -> None:
    assert "address" in (fault_of(code) or "")
