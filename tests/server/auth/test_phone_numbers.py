"""A number is one number however it is dialled, and what is none is reached by nobody."""

from __future__ import annotations

from uuid import UUID

import pytest

from server.auth.phone_numbers import phone_subject, reachable

STORE = UUID(int=1)
OTHER = UUID(int=2)


@pytest.mark.parametrize("written", ["+55 11 91234-5678", "11 91234-5678", "(11) 91234 5678", "011 91234-5678"])
def test_one_number_is_one_however_it_is_dialled(written: str) -> None:
    assert reachable(written, "BR") == "+5511912345678"
    assert phone_subject(STORE, written, "BR") == phone_subject(STORE, "+5511912345678", "PT")


@pytest.mark.parametrize("written", ["", "call me", "+55 123", "0900 123456", "+55 11 91234-5678 ext. 9"])
def test_what_messages_cannot_or_may_not_be_sent_to_is_not_reached(written: str) -> None:
    assert reachable(written, "BR") is None


def test_what_is_no_number_is_told_apart_by_its_digits() -> None:
    assert phone_subject(STORE, "+55 123", "BR") == phone_subject(STORE, "55-123", "BR")
    assert phone_subject(STORE, "+55 123", "BR") != phone_subject(STORE, "+55 124", "BR")


@pytest.mark.parametrize("written", [None, "", "call me"])
def test_where_nothing_is_written_nothing_is_told(written: str | None) -> None:
    assert phone_subject(STORE, written, "BR") is None


def test_stores_know_nothing_of_each_other() -> None:
    assert phone_subject(STORE, "+5511912345678", "BR") != phone_subject(OTHER, "+5511912345678", "BR")
