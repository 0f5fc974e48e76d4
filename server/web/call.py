"""What does a handler know about its request? One Call: store, actor, resources; HTTP only where it must."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeVar, cast
from uuid import UUID

from aiohttp import web

from server.keys import KeyRing
from server.settings import Settings
from server.web.actor import Actor
from server.web.resources import Resource as Resource  # for those that have to do with calls anyway
from storage.database import Database
from storage.tenancy import Store

T = TypeVar("T")


@dataclass(slots=True)
class Shop:
    """What the whole program shares: made by app.py, one per process."""

    settings: Settings
    database: Database
    keys: KeyRing
    resources: dict[str, Any]

    def use(self, resource: Resource[T]) -> T:
        """The resource; KeyError when app.py did not provide it."""
        return cast(T, self.resources[resource.name])

    def provide(self, resource: Resource[T], value: T) -> None:
        """Put a resource in place."""
        self.resources[resource.name] = value


SHOP: web.AppKey[Shop] = web.AppKey("shop", Shop)
STORE: web.RequestKey[Store] = web.RequestKey("store", Store)
ACTOR: web.RequestKey[Actor] = web.RequestKey("actor", Actor)
REQUEST_ID: web.RequestKey[str] = web.RequestKey("request_id", str)


@dataclass(frozen=True, slots=True)
class Call:
    """One request, as handlers see it."""

    request: web.Request
    shop: Shop
    store: Store
    actor: Actor
    request_id: str

    @property
    def database(self) -> Database:
        """The pool."""
        return self.shop.database

    def use(self, resource: Resource[T]) -> T:
        """A resource of a room."""
        return self.shop.use(resource)

    @property
    def user_id(self) -> UUID:
        """The signed-in user's id; only for endpoints that need a sign-in."""
        if self.actor.id is None:
            raise RuntimeError(f"{self.request.path} asks for a user but lets anybody in")
        return self.actor.id

    @property
    def client_ip(self) -> str:
        """The caller's address, past as many proxies as SOSTECH_TRUSTED_PROXIES says we stand behind."""
        return client_ip(self.request, self.shop.settings.trusted_proxies)


def client_ip(request: web.Request, trusted_proxies: int) -> str:
    """The address the outermost trusted proxy saw; the peer's own without proxies. Forged entries never count."""
    forwarded = [part.strip() for value in request.headers.getall("X-Forwarded-For", []) for part in value.split(",")]
    if trusted_proxies and len(forwarded) >= trusted_proxies:
        return forwarded[-trusted_proxies]
    return request.remote or "unknown"
