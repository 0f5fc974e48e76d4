"""The events of Stripe, as they come over the wire: believed when signed, and taken for what they mean."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from server.payments.providers.signatures import sign
from server.payments.providers.stripe import StripeProvider
from server.ports import EventNotBelieved, PaymentEvent
from tests.server.payments.providers.conftest import LocalStripe, Open, events
from tests.server.payments.providers.wanting import wanted


def signed_event(provider: StripeProvider, payload: bytes) -> PaymentEvent:
    now = datetime(2026, 3, 1, tzinfo=UTC)
    return provider.read_event({"Stripe-Signature": sign(payload, [b"whsec_new"], now)}, payload, now)


async def test_a_decline_ends_nothing_since_the_customer_may_try_another_card(
    stripe: LocalStripe, provider: StripeProvider
) -> None:
    payment = wanted()
    started = await provider.start(payment)
    assert await stripe.confirm(started.reference, "pm_card_chargeDeclined") == 402
    assert await stripe.confirm(started.reference) == 200
    declined, succeeded = events(stripe, provider)
    assert (declined.type, declined.kind) == ("payment_intent.payment_failed", "other")
    assert declined.failure == "Your card was declined."
    assert succeeded.kind == "payment_succeeded"
    assert (succeeded.reference, succeeded.amount, succeeded.currency) == (started.reference, 12_990, "BRL")
    assert (succeeded.payment_id, succeeded.order_id) == (payment.payment_id, payment.order_id)
    assert (succeeded.refund_id, succeeded.failure) == (None, None)


async def test_a_charge_tells_by_which_card_an_intent_was_paid(stripe: LocalStripe, provider: StripeProvider) -> None:
    await stripe.control(untold=[])
    payments = [wanted() for _ in range(3)]
    for payment, card in zip(payments, ["pm_card_visa", "pm_card_visa", "pm_card_pendingRefund"], strict=True):
        await stripe.confirm((await provider.start(payment)).reference, card)
    heard = events(stripe, provider)
    charges, intents = heard[::2], heard[1::2]
    assert [(each.type, each.kind, each.amount) for each in charges] == [
        ("charge.succeeded", "instrument_told", None)
    ] * 3
    assert [(each.reference, each.payment_id, each.order_id) for each in charges] == [
        (intent.reference, payment.payment_id, payment.order_id)
        for intent, payment in zip(intents, payments, strict=True)
    ]
    first, again, other = [each.fingerprint for each in charges]
    assert first == again != other
    assert first is not None
    assert {each.fingerprint for each in intents} == {None}, "webhooks of intents only name the charge"


@pytest.mark.parametrize(
    ("details", "fingerprint"),
    [
        ({"type": "card", "card": {"fingerprint": "Xt5EWLLDS7FJjR1c"}}, "Xt5EWLLDS7FJjR1c"),
        ({"type": "sepa_debit", "sepa_debit": {"fingerprint": "Kq1"}, "card": {"fingerprint": "no"}}, "Kq1"),
        ({"type": "pix", "pix": {"bank_transaction_id": "E1"}}, None),
        ({"type": "card", "card": {"fingerprint": 7}}, None),
        ({"type": "card", "card": None}, None),
        ({"card": {"fingerprint": "f"}}, None),
        ("card", None),
        (None, None),
    ],
)
async def test_only_what_stripe_calls_a_fingerprint_is_taken_for_one(
    provider: StripeProvider, details: object, fingerprint: str | None
) -> None:
    charge = {"id": "ch_1", "payment_intent": "pi_1", "metadata": {}, "payment_method_details": details}
    payload = json.dumps({"id": "evt_1", "type": "charge.succeeded", "data": {"object": charge}}).encode()
    event = signed_event(provider, payload)
    kind = "other" if fingerprint is None else "instrument_told"
    assert (event.kind, event.fingerprint, event.reference) == (kind, fingerprint, "pi_1")


async def test_a_webhook_is_not_believed_with_a_secret_that_is_not_ours(
    stripe: LocalStripe, open_provider: Open
) -> None:
    provider = open_provider(stripe_webhook_secrets="whsec_elsewhere")
    await stripe.confirm((await provider.start(wanted())).reference)
    with pytest.raises(EventNotBelieved, match="none of ours"):
        events(stripe, provider)


async def test_a_webhook_with_a_changed_amount_is_not_believed(stripe: LocalStripe, provider: StripeProvider) -> None:
    await stripe.confirm((await provider.start(wanted())).reference)
    [heard] = stripe.heard
    heard.payload = heard.payload.replace(b"12990", b"99999")
    with pytest.raises(EventNotBelieved):
        events(stripe, provider)


@pytest.mark.parametrize(
    "payload",
    [b"", b"null", b"[]", b'"evt"', b'{"id": 1}', b'{"id":"e","type":"t","data":{}}', b"\xff\xfe", b"{" * 5000],
)
async def test_a_signed_payload_that_is_no_event_is_not_believed(provider: StripeProvider, payload: bytes) -> None:
    with pytest.raises(EventNotBelieved, match="no event"):
        signed_event(provider, payload)


@pytest.mark.parametrize(
    ("kind", "thing"),
    [
        ("customer.created", {"id": "cus_1"}),
        ("payment_intent.processing", {"id": "pi_1", "amount": "a lot", "currency": 7, "metadata": []}),
        ("payment_intent.succeeded.v9", {"id": 9}),
        ("charge.refunded", {"id": "ch_1", "amount_refunded": 100, "currency": "eur"}),
        ("refund.updated", {"id": "re_1", "status": ["odd"], "amount": None}),
    ],
)
async def test_unknown_events_and_odd_contents_change_nothing(
    provider: StripeProvider, kind: str, thing: dict[str, Any]
) -> None:
    event = signed_event(provider, json.dumps({"id": "evt_1", "type": kind, "data": {"object": thing}}).encode())
    assert (event.id, event.type, event.kind, event.amount) == ("evt_1", kind, "other", None)


async def test_a_payment_of_somebody_else_in_the_same_account_names_none_of_ours(provider: StripeProvider) -> None:
    thing = {"id": "pi_1", "amount_received": 500, "currency": "eur", "metadata": {"order_id": "1001"}}
    payload = json.dumps({"id": "evt_1", "type": "payment_intent.succeeded", "data": {"object": thing}}).encode()
    event = signed_event(provider, payload)
    assert (event.kind, event.payment_id, event.order_id, event.amount) == ("payment_succeeded", None, None, 500)
