"""How does Stripe take our payments? With payment intents, which the storefront confirms in Stripe's own form.

Card data never comes near us. What has become of an intent is told by webhooks alone, never by the customer's return.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec

from server.payments.providers.outbound import Outbound
from server.payments.providers.signatures import check
from server.payments.providers.stripe_amounts import to_stripe
from server.payments.providers.stripe_api import StripeApi, StripeRefused
from server.payments.providers.stripe_events import read_stripe_event, read_stripe_intent
from server.ports import (
    LookedUp,
    PaymentEvent,
    PaymentStarted,
    PaymentWanted,
    ProviderUnavailable,
    RefundStarted,
    RefundWanted,
)
from server.settings import Settings

_METHODS: Final = {
    "card": "card", "pix": "pix", "boleto": "boleto", "paypal": "paypal", "ideal": "ideal", "klarna": "klarna",
    "sepa_debit": "sepa_debit", "bancontact": "bancontact", "eps": "eps", "p24": "p24", "blik": "blik",
}  # fmt: skip
"""Payment methods of ours that Stripe knows by a name; for others the customer chooses among those Stripe offers."""

_PAST_CALLING_OFF: Final = ("succeeded", "canceled", "processing")
"""States of an intent that cannot be cancelled. One that is processing may still come: then it is a late payment."""

_REFUNDED: Final[dict[str, Any]] = {"succeeded": "settled", "failed": "failed", "canceled": "failed"}


class StripeProvider:
    """Stripe as the port has it."""

    name = "stripe"

    def __init__(self, settings: Settings, outbound: Outbound) -> None:
        if settings.stripe_secret_key is None:
            raise ValueError("there is no Stripe without SOSTECH_STRIPE_SECRET_KEY")
        self._publishable_key = settings.stripe_publishable_key or ""
        self._secrets = [secret.encode() for secret in settings.webhook_secrets]
        self._api = StripeApi(outbound, settings.stripe_api_url, settings.stripe_secret_key)

    async def start(self, wanted: PaymentWanted) -> PaymentStarted:
        """Make a payment intent; the storefront confirms it with what `client` holds."""
        form = {
            "amount": str(to_stripe(wanted.amount, wanted.currency)),
            "currency": wanted.currency.lower(),
            "description": f"Order {wanted.order_number}",
            "receipt_email": wanted.email,
            "metadata[store]": wanted.store_slug,
            "metadata[order_number]": wanted.order_number,
            **_ids(order_id=wanted.order_id, payment_id=wanted.payment_id),
            **_method(wanted.method),
        }
        intent = await self._api.post("/v1/payment_intents", form, wanted.key)
        client = {"client_secret": _of(intent, "client_secret"), "publishable_key": self._publishable_key}
        return PaymentStarted(reference=_of(intent, "id"), client=client)

    async def void(self, reference: str, key: str) -> None:
        """Cancel the intent, unless it is too late for that."""
        try:
            await self._api.post(f"/v1/payment_intents/{reference}/cancel", {"cancellation_reason": "abandoned"}, key)
        except StripeRefused as error:
            too_late = error.code == "payment_intent_unexpected_state" and error.intent_status in _PAST_CALLING_OFF
            if not too_late:
                raise

    async def look_up(self, reference: str) -> LookedUp | None:
        """Read the intent; one that is processing, or waits for the customer, has not ended."""
        # With its charge, which tells the card: webhooks only name it.
        intent = await self._api.get(f"/v1/payment_intents/{reference}?expand[]=latest_charge")
        event = read_stripe_intent(intent)
        return None if event is None else LookedUp(event, msgspec.json.encode(intent))

    async def refund(self, wanted: RefundWanted) -> RefundStarted:
        """Give money of an intent back; most cards settle at once, other methods take days."""
        form = {
            "payment_intent": wanted.reference,
            "amount": str(to_stripe(wanted.amount, wanted.currency)),
            **_ids(order_id=wanted.order_id, payment_id=wanted.payment_id, refund_id=wanted.refund_id),
        }
        refund = await self._api.post("/v1/refunds", form, wanted.key)
        status = _REFUNDED.get(_of(refund, "status"), "pending")
        failure = str(refund.get("failure_reason") or "Stripe gave no reason") if status == "failed" else None
        return RefundStarted(reference=_of(refund, "id"), status=status, failure=failure)

    def read_event(self, headers: Mapping[str, str], payload: bytes, now: datetime) -> PaymentEvent:
        """What a webhook says, once its Stripe-Signature is believed."""
        check(headers.get("Stripe-Signature"), payload, self._secrets, now)
        return read_stripe_event(payload)


def _method(method: str) -> dict[str, str]:
    named = _METHODS.get(method)
    return {"automatic_payment_methods[enabled]": "true"} if named is None else {"payment_method_types[]": named}


def _ids(**ids: UUID) -> dict[str, str]:
    return {f"metadata[{name}]": str(value) for name, value in ids.items()}


def _of(answer: dict[str, Any], name: str) -> str:
    """A text of the answer. Raises ProviderUnavailable when it has none: then it was not Stripe who answered."""
    value = answer.get(name)
    if not isinstance(value, str):
        raise ProviderUnavailable(f"the answer has no {name}; is SOSTECH_STRIPE_API_URL Stripe's?")
    return value
