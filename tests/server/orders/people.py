"""Who works on orders: people of the shop with a role each, sellers with an account, and customers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from server.cart.snapshot import Owner
from server.web.call import Shop
from storage.ids import new_id
from storage.tenancy import Store
from tests.server.actors import Actors, install_actors
from tests.server.cart.goods import Goods, Shoppers
from tests.shop import Client, expect


@dataclass(frozen=True)
class People:
    """Clients of one store, by what they are."""

    shop: Shop
    client: Client
    actors: Actors

    @property
    def store(self) -> Store:
        """Where they are."""
        return self.client.store

    def who(self, *roles: str) -> Client:
        """Somebody with these roles, without an account."""
        return self.client.signed_in(self.actors.token(self.store, "user", roles))

    def owner(self, owner: Owner) -> Client:
        """The customer who placed an order."""
        roles = ("guest",) if owner.kind == "guest" else ("customer",)
        return self.client.signed_in(self.actors.token(self.store, owner.kind, roles, owner.id))

    async def customer(self, **values: Any) -> Owner:
        """A customer with an account."""
        return (await Shoppers(self.shop, self.client, self.actors).user(**values)).owner

    async def seller(self, slug: str, status: str = "active") -> Client:
        """Somebody who sells in the store."""
        account = await self.customer()
        await Goods(self.shop, self.store).execute(
            "INSERT INTO sellers (id, store_id, slug, name, user_id, status) VALUES ($1, $2, $3, $3, $4, $5)",
            new_id(), self.store.id, slug, account.id, status,
        )  # fmt: skip
        return self.client.signed_in(self.actors.token(self.store, "user", ("seller",), account.id))


def people_of(shop: Shop, client: Client) -> People:
    """The people of the client's store."""
    return People(shop, client, install_actors(shop))


async def read(client: Client, number: int) -> Any:
    """The order as the client sees it."""
    return expect(await client.get(f"/orders/{number}"))


async def send(client: Client, number: int, *units: tuple[UUID, int], **body: Any) -> Any:
    """A parcel with these units of lines, or with everything."""
    lines = [{"line_id": str(line), "quantity": count} for line, count in units]
    sent = {**({"lines": lines} if lines else {}), **body}
    return expect(await client.post(f"/orders/{number}/shipments", sent), 201)


async def deliver(client: Client, number: int, shipment: int = 1) -> Any:
    """A parcel arrives."""
    return expect(await client.post(f"/orders/{number}/shipments/{shipment}/deliver", {}))
