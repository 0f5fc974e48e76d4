"""Which carts come next? A replay reads its sources one after the other, so many carts at a time, and says how far."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple
from uuid import UUID

import msgspec

from server.analysis.snapshot import CollectionSource, OpenCartsSource, OrdersSource, Reached, Source
from server.cart import facts, open_repo
from server.decisions import stored
from server.decisions.stored import Place, StoredCart
from storage.tenancy import Store
from storage.transaction import Transaction

_LAST_ID: Final = UUID(int=(1 << 128) - 1)


class SourceGone(Exception):
    """What a replay reads from is not there any more; the message says what."""


class Next(NamedTuple):
    """Some carts and where to go on after them; `reached` is behind the last source when there are no more."""

    carts: list[StoredCart]
    reached: Reached


async def count(tx: Transaction, sources: Sequence[Source]) -> int:
    """How many carts these sources have now."""
    return sum([await _count(tx, source) for source in sources])


async def read(tx: Transaction, store: Store, sources: Sequence[Source], reached: Reached, most: int) -> Next:
    """The next carts of the first source that has any left, `most` at most. Raises SourceGone."""
    carts: list[StoredCart] = []
    while not carts and reached.source < len(sources):
        carts, reached = await _read(tx, store, sources[reached.source], reached, most)
    return Next(carts, reached)


def is_end(sources: Sequence[Source], reached: Reached) -> bool:
    """Whether nothing is left to read."""
    return reached.source >= len(sources)


async def _read(tx: Transaction, store: Store, source: Source, reached: Reached, most: int) -> Next:
    match source:
        case OrdersSource():
            return await _orders(tx, source, reached, min(most, source.most - reached.taken))
        case OpenCartsSource():
            return await _open_carts(tx, store, reached, min(most, source.most - reached.taken))
        case CollectionSource():
            return await _collection(tx, source, reached, most)


async def _orders(tx: Transaction, source: OrdersSource, reached: Reached, most: int) -> Next:
    if most <= 0:
        return Next([], _next_source(reached))
    beyond = reached.order or Place(source.until, _LAST_ID)
    carts, place = await stored.orders(tx, beyond, source.since, most)
    if place is None:
        return Next(carts, _next_source(reached))
    return Next(carts, msgspec.structs.replace(reached, taken=reached.taken + len(carts), order=place))


async def _open_carts(tx: Transaction, store: Store, reached: Reached, most: int) -> Next:
    if most <= 0:
        return Next([], _next_source(reached))
    found = await open_repo.page(tx, reached.cart, most, store.timezone)
    carts = [StoredCart(f"cart {cart.id}", facts.basket_of(store, cart)) for cart in found]
    if len(carts) < most:
        return Next(carts, _next_source(reached))
    return Next(carts, msgspec.structs.replace(reached, taken=reached.taken + len(carts), cart=found[-1].id))


async def _collection(tx: Transaction, source: CollectionSource, reached: Reached, most: int) -> Next:
    found = await stored.collection(tx, source.id, reached.taken, most)
    # Asked afterwards: else carts that were deleted in between would be missing without a word.
    there = await stored.find_collection(tx, source.name)
    if there is None or there[0] != source.id:
        raise SourceGone(f"the collection {source.name} was replaced or deleted before all of it was read")
    carts = [StoredCart(f"{source.name}: {each.id}", each.basket) for each in found]
    if len(carts) < most:
        return Next(carts, _next_source(reached))
    return Next(carts, msgspec.structs.replace(reached, taken=reached.taken + len(carts)))


def _next_source(reached: Reached) -> Reached:
    return Reached(source=reached.source + 1)


async def _count(tx: Transaction, source: Source) -> int:
    match source:
        case OrdersSource():
            return await stored.count_orders(tx, source.until, source.since, source.most)
        case OpenCartsSource():
            return await open_repo.count(tx, source.most)
        case CollectionSource():
            there = await stored.find_collection(tx, source.name)
            return 0 if there is None else there[1]
