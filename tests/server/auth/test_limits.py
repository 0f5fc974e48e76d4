"""Guessing is slowed down, and nobody is locked out of their own account by somebody who guesses."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import pytest
import pytest_asyncio
from aiohttp import ClientSession

from server.auth.limits import (
    FORGOTTEN,
    LINKS,
    MAILS_PER_ADDRESS,
    PASSWORD_CHECKS,
    PER_ACCOUNT,
    PER_ACCOUNT_AND_SOURCE,
    REFRESHES,
    REGISTRATIONS,
    SIGN_INS,
)
from server.errors import AppError
from server.web.call import Shop
from server.web.limits import LIMITER
from storage.database import Database
from storage.ids import new_id
from storage.tenancy import Store
from tests.server.auth.conftest import PASSWORD, NewPerson, cookies, signed_in
from tests.shop import Answer, Client, expect, new_shop, serving


@pytest.fixture
def strict(database: Database, tmp_path: Path) -> Shop:
    """A shop with limits, behind one proxy that says where requests come from."""
    return new_shop(database, tmp_path, rate_limits=True, trusted_proxies=1)


@pytest_asyncio.fixture(loop_scope="session")
async def limited(strict: Shop, session: ClientSession, store: Store) -> AsyncIterator[Client]:
    """Somebody calling that shop."""
    async with serving(strict) as address:
        yield Client(session, address, store)


def at(ip: str, cookie: str | None = None) -> dict[str, str]:
    """Headers of a request from this address."""
    return {"X-Forwarded-For": ip, **({} if cookie is None else {"Cookie": f"sostech_device={cookie}"})}


async def sign_in(client: Client, email: str, password: str, headers: dict[str, str]) -> Answer:
    return await client.post("/auth/sign-in", {"email": email, "password": password}, headers=headers)


def mark_of(answer: Answer) -> str:
    """What the device keeps that signed in."""
    return cookies(answer)["sostech_device"].value


def is_limited(answer: Answer) -> bool:
    if answer.status != 429:
        return False
    assert answer.code == "rate_limited"
    assert int(answer.headers["Retry-After"]) >= 1
    return True


async def test_guessing_one_account_from_one_network_ends_after_a_few_tries(
    limited: Client, new_person: NewPerson
) -> None:
    person = await new_person()
    tries = [await sign_in(limited, person.email, "wrong one", at("192.0.2.1")) for _ in range(7)]
    assert [each.status for each in tries] == [401] * 5 + [429] * 2
    assert is_limited(tries[-1])
    # Not even the right password helps from there, so a guess that hits is not told from one that does not.
    assert is_limited(await sign_in(limited, person.email, PASSWORD, at("192.0.2.1")))
    # The owner, somewhere else, is not concerned.
    assert (await sign_in(limited, person.email, PASSWORD, at("192.0.2.2"))).status == 200


async def test_an_unknown_account_is_limited_like_a_known_one(limited: Client) -> None:
    tries = [await sign_in(limited, "nobody@example.com", "wrong one", at("192.0.2.1")) for _ in range(6)]
    assert [each.status for each in tries] == [401] * 5 + [429]


async def test_a_right_password_starts_the_count_again(limited: Client, new_person: NewPerson) -> None:
    person = await new_person()
    for _ in range(3):
        for _ in range(4):
            assert (await sign_in(limited, person.email, "wrong one", at("192.0.2.1"))).status == 401
        assert (await sign_in(limited, person.email, PASSWORD, at("192.0.2.1"))).status == 200


async def guess_from_everywhere(strict: Shop, store: Store, email: str) -> None:
    """Use up what strangers may try on the account."""
    with suppress(AppError):
        while True:
            await strict.use(LIMITER).hit(PER_ACCOUNT, str(store.id), email)


async def test_guessing_from_everywhere_does_not_lock_the_owner_out(
    limited: Client, strict: Shop, store: Store, new_person: NewPerson
) -> None:
    person = await new_person()
    first = await sign_in(limited, person.email, PASSWORD, at("192.0.2.1"))
    device = mark_of(first)
    await guess_from_everywhere(strict, store, person.email)
    assert is_limited(await sign_in(limited, person.email, PASSWORD, at("198.51.100.7")))
    # From where they signed in before, and on the device wherever it is.
    assert (await sign_in(limited, person.email, PASSWORD, at("192.0.2.1"))).status == 200
    assert (await sign_in(limited, person.email, PASSWORD, at("198.51.100.7", device))).status == 200
    # A device that is known does not open other accounts to guessing, nor does a made-up one.
    other = await new_person()
    await guess_from_everywhere(strict, store, other.email)
    for cookie in (device, "x", f"{device}x", "a.b.c"):
        assert is_limited(await sign_in(limited, other.email, PASSWORD, at("198.51.100.7", cookie)))


async def test_a_neighbour_in_the_same_network_does_not_lock_the_owner_out(
    limited: Client, new_person: NewPerson
) -> None:
    person = await new_person()
    first = await sign_in(limited, person.email, PASSWORD, at("192.0.2.1"))
    device = mark_of(first)
    for _ in range(6):
        await sign_in(limited, person.email, "wrong one", at("192.0.2.1"))
    assert is_limited(await sign_in(limited, person.email, PASSWORD, at("192.0.2.1")))
    assert (await sign_in(limited, person.email, PASSWORD, at("192.0.2.1", device))).status == 200


async def test_a_known_device_may_not_guess_for_ever_either(limited: Client, new_person: NewPerson) -> None:
    person = await new_person()
    first = await sign_in(limited, person.email, PASSWORD, at("192.0.2.1"))
    device = mark_of(first)
    tries = [
        await sign_in(limited, person.email, "wrong one", at(f"198.51.100.{number}", device)) for number in range(6)
    ]
    assert [each.status for each in tries] == [401] * 5 + [429]


async def test_a_network_cannot_try_one_password_on_every_account(limited: Client, strict: Shop) -> None:
    for _ in range(SIGN_INS.times - 1):
        await strict.use(LIMITER).hit(SIGN_INS, "192.0.2.1")
    assert (await sign_in(limited, f"{new_id().hex}@example.com", "wrong one", at("192.0.2.1"))).status == 401
    assert is_limited(await sign_in(limited, f"{new_id().hex}@example.com", "wrong one", at("192.0.2.1")))
    assert (await sign_in(limited, f"{new_id().hex}@example.com", "wrong one", at("192.0.2.2"))).status == 401


@pytest.mark.parametrize(
    ("path", "body", "limit"),
    [
        ("/auth/register", {"email": "e@example.com", "password": PASSWORD, "name": "Eva"}, REGISTRATIONS),
        ("/auth/forgot-password", {"email": "e@example.com"}, FORGOTTEN),
        ("/auth/reset-password", {"token": "x" * 43, "password": PASSWORD}, LINKS),
        ("/auth/activate", {"token": "x" * 43}, LINKS),
        ("/auth/confirm-email", {"token": "x" * 43}, LINKS),
        ("/auth/refresh", {"refresh_token": "x" * 43}, REFRESHES),
        ("/platform/auth/sign-in", {"email": "e@example.com", "password": "x"}, SIGN_INS),
    ],
)
async def test_every_way_in_is_limited_by_network(
    limited: Client, strict: Shop, path: str, body: dict[str, str], limit: object
) -> None:
    assert not is_limited(await limited.post(path, body, headers=at("192.0.2.1")))
    for _ in range(limit.times - 1):  # type: ignore[attr-defined]
        await strict.use(LIMITER).hit(limit, "192.0.2.1")  # type: ignore[arg-type]
    assert is_limited(await limited.post(path, body, headers=at("192.0.2.1")))
    assert not is_limited(await limited.post(path, body, headers=at("192.0.2.2")))


async def test_nobody_gets_a_flood_of_mails_from_strangers(limited: Client) -> None:
    answers = [
        await limited.post("/auth/forgot-password", {"email": "eva@example.com"}, headers=at(f"192.0.2.{number}"))
        for number in range(MAILS_PER_ADDRESS.times + 1)
    ]
    assert [answer.status for answer in answers] == [202] * MAILS_PER_ADDRESS.times + [429]


async def test_who_found_an_open_screen_cannot_guess_the_password_for_ever(
    limited: Client, new_person: NewPerson
) -> None:
    person = await new_person()
    here = limited.signed_in((await signed_in(limited, person.email))["access_token"])
    body = {"current_password": "wrong one", "new_password": PASSWORD}
    answers = [await here.post("/auth/change-password", body) for _ in range(PASSWORD_CHECKS.times + 1)]
    assert [answer.status for answer in answers] == [422] * PASSWORD_CHECKS.times + [429]


async def test_limits_of_one_source_do_not_count_for_another_account(limited: Client, new_person: NewPerson) -> None:
    ana, eva = await new_person(), await new_person()
    for _ in range(PER_ACCOUNT_AND_SOURCE.times + 1):
        await sign_in(limited, ana.email, "wrong one", at("192.0.2.1"))
    expect(await sign_in(limited, eva.email, PASSWORD, at("192.0.2.1")))
