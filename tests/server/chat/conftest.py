"""A shop that moves, and people who talk in it: by the API, and by real clients of Socket.IO."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest_asyncio

from server.sockets.serving import moving
from server.web.call import Shop
from storage.ids import new_id
from storage.tenancy import Store
from tests.contract.people import sign_up
from tests.server.sockets.conftest import Caller, calling
from tests.shop import Client, expect


@dataclass(frozen=True)
class Person:
    """Somebody of the test's store who is signed in."""

    id: UUID
    client: Client

    async def begin(self, **body: Any) -> Any:
        """Begin a conversation; how it stands."""
        return expect(await self.client.post("/chat/conversations", new(**body)), 201)

    async def write(self, conversation: Any, body: str, **more: Any) -> Any:
        """Write a message; the message."""
        sent = {"client_id": str(new_id()), "body": body, **more}
        return expect(await self.client.post(f"{path(conversation)}/messages", sent), 201)

    async def note(self, conversation: Any, body: str) -> Any:
        """Write a note; the note."""
        sent = {"client_id": str(new_id()), "body": body}
        return expect(await self.client.post(f"{path(conversation)}/notes", sent), 201)

    async def see(self, conversation: Any) -> Any:
        """How a conversation stands."""
        return expect(await self.client.get(path(conversation)))

    async def messages(self, conversation: Any, **query: Any) -> Any:
        """A page of its messages."""
        return expect(await self.client.get(f"{path(conversation)}/messages", params=query))

    def call(self, address: str, **auth: Any) -> AbstractAsyncContextManager[Caller]:
        """Connect to the namespace."""
        return calling(address, self.client.store, "/chat", self.client.token, said=auth)


@dataclass(frozen=True)
class People:
    """Who meets here."""

    ana: Person
    bea: Person
    mod: Person
    sue: Person
    seller: Person

    def named(self) -> Mapping[UUID, Person]:
        """By their ids."""
        return {each.id: each for each in (self.ana, self.bea, self.mod, self.sue, self.seller)}


def new(**body: Any) -> dict[str, Any]:
    """What begins a conversation."""
    return {"key": new_id().hex, "subject": "Where is my parcel?", **body}


def path(conversation: Any) -> str:
    """Where a conversation is."""
    return f"/chat/conversations/{conversation['id']}"


@pytest_asyncio.fixture(scope="module", loop_scope="session", autouse=True)
async def shop_that_moves(shop: Shop) -> AsyncIterator[Shop]:
    """Steps are handed out meanwhile."""
    async with moving(shop):
        yield shop


@pytest_asyncio.fixture(loop_scope="session")
async def people(shop: Shop, store: Store, client: Client) -> People:
    """Two customers, two moderators, and somebody who sells."""

    async def person(role: str) -> Person:
        made = await sign_up(shop, store, [role])
        return Person(made.id, client.signed_in(made.token))

    seller = await person("seller")
    await shop.database.transaction(
        store.id,
        lambda tx: tx.execute(
            "INSERT INTO sellers (id, store_id, slug, name, user_id) VALUES ($1, $2, 'stall', 'Stall', $3)",
            new_id(), store.id, seller.id,
        ),
    )  # fmt: skip
    return People(
        await person("customer"), await person("customer"), await person("moderator"), await person("support"), seller
    )
