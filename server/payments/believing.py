"""What does an event of a provider do? Checked against what we know, and never twice, it moves payment and order.

An event that is believable and yet not about what we know changes nothing: it is `mistaken`, for people to look at.
"""

from __future__ import annotations

from typing import Final, Literal

import structlog

from engine.money import format_amount
from server.errors import AppError
from server.orders.errors import TRANSITION_REFUSED
from server.orders.happening import THE_SYSTEM, Happens
from server.orders.lifecycle import advance, locked
from server.payments import attempts, giving_back, instruments, refunds_repo, repo, settling
from server.payments.errors import REFUND_TOO_LARGE
from server.payments.snapshot import Outcome, PaymentRow, RefundRow
from server.ports import PaymentEvent
from server.web.call import Shop
from server.web.waking import WAKE
from storage.tenancy import Store
from storage.transaction import Transaction

_LOG: Final = structlog.get_logger("sostech.payments")


async def apply(tx: Transaction, shop: Shop, store: Store, provider: str, event: PaymentEvent) -> Outcome:
    """Do what the event says, in the caller's transaction; what became of it. Raises what steps of an order raise."""
    if event.kind == "other":
        return Outcome(status="ignored", detail=f"events of type {event.type} change nothing")
    if event.kind in ("payment_succeeded", "payment_failed", "instrument_told"):
        outcome = await _of_payment(tx, shop, store, provider, event)
    else:
        outcome = await _of_refund(tx, shop, store, provider, event)
    if outcome.status == "mistaken":
        _LOG.error("payment_event_mistaken", provider=provider, event_id=event.id, reason=outcome.detail)
    return outcome


async def _of_payment(tx: Transaction, shop: Shop, store: Store, provider: str, event: PaymentEvent) -> Outcome:
    payment = await _payment_of(tx, provider, event)
    if payment is None:
        return Outcome(status="mistaken", detail="we know no payment that the event could be about")
    wrong = _contradiction(event, payment)
    if wrong is not None:
        return _outcome("mistaken", payment, wrong)
    order = await locked(tx, payment.order_id)
    payment = await repo.lock(tx, payment.id)
    if event.kind == "payment_failed":
        return await _failed(tx, shop, store, payment, provider, event)
    # Before anybody hears that the order is paid: who judges an invite because of that has to see it.
    is_known = await instruments.note(tx, order, provider, event)
    if event.kind == "instrument_told":
        return _outcome("applied", payment) if is_known else _outcome("ignored", payment, "the order is of a guest")
    return await _succeeded(tx, shop, store, payment, provider, event)


async def _succeeded(
    tx: Transaction, shop: Shop, store: Store, payment: PaymentRow, provider: str, event: PaymentEvent
) -> Outcome:
    """The money came, whatever was said before. It is the order's, or goes back at once."""
    if not await repo.succeed(tx, payment.id, event.reference):
        return _outcome("ignored", payment, "this payment had come already")
    happens = Happens(
        event="payment_succeeded", doer=THE_SYSTEM, key=f"receipt:{provider}:{event.id}", captured=payment.amount,
        about=payment.id,
    )  # fmt: skip
    try:
        await advance(tx, shop, store, payment.order_id, happens)
    except AppError as refused:
        if refused.error is not TRANSITION_REFUSED:
            raise
        _LOG.error("payment_not_expected", payment_id=str(payment.id), reason=refused.detail)
        await giving_back.at_once(tx, shop, payment.id, "payment_succeeded: the order does not take it")
        return _outcome("applied", payment, "the order does not take it, so it goes back")
    # What else the customer could still pay would only have to be given back.
    if await repo.want_void(tx, payment.order_id):
        shop.use(WAKE).after(tx)
    return _outcome("applied", payment)


async def _failed(
    tx: Transaction, shop: Shop, store: Store, payment: PaymentRow, provider: str, event: PaymentEvent
) -> Outcome:
    failure = event.failure or "declined"
    if await attempts.give_up(tx, shop, store, payment, failure, f"receipt:{provider}:{event.id}"):
        return _outcome("applied", payment)
    return _outcome("ignored", payment, f"this payment had ended before: {payment.status}")


