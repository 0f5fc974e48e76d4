"""Whom do the claims of a connection stand for, now? Its store has to be there still, and so has its session."""

from __future__ import annotations

from collections.abc import Sequence

from server.auth.authentication import actor_of, actors_of
from server.auth.bearer import Claims
from server.errors import AppError
from server.web.actor import ANONYMOUS, Actor
from server.web.call import Shop
from server.web.middlewares import STORES
from server.web.problems import STORE_UNKNOWN
from storage.tenancy import Store


async def who_is(shop: Shop, store: Store, claims: Claims | None) -> Actor:
    """The actor of these claims. Raises STORE_UNKNOWN for a store that is suspended; TOKEN_INVALID."""
    if await shop.use(STORES).by_slug(store.slug) is None:
        raise STORE_UNKNOWN(f"the store {store.slug!r} is not there any more")
    return ANONYMOUS if claims is None else await actor_of(claims, shop, store)


async def who_are(shop: Shop, store: Store, several: Sequence[Claims | None]) -> Sequence[Actor | AppError]:
    """As `who_is`, of several in their order, with as many statements as for one.

    What it would raise for one alone stands in its place. Raises STORE_UNKNOWN.
    """
    if await shop.use(STORES).by_slug(store.slug) is None:
        raise STORE_UNKNOWN(f"the store {store.slug!r} is not there any more")
    found = iter(await actors_of([each for each in several if each is not None], shop, store))
    return [ANONYMOUS if each is None else next(found) for each in several]
