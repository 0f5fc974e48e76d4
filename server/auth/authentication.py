"""Who sends this request? The holder of its access token, with the permissions their roles have at this moment.

A guest's token is believed by itself. For a user the database is asked once: roles, suspension and sign-out count from
the next request on. Someone of the platform is asked for in the platform's own table.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Final
from uuid import UUID

from aiohttp import web

from engine.access.compile import Access
from server.auth import repo
from server.auth.bearer import TOKENS, Claims, read_scheme
from server.auth.cookies import ACCESS_COOKIE, refuse_foreign_page
from server.decisions.books import BOOKS
from server.errors import AppError
from server.web.actor import ANONYMOUS, Actor
from server.web.call import Call, Shop
from server.web.problems import TOKEN_INVALID
from server.web.requests import store_in_address
from storage.tenancy import Store
from storage.transaction import Transaction

GUEST_ROLES: Final = ("guest",)
PLATFORM_ROLES: Final = ("super_admin",)

# Here people show by something else who they are; a token that has expired must not keep them from getting a new one.
# So they do by signed addresses: a cookie that comes along may be of another store.
_ENTRANCES: Final = frozenset(
    f"/api/v1/{path}"
    for path in (
        "auth/activate", "auth/confirm-email", "auth/forgot-password", "auth/guest", "auth/refresh", "auth/register",
        "auth/reset-password", "auth/sign-in", "platform/auth/sign-in",
    )
)  # fmt: skip


async def authenticate(request: web.Request, shop: Shop, store: Store) -> Actor:
    """The actor. Raises TOKEN_INVALID for a token that is forged, expired, revoked or of another store."""
    token = None if request.path in _ENTRANCES or store_in_address(request) else presented(request, shop)
    return ANONYMOUS if token is None else await actor_of(await shop.use(TOKENS).read(token), shop, store)


def presented(request: web.Request, shop: Shop) -> str | None:
    """The access token that came with the request: in its header, or in the cookie of a page that may send it."""
    token = read_scheme(request.headers.getall("Authorization", []))
    if token is None and ACCESS_COOKIE in request.cookies:
        refuse_foreign_page(request, shop.settings)
        token = request.cookies[ACCESS_COOKIE]
    return token


async def actor_of(claims: Claims, shop: Shop, store: Store) -> Actor:
    """Who the claims stand for in this store, now. Raises TOKEN_INVALID when they stand for nobody."""
    roles: tuple[str, ...] | None = None
    if claims.kind == "platform":
        if await repo.is_live_platform_user(shop.database, claims.sub, claims.iat):
            roles = PLATFORM_ROLES
    elif _has_session(claims, store):
        assert claims.sid is not None
        roles = await repo.live_roles(shop.database, store.id, claims.sid, claims.sub, claims.iat)
    return _actor(claims, shop.use(BOOKS).access(store), store, roles)


async def actors_of(several: Sequence[Claims], shop: Shop, store: Store) -> Sequence[Actor | AppError]:
    """As `actor_of`, of several in their order, in one transaction; what it would raise stands in its place."""
    of_platform = [each for each in several if each.kind == "platform"]
    of_store = [each for each in several if _has_session(each, store)]

    async def read(tx: Transaction) -> dict[Claims, tuple[str, ...] | None]:
        are_live = await repo.live_platform_users(tx, [(each.sub, each.iat) for each in of_platform])
        roles = await repo.live_roles_of_many(tx, [(each.sid, each.sub, each.iat) for each in of_store if each.sid])
        return {
            **{each: PLATFORM_ROLES if is_live else None for each, is_live in zip(of_platform, are_live, strict=True)},
            **dict(zip(of_store, roles, strict=True)),
        }

    known = await shop.database.transaction(store.id, read) if of_platform or of_store else {}
    access = shop.use(BOOKS).access(store)
    found: list[Actor | AppError] = []
    for claims in several:
        try:
            found.append(_actor(claims, access, store, known.get(claims)))
        except AppError as error:
            found.append(error)
    return found


def _has_session(claims: Claims, store: Store) -> bool:
    """Whether they are those of a user of the store, whose session has to be looked at."""
    return claims.kind == "user" and claims.store == store.id and claims.sid is not None


def _actor(claims: Claims, access: Access, store: Store, roles: tuple[str, ...] | None) -> Actor:
    """Whoever has these roles now; None: nobody, but for guests. Raises TOKEN_INVALID."""
    if claims.kind == "platform":
        if roles is None:
            raise TOKEN_INVALID("this account of the platform may not sign in any more")
        # Whatever the store's ruleset says: a store cannot lock the platform out.
        return Actor("platform", claims.sub, None, roles, frozenset(access.actions))
    if claims.store != store.id:
        raise TOKEN_INVALID("the access token is of another store; sign in here")
    if claims.kind == "guest":
        return Actor("guest", claims.sub, None, GUEST_ROLES, _permissions(access, GUEST_ROLES))
    if roles is None:
        raise TOKEN_INVALID("this session has ended; sign in again")
    return Actor("user", claims.sub, claims.sid, roles, _permissions(access, roles))


async def guest_of(call: Call, token: str | None) -> UUID | None:
    """The guest of this store whose token it is. None for any other token: an old cart must not prevent a sign-in."""
    if token is None:
        return None
    try:
        claims = await call.use(TOKENS).read(token)
    except AppError:
        return None
    return claims.sub if claims.kind == "guest" and claims.store == call.store.id else None


def of_platform(action: str) -> bool:
    """Whether an action is about the platform: nobody of a store may do it, whatever the store's ruleset says."""
    return action.startswith("platform.")


def _permissions(access: Access, roles: tuple[str, ...]) -> frozenset[str]:
    return _the_same(frozenset(action for action in access.permissions(roles) if not of_platform(action)))


@lru_cache(maxsize=256)
def _the_same(permissions: frozenset[str]) -> frozenset[str]:
    """One object for all who may do the same: who stays connected keeps theirs."""
    return permissions
