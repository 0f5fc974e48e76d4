"""What can staff do with refunds? Request, let go, refuse, try again, and say that cash was given; all of it recorded.

A refund is numbered within its order and worked on while the order's row is locked, so that two people never give the
same units or the same money back.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from server.decisions.books import BOOKS
from server.errors import AppError
from server.orders import history_repo as orders
from server.orders.access import owns, visible
from server.orders.happening import Happens, doer_of
from server.orders.lifecycle import advance
from server.orders.snapshot import OrderHead
from server.payments import allowance, giving_back, refunds_repo, repo, settling
from server.payments.amounts import RefundPlan
from server.payments.errors import REFUND_DECIDED, REFUND_UNKNOWN
from server.payments.planning import Planned, planned
from server.payments.providers.cash import CashProvider
from server.payments.reclaiming import terms_of
from server.payments.schemas import PlanBody, RefundBody, RefundsQuery
from server.payments.snapshot import ListedRefund, RefundRow
from server.web.call import Call
from server.web.noting import note
from server.web.pages import Position
from storage.transaction import Transaction

APPROVE: Final = "approve_refund"
REFUSE: Final = "refuse_refund"
"""Events of orders whose return has been received; elsewhere a refund changes nothing until it has settled."""


async def preview(call: Call, number: int, asked: PlanBody) -> tuple[Planned, dict[UUID, str]]:
    """What such a refund would give back, and the SKUs of the lines. Raises as `request` does."""

    terms = await terms_of(call, number)

    async def work(tx: Transaction) -> tuple[Planned, dict[UUID, str]]:
        order = visible(call.actor, await orders.find(tx, number), number)
        return await planned(tx, terms, order, asked), await refunds_repo.skus(tx, [order.id])

    return await call.database.transaction(call.store.id, work)


async def request(call: Call, number: int, asked: RefundBody) -> ListedRefund:
    """Request a refund, and let it go when that is asked for too.

    Raises ORDER_UNKNOWN, NOTHING_TO_REFUND, REFUND_INVALID, REFUND_TOO_LARGE, REFUND_BEYOND_LIMIT, TRANSITION_REFUSED,
    PINNED_MISSING.
    """

    terms = await terms_of(call, number)

    async def work(tx: Transaction) -> ListedRefund:
        order = visible(call.actor, await orders.lock(tx, number), number)
        found = await planned(tx, terms, order, asked)
        refund = await refunds_repo.insert(
            tx, found.payment, found.plan, kind="requested", status="requested", reason=asked.reason,
            restock=asked.restock and asked.return_id is None, return_id=asked.return_id, requested_by=call.actor.id,
        )  # fmt: skip
        await _record(tx, call, "refunds.request", refund, None, "requested", asked.reason)
        if asked.approve:
            await _approve(tx, call, order, refund)
        return await _listed(tx, order, refund.id)

    return await call.database.transaction(call.store.id, work)


async def approve(call: Call, number: int, refund_number: int, note: str | None) -> ListedRefund:
    """Let a requested refund go.

    Raises ORDER_UNKNOWN, REFUND_UNKNOWN, REFUND_DECIDED, REFUND_BEYOND_LIMIT, REFUND_TOO_LARGE, TRANSITION_REFUSED.
    """

    async def work(tx: Transaction) -> ListedRefund:
        order, refund = await _locked(tx, call, number, refund_number)
        if refund.status != "requested":
            raise _decided(refund, "requested")
        await _approve(tx, call, order, refund, note)
        return await _listed(tx, order, refund.id)

    return await call.database.transaction(call.store.id, work)


async def refuse(call: Call, number: int, refund_number: int, note: str | None) -> ListedRefund:
    """Refuse a requested refund; where it was for a return, the order stands from now on.

    Raises ORDER_UNKNOWN, REFUND_UNKNOWN, REFUND_DECIDED, TRANSITION_REFUSED.
    """

    async def work(tx: Transaction) -> ListedRefund:
        order, refund = await _locked(tx, call, number, refund_number)
        if not await refunds_repo.refuse(tx, refund.id):
            raise _decided(refund, "requested")
        if refund.return_id is not None and _knows(call, order, REFUSE):
            await _bring(tx, call, order, refund, REFUSE)
        await _record(tx, call, "refunds.refuse", refund, refund.status, "refused", note)
        return await _listed(tx, order, refund.id)

    return await call.database.transaction(call.store.id, work)


async def retry(call: Call, number: int, refund_number: int) -> ListedRefund:
    """Do a failed refund once more, as a new one that goes at once.

    Raises ORDER_UNKNOWN, REFUND_UNKNOWN, REFUND_DECIDED, REFUND_BEYOND_LIMIT, REFUND_TOO_LARGE.
    """

    async def work(tx: Transaction) -> ListedRefund:
        order, failed = await _locked(tx, call, number, refund_number)
        if failed.status != "failed":
            raise _decided(failed, "failed")
        await _refuse_if_repeated(tx, order, failed)
        payment = await repo.lock(tx, failed.payment_id)
        plan = RefundPlan(
            lines=failed.lines,
            shipping=failed.shipping_amount,
            amount=failed.amount,
            is_everything=False,
            withheld=failed.withheld,
        )
        refund = await refunds_repo.insert(
            tx, payment, plan, kind=failed.kind, status="requested", reason=failed.reason, restock=failed.restock,
            return_id=failed.return_id, requested_by=failed.requested_by, retry_of=failed.id,
        )  # fmt: skip
        if refund.kind == "requested":
            await allowance.require(tx, call, refund)
        # What a ruleset has given back is nobody's to allow, and does not count for their limit.
        person = call.actor.id if refund.kind == "requested" else None
        await giving_back.approve(tx, call.shop, refund, person)
        await _record(tx, call, "refunds.retry", refund, None, "approved", None)
        return await _listed(tx, order, refund.id)

    return await call.database.transaction(call.store.id, work)


async def settle(call: Call, number: int, refund_number: int, note: str | None) -> ListedRefund:
    """Say that the customer has been given the cash. Raises ORDER_UNKNOWN, REFUND_UNKNOWN, REFUND_DECIDED."""

    async def work(tx: Transaction) -> ListedRefund:
        order, refund = await _locked(tx, call, number, refund_number)
        payment = await repo.lock(tx, refund.payment_id)
        if payment.provider != CashProvider.name:
            raise REFUND_DECIDED(
                f"refund {refund.number} goes back by {payment.provider}, which tells by itself when it has arrived",
                status=refund.status,
            )
        if refund.status not in ("approved", "gateway_pending"):
            raise _decided(refund, "approved")
        await settling.settle(tx, call.shop, call.store, refund.id, refund.reference)
        await _record(tx, call, "refunds.settle", refund, refund.status, "settled", note)
        return await _listed(tx, order, refund.id)

    return await call.database.transaction(call.store.id, work)


async def of_order(call: Call, number: int) -> tuple[list[ListedRefund], bool]:
    """The refunds of an order the caller may see; and whether the order is only theirs. Raises ORDER_UNKNOWN."""

    async def work(tx: Transaction) -> tuple[list[ListedRefund], bool]:
        order = visible(call.actor, await orders.find(tx, number), number)
        skus = await refunds_repo.skus(tx, [order.id])
        found = await refunds_repo.of_order(tx, order.id)
        return [ListedRefund(refund=each, order_number=number, skus=skus) for each in found], owns(call.actor, order)

    return await call.database.transaction(call.store.id, work)


async def list_refunds(call: Call, query: RefundsQuery, at: Position) -> Sequence[ListedRefund]:
    """Refunds of all orders, newest first, one more than the page holds."""
    past = None if at.keys is None else (datetime.fromisoformat(at.keys[0]), UUID(at.keys[1]))

    async def work(tx: Transaction) -> Sequence[ListedRefund]:
        return await refunds_repo.page_of(
            tx, status=query.status, past=past, backwards=at.backwards, limit=at.limit + 1
        )

    return await call.database.transaction(call.store.id, work)


async def _approve(tx: Transaction, call: Call, order: OrderHead, refund: RefundRow, note: str | None = None) -> None:
    await allowance.require(tx, call, refund)
    if _knows(call, order, APPROVE):
        # Its action approves the refund.
        await _bring(tx, call, order, refund, APPROVE)
    else:
        await giving_back.approve(tx, call.shop, refund, call.actor.id)
    await _record(tx, call, "refunds.approve", refund, refund.status, "approved", note)


async def _bring(tx: Transaction, call: Call, order: OrderHead, refund: RefundRow, event: str) -> None:
    live = call.use(BOOKS).live(call.store)
    happens = Happens(
        event=event, doer=doer_of(live.orders, live.access, call.actor), key=f"refund:{refund.id}:{event}",
        amount=refund.amount, units=refund.units, line_amounts=refund.line_amounts, about=refund.id,
    )  # fmt: skip
    await advance(tx, call.shop, call.store, order.id, happens)


def _knows(call: Call, order: OrderHead, event: str) -> bool:
    return (order.state, event) in call.use(BOOKS).live(call.store).orders.at


async def _locked(tx: Transaction, call: Call, number: int, refund_number: int) -> tuple[OrderHead, RefundRow]:
    order = visible(call.actor, await orders.lock(tx, number), number)
    for refund in await refunds_repo.of_order(tx, order.id):
        if refund.number == refund_number:
            return order, refund
    raise REFUND_UNKNOWN(f"order {number} has no refund {refund_number}; GET /orders/{number}/refunds lists them")


async def _refuse_if_repeated(tx: Transaction, order: OrderHead, failed: RefundRow) -> None:
    again = [each for each in await refunds_repo.of_order(tx, order.id) if each.retry_of == failed.id]
    if again:
        raise REFUND_DECIDED(
            f"refund {failed.number} was tried once more already, as refund {again[0].number}", status=failed.status
        )
    left = {line.id: line.left_units for line in (await giving_back.basis(tx, order)).lines}
    if any(line.units > left.get(line.line, 0) for line in failed.lines):
        raise REFUND_DECIDED(
            f"units of refund {failed.number} were refunded otherwise since; request a refund of what is left",
            status=failed.status,
        )


def _decided(refund: RefundRow, needed: str) -> AppError:
    return REFUND_DECIDED(
        f"refund {refund.number} is {refund.status}; this can only be done while it is {needed}", status=refund.status
    )


async def _listed(tx: Transaction, order: OrderHead, refund_id: UUID) -> ListedRefund:
    refund = await refunds_repo.find(tx, refund_id)
    assert refund is not None
    return ListedRefund(refund=refund, order_number=order.number, skus=await refunds_repo.skus(tx, [order.id]))


async def _record(
    tx: Transaction, call: Call, action: str, refund: RefundRow, before: str | None, after: str, reason: str | None
) -> None:
    state = {"status": after, "amount": refund.amount, "currency": refund.currency, "note": reason}
    await note(tx, call, action, "refund", refund.id, None if before is None else {"status": before}, state)
