"""The addresses of one's own orders, and of an order somebody has a link to."""

from __future__ import annotations

from typing import Final

from engine.money import format_amount
from server.cart.errors import NO_CART
from server.decisions.books import BOOKS
from server.decisions.errors import (
    DECISION_UNKNOWN,
    EXPLANATION_NOT_ALLOWED,
    MIX_FAULTY,
    MIX_INVALID,
    MIX_UNKNOWN,
    PINNED_MISSING,
    RULES_MISSING,
)
from server.decisions.explanations import explanation_view
from server.decisions.service import EXPLAIN_FULL
from server.orders import access, changing, replaying, returns, service
from server.orders.detail import OrderDetail, OrderLine
from server.orders.errors import (
    LINK_EXPIRED,
    LINK_INVALID,
    ORDER_UNKNOWN,
    RETURN_OVER,
    RETURN_UNKNOWN,
    TRANSITION_REFUSED,
    UNITS_INVALID,
)
from server.orders.list_shapes import OrderSummaryView, TransitionsView
from server.orders.replay_views import OrderReplayView, replay_view
from server.orders.schemas import (
    EventBody,
    ExplanationQuery,
    HistoryQuery,
    LinkPath,
    LocaleQuery,
    OrderPath,
    ReplayQuery,
    ReturnBody,
    ReturnPath,
)
from server.orders.shapes import OrderExplanationView, OrderView, PostingsView
from server.orders.transitions import VOCABULARY, transitions_view
from server.orders.views import Shows, postings_view
from server.web.call import Call
from server.web.endpoint import GUEST, PUBLIC, Raw, Reply, Routes
from server.web.etag import VERSION_CHANGED, versioned, wanted_version
from server.web.limits import LIMITER, Limit, network
from server.web.pages import Page, page, position
from server.web.problems import NOT_ALLOWED, RATE_LIMITED

routes = Routes("Orders")

LINKS_PER_NETWORK: Final = Limit("order-link", 60, 60)
"""Links cannot be guessed; this is for those who try nevertheless."""

LOG_READ: Final = "decisions.log_read"

_READING: Final = (ORDER_UNKNOWN, RULES_MISSING)
_REPLAYING: Final = (*_READING, DECISION_UNKNOWN, PINNED_MISSING)
_CHANGING: Final = (*_READING, NOT_ALLOWED, VERSION_CHANGED, TRANSITION_REFUSED)
_BY_LINK: Final = (LINK_INVALID, LINK_EXPIRED, RULES_MISSING, RATE_LIMITED)


@routes.get("/orders", needs=GUEST, errors=(RULES_MISSING,))
async def list_own_orders(call: Call, query: HistoryQuery) -> Reply[Page[OrderSummaryView]]:
    """Your orders, newest first."""
    at = position(call, query)
    found = await service.own_orders(call, query.state, at)
    return page(call, query, at, found, keys_of, shows(call, query.locale or call.store.locale).summary)


@routes.get("/orders/{number}", needs=GUEST, errors=_READING)
async def read_order(call: Call, path: OrderPath, query: LocaleQuery) -> Reply[OrderView]:
    """One of your orders, with everything that became of it.

    Staff see any order, and in it who did what. The ETag is the version, another one after every step of the order's
    life.
    """
    return shown(call, await service.read_order(call, path.number), query.locale)


@routes.get("/orders/{number}/postings", needs=GUEST, errors=_READING)
async def read_order_postings(call: Call, path: OrderPath, query: LocaleQuery) -> PostingsView:
    """Every cent of an order: each amount with its reason, as it was decided; they sum to the total."""
    found = await service.read_order(call, path.number)
    live = call.use(BOOKS).live(call.store)
    return postings_view(live, found, query.locale or found.head.locale, full=call.actor.may(EXPLAIN_FULL))


@routes.get(
    "/orders/{number}/explanation",
    needs=GUEST,
    errors=(*_READING, EXPLANATION_NOT_ALLOWED, DECISION_UNKNOWN),
)
async def explain_order(call: Call, path: OrderPath, query: ExplanationQuery) -> OrderExplanationView:
    """Why an order cost what it cost.

    The decision is made again from the facts of then by the rules of then, whatever was published since. Where it does
    not come to the same there is no explanation; the postings say what was decided.
    """
    order, reviewed = await service.explain_order(call, path.number, query.level, query.locale)
    again = reviewed.again if reviewed.reproduced else None
    why = None if again is None else again.explanation
    return OrderExplanationView(
        number=str(order.number),
        currency=order.currency,
        total=format_amount(order.total, order.currency),
        decision_id=reviewed.logged.id,
        reproduced=reviewed.reproduced,
        rules_changed=list(reviewed.rules_changed),
        explanation=None if why is None else explanation_view(reviewed.book, why, query.locale or order.locale),
    )


@routes.get(
    "/orders/{number}/replay",
    needs=LOG_READ,
    errors=(*_REPLAYING, NOT_ALLOWED, MIX_INVALID, MIX_UNKNOWN, MIX_FAULTY),
)
async def replay_order(call: Call, path: OrderPath, query: ReplayQuery) -> OrderReplayView:
    """An order, decided again from the facts of then by the very rulesets of then: the same bytes, for ever.

    `rulesets` asks what if: the same facts under others, and what would be different; other ones than those that are
    live need `rules.read`. Nothing is changed.
    """
    found = await replaying.replay_order(call, path.number, query.rulesets)
    return replay_view(found, query.locale or found.head.locale)


