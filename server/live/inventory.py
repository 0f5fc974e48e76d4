"""Is it still there? Told to whoever looks at a product, as it changes: the namespace /catalog.

Everybody is told whether there is some, little or nothing left; how many pieces there are is for those who may see the
inventory. All products that are looked at in a process are read together, at most once a second for each store.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Final
from uuid import UUID

import msgspec
from msgspec import Meta

from server.catalog.errors import PRODUCT_UNKNOWN
from server.catalog.inventory_levels import StockLevel, StockState
from server.errors import AppError, Fault
from server.feeds.notices import Notice, Notices
from server.live import inventory_repo
from server.live.errors import TOO_MANY_WATCHES
from server.live.looking import Look, Lookout
from server.sockets.connections import CONNECTIONS, Connection, SocketCall
from server.sockets.edge import EDGES
from server.sockets.namespaces import Namespace
from server.web.actor import Actor
from server.web.binding import Body, View
from server.web.call import Resource
from server.web.endpoint import PUBLIC
from storage.database import Database
from storage.transaction import Transaction

PAUSE_SECONDS: Final = 1.0
LOOK_SECONDS: Final = 30.0
MOST_WATCHED: Final = 50
"""Products that one connection looks at."""
READ: Final = "inventory.read"

Slug = Annotated[str, Meta(min_length=1, max_length=200)]
Levels = tuple[StockLevel, ...]


class ProductsBody(Body, frozen=True, kw_only=True):
    """Slugs of products."""

    products: Annotated[list[Slug], Meta(min_length=1, max_length=MOST_WATCHED)]


class InventoryView(View, frozen=True, kw_only=True):
    """How much there is of a variant. `available`, in pieces, needs `inventory.read`; null for everybody else."""

    product: str
    sku: str
    state: StockState
    available: int | None


class InventoriesView(View, frozen=True, kw_only=True):
    """The variants for sale of the products that were asked for."""

    items: list[InventoryView]


catalog: Final = Namespace(
    "/catalog",
    needs=PUBLIC,
    about="What is still there, for those who look at products. No token is needed.",
)
INVENTORY: Final = catalog.emits(
    "inventory", InventoryView,
    "A variant of a product that is watched has run low, is sold out, or is there again; to those who may see the"
    " inventory, that there are more or fewer. At most once a second.",
)  # fmt: skip

STOCKS: Final = Resource[Lookout[Levels]]("live.stocks")


def stocks(database: Database, notices: Notices) -> Lookout[Levels]:
    """How much there is of products that somebody looks at in this process."""
    lookout = Lookout(database, inventory_repo.levels, pause_seconds=PAUSE_SECONDS, look_seconds=LOOK_SECONDS)

    def changed(notice: Notice) -> None:
        lookout.store_changed(notice.store_id)

    notices.on("stock", changed)
    notices.on_silence(lookout.look_at_all)
    return lookout


@catalog.on("watch", errors=(PRODUCT_UNKNOWN, TOO_MANY_WATCHES))
async def watch(call: SocketCall, body: ProductsBody) -> InventoriesView:
    """Be told when there is more or less left of these products; how it is now comes as the answer."""

    async def work(tx: Transaction) -> tuple[dict[str, UUID], Mapping[UUID, Levels]]:
        found = await inventory_repo.find(tx, body.products)
        return found, await inventory_repo.levels(tx, found.values())

    found, levels = await call.database.transaction(call.store.id, work)
    _refuse_unknown(body.products, found)
    seats = _seats(call.connection)
    if len(seats.keys() | set(found)) > MOST_WATCHED:
        raise _too_many()
    # It may have gone meanwhile, and with it all that belonged to it.
    is_there = call.use(CONNECTIONS).get(call.connection.sid) is call.connection
    views: list[InventoryView] = []
    for slug, product in found.items():
        seat = _Seat(call)
        views += seat.differing(levels.get(product, ()))
        if is_there:
            _let_go(call.connection, slug)
            seats[slug] = seat
            seat.look = call.use(STOCKS).look(call.store.id, product, seat.show, call.connection)
    return InventoriesView(items=views)


@catalog.on("unwatch")
async def unwatch(call: SocketCall, body: ProductsBody) -> None:
    """Be told no more of these products; nothing happens with those that are not watched."""
    for slug in body.products:
        _let_go(call.connection, slug)


@catalog.disconnected
async def leave(connection: Connection) -> None:
    """Nobody is told any more."""
    for slug in tuple(_seats(connection)):
        _let_go(connection, slug)


class _Seat:
    """Somebody who looks at a product, and what they were told of it last, by SKU."""

    def __init__(self, call: SocketCall) -> None:
        self._connection = call.connection
        self._edge = call.use(EDGES)[catalog.path]
        self._told: dict[str, InventoryView] = {}
        self.look: Look[Levels] | None = None

    async def show(self, levels: Levels) -> None:
        """Tell what is different."""
        for view in self.differing(levels):
            await self._edge.tell(self._connection, INVENTORY, view)

    def differing(self, levels: Levels) -> list[InventoryView]:
        """What is different from what was told, which it is from now on."""
        views = [_view(level, self._connection.actor) for level in levels]
        for_sale = {level.sku for level in levels}
        views += [_withdrawn(told) for sku, told in self._told.items() if sku not in for_sale]
        changed = [view for view in views if self._told.get(view.sku) != view]
        self._told.update({view.sku: view for view in changed})
        return changed


def _view(level: StockLevel, actor: Actor) -> InventoryView:
    available = level.available if actor.may(READ) else None
    return InventoryView(product=level.product_slug, sku=level.sku, state=level.state, available=available)


def _withdrawn(told: InventoryView) -> InventoryView:
    """Of a variant that is not for sale any more, which is as good as sold out."""
    return msgspec.structs.replace(told, state="sold_out", available=None if told.available is None else 0)


def _refuse_unknown(slugs: list[str], found: Mapping[str, UUID]) -> None:
    faults = [
        Fault(f"/products/{place}", "product_unknown", f"no product for sale has the slug {slug!r}")
        for place, slug in enumerate(slugs)
        if slug not in found
    ]
    if faults:
        raise PRODUCT_UNKNOWN(f"{faults[0].message}; GET /products lists them", faults=faults)


def _too_many() -> AppError:
    message = f"at most {MOST_WATCHED} products on one connection; `unwatch` some first"
    return TOO_MANY_WATCHES(message, faults=[Fault("/products", TOO_MANY_WATCHES.code, message)])


def _seats(connection: Connection) -> dict[str, _Seat]:
    """What is looked at on this connection, by slug."""
    found = connection.local.setdefault("products", {})
    assert isinstance(found, dict)
    return found


def _let_go(connection: Connection, slug: str) -> None:
    seat = _seats(connection).pop(slug, None)
    if seat is not None and seat.look is not None:
        seat.look.close()
