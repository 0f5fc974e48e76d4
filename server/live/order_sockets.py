"""Orders that move before the eyes of those they belong to: the namespace /orders."""

from __future__ import annotations

from typing import Annotated, Final
from uuid import UUID

from msgspec import Meta

from server.catalog.errors import NOT_A_SELLER
from server.decisions.errors import RULES_MISSING
from server.decisions.schemas import Locale
from server.errors import AppError, Fault
from server.live.errors import TOO_MANY_WATCHES, WATCH_INVALID
from server.live.following import Follower, Found, find_linked, find_sold
from server.live.order_views import OrderEndedView, OrderNowView, OrderStepView
from server.orders.errors import LINK_EXPIRED, LINK_INVALID, ORDER_UNKNOWN
from server.orders.routes import count_link
from server.orders.schemas import OrderNumber
from server.sockets.connections import CONNECTIONS, Connection, SocketCall
from server.sockets.edge import EDGES
from server.sockets.namespaces import Namespace
from server.web.binding import Body
from server.web.dispatch import guard
from server.web.endpoint import GUEST, PUBLIC
from server.web.problems import RATE_LIMITED

MOST_WATCHED: Final = 50
"""Orders that one connection watches."""

orders: Final = Namespace(
    "/orders",
    needs=PUBLIC,
    about="Orders as they move: those one placed, with `orders.read` any, with `orders.read_own_sales` those with a"
    " line of one's own, and without an account the one a link leads to. Connect without a token for links alone.",
)
STEP: Final = orders.emits("order", OrderStepView, "A step of an order that is watched: in order, each once.")
NOW: Final = orders.emits(
    "order_now", OrderNowView, "How an order stands, whenever that has changed: parcels, payments, refunds, returns."
)
ENDED: Final = orders.emits("order_ended", OrderEndedView, "An order is not watched any more: it may not be seen now.")

Number = OrderNumber | Annotated[str, Meta(pattern=r"^[1-9][0-9]{0,14}(?!\n)$")]
Token = Annotated[str, Meta(min_length=1, max_length=500, pattern=r"^[A-Za-z0-9_.-]+(?!\n)$")]


class WatchBody(Body, frozen=True, kw_only=True):
    """Which order: its number, or the token of a link to it. `after` is the last step that was seen."""

    number: Number | None = None
    token: Token | None = None
    after: Annotated[int, Meta(ge=0, le=2_147_483_647)] | None = None
    locale: Locale | None = None


class UnwatchBody(Body, frozen=True, kw_only=True):
    """Which order."""

    number: Number


@orders.on(
    "watch",
    errors=(
        WATCH_INVALID, TOO_MANY_WATCHES, ORDER_UNKNOWN, NOT_A_SELLER, LINK_INVALID, LINK_EXPIRED, RULES_MISSING,
        RATE_LIMITED,
    ),
)  # fmt: skip
async def watch(call: SocketCall, body: WatchBody) -> OrderNowView:
    """Be told of each step of an order that follows, and of how it stands whenever that changes.

    How it stands now comes as the answer, with `seq`, its last step. With `after` the steps after that one come first;
    so who comes back asks for those after the last they saw. Watching an order again begins anew.
    """
    found = await _found(call, body)
    connection = call.connection
    followers = _followers(connection)
    order_id = found.order.head.id
    if order_id not in followers and len(followers) >= MOST_WATCHED:
        raise _too_many("/number" if body.token is None else "/token")
    _let_go(connection, order_id)
    follower = _follower(call, found, body.locale or found.order.head.locale)
    view = follower.now(found)
    # It may have gone meanwhile, and with it all that belonged to it.
    if call.use(CONNECTIONS).get(connection.sid) is connection:
        followers[order_id] = follower
        follower.begin(found.last_seq if body.after is None else body.after)
    return view


@orders.on("unwatch")
async def unwatch(call: SocketCall, body: UnwatchBody) -> None:
    """Be told no more of an order; nothing happens when it is not watched."""
    for order_id, follower in tuple(_followers(call.connection).items()):
        if follower.number == int(body.number):
            _let_go(call.connection, order_id)


@orders.disconnected
async def leave(connection: Connection) -> None:
    """Nobody is told any more."""
    for order_id in tuple(_followers(connection)):
        _let_go(connection, order_id)


async def _found(call: SocketCall, body: WatchBody) -> Found:
    if (body.number is None) == (body.token is None):
        raise WATCH_INVALID("give the `number` of an order, or the `token` of a link to one, not both")
    if body.token is not None:
        await count_link(call)
        return await find_linked(call, body.token)
    assert body.number is not None
    guard(GUEST, call.actor)
    return await find_sold(call, int(body.number))


def _too_many(pointer: str) -> AppError:
    message = f"at most {MOST_WATCHED} orders on one connection; `unwatch` some first"
    return TOO_MANY_WATCHES(message, faults=[Fault(pointer, TOO_MANY_WATCHES.code, message)])


def _follower(call: SocketCall, found: Found, locale: str) -> Follower:
    connection, edge = call.connection, call.use(EDGES)[orders.path]
    order = found.order.head

    async def end() -> None:
        _let_go(connection, order.id)
        await edge.tell(connection, ENDED, OrderEndedView(number=str(order.number)))

    return Follower(
        shop=call.shop, store=call.store, order_id=order.id, number=order.number, right=found.right, locale=locale,
        who=lambda: connection.actor, tell_step=lambda view: edge.tell(connection, STEP, view),
        tell_now=lambda view: edge.tell(connection, NOW, view), tell_end=end, receiver=connection,
        sells=found.sells,
    )  # fmt: skip


def _followers(connection: Connection) -> dict[UUID, Follower]:
    """Who follows which order on this connection."""
    found = connection.local.setdefault("orders", {})
    assert isinstance(found, dict)
    return found


def _let_go(connection: Connection, order_id: UUID) -> None:
    follower = _followers(connection).pop(order_id, None)
    if follower is not None:
        follower.end()