@routes.get("/orders/{number}/replay/decision", needs=LOG_READ, errors=_REPLAYING, raw_types=("application/json",))
async def read_replayed_decision(call: Call, path: OrderPath) -> Raw:
    """The decision of an order, decided again, as the engine writes it. The ETag is its sha256."""
    found = await replaying.replay_order(call, path.number)
    headers = {"ETag": f'"{found.then.digest}"', "Cache-Control": "private, no-cache"}
    return Raw(found.then.content, "application/json", headers)


@routes.get("/orders/{number}/transitions", needs=GUEST, errors=_READING)
async def read_order_transitions(call: Call, path: OrderPath, query: LocaleQuery) -> TransitionsView:
    """What can happen to an order now: every event of its lifecycle, open to you, or closed and why."""
    found = await service.ways_on(call, path.number)
    vocabulary = call.use(BOOKS).vocabulary(VOCABULARY)
    locale = query.locale or found.reading.order.locale
    return transitions_view(found, vocabulary, call.store.timezone, locale, fulfils=call.actor.may(access.FULFIL))


@routes.post("/orders/{number}/cancel", needs=GUEST, errors=_CHANGING)
async def cancel_order(call: Call, path: OrderPath, query: LocaleQuery, body: EventBody) -> Reply[OrderView]:
    """Cancel an order, as far as its lifecycle lets you; with `orders.write` also those of others.

    What was kept for it is let go, and money that came is given back. `If-Match` may name the version.
    """
    found = await changing.cancel(call, path.number, wanted_version(call), body.note)
    return shown(call, found, query.locale)


@routes.post("/orders/{number}/back-to-cart", needs=GUEST, errors=(*_CHANGING, NO_CART))
async def order_back_to_cart(call: Call, path: OrderPath, query: LocaleQuery) -> Reply[OrderView]:
    """Give up an order of yours that is not paid, and have what was in it in your cart again.

    What the cart holds by now stays; units add up to the most a line may have. Gifts are for the rules to give again.
    """
    return shown(call, await changing.back_to_cart(call, path.number, wanted_version(call)), query.locale)


@routes.post("/orders/{number}/returns", needs=GUEST, errors=(*_CHANGING, UNITS_INVALID), status=201)
async def request_return(call: Call, path: OrderPath, query: LocaleQuery, body: ReturnBody) -> Reply[OrderView]:
    """Ask to send something back: units that were sent to you and have not come back yet."""
    found = await returns.request(call, path.number, wanted_version(call), body)
    return shown(call, found, query.locale, status=201)


@routes.post(
    "/orders/{number}/returns/{return_number}/withdraw",
    needs=GUEST,
    errors=(*_CHANGING, RETURN_UNKNOWN, RETURN_OVER),
)
async def withdraw_return(call: Call, path: ReturnPath, query: LocaleQuery) -> Reply[OrderView]:
    """Keep after all what you wanted to send back."""
    return shown(call, await returns.withdraw(call, path.number, path.return_number), query.locale)


@routes.get("/orders/by-link/{token}", needs=PUBLIC, errors=_BY_LINK)
async def read_linked_order(call: Call, path: LinkPath, query: LocaleQuery) -> Reply[OrderView]:
    """The order a link leads to, for customers without an account.

    Whoever placed an order gets the token of its link with it. It holds for 180 days.
    """
    await count_link(call)
    return shown(call, await service.read_linked(call, path.token), query.locale)


@routes.post("/orders/by-link/{token}/cancel", needs=PUBLIC, errors=(*_BY_LINK, TRANSITION_REFUSED))
async def cancel_linked_order(call: Call, path: LinkPath, query: LocaleQuery) -> Reply[OrderView]:
    """Cancel the order a link leads to, as far as its lifecycle lets its customer."""
    await count_link(call)
    return shown(call, await changing.cancel_linked(call, path.token), query.locale)


@routes.post(
    "/orders/by-link/{token}/returns", needs=PUBLIC, errors=(*_BY_LINK, TRANSITION_REFUSED, UNITS_INVALID), status=201
)
async def request_linked_return(call: Call, path: LinkPath, query: LocaleQuery, body: ReturnBody) -> Reply[OrderView]:
    """Ask to send something back of the order a link leads to."""
    await count_link(call)
    return shown(call, await returns.request_linked(call, path.token, body), query.locale, status=201)


def shown(call: Call, order: OrderDetail, locale: str | None, status: int | None = None) -> Reply[OrderView]:
    """The order as the caller may see it, with its version."""
    view = shows(call, locale or order.head.locale).order(order, is_staff=call.actor.may(access.READ))
    return versioned(view, order.head.version, status)


def shows(call: Call, locale: str) -> Shows:
    """How orders of the store are shown. Raises RULES_MISSING."""
    return Shows(call.use(BOOKS).live(call.store).orders, locale)


def keys_of(order: OrderLine) -> list[str]:
    """Where an order stands in lists by time."""
    return [order.placed_at.isoformat(), str(order.id)]


async def count_link(call: Call) -> None:
    """Count a link that the caller's network tries, in whatever way. Raises RATE_LIMITED."""
    await call.use(LIMITER).hit(LINKS_PER_NETWORK, str(call.store.id), network(call.client_ip))
