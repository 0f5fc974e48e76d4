"""Signing up: the account is made by the mailed link, and nobody learns who has one."""

from __future__ import annotations

import asyncio
from pathlib import Path

import msgspec
import pytest
from aiohttp import ClientSession
from structlog.testing import capture_logs

from notifications.subjects import subject
from server.web.call import Shop
from storage.database import Database
from storage.ids import new_id
from storage.tenancy import Store
from storage.transaction import Transaction
from tests.server.auth.conftest import PASSWORD, Mailbox, NewPerson, signed_in
from tests.shop import Answer, Client, expect, new_shop, new_store, serving


def new_address() -> str:
    return f"eva-{new_id().hex}@example.com"


async def register(client: Client, email: str, password: str = PASSWORD, name: str = "Eva Lima") -> Answer:
    return await client.post("/auth/register", {"email": email, "password": password, "name": name})


async def test_who_registers_and_follows_the_link_is_signed_in(client: Client, mailbox: Mailbox) -> None:
    email = new_address()
    expect(await register(client, email), 202)
    refused = await client.post("/auth/sign-in", {"email": email, "password": PASSWORD})
    assert refused.code == "sign_in_refused"
    token = await mailbox.token(email, "activation")
    tokens = expect(await client.post("/auth/activate", {"token": token, "delivery": "body"}), 201)
    me = expect(await client.signed_in(tokens["access_token"]).get("/me"))
    assert (me["email"], me["name"], me["roles"]) == (email, "Eva Lima", ["customer"])
    await signed_in(client, email)


async def test_a_link_works_once(client: Client, mailbox: Mailbox) -> None:
    email = new_address()
    await register(client, email)
    token = await mailbox.token(email, "activation")
    answers = await asyncio.gather(*(client.post("/auth/activate", {"token": token}) for _ in range(4)))
    assert sorted(answer.status for answer in answers) == [201, 410, 410, 410]


async def test_an_old_link_and_a_made_up_one_are_refused(
    client: Client, shop: Shop, store: Store, mailbox: Mailbox
) -> None:
    email = new_address()
    await register(client, email)

    async def work(tx: Transaction) -> None:
        await tx.execute("UPDATE registrations SET expires_at = now()")

    await shop.database.transaction(store.id, work)
    for token in (await mailbox.token(email, "activation"), "x" * 43):
        assert (await client.post("/auth/activate", {"token": token})).code == "link_invalid"


async def test_a_link_of_another_store_makes_nobody_here(client: Client, shop: Shop, mailbox: Mailbox) -> None:
    email = new_address()
    await register(client, email)
    other = Client(client.session, client.base, await new_store(shop))
    answer = await other.post("/auth/activate", {"token": await mailbox.token(email, "activation")})
    assert answer.code == "link_invalid"


async def test_an_address_with_an_account_is_answered_alike_and_told_by_mail(
    client: Client, mailbox: Mailbox, new_person: NewPerson
) -> None:
    person = await new_person()
    known, unknown = await register(client, person.email), await register(client, new_address())
    assert (known.status, known.raw) == (unknown.status, unknown.raw) == (202, unknown.raw)
    assert known.statements == unknown.statements
    assert await mailbox.templates(person.email) == ["account_exists"]
    await signed_in(client, person.email)


async def test_of_two_registrations_the_first_to_be_activated_wins(client: Client, mailbox: Mailbox) -> None:
    email = new_address()
    await register(client, email, name="First")
    first = await mailbox.token(email, "activation")
    await register(client, email.upper(), name="Second")
    second = await mailbox.token(email.upper(), "activation")
    answers = await asyncio.gather(*(client.post("/auth/activate", {"token": each}) for each in (first, second)))
    assert sorted(answer.status for answer in answers) == [201, 409]
    assert {answer.code for answer in answers if answer.status == 409} == {"email_taken"}


@pytest.mark.parametrize("password", ["password1", "Eva Lima", "eva.example.com"])
async def test_a_weak_password_is_refused_with_the_reason(client: Client, password: str) -> None:
    answer = await register(client, "eva@example.com", password)
    (fault,) = expect(answer, 422)["errors"]
    assert (fault["pointer"], fault["code"]) == ("/password", "password_weak")
    assert len(fault["message"]) > 20
    assert password not in str(answer.json)


@pytest.mark.parametrize("name", ["", "   ", "Eva\nLima", "x" * 201])
async def test_a_name_has_to_be_one_line_to_see(client: Client, name: str) -> None:
    answer = await register(client, new_address(), name=name)
    assert (answer.status, answer.json["errors"][0]["pointer"]) == (422, "/name")


async def test_the_link_is_shown_in_development_only(
    database: Database, session: ClientSession, tmp_path: Path, store: Store
) -> None:
    for environment, shown in (("development", 1), ("test", 0)):
        shop = new_shop(database, tmp_path, environment=environment)
        async with serving(shop) as address:
            email = new_address()
            with capture_logs() as logs:
                await register(Client(session, address, store), email)
            links = [entry["link"] for entry in logs if entry["event"] == "mail_link"]
            assert len(links) == shown
            assert all(PASSWORD not in str(entry) for entry in logs)


async def announced(shop: Shop, store: Store, name: str) -> list[dict[str, object]]:
    async def work(tx: Transaction) -> list[dict[str, object]]:
        rows = await tx.fetch("SELECT payload FROM pgqueuer WHERE entrypoint = 'event' ORDER BY id")
        found = [msgspec.json.decode(row["payload"]) for row in rows]
        return [each["payload"] for each in found if each["name"] == name and each["store_id"] == str(store.id)]

    return await shop.database.transaction(store.id, work)


async def test_an_account_that_the_shop_made_is_told_like_any_other(
    shop: Shop, store: Store, new_person: NewPerson
) -> None:
    person = await new_person()
    (told,) = await announced(shop, store, "CustomerRegistered")
    assert told == {
        "customer_id": str(person.id), "customer_email": subject(store.id, "email", person.email),
        "customer_locale": None, "device_id": None, "invite_code": None,
    }  # fmt: skip


@pytest.mark.parametrize(("written", "kept"), [("  ANA7KQ2 ", "ana7kq2"), ("\ufdfa" * 64, None), (None, None)])
async def test_the_code_of_a_friend_goes_along_with_the_account(
    client: Client, mailbox: Mailbox, shop: Shop, store: Store, written: str | None, kept: str | None
) -> None:
    email = new_address()
    body = {"email": email, "password": PASSWORD, "name": "Eva Lima", "locale": "pt-BR", "invite_code": written}
    answer = await client.post("/auth/register", body)
    assert answer.raw == (await register(client, new_address())).raw
    assert await announced(shop, store, "CustomerRegistered") == []
    token = await mailbox.token(email, "activation")
    tokens = expect(await client.post("/auth/activate", {"token": token, "delivery": "body"}), 201)
    (told,) = await announced(shop, store, "CustomerRegistered")
    me = expect(await client.signed_in(tokens["access_token"]).get("/me"))
    assert (told["customer_id"], told["customer_locale"]) == (me["id"], "pt-BR")
    assert told["device_id"] is not None
    code = told["invite_code"]
    assert code == kept if written is None or kept else isinstance(code, str) and len(code) == 64
