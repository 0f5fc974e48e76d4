"""The addresses of what goes on by itself: orders as server-sent events, and the shop's numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Final

from msgspec import Meta

from server.decisions.errors import RULES_MISSING
from server.decisions.schemas import Locale
from server.live import dashboard
from server.live.dashboard_views import DashboardView
from server.live.errors import TOO_MANY_STREAMS
from server.live.following import Follower, Found, find, find_linked
from server.live.order_views import OrderNowView, OrderStepView
from server.live.streams import STREAMS, Box
from server.orders.errors import LINK_EXPIRED, LINK_INVALID, ORDER_UNKNOWN
from server.orders.routes import count_link
from server.orders.schemas import LinkPath, OrderPath
from server.web.binding import Query
from server.web.call import Call
from server.web.endpoint import GUEST, PUBLIC, Routes, Stream
from server.web.events import EVENTS
from server.web.problems import RATE_LIMITED

routes = Routes("Live")

_LAST_SEEN: Final = "Last-Event-ID"


class EventsQuery(Query, frozen=True, kw_only=True):
    """Where to go on, and in which language: by default with the first step, in the customer's."""

    after: Annotated[int, Meta(ge=0, le=2_147_483_647, description="The last step that was seen.")] = 0
    locale: Locale | None = None


@routes.get(
    "/orders/{number}/events",
    needs=GUEST,
    errors=(ORDER_UNKNOWN, RULES_MISSING, TOO_MANY_STREAMS),
    raw_types=(EVENTS,),
)
async def follow_order(call: Call, path: OrderPath, query: EventsQuery) -> Stream:
    """One of your orders as it moves, as server-sent events; staff follow any.

    An event `order` is a step: in order, each once, its number for its id. `order_now` is how the order stands,
    whenever that has changed: parcels, payments, refunds and returns besides. Whoever comes back with the header
    `Last-Event-ID`, as browsers do by themselves, goes on after the step they saw last. A connection ends with its
    token, and lasts an hour at most.
    """
    return await _stream(call, await find(call, path.number), query)


@routes.get(
    "/orders/by-link/{token}/events",
    needs=PUBLIC,
    errors=(LINK_INVALID, LINK_EXPIRED, RULES_MISSING, RATE_LIMITED, TOO_MANY_STREAMS),
    raw_types=(EVENTS,),
)
async def follow_linked_order(call: Call, path: LinkPath, query: EventsQuery) -> Stream:
    """The order a link leads to, as it moves: for customers without an account, and for pages that send no headers."""
    await count_link(call)
    return await _stream(call, await find_linked(call, path.token), query)


@routes.get("/admin/dashboard", needs=dashboard.NEEDS)
async def read_dashboard(call: Call) -> DashboardView:
    """How the shop is doing now. What your permissions do not let you see is null."""
    return await dashboard.read(call)


async def _stream(call: Call, found: Found, query: EventsQuery) -> Stream:
    """What happens to the order after the step the caller saw last."""
    after = _last_seen(call, query.after)

    def fill(box: Box) -> Callable[[], None]:
        follower = _follower(call, found, query.locale or found.order.head.locale, box)
        follower.begin(after)
        return follower.end

    parts = await call.use(STREAMS).open(call, fill)
    # Proxies that gather answers before they pass them on leave this one alone.
    return Stream(parts, EVENTS, {"X-Accel-Buffering": "no"})


def _follower(call: Call, found: Found, locale: str, box: Box) -> Follower:
    async def end() -> None:
        box.close()

    async def tell_step(view: OrderStepView) -> None:
        box.put("order", view, view.seq)

    async def tell_now(view: OrderNowView) -> None:
        box.put("order_now", view)

    return Follower(
        shop=call.shop, store=call.store, order_id=found.order.head.id, number=found.order.head.number,
        right=found.right, locale=locale, who=lambda: call.actor, tell_step=tell_step, tell_now=tell_now, tell_end=end,
        receiver=box,
    )  # fmt: skip


def _last_seen(call: Call, otherwise: int) -> int:
    """The step that a browser says it saw last; what is none of ours counts for nothing."""
    given = call.request.headers.get(_LAST_SEEN, "")
    return int(given) if given.isascii() and given.isdigit() and len(given) <= 9 else otherwise
