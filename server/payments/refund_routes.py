"""The addresses of refunds."""

from __future__ import annotations

from typing import Final

from server.decisions.errors import DECISION_UNKNOWN, PINNED_MISSING, RULES_MISSING
from server.orders.errors import ORDER_UNKNOWN, TRANSITION_REFUSED
from server.payments import refunds
from server.payments.allowance import REFUND
from server.payments.errors import (
    NOTHING_TO_REFUND,
    REFUND_BEYOND_LIMIT,
    REFUND_DECIDED,
    REFUND_INVALID,
    REFUND_TOO_LARGE,
    REFUND_UNKNOWN,
)
from server.payments.schemas import (
    DecisionBody,
    OrderPath,
    PlanBody,
    PlanView,
    RefundBody,
    RefundPath,
    RefundsQuery,
    RefundsView,
    RefundView,
)
from server.payments.views import plan_view, refund_view
from server.web.call import Call
from server.web.endpoint import GUEST, Reply, Routes
from server.web.pages import Page, page, position

routes = Routes("Refunds")

_PLANNING: Final = (
    ORDER_UNKNOWN, NOTHING_TO_REFUND, REFUND_INVALID, REFUND_TOO_LARGE, DECISION_UNKNOWN, PINNED_MISSING, RULES_MISSING,
)  # fmt: skip
_OF_ONE: Final = (ORDER_UNKNOWN, REFUND_UNKNOWN, REFUND_DECIDED)


@routes.get("/refunds", needs="orders.read")
async def list_refunds(call: Call, query: RefundsQuery) -> Reply[Page[RefundView]]:
    """Refunds of all orders, newest first: those with the status `requested` wait for somebody to decide."""
    at = position(call, query)
    found = await refunds.list_refunds(call, query, at)
    return page(
        call, query, at, found,
        lambda each: [each.refund.created_at.isoformat(), str(each.refund.id)],
        lambda each: refund_view(each, for_staff=True),
    )  # fmt: skip


@routes.get("/orders/{number}/refunds", needs=GUEST, errors=(ORDER_UNKNOWN,))
async def list_order_refunds(call: Call, path: OrderPath) -> RefundsView:
    """The refunds of an order, by number."""
    found, is_own = await refunds.of_order(call, path.number)
    return RefundsView(items=[refund_view(each, for_staff=not is_own) for each in found])


@routes.post("/orders/{number}/refunds/preview", needs=REFUND, errors=_PLANNING, idempotency="none")
async def preview_refund(call: Call, path: OrderPath, body: PlanBody) -> PlanView:
    """See what a refund would give back, cent by cent, without requesting it."""
    found, skus = await refunds.preview(call, path.number, body)
    return plan_view(found, skus)


@routes.post(
    "/orders/{number}/refunds",
    needs=REFUND,
    errors=(*_PLANNING, REFUND_BEYOND_LIMIT, TRANSITION_REFUSED),
    status=201,
    idempotency="required",
)
async def request_refund(call: Call, path: OrderPath, body: RefundBody) -> RefundView:
    """Request a refund: of units of lines, of what came back with a return, of an amount, or of shipping.

    Units give back what they cost, worked out from what was agreed. With `approve` it goes at once, if your limit
    allows that; else nothing is requested either.
    """
    return refund_view(await refunds.request(call, path.number, body), for_staff=True)


@routes.post(
    "/orders/{number}/refunds/{refund_number}/approve",
    needs=REFUND,
    errors=(*_OF_ONE, REFUND_BEYOND_LIMIT, REFUND_TOO_LARGE, TRANSITION_REFUSED, RULES_MISSING),
)
async def approve_refund(call: Call, path: RefundPath, body: DecisionBody) -> RefundView:
    """Let a requested refund go: the provider is asked for it at once.

    How much you may let go, each time, for one order or in one day, is said by the access ruleset.
    """
    return refund_view(await refunds.approve(call, path.number, path.refund_number, body.note), for_staff=True)


@routes.post(
    "/orders/{number}/refunds/{refund_number}/refuse",
    needs=REFUND,
    errors=(*_OF_ONE, TRANSITION_REFUSED, RULES_MISSING),
)
async def refuse_refund(call: Call, path: RefundPath, body: DecisionBody) -> RefundView:
    """Refuse a requested refund. The refund of a received return ends the return with it: the order stands."""
    return refund_view(await refunds.refuse(call, path.number, path.refund_number, body.note), for_staff=True)


@routes.post(
    "/orders/{number}/refunds/{refund_number}/retry",
    needs=REFUND,
    errors=(*_OF_ONE, REFUND_BEYOND_LIMIT, REFUND_TOO_LARGE),
    status=201,
)
async def retry_refund(call: Call, path: RefundPath) -> RefundView:
    """Do a refund once more that failed, as a new one that goes at once. Each can be tried again once."""
    return refund_view(await refunds.retry(call, path.number, path.refund_number), for_staff=True)


@routes.post(
    "/orders/{number}/refunds/{refund_number}/settle",
    needs=REFUND,
    errors=(*_OF_ONE, TRANSITION_REFUSED, RULES_MISSING),
)
async def settle_refund(call: Call, path: RefundPath, body: DecisionBody) -> RefundView:
    """Say that the customer has been given the money, of a refund in cash. Other providers tell by themselves."""
    return refund_view(await refunds.settle(call, path.number, path.refund_number, body.note), for_staff=True)
