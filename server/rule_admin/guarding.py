"""What would past carts pay under what is to be published? Decided with it and without it, in a process of its own.

The shop goes on serving meanwhile: a process is started for each guard and ends with it, because it is rare.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from concurrent.futures.process import BrokenProcessPool
from typing import Final

import msgspec

from engine import Book
from engine.compare import Comparison, compare_carts, merge
from engine.compare.compare import same_books
from engine.documents.kinds import APART
from engine.documents.model import Guard
from server.decisions import stored
from server.decisions.books import LiveBook
from server.decisions.facts import Basket, to_cart
from server.decisions.stored import Place, StoredCart
from server.rule_admin.errors import GUARD_AWAY, GUARD_CARTS_MISSING
from server.rule_admin.gates import Candidate
from server.web.call import Call
from server.web.processes import run_once
from storage.database import TryAgain
from storage.transaction import Transaction

_PAGE: Final = 500
"""Carts read at a time, so that the event loop is never kept for long."""


async def guarded(call: Call, live: LiveBook, candidate: Candidate, guard: Guard) -> Comparison:
    """The past carts the guard looks at, decided by what is live and by what would be.

    Nothing is compared for kinds that take no part in a checkout, and when both books say the same. Raises
    GUARD_CARTS_MISSING for a collection the store does not have, and GUARD_AWAY.
    """
    after = candidate.book.book
    if candidate.version.kind in APART or same_books(live.book, after):
        return Comparison()

    async def work(tx: Transaction) -> list[bytes]:
        orders = await _orders(tx, guard.orders, live.currency)
        return orders + [page for name in guard.collections for page in await _collection(tx, name, live.currency)]

    pages = await call.database.transaction(call.store.id, work)
    seconds = max(0.0, candidate.until - asyncio.get_running_loop().time())
    return await _elsewhere(live.book, after, pages, seconds) if pages else Comparison()


def compare_pages(before: Book, after: Book, pages: Sequence[bytes]) -> Comparison:
    """In the other process: the comparison of all carts. Pure."""
    whole = Comparison()
    for page in pages:
        carts = msgspec.json.decode(page, type=list[StoredCart])
        merge(whole, compare_carts(before, after, ((each.name, to_cart(each.basket)) for each in carts)))
    return whole


async def _elsewhere(before: Book, after: Book, pages: Sequence[bytes], seconds: float) -> Comparison:
    try:
        return await run_once(seconds, compare_pages, before, after, pages)
    except TimeoutError as error:
        raise GUARD_AWAY(
            f"past carts were not decided within the {seconds:.0f} seconds that were left; publish it again, for what"
            " was proved is known by now, or let the guard of the publish policy look at fewer of them"
        ) from error
    except BrokenProcessPool as error:
        raise GUARD_AWAY("the process that decides past carts was ended; publish it again") from error


async def _orders(tx: Transaction, most: int, currency: str) -> list[bytes]:
    pages: list[bytes] = []
    beyond: Place | None = None
    while most > 0:
        found, beyond = await stored.orders(tx, beyond, None, min(most, _PAGE))
        pages += _packed(found, currency)
        most -= len(found)
        if beyond is None:
            break
    return pages


async def _collection(tx: Transaction, name: str, currency: str) -> list[bytes]:
    found = await stored.find_collection(tx, name)
    if found is None:
        raise GUARD_CARTS_MISSING(
            f"the publish policy looks at the collection {name!r}, which the store does not have; upload it, or publish"
            " an access ruleset that does not name it",
            collection=name,
        )
    collection_id, size = found
    pages: list[bytes] = []
    for taken in range(0, size, _PAGE):
        carts = await stored.collection(tx, collection_id, taken, _PAGE)
        if not carts:
            raise TryAgain  # somebody has just put another collection in its place
        pages += _packed([StoredCart(f"{name} {each.id}", each.basket) for each in carts], currency)
    return pages


def _packed(carts: Sequence[StoredCart], currency: str) -> list[bytes]:
    """The carts in the currency of the books; the store may have had another one before."""
    kept = [each for each in carts if _is_in(each.basket, currency)]
    return [msgspec.json.encode(kept)] if kept else []


def _is_in(basket: Basket, currency: str) -> bool:
    return basket.currency == currency
