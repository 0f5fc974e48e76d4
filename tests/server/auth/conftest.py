"""People to test with, and a look into the mails they were sent."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from http.cookies import SimpleCookie
from typing import Any
from uuid import UUID

import msgspec
import pytest

from server.auth import passwords
from server.auth.emails import parse_email
from server.auth.passwords import PASSWORDS
from server.auth.registration import create_user
from server.web.call import Shop
from storage.ids import new_id
from storage.tenancy import Store
from storage.transaction import Transaction
from tests.quick_passwords import REAL
from tests.shop import Answer, Client, expect

PASSWORD = "a verdant octopus hums"


@dataclass(frozen=True)
class Person:
    """A user with what they sign in with, and a client that has done so."""

    id: UUID
    email: str
    client: Client
    tokens: dict[str, Any]

    @property
    def refresh_token(self) -> str:
        """The refresh token of the first session."""
        return str(self.tokens["refresh_token"])


NewPerson = Callable[..., Awaitable[Person]]


@pytest.fixture
def real_cost(monkeypatch: pytest.MonkeyPatch) -> None:
    """Passwords cost as much as in a shop."""
    monkeypatch.setattr(passwords, "_HASHER", REAL)


@pytest.fixture
def new_person(client: Client, shop: Shop, store: Store) -> NewPerson:
    """Makes users of this test's store, signed in as a program is."""

    async def make(roles: tuple[str, ...] = ("customer",), name: str = "Ana Souza") -> Person:
        email = f"ana-{new_id().hex}@example.com"
        password_hash = await shop.use(PASSWORDS).hash(PASSWORD)

        async def work(tx: Transaction) -> UUID:
            return await create_user(tx, email=parse_email(email), name=name, password_hash=password_hash, roles=roles)

        user_id = await shop.database.transaction(store.id, work)
        tokens = await signed_in(client, email)
        return Person(user_id, email, client.signed_in(tokens["access_token"]), tokens)

    return make


async def signed_in(client: Client, email: str, password: str = PASSWORD, **more: Any) -> dict[str, Any]:
    """Sign in as a program does, with both tokens in the body."""
    body = {"email": email, "password": password, "delivery": "body", **more}
    found: dict[str, Any] = expect(await client.post("/auth/sign-in", body))
    return found


def cookies(answer: Answer) -> SimpleCookie:
    """The cookies the answer sets."""
    found = SimpleCookie()
    for value in answer.headers.getall("Set-Cookie", []):  # type: ignore[attr-defined]  # a multi-dict of aiohttp
        found.load(value)
    return found


@dataclass(frozen=True)
class Mailbox:
    """Mails that wait in the outbox of this test's store."""

    shop: Shop
    store: Store

    async def mails(self, to: str) -> list[dict[str, Any]]:
        """What was written to the address, oldest first."""

        async def work(tx: Transaction) -> list[dict[str, Any]]:
            rows = await tx.fetch("SELECT payload FROM pgqueuer WHERE entrypoint = 'event' ORDER BY id")
            envelopes = [msgspec.json.decode(row["payload"]) for row in rows]
            return [each["payload"] for each in envelopes if each["store_id"] == str(self.store.id)]

        return [mail for mail in await self.shop.database.transaction(None, work) if mail.get("to") == to]

    async def templates(self, to: str) -> list[str]:
        """Which texts were sent to the address, oldest first."""
        return [mail["template"] for mail in await self.mails(to)]

    async def token(self, to: str, template: str) -> str:
        """The token in the link of the newest mail of this text."""
        links = [mail["values"]["link"] for mail in await self.mails(to) if mail["template"] == template]
        return str(links[-1].partition("#token=")[2])


@pytest.fixture
def mailbox(shop: Shop, store: Store) -> Mailbox:
    """The mails of this test's store."""
    return Mailbox(shop, store)
