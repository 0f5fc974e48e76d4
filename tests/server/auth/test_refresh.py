"""A refresh token works once, whoever uses it and however many do at the same moment."""

from __future__ import annotations

import asyncio

import pytest

from server.web.call import Shop
from storage.tenancy import Store
from storage.transaction import Transaction
from tests.server.auth.conftest import PASSWORD, NewPerson, cookies, signed_in
from tests.shop import Answer, Client, expect


async def used_long_ago(shop: Shop, store: Store) -> None:
    """As if every token that was used had been so beyond the grace for races."""

    async def work(tx: Transaction) -> None:
        await tx.execute("UPDATE refresh_tokens SET used_at = used_at - interval '11 seconds'")

    await shop.database.transaction(store.id, work)


async def refresh(client: Client, token: str, **options: object) -> Answer:
    """Refresh as a program does."""
    return await client.post("/auth/refresh", {"refresh_token": token}, **options)


async def test_tokens_follow_each_other(client: Client, new_person: NewPerson) -> None:
    person = await new_person()
    token = person.refresh_token
    for _ in range(3):
        answer = await refresh(client, token)
        tokens = expect(answer)
        assert answer.statements == 3
        assert tokens["refresh_token"] != token
        expect(await client.signed_in(tokens["access_token"]).get("/me"))
        token = tokens["refresh_token"]
    assert len(expect(await person.client.get("/auth/sessions"))["items"]) == 1


async def test_a_token_that_comes_again_later_ends_the_whole_family(
    client: Client, shop: Shop, store: Store, new_person: NewPerson
) -> None:
    person = await new_person()
    elsewhere = await signed_in(client, person.email)
    second = expect(await refresh(client, person.refresh_token))
    await used_long_ago(shop, store)
    stolen = await refresh(client, person.refresh_token)
    assert (stolen.status, stolen.code) == (401, "refresh_invalid")
    assert (await refresh(client, second["refresh_token"])).code == "refresh_invalid"
    assert (await client.signed_in(second["access_token"]).get("/me")).code == "token_invalid"
    expect(await client.signed_in(elsewhere["access_token"]).get("/me"))


async def test_a_token_that_comes_again_at_once_but_from_elsewhere_ends_the_family(
    client: Client, new_person: NewPerson
) -> None:
    person = await new_person()
    second = expect(await refresh(client, person.refresh_token))
    thief = await refresh(client, person.refresh_token, headers={"User-Agent": "somebody else"})
    assert thief.code == "refresh_invalid"
    assert (await refresh(client, second["refresh_token"])).code == "refresh_invalid"


async def test_of_ten_refreshes_at_once_one_wins_and_nobody_is_signed_out(
    client: Client, shop: Shop, store: Store, new_person: NewPerson
) -> None:
    person = await new_person()
    answers = await asyncio.gather(*(refresh(client, person.refresh_token) for _ in range(10)))
    (winner,) = [answer for answer in answers if answer.status == 200]
    others = [answer for answer in answers if answer is not winner]
    assert {(answer.status, answer.code) for answer in others} == {(409, "refresh_raced")}
    assert {answer.headers["Retry-After"] for answer in others} == {"1"}

    async def unused(tx: Transaction) -> int:
        return int(await tx.fetchval("SELECT count(*) FROM refresh_tokens WHERE used_at IS NULL"))

    # No fork: one token of the family is good.
    assert await shop.database.transaction(store.id, unused) == 1
    expect(await refresh(client, expect(winner)["refresh_token"]))


