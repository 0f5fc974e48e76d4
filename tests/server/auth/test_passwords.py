"""Passwords are hashed with today's parameters, compared in one spelling, and judged."""

from __future__ import annotations

import asyncio

import pytest

from server.auth.passwords import Passwords
from server.errors import AppError


@pytest.fixture(scope="module")
def passwords() -> Passwords:
    return Passwords()


@pytest.mark.usefixtures("real_cost")
async def test_a_password_is_right_only_for_its_own_hash(passwords: Passwords) -> None:
    stored = await passwords.hash("a verdant octopus hums")
    assert stored.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert (await passwords.verify(stored, "a verdant octopus hums")).is_right
    assert not (await passwords.verify(stored, "A verdant octopus hums")).is_right
    assert stored != await passwords.hash("a verdant octopus hums")


async def test_a_password_is_the_same_from_every_keyboard(passwords: Passwords) -> None:
    stored = await passwords.hash("jos\u00e9 e o drag\u00e3o")
    assert (await passwords.verify(stored, "jose\u0301 e o draga\u0303o")).is_right


@pytest.mark.parametrize("stored", [None, "", "rubbish", "$argon2id$v=19$m=19456"])
@pytest.mark.parametrize("password", ["nobody", ""])
async def test_no_password_is_right_for_nobody(passwords: Passwords, stored: str | None, password: str) -> None:
    assert not (await passwords.verify(stored, password)).is_right


async def test_a_long_password_counts_whole_and_is_judged_by_its_beginning(passwords: Passwords) -> None:
    long = "seven lanterns under glass " * 7
    await passwords.refuse_weak(long, ())
    stored = await passwords.hash(long)
    assert not (await passwords.verify(stored, long + "x")).is_right


async def test_what_is_known_of_a_person_makes_their_password_weak(passwords: Passwords) -> None:
    await passwords.refuse_weak("wladiczyk-brontosk", ())
    with pytest.raises(AppError):
        await passwords.refuse_weak("wladiczyk-brontosk", ("wladiczyk-brontosk@example.com",))


async def test_what_is_known_of_one_person_does_not_count_for_another(passwords: Passwords) -> None:
    about = [("wladiczyk-brontosk@example.com",) if number % 2 else () for number in range(8)]
    judged = await asyncio.gather(
        *(passwords.refuse_weak("wladiczyk-brontosk", each) for each in about), return_exceptions=True
    )
    assert [isinstance(each, AppError) for each in judged] == [bool(each) for each in about]
