"""Who gets past the door? Every endpoint, asked by every role alone, by guests, by nobody and by impostors.

What is expected follows from `needs` and the access ruleset; `authorisation.txt` beside this file has it line by line,
so that whoever reviews a change sees who may do more or less than before. Write it anew with

    .venv/bin/python -m tests.server.authorisation
"""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final

import jwt
import pytest

from server.web.call import Shop
from server.web.endpoint import PUBLIC, Endpoint
from storage.ids import new_id
from storage.tenancy import Store
from storage.transaction import Transaction
from tests.contract.endpoints import ENDPOINTS, address_of, name_of
from tests.contract.people import LIFETIME_SECONDS, guest_token, platform_token, sign_up, token_of
from tests.contract.state import Tables, Watched
from tests.server.authorisation import GUESTS, NOBODY, PLATFORM, ROLELESS, callers, matrix, may
from tests.shop import Answer, Client, new_store

GOLDEN: Final = Path(__file__).with_name("authorisation.txt")

# Nothing that anybody could mean: whoever is let in is told so, whoever is not must not learn even that.
GARBAGE: Final = b'{"garbage": '

every_endpoint = pytest.mark.parametrize("endpoint", ENDPOINTS, ids=name_of)


@pytest.fixture
def shop(watched: Watched) -> Shop:
    """One whose changes are seen."""
    return watched.shop


@pytest.fixture
def address(watched: Watched) -> str:
    """Where it is served."""
    return watched.address


@every_endpoint
async def test_exactly_those_who_may_get_past_the_guard(
    endpoint: Endpoint, client: Client, shop: Shop, store: Store, tables: Tables
) -> None:
    tokens = await _tokens(shop, store, tables)
    refused = [caller for caller in tokens if not may(endpoint, caller)]
    # Those who may come last, because what they do may change something.
    before = await tables.marks()
    met = {caller: _refusal(await _ask(endpoint, client.signed_in(tokens[caller]))) for caller in refused}
    assert await tables.marks() == before
    for caller in tokens.keys() - refused:
        met[caller] = _refusal(await _ask(endpoint, client.signed_in(tokens[caller])))
    assert met == {caller: _expected(endpoint, caller) for caller in tokens}


@every_endpoint
async def test_a_token_that_does_not_count_opens_nothing(
    endpoint: Endpoint, client: Client, shop: Shop, store: Store, tables: Tables
) -> None:
    impostors = await _impostors(shop, store)
    before = await tables.marks()
    answers = {who: await _ask(endpoint, client.signed_in(token)) for who, token in impostors.items()}
    refusals = {who: _refusal(answer) for who, answer in answers.items()}
    # Where people sign in, a token from yesterday must not keep them out, and lets nobody in either.
    expected = None if _is_entrance(endpoint) else (HTTPStatus.UNAUTHORIZED, "token_invalid")
    assert refusals == dict.fromkeys(impostors, expected)
    assert await tables.marks() == before


@pytest.mark.parametrize("endpoint", [each for each in ENDPOINTS if each.method == "GET"], ids=name_of)
async def test_nobody_gets_the_headers_of_what_they_may_not_read(endpoint: Endpoint, client: Client) -> None:
    answer = await client.call("HEAD", address_of(endpoint, {}))
    assert (answer.status == HTTPStatus.UNAUTHORIZED) == (endpoint.needs != PUBLIC)


def test_the_matrix_is_the_one_that_was_reviewed() -> None:
    assert matrix() == GOLDEN.read_text("utf-8"), "if that is meant: .venv/bin/python -m tests.server.authorisation"


def _is_entrance(endpoint: Endpoint) -> bool:
    return endpoint.needs == PUBLIC and "/auth/" in endpoint.path


def _expected(endpoint: Endpoint, caller: str) -> tuple[int, str] | None:
    if may(endpoint, caller):
        return None
    if caller in (NOBODY, GUESTS):
        return HTTPStatus.UNAUTHORIZED, "sign_in_needed"
    return HTTPStatus.FORBIDDEN, "not_allowed"


async def _ask(endpoint: Endpoint, client: Client) -> Answer:
    headers = {"Content-Type": "application/json"}
    address = address_of(endpoint, {}) + "?garbage=1"
    data = None if endpoint.method == "GET" else GARBAGE
    return await client.call(endpoint.method, address, headers=headers, data=data)


def _refusal(answer: Answer) -> tuple[int, str] | None:
    """Status and code, when the guard refused."""
    assert answer.status < HTTPStatus.INTERNAL_SERVER_ERROR, answer.raw
    if answer.status not in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        return None
    if answer.code not in ("sign_in_needed", "token_invalid", "not_allowed"):
        return None
    if answer.status == HTTPStatus.UNAUTHORIZED:
        assert answer.headers["WWW-Authenticate"] == "Bearer"
    return answer.status, answer.code


async def _tokens(shop: Shop, store: Store, tables: Tables) -> Mapping[str, str | None]:
    """Caller → access token, of somebody who exists."""
    found: dict[str, str | None] = {NOBODY: None, GUESTS: guest_token(shop, store)}
    for caller in callers():
        if caller == PLATFORM:
            found[caller] = await platform_token(shop, tables.connection)
        elif caller not in found:
            found[caller] = (await sign_up(shop, store, [] if caller == ROLELESS else [caller])).token
    return found


async def _impostors(shop: Shop, store: Store) -> Mapping[str, str]:
    """What they are → the token of somebody who could do a lot if it counted."""
    elsewhere = await new_store(shop)
    admin = await sign_up(shop, store, ["admin"])
    signed_out, suspended = await sign_up(shop, store, ["admin"]), await sign_up(shop, store, ["admin"])

    async def work(tx: Transaction) -> None:
        await tx.execute(
            "UPDATE sessions SET revoked_at = now(), revoked_reason = 'signed_out' WHERE id = $1", signed_out.session_id
        )
        await tx.execute("UPDATE users SET status = 'suspended' WHERE id = $1", suspended.id)

    await shop.database.transaction(store.id, work)
    head, said, signature = admin.token.split(".")
    return {
        "of another store": (await sign_up(shop, elsewhere, ["admin"])).token,
        "a guest of another store": guest_token(shop, elsewhere),
        "in a session of somebody else": token_of(shop, store, admin.id, signed_out.session_id),
        "in a session that never was": token_of(shop, store, admin.id, new_id()),
        "signed out": signed_out.token,
        "suspended": suspended.token,
        "expired": token_of(shop, store, admin.id, admin.session_id, age_seconds=LIFETIME_SECONDS + 1),
        "signed by somebody else": jwt.encode(
            _claims(admin.token), "s" * 44, algorithm="HS256", headers={"kid": shop.keys.current}
        ),
        "not signed": jwt.encode(_claims(admin.token), None, algorithm="none"),
        "changed": ".".join([head, said[:-2] + ("AA" if said[-2:] != "AA" else "BB"), signature]),
        "nonsense": "nonsense",
    }


def _claims(token: str) -> dict[str, Any]:
    found: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    return found