async def _of_refund(tx: Transaction, shop: Shop, store: Store, provider: str, event: PaymentEvent) -> Outcome:
    refund = await _refund_of(tx, provider, event)
    payment = None if refund is None else await repo.find(tx, refund.payment_id)
    if refund is None or payment is None or payment.provider != provider:
        return Outcome(status="mistaken", detail="we know no refund that the event could be about")
    wrong = _contradiction_of_refund(event, refund)
    if wrong is not None:
        return _outcome("mistaken", payment, wrong)
    if event.kind == "refund_failed":
        return await _refund_failed(tx, payment, refund, event)
    if refund.status in ("requested", "refused"):
        return _outcome("mistaken", payment, f"refund {refund.number} is {refund.status}, and was never asked for")
    try:
        if await settling.settle(tx, shop, store, refund.id, event.reference):
            return _outcome("applied", payment)
    except AppError as error:
        if error.error is not REFUND_TOO_LARGE:
            raise
        return _outcome("mistaken", payment, f"refund {refund.number} had been given up: {error.detail}")
    return _outcome("ignored", payment, f"refund {refund.number} had been settled already")


async def _refund_failed(tx: Transaction, payment: PaymentRow, refund: RefundRow, event: PaymentEvent) -> Outcome:
    if await settling.fail(tx, refund.id, event.failure or "the provider gives no reason", event.reference):
        return _outcome("applied", payment)
    if refund.status == "failed":
        return _outcome("ignored", payment, f"refund {refund.number} had failed already")
    return _outcome("mistaken", payment, f"refund {refund.number} is {refund.status}; look what became of the money")


async def _payment_of(tx: Transaction, provider: str, event: PaymentEvent) -> PaymentRow | None:
    """By our own id when the event has it, else by the provider's name of it."""
    if event.payment_id is not None:
        found = await repo.find(tx, event.payment_id)
        return found if found is not None and found.provider == provider else None
    return None if event.reference is None else await repo.find_by_reference(tx, provider, event.reference)


async def _refund_of(tx: Transaction, provider: str, event: PaymentEvent) -> RefundRow | None:
    if event.refund_id is not None:
        return await refunds_repo.find(tx, event.refund_id)
    return None if event.reference is None else await refunds_repo.find_by_reference(tx, provider, event.reference)


def _contradiction(event: PaymentEvent, payment: PaymentRow) -> str | None:
    """What the event says otherwise than we know it. Who reports money has to say how much."""
    if event.order_id is not None and event.order_id != payment.order_id:
        return f"the event is about order {event.order_id}, the payment is of {payment.order_id}"
    if payment.reference is not None and event.reference is not None and event.reference != payment.reference:
        return f"the event is about {event.reference}, the payment is {payment.reference}"
    return _other_money(event, payment.amount, payment.currency, needed=event.kind == "payment_succeeded")


def _contradiction_of_refund(event: PaymentEvent, refund: RefundRow) -> str | None:
    if event.order_id is not None and event.order_id != refund.order_id:
        return f"the event is about order {event.order_id}, the refund is of {refund.order_id}"
    return _other_money(event, refund.amount, refund.currency, needed=event.kind == "refund_settled")


def _other_money(event: PaymentEvent, amount: int, currency: str, *, needed: bool) -> str | None:
    if event.amount is None and event.currency is None and not needed:
        return None
    if event.amount == amount and event.currency == currency:
        return None
    ours = f"{format_amount(amount, currency)} {currency}"
    if event.amount is None or event.currency is None:
        return f"the event does not say how much; we know of {ours}"
    # In minor units: a currency we do not know has no digits to write it with.
    return f"the event says {event.amount} minor units of {event.currency}; we know of {ours}"


def _outcome(
    status: Literal["applied", "ignored", "mistaken"], payment: PaymentRow, detail: str | None = None
) -> Outcome:
    return Outcome(status=status, detail=detail, order_id=payment.order_id, payment_id=payment.id)
