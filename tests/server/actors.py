"""Callers to test with: a token for anybody with any roles, without going through sign-up and sign-in."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Final, Literal
from uuid import UUID

from aiohttp import web

from server.decisions.books import BOOKS
from server.web.actor import Actor
from server.web.call import Resource, Shop
from server.web.middlewares import AUTHENTICATE, Authenticate
from storage.ids import new_id
from storage.tenancy import Store

_BEGINNING: Final = "acting-"


@dataclass
class Actors:
    """Makes tokens and knows who holds them; tokens it did not make are asked of the shop's own authentication."""

    shop: Shop
    otherwise: Authenticate
    by_token: dict[tuple[UUID, str], Actor] = field(default_factory=dict)

    def token(
        self,
        store: Store,
        kind: Literal["guest", "user", "platform"] = "user",
        roles: tuple[str, ...] | None = None,
        id: UUID | None = None,
        permissions: Collection[str] | None = None,
    ) -> str:
        """A token of this store alone. A guest has the role guest, everybody else that of an admin when none is named.

        Permissions are those the store's access ruleset gives the roles, unless they are given.
        """
        held = roles if roles is not None else ("guest",) if kind == "guest" else ("admin",)
        allowed = self.shop.use(BOOKS).access(store).permissions(held) if permissions is None else permissions
        token = f"{_BEGINNING}{new_id().hex}"
        self.by_token[store.id, token] = Actor(kind, id or new_id(), new_id(), held, frozenset(allowed))
        return token

    def actor(self, store: Store, token: str) -> Actor:
        """Who holds a token."""
        return self.by_token[store.id, token]

    async def authenticate(self, request: web.Request, shop: Shop, store: Store) -> Actor:
        """The holder of the bearer token."""
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        return self.by_token.get((store.id, token)) or await self.otherwise(request, shop, store)


_ACTORS: Final = Resource[Actors]("tests.actors")


def install_actors(shop: Shop) -> Actors:
    """The actors of this shop; asking again gives the same ones."""
    if _ACTORS.name not in shop.resources:
        actors = Actors(shop, shop.use(AUTHENTICATE))
        shop.provide(AUTHENTICATE, actors.authenticate)
        shop.provide(_ACTORS, actors)
    return shop.use(_ACTORS)
