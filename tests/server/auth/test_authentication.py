"""Whose request is it, what does it cost to know, and when is a token not believed any more?"""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from aiohttp import ClientSession

from server.auth.bearer import TOKENS, Claims
from server.web.call import Shop
from storage.database import Database
from storage.ids import new_id
from storage.tenancy import Store
from storage.transaction import Transaction
from tests.server.auth.conftest import NewPerson, Person, signed_in
from tests.shop import Client, expect, new_shop, new_store, serving


async def execute(shop: Shop, store: Store, sql: str, *arguments: object) -> None:
    """One statement in the store."""

    async def work(tx: Transaction) -> None:
        await tx.execute(sql, *arguments)

    await shop.database.transaction(store.id, work)


async def guest_token(client: Client) -> str:
    """The token of a new guest."""
    return str(expect(await client.post("/auth/guest"), 201)["access_token"])


async def test_a_request_of_a_user_costs_one_statement_more(new_person: NewPerson) -> None:
    person = await new_person()
    answer = await person.client.get("/me")
    assert expect(answer)["email"] == person.email
    # One to know the user; then BEGIN with the store, the profile, COMMIT.
    assert answer.statements == 4


async def test_a_guest_is_known_without_the_database(client: Client, shop: Shop) -> None:
    answer = await client.signed_in(await guest_token(client)).get("/me")
    assert (answer.status, answer.code, answer.statements) == (401, "sign_in_needed", 0)


async def test_starting_a_guest_session_writes_nothing(client: Client) -> None:
    await client.get("/nothing-here")
    answer = await client.post("/auth/guest")
    assert expect(answer, 201)["token_type"] == "Bearer"
    assert answer.statements == 0


async def test_a_guest_and_a_user_have_what_their_roles_may(new_person: NewPerson) -> None:
    customer, admin = await new_person(), await new_person(("customer", "admin"))
    assert "orders.own" in expect(await customer.client.get("/me"))["permissions"]
    assert "users.manage" not in expect(await customer.client.get("/me"))["permissions"]
    assert "users.manage" in expect(await admin.client.get("/me"))["permissions"]


async def test_nobody_of_a_store_has_permissions_of_the_platform(new_person: NewPerson) -> None:
    intruder = await new_person(("customer", "super_admin"))
    permissions = expect(await intruder.client.get("/me"))["permissions"]
    assert not [each for each in permissions if each.startswith("platform.")]
    assert (await intruder.client.get("/platform/stores")).status == 403


@pytest.mark.parametrize("kind", ["user", "guest"])
async def test_a_token_of_another_store_is_refused(
    client: Client, shop: Shop, new_person: NewPerson, kind: str
) -> None:
    token = (await new_person()).client.token if kind == "user" else await guest_token(client)
    other = await new_store(shop)
    answer = await Client(client.session, client.base, other, token).get("/cart")
    assert (answer.status, answer.code) == (401, "token_invalid")


async def test_a_good_token_naming_somebody_elses_session_is_refused(
    client: Client, shop: Shop, store: Store, new_person: NewPerson
) -> None:
    ana, eva = await new_person(), await new_person()
    session_id = expect(await ana.client.get("/auth/sessions"))["items"][0]["id"]
    now = int(time.time())
    for session in (None, new_id(), session_id):
        claims = Claims(sub=eva.id, kind="user", store=store.id, sid=session, iat=now, exp=now + 60)
        answer = await client.signed_in(shop.use(TOKENS).issue(claims)).get("/me")
        assert (answer.status, answer.code) == (401, "token_invalid")


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE users SET status = 'suspended' WHERE id = $1",
        "UPDATE users SET status = 'closed' WHERE id = $1",
        "UPDATE users SET tokens_valid_after = now() + interval '2 seconds' WHERE id = $1",
        "UPDATE sessions SET revoked_at = now(), revoked_reason = 'staff' WHERE user_id = $1",
        "UPDATE sessions SET expires_at = now() WHERE user_id = $1",
        "DELETE FROM sessions WHERE user_id = $1",
        "DELETE FROM users WHERE id = $1",
    ],
)
async def test_a_token_ends_with_its_account_or_session(
    shop: Shop, store: Store, new_person: NewPerson, sql: str
) -> None:
    person = await new_person()
    expect(await person.client.get("/me"))
    await execute(shop, store, sql, person.id)
    answer = await person.client.get("/me")
    assert (answer.status, answer.code) == (401, "token_invalid")
    assert answer.headers["WWW-Authenticate"] == "Bearer"


async def test_roles_count_from_the_next_request_on(shop: Shop, store: Store, new_person: NewPerson) -> None:
    person = await new_person(("customer", "admin"))
    expect(await person.client.get("/users"))
    await execute(shop, store, "UPDATE users SET roles = '{customer}' WHERE id = $1", person.id)
    assert (await person.client.get("/users")).status == 403


async def test_looking_up_roles_leaves_the_store_of_the_connection_as_it_was(
    shop: Shop, store: Store, new_person: NewPerson
) -> None:
    person = await new_person()
    other = await new_store(shop)

    async def work(tx: Transaction) -> tuple[object, object]:
        found = await tx.fetchval("SELECT live_roles($1, $2, $3, 0)", store.id, new_id(), person.id)
        return found, await tx.fetchval("SELECT current_store_id()")

    assert await shop.database.transaction(other.id, work) == (None, other.id)


async def test_an_expired_token_does_not_keep_anybody_out_of_the_entrances(
    client: Client, shop: Shop, store: Store, new_person: NewPerson
) -> None:
    person = await new_person()
    now = int(time.time())
    claims = Claims(sub=person.id, kind="user", store=store.id, sid=new_id(), iat=now - 900, exp=now - 1)
    late = client.signed_in(shop.use(TOKENS).issue(claims))
    assert (await late.get("/me")).code == "token_invalid"
    expect(await late.post("/auth/refresh", {"refresh_token": person.refresh_token}))
    await signed_in(late, person.email)


@pytest.mark.parametrize("header", ["Basic YTpi", "BearerEVIL {}", "Bearer {} {}", "Bearer", "bearer {}"])
async def test_a_header_that_is_not_bearer_is_answered_401(client: Client, new_person: NewPerson, header: str) -> None:
    person: Person = await new_person()
    answer = await client.get("/me", headers={"Authorization": header.replace("{}", str(person.client.token))})
    assert (answer.status, answer.code) == (401, "token_invalid")


async def test_rotated_keys_keep_people_signed_in_until_the_old_key_is_gone(
    database: Database, session: ClientSession, tmp_path: Path, store: Store, new_person: NewPerson
) -> None:
    person = await new_person()
    old, new = "old:" + "b2xk" * 11, "new:" + "bmV3" * 11
    tokens: list[str] = []
    for keys, statuses in ((old, [200]), (f"{new},{old}", [200, 200]), (new, [401, 200, 200])):
        shop = new_shop(database, tmp_path, keys=keys)
        async with serving(shop) as address:
            client = Client(session, address, store)
            tokens.append((await signed_in(client, person.email))["access_token"])
            assert [(await client.signed_in(token).get("/me")).status for token in tokens] == statuses
