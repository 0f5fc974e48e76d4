"""What does an event of Stripe's say? The few that end a payment or a refund; all others change nothing.

| event | what it is to us |
|---|---|
| payment_intent.succeeded | the money came |
| payment_intent.canceled | it will not come any more |
| charge.succeeded | by which card or account the customer pays: an intent names its charge, and tells nothing of it |
| payment_intent.payment_failed | nothing yet: the intent is back at requires_payment_method, and the customer may try |
| | another card in the same form; the order's own time-out ends the waiting |
| refund.created, refund.updated, refund.failed, charge.refund.updated | by the status of the refund |
| charge.refunded | nothing: it names a sum, not a refund; the events above say which one |

https://docs.stripe.com/payments/paymentintents/lifecycle: "If the payment attempt fails (for example due to a
decline), the PaymentIntent's status returns to requires_payment_method so that the payment can be retried."
"""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

import msgspec

from server.payments.providers.stripe_amounts import from_stripe
from server.ports import EventNotBelieved, PaymentEvent, PaymentEventKind

_REFUND_EVENTS: Final = ("refund.created", "refund.updated", "refund.failed", "charge.refund.updated")
_REFUND_KINDS: Final[dict[str, PaymentEventKind]] = {
    "succeeded": "refund_settled",
    "failed": "refund_failed",
    "canceled": "refund_failed",
}
_INTENT_KINDS: Final[dict[str, PaymentEventKind]] = {
    "payment_intent.succeeded": "payment_succeeded",
    "payment_intent.canceled": "payment_failed",
}


class _Data(msgspec.Struct, frozen=True):
    object: dict[str, Any]


class _Event(msgspec.Struct, frozen=True):
    id: str
    type: str
    data: _Data


def read_stripe_event(payload: bytes) -> PaymentEvent:
    """The event in the words of the port. Raises EventNotBelieved when the payload is none.

    `reference` is the payment intent's id for payments, the refund's for refunds.
    """
    try:
        event = msgspec.json.decode(payload, type=_Event)
    except (msgspec.DecodeError, msgspec.ValidationError, UnicodeDecodeError, RecursionError) as error:
        raise EventNotBelieved(f"the payload is no event of Stripe's: {error}") from error
    thing = event.data.object
    if event.type in _REFUND_EVENTS:
        return _told(event, _REFUND_KINDS.get(_text(thing, "status") or "", "other"), thing, thing.get("amount"))
    if event.type == "charge.succeeded":
        return _of_charge(event, thing)
    if event.type.startswith("payment_intent."):
        kind = _INTENT_KINDS.get(event.type, "other")
        return _told(event, kind, thing, thing.get("amount_received" if kind == "payment_succeeded" else "amount"))
    return PaymentEvent(id=event.id, type=event.type, kind="other")


def read_stripe_intent(intent: dict[str, Any]) -> PaymentEvent | None:
    """What became of an intent that was looked up, as if Stripe had told it; None for one that has not ended."""
    status = _text(intent, "status") or ""
    kind = _INTENT_KINDS.get(f"payment_intent.{status}")
    if kind is None:
        return None
    event = _Event(f"looked-up:{_text(intent, 'id')}:{status}", f"payment_intent.{status}", _Data(intent))
    return _told(event, kind, intent, intent.get("amount_received" if kind == "payment_succeeded" else "amount"))


def _of_charge(event: _Event, charge: dict[str, Any]) -> PaymentEvent:
    """A charge is of an intent, and has its metadata; the money is the intent's to tell."""
    fingerprint = _fingerprint(charge)
    return PaymentEvent(
        id=event.id,
        type=event.type,
        kind="other" if fingerprint is None else "instrument_told",
        reference=_text(charge, "payment_intent"),
        payment_id=_sent_along(charge, "payment_id"),
        order_id=_sent_along(charge, "order_id"),
        fingerprint=fingerprint,
    )


def _told(event: _Event, kind: PaymentEventKind, thing: dict[str, Any], amount: Any) -> PaymentEvent:
    currency = (_text(thing, "currency") or "").upper() or None
    return PaymentEvent(
        id=event.id,
        type=event.type,
        kind=kind,
        reference=_text(thing, "id"),
        payment_id=_sent_along(thing, "payment_id"),
        order_id=_sent_along(thing, "order_id"),
        refund_id=_sent_along(thing, "refund_id"),
        amount=from_stripe(amount, currency) if isinstance(amount, int) and currency is not None else None,
        currency=currency,
        failure=_failure(thing) if kind in ("payment_failed", "refund_failed", "other") else None,
        fingerprint=_fingerprint(thing.get("latest_charge")) if kind == "payment_succeeded" else None,
    )


def _fingerprint(charge: Any) -> str | None:
    """What is equal for equal cards, or accounts that are debited; None where the charge is only named, or has none.

    https://docs.stripe.com/api/charges/object: payment_method_details has a part that is called like its type.
    """
    details = charge.get("payment_method_details") if isinstance(charge, dict) else None
    part = details.get(_text(details, "type") or "") if isinstance(details, dict) else None
    return _text(part, "fingerprint") if isinstance(part, dict) else None


def _failure(thing: dict[str, Any]) -> str | None:
    """Why a payment or a refund came to nothing, in Stripe's words."""
    last = thing.get("last_payment_error")
    message = _text(last, "message") if isinstance(last, dict) else None
    return message or _text(thing, "failure_reason") or _text(thing, "cancellation_reason")


def _sent_along(thing: dict[str, Any], name: str) -> UUID | None:
    """An id of ours; None when the payment is somebody else's in the same account."""
    metadata = thing.get("metadata")
    try:
        return UUID(metadata[name]) if isinstance(metadata, dict) else None
    except (KeyError, ValueError, AttributeError, TypeError):
        return None


def _text(thing: dict[str, Any], name: str) -> str | None:
    value = thing.get(name)
    return value if isinstance(value, str) else None