async def test_a_sign_out_and_a_refresh_at_once_leave_no_open_session(client: Client, new_person: NewPerson) -> None:
    for _ in range(5):
        person = await new_person()
        refreshed, _out = await asyncio.gather(
            refresh(client, person.refresh_token), person.client.post("/auth/sign-out")
        )
        if refreshed.status == 200:
            assert (await refresh(client, refreshed.json["refresh_token"])).code == "refresh_invalid"
        assert (await person.client.get("/me")).code == "token_invalid"


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE users SET status = 'suspended'",
        "UPDATE sessions SET expires_at = now()",
        "UPDATE refresh_tokens SET expires_at = now()",
    ],
)
async def test_nothing_is_refreshed_for_who_may_not_sign_in(
    client: Client, shop: Shop, store: Store, new_person: NewPerson, sql: str
) -> None:
    person = await new_person()

    async def work(tx: Transaction) -> None:
        await tx.execute(sql)

    await shop.database.transaction(store.id, work)
    assert (await refresh(client, person.refresh_token)).code == "refresh_invalid"


async def test_an_unknown_token_is_refused(client: Client) -> None:
    assert (await refresh(client, "x" * 43)).code == "refresh_invalid"
    assert (await refresh(client, "x" * 42)).status == 422


async def test_a_browser_keeps_the_refresh_token_in_a_cookie_no_script_can_read(
    client: Client, new_person: NewPerson
) -> None:
    person = await new_person()
    answer = await client.post("/auth/sign-in", {"email": person.email, "password": PASSWORD})
    assert expect(answer)["refresh_token"] is None
    kept = cookies(answer)["sostech_refresh"]
    assert (kept["httponly"], kept["samesite"], kept["path"]) == (True, "Strict", "/api/v1/auth")
    assert int(kept["max-age"]) == 7 * 24 * 3600
    sent = {"Cookie": f"sostech_refresh={kept.value}", "X-Requested-With": "shop"}
    again = await client.post("/auth/refresh", {}, headers=sent)
    assert expect(again)["refresh_token"] is None
    assert cookies(again)["sostech_refresh"].value != kept.value


async def test_a_cookie_of_the_refresh_token_does_not_count_for_a_foreign_page(
    client: Client, new_person: NewPerson
) -> None:
    person = await new_person()
    cookie = {"Cookie": f"sostech_refresh={person.refresh_token}"}
    foreign = {**cookie, "X-Requested-With": "x", "Origin": "https://evil.example"}
    for headers in (cookie, foreign, {**cookie, "X-Requested-With": "x", "Origin": "null"}):
        assert (await client.post("/auth/refresh", {}, headers=headers)).code == "token_invalid"
    ours = {**cookie, "X-Requested-With": "x", "Origin": client.base}
    expect(await client.post("/auth/refresh", {}, headers=ours))


async def test_without_a_token_there_is_nothing_to_refresh(client: Client) -> None:
    answer = await client.post("/auth/refresh", {}, headers={"X-Requested-With": "shop"})
    assert answer.code == "refresh_invalid"


async def test_a_browser_may_keep_both_tokens_in_cookies(client: Client, new_person: NewPerson) -> None:
    person = await new_person()
    answer = await client.post("/auth/sign-in", {"email": person.email, "password": PASSWORD, "delivery": "cookies"})
    tokens = expect(answer)
    assert tokens["access_token"] is None
    assert tokens["refresh_token"] is None
    kept = cookies(answer)
    assert (kept["sostech_access"]["path"], kept["sostech_access"]["httponly"]) == ("/api/v1", True)
    cookie = {"Cookie": f"sostech_access={kept['sostech_access'].value}"}
    assert expect(await client.get("/me", headers=cookie))["email"] == person.email
    # A form of somebody else's page can send the cookie, but neither the header nor our origin.
    assert (await client.patch("/me", {"name": "Eva"}, headers=cookie)).code == "token_invalid"
    ours = {**cookie, "X-Requested-With": "shop"}
    foreign = await client.patch("/me", {"name": "Eva"}, headers={**ours, "Origin": "https://evil.example"})
    assert foreign.code == "token_invalid"
    assert expect(await client.patch("/me", {"name": "Eva"}, headers=ours))["name"] == "Eva"
    out = await client.post("/auth/sign-out", headers=ours)
    assert {name: kept["max-age"] for name, kept in cookies(out).items()} == {
        "sostech_access": "0",
        "sostech_refresh": "0",
    }
