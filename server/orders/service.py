"""Which orders can somebody look at, and what is there to see? Reading only; a fixed number of statements each."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from engine.runtime.explain import Level
from server.catalog.errors import NOT_A_SELLER
from server.catalog.taxonomy_repo import find_seller
from server.decisions import service as decisions
from server.decisions.books import BOOKS
from server.decisions.pinned import PINNED
from server.decisions.service import Reviewed
from server.orders import access, history_repo, links, search_repo, transitions
from server.orders.detail import OrderDetail, OrderLine
from server.orders.errors import LINK_EXPIRED, LINK_INVALID, ORDER_UNKNOWN
from server.orders.happening import Doer, doer_of
from server.orders.search_repo import OrderFilter, Window
from server.orders.snapshot import OrderHead
from server.orders.transitions import Ways
from server.web.call import Call
from server.web.pages import Position
from storage.transaction import Transaction

T = TypeVar("T")


async def own_orders(call: Call, state: str | None, at: Position) -> list[OrderLine]:
    """The caller's own orders, newest first, one more than the page holds."""
    actor = call.actor
    if actor.kind not in ("user", "guest"):
        # People of the platform place no orders.
        return []
    mine = OrderFilter(user_id=actor.id) if actor.kind == "user" else OrderFilter(guest_id=actor.id)
    wanted = replace(mine, states=() if state is None else (state,))
    return await _in_store(call, lambda tx: search_repo.find(tx, wanted, window(at)))


async def find_orders(call: Call, wanted: OrderFilter, at: Position, *, oldest_first: bool) -> list[OrderLine]:
    """Orders of the store that pass the filter, one more than the page holds."""
    return await _in_store(call, lambda tx: search_repo.find(tx, wanted, window(at, oldest_first)))


async def count_orders(call: Call, wanted: OrderFilter) -> dict[str, int]:
    """How many orders that pass the filter are in each state."""
    return await _in_store(call, lambda tx: search_repo.count_by_state(tx, wanted))


async def sales(call: Call, state: str | None, at: Position) -> list[OrderLine]:
    """Orders with a line of the caller, newest first; only their lines are counted. Raises NOT_A_SELLER."""

    async def work(tx: Transaction) -> list[OrderLine]:
        seller = await selling_as(tx, call)
        wanted = OrderFilter(seller=seller, states=() if state is None else (state,))
        return await search_repo.find(tx, wanted, window(at), of_seller=seller)

    return await _in_store(call, work)


async def read_order(call: Call, number: int) -> OrderDetail:
    """All of an order of the caller's; staff see any. Raises ORDER_UNKNOWN."""

    async def work(tx: Transaction) -> OrderDetail | None:
        return await history_repo.read(tx, number)

    found = await _in_store(call, work)
    access.visible(call.actor, None if found is None else found.head, number)
    assert found is not None, "an order that is not there is not visible"
    return found


async def read_sale(call: Call, number: int) -> tuple[OrderDetail, str]:
    """An order with a line of the caller, and the seller they are. Raises ORDER_UNKNOWN and NOT_A_SELLER."""

    async def work(tx: Transaction) -> tuple[OrderDetail, str]:
        seller = await selling_as(tx, call)
        found = await history_repo.read(tx, number)
        if found is None or all(line.seller != seller for line in found.lines):
            raise ORDER_UNKNOWN(f"order {number} has no line of yours; GET /seller/orders lists those that have")
        return found, seller

    return await _in_store(call, work)


async def read_linked(call: Call, token: str) -> OrderDetail:
    """All of the order a link leads to. Raises LINK_INVALID and LINK_EXPIRED."""
    link = opened(call, token)
    found = await _in_store(call, lambda tx: history_repo.read(tx, link.order_id))
    if found is None:
        raise LINK_INVALID("this link leads to no order of this store")
    refuse_expired(link.expires_at, found.read_at)
    return found


async def explain_order(call: Call, number: int, level: Level | None, locale: str | None) -> tuple[OrderHead, Reviewed]:
    """The order, and its decision made again by the rules of then, explained as far as the caller may see.

    Raises ORDER_UNKNOWN, EXPLANATION_NOT_ALLOWED and RULES_MISSING.
    """
    order = await read_order(call, number)
    reviewed = await decisions.review(
        call.database, call.store.id, call.use(BOOKS).live(call.store), order.decision_id, call.actor, level,
        locale or order.head.locale, call.use(PINNED),
    )  # fmt: skip
    return order.head, reviewed


async def ways_on(call: Call, number: int) -> Ways:
    """What each event of the lifecycle would do, brought by the caller. Raises ORDER_UNKNOWN."""

    async def work(tx: Transaction) -> Ways:
        order = access.visible(call.actor, await history_repo.find(tx, number), number)
        return await transitions.ways(tx, call.shop, call.store, order, doer(call))

    return await _in_store(call, work)


async def detail_of(tx: Transaction, order_id: UUID) -> OrderDetail:
    """All of an order that is known to exist, as the transaction leaves it."""
    found = await history_repo.read(tx, order_id)
    assert found is not None
    return found


async def selling_as(tx: Transaction, call: Call) -> str:
    """The slug of the seller the caller is. Raises NOT_A_SELLER."""
    seller = await find_seller(tx, user_id=call.actor.id)
    if seller is None or seller.status != "active":
        raise NOT_A_SELLER("your account sells nothing here; ask the shop to make you a seller")
    return seller.slug


def doer(call: Call, seller: str | None = None) -> Doer:
    """The caller as the lifecycle sees them. Raises RULES_MISSING."""
    live = call.use(BOOKS).live(call.store)
    return doer_of(live.orders, live.access, call.actor, seller)


def opened(call: Call, token: str) -> links.Link:
    """The link of a token. Raises LINK_INVALID for what we did not sign."""
    link = links.read(call.shop.keys, token)
    if link is None:
        raise LINK_INVALID("we did not write this link, or it was changed; take it from the mail as it is")
    return link


def refuse_expired(expires_at: datetime, now: datetime) -> None:
    """Raise LINK_EXPIRED from that instant on."""
    if now >= expires_at:
        raise LINK_EXPIRED(f"this link held until {expires_at.isoformat()}; ask the shop for a new one")


def window(at: Position, oldest_first: bool = False) -> Window:
    """The part of a list by time that a page shows, and one row more."""
    beyond = None if at.keys is None else (datetime.fromisoformat(at.keys[0]), UUID(at.keys[1]))
    return Window(beyond, at.backwards, at.limit + 1, oldest_first)


async def _in_store(call: Call, work: Callable[[Transaction], Awaitable[T]]) -> T:
    return await call.database.transaction(call.store.id, work)
