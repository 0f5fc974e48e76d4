"""A subject is equal for equal people of one store, however they write themselves, and differs for others."""

from __future__ import annotations

from uuid import UUID

import pytest

from notifications.subjects import SubjectKind, subject

STORE, OTHER = UUID(int=1), UUID(int=2)


@pytest.mark.parametrize(
    ("kind", "one", "same"),
    [
        ("email", "Ann@AB.com", "ann@ab.com"),
        ("email", "straße@example.com", "STRASSE@example.com"),
        ("email", "\N{FULLWIDTH LATIN SMALL LETTER A}nn@ab.com ", "ann@ab.com"),
        ("phone", "+55 (11) 91234-5678", "5511912345678"),
        ("address", "Rua São José, 7", "rua sao jose 7"),
    ],
)
def test_who_writes_it_in_another_way_is_the_same_subject(kind: SubjectKind, one: str, same: str) -> None:
    assert subject(STORE, kind, one) == subject(STORE, kind, same)


@pytest.mark.parametrize(
    ("kind", "one", "another"),
    [
        ("email", "ann@ab.com", "anna@b.com"),
        ("email", "ann.b@c.com", "annb@c.com"),
        ("email", "ánn@ab.com", "ann@ab.com"),
        ("phone", "5511912345678", "5511912345679"),
        ("address", "Rua São José, 7", "Rua São José, 8"),
    ],
)
def test_another_is_another_subject(kind: SubjectKind, one: str, another: str) -> None:
    assert subject(STORE, kind, one) != subject(STORE, kind, another)


def test_in_another_store_and_of_another_kind_it_is_another_subject() -> None:
    assert len({subject(STORE, "phone", "123"), subject(OTHER, "phone", "123"), subject(STORE, "address", "123")}) == 3


def test_of_nothing_to_compare_there_is_no_subject() -> None:
    assert subject(STORE, "email", "  ") is subject(STORE, "phone", "-") is subject(STORE, "address", None, "") is None
