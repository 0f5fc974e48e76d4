"""Signing in and out."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from aiohttp import ClientSession
from argon2 import PasswordHasher

from server.auth.passwords import PASSWORDS, Passwords
from server.auth.service import ON_SIGN_IN
from server.web.call import Shop
from storage.database import Database
from storage.ids import new_id
from storage.tenancy import Store
from storage.transaction import Transaction
from tests.server.auth.conftest import PASSWORD, NewPerson, signed_in
from tests.shop import Client, expect, new_shop, new_store, serving


async def test_a_user_signs_in_with_any_spelling_of_the_address(client: Client, new_person: NewPerson) -> None:
    person = await new_person()
    tokens = await signed_in(client, f" {person.email.upper()} ")
    assert tokens["user"]["id"] == str(person.id)
    assert expect(await client.signed_in(tokens["access_token"]).get("/me"))["email"] == person.email


async def test_a_sign_in_takes_two_short_transactions(client: Client, new_person: NewPerson) -> None:
    person = await new_person()
    answer = await client.post("/auth/sign-in", {"email": person.email, "password": PASSWORD})
    assert expect(answer)["user"]["email"] == person.email
    assert answer.statements == 6
    assert answer.headers["Cache-Control"] == "no-store"


async def test_nobody_and_a_wrong_password_are_refused_alike(client: Client, new_person: NewPerson) -> None:
    person = await new_person()
    wrong = await client.post("/auth/sign-in", {"email": person.email, "password": PASSWORD + "!"})
    nobody = await client.post("/auth/sign-in", {"email": f"x{person.email}", "password": PASSWORD})
    assert (wrong.status, wrong.code) == (nobody.status, nobody.code) == (401, "sign_in_refused")
    assert wrong.json["detail"] == nobody.json["detail"]
    assert wrong.statements == nobody.statements


class CountingExecutor(ThreadPoolExecutor):
    """Counts the work it is given."""

    count = 0

    def submit(self, *arguments: Any, **options: Any) -> Future[Any]:
        self.count += 1
        return super().submit(*arguments, **options)


async def test_an_unknown_address_costs_the_same_hash(
    database: Database, session: ClientSession, tmp_path: Path, store: Store, new_person: NewPerson
) -> None:
    person = await new_person()
    shop = new_shop(database, tmp_path)
    with CountingExecutor(1) as executor:
        shop.provide(PASSWORDS, Passwords(executor))
        async with serving(shop) as address:
            client = Client(session, address, store)
            spent = []
            for email in (person.email, f"x{person.email}"):
                before = executor.count
                await client.post("/auth/sign-in", {"email": email, "password": "wrong one"})
                spent.append(executor.count - before)
    assert spent == [1, 1]


async def test_a_user_of_another_store_is_nobody_here(client: Client, shop: Shop, new_person: NewPerson) -> None:
    person = await new_person()
    other = Client(client.session, client.base, await new_store(shop))
    answer = await other.post("/auth/sign-in", {"email": person.email, "password": PASSWORD})
    assert answer.code == "sign_in_refused"


@pytest.mark.parametrize("status", ["suspended", "closed"])
async def test_a_blocked_user_is_told_so_only_with_the_right_password(
    client: Client, shop: Shop, store: Store, new_person: NewPerson, status: str
) -> None:
    person = await new_person()

    async def work(tx: Transaction) -> None:
        await tx.execute("UPDATE users SET status = $2 WHERE id = $1", person.id, status)

    await shop.database.transaction(store.id, work)
    right = await client.post("/auth/sign-in", {"email": person.email, "password": PASSWORD})
    wrong = await client.post("/auth/sign-in", {"email": person.email, "password": "wrong one"})
    assert (right.status, right.code) == (403, "account_suspended")
    assert (wrong.status, wrong.code) == (401, "sign_in_refused")


@pytest.mark.usefixtures("real_cost")
async def test_a_hash_with_yesterdays_parameters_is_made_anew_at_sign_in(
    client: Client, shop: Shop, store: Store, new_person: NewPerson
) -> None:
    person = await new_person()
    weak = PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1).hash(PASSWORD)

    async def stored(tx: Transaction) -> str:
        return str(await tx.fetchval("SELECT password_hash FROM users WHERE id = $1", person.id))

    async def weaken(tx: Transaction) -> None:
        await tx.execute("UPDATE users SET password_hash = $2 WHERE id = $1", person.id, weak)

    await shop.database.transaction(store.id, weaken)
    await signed_in(client, person.email)
    assert "m=19456,t=2,p=1" in await shop.database.transaction(store.id, stored)
    await signed_in(client, person.email)


async def test_a_guest_who_signs_in_is_handed_to_those_who_wait_for_it(
    database: Database, session: ClientSession, tmp_path: Path, store: Store, new_person: NewPerson
) -> None:
    person = await new_person()
    shop, met = new_shop(database, tmp_path), list[tuple[Store, UUID, UUID]]()

    async def meet(_tx: Transaction, store: Store, user_id: UUID, guest_id: UUID) -> None:
        met.append((store, user_id, guest_id))

    shop.provide(ON_SIGN_IN, [meet])
    async with serving(shop) as address:
        client = Client(session, address, store)
        guest = expect(await client.post("/auth/guest"), 201)
        await signed_in(client, person.email, guest_token=guest["access_token"])
        assert met == [(store, person.id, UUID(guest["guest_id"]))]
        # Whatever is no guest's token of this store must not keep anybody out.
        for token in ("rubbish", person.client.token):
            await signed_in(client, person.email, guest_token=token)
    assert len(met) == 1


async def test_a_sign_in_fails_whole_when_the_cart_cannot_be_merged(
    database: Database, session: ClientSession, tmp_path: Path, store: Store, new_person: NewPerson
) -> None:
    person = await new_person()
    shop = new_shop(database, tmp_path)

    async def fail(_tx: Transaction, _store: Store, _user_id: UUID, _guest_id: UUID) -> None:
        raise RuntimeError("as planned")

    shop.provide(ON_SIGN_IN, [fail])
    async with serving(shop) as address:
        client = Client(session, address, store)
        guest = expect(await client.post("/auth/guest"), 201)
        body = {"email": person.email, "password": PASSWORD, "guest_token": guest["access_token"]}
        assert (await client.post("/auth/sign-in", body)).status == 500
    assert len(expect(await person.client.get("/auth/sessions"))["items"]) == 1


async def test_signing_out_ends_this_session_only(client: Client, new_person: NewPerson) -> None:
    person = await new_person()
    second = client.signed_in((await signed_in(client, person.email))["access_token"])
    assert (await person.client.post("/auth/sign-out")).status == 204
    assert (await person.client.get("/me")).code == "token_invalid"
    assert (await client.post("/auth/refresh", {"refresh_token": person.refresh_token})).code == "refresh_invalid"
    expect(await second.get("/me"))


async def test_signing_out_everywhere_ends_all_sessions_and_signing_in_works_at_once(
    client: Client, new_person: NewPerson
) -> None:
    person = await new_person()
    second = await signed_in(client, person.email)
    assert (await person.client.post("/auth/sign-out-everywhere")).status == 204
    for token in (person.client.token, second["access_token"]):
        assert (await client.signed_in(token).get("/me")).code == "token_invalid"
    for token in (person.refresh_token, second["refresh_token"]):
        assert (await client.post("/auth/refresh", {"refresh_token": token})).code == "refresh_invalid"
    third = await signed_in(client, person.email)
    expect(await client.signed_in(third["access_token"]).get("/me"))


async def test_one_session_of_several_can_be_ended(client: Client, new_person: NewPerson) -> None:
    person = await new_person()
    second = client.signed_in((await signed_in(client, person.email))["access_token"])
    sessions = expect(await second.get("/auth/sessions"))["items"]
    assert [each["is_current"] for each in sessions] == [True, False]
    assert {each["ip"] for each in sessions} == {"127.0.0.1"}
    assert (await second.delete(f"/auth/sessions/{sessions[1]['id']}")).status == 204
    assert (await person.client.get("/me")).code == "token_invalid"
    assert (await second.delete(f"/auth/sessions/{sessions[1]['id']}")).code == "session_unknown"
    assert len(expect(await second.get("/auth/sessions"))["items"]) == 1


async def test_somebody_elses_session_is_not_there(new_person: NewPerson) -> None:
    ana, eva = await new_person(), await new_person()
    session_id = expect(await ana.client.get("/auth/sessions"))["items"][0]["id"]
    answer = await eva.client.delete(f"/auth/sessions/{session_id}")
    assert (answer.status, answer.code) == (404, "session_unknown")
    assert (await eva.client.delete(f"/auth/sessions/{new_id()}")).code == "session_unknown"
    expect(await ana.client.get("/me"))


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"email": "ana", "password": "x"}, "/email"),
        ({"email": "ana@example.com\r\nBcc: eva@example.com", "password": "x"}, "/email"),
        ({"email": "ana\u0000@example.com", "password": "x"}, "/email"),
        ({"email": "ana@example.com", "password": ""}, "/password"),
        ({"email": "ana@example.com", "password": "x" * 201}, "/password"),
        ({"email": "ana@example.com"}, "/password"),
        ({"email": "ana@example.com", "password": "x", "delivery": "pigeon"}, "/delivery"),
        ({"email": "ana@example.com", "password": "x", "admin": True}, "/admin"),
    ],
)
async def test_a_bad_body_is_refused_where_it_is_bad(client: Client, body: dict[str, Any], pointer: str) -> None:
    answer = await client.post("/auth/sign-in", body)
    assert answer.status == 422
    assert pointer.strip("/") in str(answer.json["errors"])


async def test_what_a_browser_says_of_itself_cannot_break_the_database(client: Client, new_person: NewPerson) -> None:
    person = await new_person()
    body = {"email": person.email, "password": PASSWORD}
    headers = {"User-Agent": "x" * 4000 + "ÿ", "X-Forwarded-For": "not an address"}
    expect(await client.post("/auth/sign-in", body, headers=headers))
    agents = [each["user_agent"] for each in expect(await person.client.get("/auth/sessions"))["items"]]
    assert "x" * 300 in agents
