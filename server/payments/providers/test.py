"""How does the built-in test provider take our payments? Like a real one: a page to pay at, and signed webhooks.

What it is asked, it is asked by a function call and not by HTTP to ourselves: a worker without a server can then ask it
too, and a server that is stopping does not wait for a connection it no longer takes. What it tells comes by real HTTP.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from server.errors import AppError
from server.payments.providers.signatures import check
from server.payments.test_provider import service
from server.payments.test_provider.charges import ChargeStatus, NewCharge, NewRefund
from server.payments.test_provider.deliveries import COURIER
from server.payments.test_provider.events import SIGNATURE_HEADER, EventType, TrialEvent, webhook_secrets
from server.ports import (
    EventNotBelieved,
    LookedUp,
    PaymentEvent,
    PaymentEventKind,
    PaymentStarted,
    PaymentWanted,
    ProviderRefused,
    ProviderUnavailable,
    RefundStarted,
    RefundWanted,
)
from server.web.call import Shop
from storage.errors import DatabaseUnavailable

PAY_PATH: Final = "/test-provider/pay"

_KINDS: Final[dict[EventType, PaymentEventKind]] = {
    "payment.succeeded": "payment_succeeded",
    "payment.declined": "payment_failed",
    "refund.succeeded": "refund_settled",
    "refund.failed": "refund_failed",
}

_ENDS: Final[dict[ChargeStatus, PaymentEventKind]] = {
    "paid": "payment_succeeded",
    "declined": "payment_failed",
    "voided": "payment_failed",
}


class BuiltInProvider:
    """The test provider as the port has it."""

    name = "test"

    def __init__(self, shop: Shop) -> None:
        self._shop = shop
        self._secrets = webhook_secrets(shop.keys)

    async def start(self, wanted: PaymentWanted) -> PaymentStarted:
        """Make a charge; `checkout_url` is the page where somebody pays or declines."""
        new = NewCharge(
            store_slug=wanted.store_slug,
            amount=wanted.amount,
            currency=wanted.currency,
            metadata={
                "order_number": wanted.order_number,
                "order_id": str(wanted.order_id),
                "payment_id": str(wanted.payment_id),
            },
            return_url=wanted.return_url,
            key=wanted.key,
        )
        with _told_as_provider():
            reference = await service.create_charge(self._shop, new)
        address = self._shop.use(COURIER).public_address
        return PaymentStarted(reference=reference, client={"checkout_url": f"{address}{PAY_PATH}/{reference}"})

    async def void(self, reference: str, key: str) -> None:
        """Call the charge off, unless it has ended."""
        with _told_as_provider():
            await service.void_charge(self._shop, reference)

    async def look_up(self, reference: str) -> LookedUp | None:
        """Read the charge; an open one has not ended."""
        with _told_as_provider():
            charge = (await service.read_charge(self._shop, reference)).charge
        kind = _ENDS.get(charge.status)
        if kind is None:
            return None
        event = PaymentEvent(
            id=f"looked-up:{reference}:{charge.status}",
            type=f"charge.{charge.status}",
            kind=kind,
            reference=reference,
            payment_id=UUID(charge.metadata["payment_id"]),
            order_id=UUID(charge.metadata["order_id"]),
            amount=charge.amount,
            currency=charge.currency,
            failure=None if kind == "payment_succeeded" else charge.status,
            fingerprint=charge.fingerprint,
        )
        return LookedUp(event, msgspec.json.encode(charge))

    async def refund(self, wanted: RefundWanted) -> RefundStarted:
        """Ask for money back; an event says whether it came through."""
        new = NewRefund(
            reference=wanted.reference,
            amount=wanted.amount,
            metadata={
                "order_id": str(wanted.order_id),
                "payment_id": str(wanted.payment_id),
                "refund_id": str(wanted.refund_id),
            },
            key=wanted.key,
        )
        with _told_as_provider():
            refund = await service.refund_charge(self._shop, new)
        return RefundStarted(reference=refund.reference, status="pending")

    def read_event(self, headers: Mapping[str, str], payload: bytes, now: datetime) -> PaymentEvent:
        """What a webhook says, once its Test-Signature is believed."""
        check(headers.get(SIGNATURE_HEADER), payload, self._secrets, now)
        try:
            event = msgspec.json.decode(payload, type=TrialEvent)
        except (msgspec.DecodeError, msgspec.ValidationError, UnicodeDecodeError) as error:
            raise EventNotBelieved(f"the payload is no event of the test provider's: {error}") from error
        return PaymentEvent(
            id=event.id,
            type=event.type,
            kind=_KINDS.get(event.type, "other"),
            reference=event.refund or event.charge,
            payment_id=_id(event, "payment_id"),
            order_id=_id(event, "order_id"),
            refund_id=_id(event, "refund_id"),
            amount=event.amount,
            currency=event.currency,
            failure=event.failure,
            fingerprint=event.fingerprint,
        )


@contextmanager
def _told_as_provider() -> Iterator[None]:
    """Its refusals, and our database being away, in the words of the port."""
    try:
        yield
    except AppError as error:
        raise ProviderRefused(error.detail) from error
    except DatabaseUnavailable as error:
        raise ProviderUnavailable(str(error)) from error


def _id(event: TrialEvent, name: str) -> UUID | None:
    value = event.metadata.get(name)
    try:
        return None if value is None else UUID(value)
    except ValueError as error:
        raise EventNotBelieved(f"the {name} in metadata is no id of ours") from error
