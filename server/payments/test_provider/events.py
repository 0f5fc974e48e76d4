"""What does the test provider tell the shop, and in which disorder? Events, and when each of them is sent.

Real providers send late, twice and out of order, and others forge; whoever pays here chooses which of it happens.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

import msgspec

from server.keys import KeyRing
from server.payments.test_provider.charges import Charge, Refund
from storage.ids import new_id

EventType = Literal[
    "payment.succeeded", "payment.declined", "payment.processing", "payment.voided", "refund.succeeded", "refund.failed"
]
Stray = Literal["none", "processing_late", "declined_first"]

SIGNATURE_HEADER: Final = "Test-Signature"
_APART_SECONDS: Final = 1
"""Between events whose order matters: so much that two senders do not swap them by chance."""


class TrialEvent(msgspec.Struct, frozen=True, kw_only=True):
    """A payload. `amount` is in minor units of ISO 4217, `metadata` what the shop sent along."""

    id: str
    type: EventType
    charge: str
    refund: str | None
    amount: int
    currency: str
    metadata: dict[str, str]
    failure: str | None
    fingerprint: str | None = None


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """How a charge is to end: when the shop is told, how often, with which amount (minor units) and what disorder.

    `stray` is a second event: an older one that arrives after the success, or a decline before it. `forge` signs with a
    key that is not the provider's. With `refunds_fail` every later refund of the charge comes to nothing. `payer` says
    whose card or account it is: what two charges are paid with by the same payer is the same.
    """

    outcome: Literal["succeeded", "declined"] = "succeeded"
    delay_seconds: int = 0
    times: int = 1
    stray: Stray = "none"
    forge: bool = False
    amount: int | None = None
    refunds_fail: bool = False
    payer: str | None = None


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """An event to be sent in so many seconds."""

    event: TrialEvent
    in_seconds: int = 0
    is_forged: bool = False


def webhook_secrets(keys: KeyRing) -> list[bytes]:
    """What events may be signed with: the first is signed with, all are believed, so that keys can rotate."""
    return [keys.key("test-provider", key_id) for key_id in keys.ids]


def payment_deliveries(reference: str, charge: Charge, wish: Wish) -> list[Delivery]:
    """What the shop is told of a charge that was paid or declined, in the order it is sent."""
    amount = charge.amount if wish.amount is None else wish.amount
    outcome: EventType = "payment.succeeded" if wish.outcome == "succeeded" else "payment.declined"
    at = wish.delay_seconds
    final = _event(outcome, reference, charge, amount)
    if wish.stray == "processing_late":
        sent = [(final, at), (_event("payment.processing", reference, charge, amount), at + _APART_SECONDS)]
    elif wish.stray == "declined_first":
        sent = [(_event("payment.declined", reference, charge, amount), at), (final, at + _APART_SECONDS)]
    else:
        sent = [(final, at)]
    return [
        Delivery(event=event, in_seconds=seconds, is_forged=wish.forge)
        for event, seconds in sent
        for _ in range(wish.times)
    ]


def void_delivery(reference: str, charge: Charge) -> Delivery:
    """What the shop is told of a charge it called off."""
    return Delivery(event=_event("payment.voided", reference, charge, charge.amount))


def refund_delivery(reference: str, charge: Charge, refund: Refund, metadata: Mapping[str, str]) -> Delivery:
    """What the shop is told of a refund it asked for."""
    failed = refund.status == "failed"
    event = TrialEvent(
        id=_event_id(),
        type="refund.failed" if failed else "refund.succeeded",
        charge=reference,
        refund=refund.reference,
        amount=refund.amount,
        currency=charge.currency,
        metadata=dict(metadata),
        failure="the bank of the customer does not take it" if failed else None,
    )
    return Delivery(event=event)


def _event(kind: EventType, reference: str, charge: Charge, amount: int) -> TrialEvent:
    return TrialEvent(
        id=_event_id(),
        type=kind,
        charge=reference,
        refund=None,
        amount=amount,
        currency=charge.currency,
        metadata=charge.metadata,
        failure="the card was declined" if kind == "payment.declined" else None,
        fingerprint=charge.fingerprint,
    )


def _event_id() -> str:
    return f"evt_{new_id().hex}"
