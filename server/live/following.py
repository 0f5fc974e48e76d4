"""Who follows an order, as whom, and what are they told? Each step once, in order, and how it stands when that changes.

Steps come from the hub; how the order stands is one picture of it, with its parcels, payments, returns and refunds,
which change without a step as well. Whether somebody may still see the order is asked each time they would be told, and
whether they still sell whenever that may have changed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import msgspec

from server.errors import AppError
from server.feeds.hub import HUB, Receiver
from server.feeds.notices import Notices
from server.feeds.steps import Step, Thing
from server.live import sellers_repo
from server.live.looking import Lookout
from server.live.order_views import Audience, OrderNowView, OrderStepView, now_view, step_view
from server.orders import access, history_repo, service
from server.orders.detail import OrderDetail
from server.orders.errors import ORDER_UNKNOWN
from server.orders.snapshot import OrderHead
from server.web.actor import Actor
from server.web.call import Call, Resource, Shop
from storage.database import Database
from storage.tenancy import Store
from storage.transaction import Transaction

ORDER: Final = "order"
PAUSE_SECONDS: Final = 0.1
LOOK_SECONDS: Final = 15.0

Who = Callable[[], Actor]
"""Who somebody is and what they may do, at the moment."""
Right = Callable[[Actor], Audience | None]
"""As whom the actor may see an order; None: not any more."""

ORDERS: Final = Resource[Lookout[OrderDetail]]("live.orders")
SELLERS: Final = Resource[Lookout[str | None]]("live.sellers")


def followed_orders(database: Database, notices: Notices) -> Lookout[OrderDetail]:
    """How orders stand that are followed in this process."""
    lookout = Lookout(database, _read, pause_seconds=PAUSE_SECONDS, look_seconds=LOOK_SECONDS)
    lookout.hear(notices, ORDER, "order_change")
    return lookout


def followed_sellers(database: Database, notices: Notices) -> Lookout[str | None]:
    """For which seller each user sells, by slug, who follows orders in this process because of that."""
    lookout = Lookout(database, sellers_repo.read, pause_seconds=PAUSE_SECONDS, look_seconds=LOOK_SECONDS)
    lookout.hear(notices, "user")
    return lookout


@dataclass(frozen=True, slots=True)
class Sells:
    """A user who sells, and the slug of the seller they do it for."""

    user_id: UUID
    seller: str


@dataclass(frozen=True, slots=True)
class Found:
    """An order that somebody may follow, as it stands, and as whom they see it now; `sells` when only as its seller."""

    order: OrderDetail
    audience: Audience
    right: Right
    sells: Sells | None = None

    @property
    def last_seq(self) -> int:
        """Its last step."""
        return self.order.steps[-1].seq if self.order.steps else 0


async def find(call: Call, number: int) -> Found:
    """An order of the caller's; staff see any. Raises ORDER_UNKNOWN."""
    order = await service.read_order(call, number)
    right = _of_owner_or_staff(order.head)
    audience = right(call.actor)
    assert audience is not None, "read_order reads no order of others"
    return Found(order, audience, right)


async def find_sold(call: Call, number: int) -> Found:
    """The same, and for sellers an order with a line of theirs. Raises ORDER_UNKNOWN and NOT_A_SELLER."""
    try:
        return await find(call, number)
    except AppError as error:
        # Who may see any order and does not see this one looks for one that is not there.
        if error.error is not ORDER_UNKNOWN or call.actor.may(access.READ) or not call.actor.may(access.READ_SALES):
            raise
    order, seller = await service.read_sale(call, number)
    assert call.actor.id is not None, "who sells has an account"
    return Found(order, Audience("seller", seller), _of_seller(seller), Sells(call.actor.id, seller))


async def find_linked(call: Call, token: str) -> Found:
    """The order a link leads to. Raises LINK_INVALID and LINK_EXPIRED."""
    order = await service.read_linked(call, token)
    left = service.opened(call, token).expires_at - order.read_at
    over, customer = _now() + left.total_seconds(), Audience("customer")
    return Found(order, customer, lambda _: customer if _now() < over else None)


@dataclass(slots=True, kw_only=True)
class Follower:
    """Somebody who follows an order: as whom they may see it, and where they are told.

    Of what they were told last only a hash is kept, for there are many of them.
    """

    shop: Shop
    store: Store
    order_id: UUID
    number: int
    right: Right
    locale: str
    who: Who
    tell_step: Callable[[OrderStepView], Awaitable[None]]
    tell_now: Callable[[OrderNowView], Awaitable[None]]
    tell_end: Callable[[], Awaitable[None]]
    receiver: Receiver
    sells: Sells | None = None
    _told: int | None = None
    _closes: tuple[Callable[[], None], ...] = ()

    def begin(self, after: int) -> None:
        """Be told each step after this one."""
        watch = self.shop.use(HUB).watch(Thing(ORDER, self.store.id, self.order_id), after, self._step, self.receiver)
        look = self.shop.use(ORDERS).look(self.store.id, self.order_id, self._now, self.receiver)
        self._closes = (watch.close, look.close)
        if self.sells is not None:
            sells = self.shop.use(SELLERS).look(self.store.id, self.sells.user_id, self._still_sells, self.receiver)
            self._closes += (sells.close,)

    def end(self) -> None:
        """Be told no more; may be called again."""
        for close in self._closes:
            close()
        self._closes = ()

    def now(self, found: Found) -> OrderNowView:
        """How the order stood when it was found, which they know from now on."""
        view = now_view(self.shop, self.store, found.order, self.locale, found.audience)
        self._told = _hash(view)
        return view

    async def _step(self, step: Step) -> None:
        audience = await self._audience()
        if audience is not None:
            await self.tell_step(step_view(self.shop, self.store, self.number, self.locale, audience, step.value))

    async def _now(self, order: OrderDetail) -> None:
        audience = await self._audience()
        if audience is None:
            return
        view = now_view(self.shop, self.store, order, self.locale, audience)
        if _hash(view) != self._told:
            self._told = _hash(view)
            await self.tell_now(view)

    async def _audience(self) -> Audience | None:
        audience = self.right(self.who())
        if audience is None:
            await self._may_not()
        return audience

    async def _still_sells(self, seller: str | None) -> None:
        if self.sells is not None and seller != self.sells.seller:
            await self._may_not()

    async def _may_not(self) -> None:
        """They may not see it any more."""
        if self._closes:
            self.end()
            await self.tell_end()


def _of_owner_or_staff(order: OrderHead) -> Right:
    def right(actor: Actor) -> Audience | None:
        if actor.may(access.READ):
            return Audience("staff")
        return Audience("customer") if access.owns(actor, order) else None

    return right


def _of_seller(seller: str) -> Right:
    return lambda actor: Audience("seller", seller) if actor.may(access.READ_SALES) else None


async def _read(tx: Transaction, ids: Collection[UUID]) -> Mapping[UUID, OrderDetail]:
    return {order.head.id: order for order in await history_repo.read_some(tx, ids)}


def _hash(view: OrderNowView) -> int:
    return hash(msgspec.json.encode(view))


def _now() -> float:
    return asyncio.get_running_loop().time()
