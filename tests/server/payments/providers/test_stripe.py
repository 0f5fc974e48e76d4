"""The adapter of Stripe, over the wire: payments begin, are called off, and are given back."""

from __future__ import annotations

import json

import pytest
from msgspec.structs import replace

from server.payments.providers.stripe import StripeProvider
from server.payments.providers.stripe_api import VERSION
from server.ports import ProviderRefused
from tests.server.payments.providers.conftest import LocalStripe, events
from tests.server.payments.providers.stripe_server import SECRET_KEY
from tests.server.payments.providers.wanting import refund_of, wanted


async def test_a_payment_is_an_intent_that_the_storefront_confirms(
    stripe: LocalStripe, provider: StripeProvider
) -> None:
    await stripe.control(faults=[])
    payment = wanted()
    started = await provider.start(payment)
    had = await stripe.control()
    intent = had["intents"][started.reference]
    assert started.client == {"client_secret": intent["client_secret"], "publishable_key": "pk_test_local"}
    assert (intent["amount"], intent["currency"], intent["payment_method_types"]) == (12_990, "brl", ["card"])
    assert intent["receipt_email"] == "ana@shop.example"
    assert intent["metadata"] == {
        "store": "main",
        "order_number": "A-1001",
        "order_id": str(payment.order_id),
        "payment_id": str(payment.payment_id),
    }
    [asked] = had["asked"]
    assert asked["headers"]["Idempotency-Key"] == payment.key
    assert asked["headers"]["Stripe-Version"] == VERSION
    assert asked["headers"]["Content-Type"] == "application/x-www-form-urlencoded"


async def test_a_method_that_stripe_does_not_know_leaves_the_choice_to_the_customer(
    stripe: LocalStripe, provider: StripeProvider
) -> None:
    await stripe.control(faults=[])
    await provider.start(wanted(method="online"))
    [asked] = (await stripe.control())["asked"]
    assert asked["form"]["automatic_payment_methods[enabled]"] == "true"
    assert "payment_method_types[]" not in asked["form"]


async def test_yen_arrive_as_yen(stripe: LocalStripe, provider: StripeProvider) -> None:
    started = await provider.start(wanted(amount=500, currency="JPY"))
    assert (await stripe.control())["intents"][started.reference]["amount"] == 500
    await stripe.confirm(started.reference)
    [event] = events(stripe, provider)
    assert (event.kind, event.amount, event.currency) == ("payment_succeeded", 500, "JPY")


@pytest.mark.parametrize(("amount", "currency"), [(5, "UGX"), (7, "ISK"), (5_120, "KWD"), (120_000, "MGA")])
async def test_currencies_with_digits_of_their_own_are_taken_and_come_back(
    stripe: LocalStripe, provider: StripeProvider, amount: int, currency: str
) -> None:
    started = await provider.start(wanted(amount=amount, currency=currency))
    await stripe.confirm(started.reference)
    [event] = events(stripe, provider)
    assert (event.amount, event.currency) == (amount, currency)


async def test_an_amount_stripe_cannot_take_exactly_is_not_even_asked(
    stripe: LocalStripe, provider: StripeProvider
) -> None:
    await stripe.control(faults=[])
    with pytest.raises(ProviderRefused, match=r"multiples of 0\.010 KWD"):
        await provider.start(wanted(amount=5_124, currency="KWD"))
    assert (await stripe.control())["asked"] == []


async def test_asked_twice_with_one_key_it_is_one_intent(stripe: LocalStripe, provider: StripeProvider) -> None:
    payment = wanted()
    first, second = await provider.start(payment), await provider.start(payment)
    assert first == second


async def test_one_key_for_two_payments_is_refused(provider: StripeProvider) -> None:
    payment = wanted()
    await provider.start(payment)
    with pytest.raises(ProviderRefused, match="same parameters"):
        await provider.start(replace(payment, amount=1_000))


async def test_what_stripe_finds_invalid_is_refused_in_its_words(provider: StripeProvider) -> None:
    with pytest.raises(ProviderRefused, match=r"at least the equivalent of 0\.50 usd"):
        await provider.start(wanted(amount=1))


async def test_an_intent_that_was_called_off_does_not_come_any_more(
    stripe: LocalStripe, provider: StripeProvider
) -> None:
    payment = wanted()
    started = await provider.start(payment)
    await provider.void(started.reference, "void:1" + started.reference)
    await provider.void(started.reference, "void:1" + started.reference)
    await provider.void(started.reference, "void:2" + started.reference)
    [event] = events(stripe, provider)
    assert (event.kind, event.payment_id, event.failure) == ("payment_failed", payment.payment_id, "abandoned")
    assert await stripe.confirm(started.reference) == 400


@pytest.mark.parametrize("card", ["pm_card_visa", "pm_usBankAccount"])
async def test_calling_off_what_has_come_or_is_on_its_way_is_no_error(
    stripe: LocalStripe, provider: StripeProvider, card: str
) -> None:
    started = await provider.start(wanted())
    await stripe.confirm(started.reference, card)
    before = (await stripe.control())["intents"][started.reference]["status"]
    await provider.void(started.reference, "void:" + started.reference)
    assert (await stripe.control())["intents"][started.reference]["status"] == before


async def test_calling_off_what_was_never_there_is_refused(provider: StripeProvider) -> None:
    with pytest.raises(ProviderRefused, match="No such payment_intent"):
        await provider.void("pi_nothing", "void:nothing")


async def test_a_refund_in_parts_is_settled_and_told(stripe: LocalStripe, provider: StripeProvider) -> None:
    payment = wanted()
    started = await provider.start(payment)
    await stripe.confirm(started.reference)
    stripe.heard.clear()
    part = refund_of(payment, started.reference, 2_990)
    first, again = await provider.refund(part), await provider.refund(part)
    rest = await provider.refund(refund_of(payment, started.reference, 10_000))
    assert first == again
    assert (first.status, rest.status) == ("settled", "settled")
    told = events(stripe, provider)
    assert [each.type for each in told] == ["refund.created", "charge.refunded"] * 2
    assert [each.kind for each in told] == ["refund_settled", "other"] * 2
    assert (told[0].reference, told[0].refund_id, told[0].amount) == (first.reference, part.refund_id, 2_990)
    assert (told[0].payment_id, told[0].order_id) == (payment.payment_id, payment.order_id)
    with pytest.raises(ProviderRefused, match="already been refunded"):
        await provider.refund(refund_of(payment, started.reference, 1_000))


async def test_more_than_is_left_is_refused(stripe: LocalStripe, provider: StripeProvider) -> None:
    payment = wanted()
    started = await provider.start(payment)
    await stripe.confirm(started.reference)
    with pytest.raises(ProviderRefused, match="greater than unrefunded amount"):
        await provider.refund(refund_of(payment, started.reference, 12_991))


async def test_a_refund_of_what_was_not_paid_is_refused(provider: StripeProvider) -> None:
    payment = wanted()
    started = await provider.start(payment)
    with pytest.raises(ProviderRefused, match="does not have a successful charge"):
        await provider.refund(refund_of(payment, started.reference, 100))


async def test_a_refund_that_takes_days_is_pending_until_an_event_says_otherwise(
    stripe: LocalStripe, provider: StripeProvider
) -> None:
    payment = wanted()
    started = await provider.start(payment)
    await stripe.confirm(started.reference, "pm_card_pendingRefund")
    stripe.heard.clear()
    asked = refund_of(payment, started.reference, 12_990)
    refund = await provider.refund(asked)
    assert (refund.status, refund.failure) == ("pending", None)
    await stripe.control(settle=refund.reference)
    created, _, updated = events(stripe, provider)
    assert created.kind == "other"
    assert (updated.type, updated.kind, updated.refund_id) == ("refund.updated", "refund_settled", asked.refund_id)


async def test_a_refund_that_the_bank_sends_back_has_failed(stripe: LocalStripe, provider: StripeProvider) -> None:
    payment = wanted()
    started = await provider.start(payment)
    await stripe.confirm(started.reference, "pm_card_refundFail")
    stripe.heard.clear()
    refund = await provider.refund(refund_of(payment, started.reference, 12_990))
    assert (refund.status, refund.failure) == ("failed", "lost_or_stolen_card")
    last = events(stripe, provider)[-1]
    assert (last.kind, last.failure) == ("refund_failed", "lost_or_stolen_card")


async def test_the_secret_key_goes_to_stripe_only_as_a_bearer(stripe: LocalStripe, provider: StripeProvider) -> None:
    await stripe.control(faults=[])
    await provider.start(wanted())
    [asked] = (await stripe.control())["asked"]
    assert asked["headers"]["Authorization"] == f"Bearer {SECRET_KEY}"
    assert SECRET_KEY not in json.dumps(asked["form"])


async def test_what_became_of_an_intent_can_be_looked_up(stripe: LocalStripe, provider: StripeProvider) -> None:
    payment = wanted()
    started = await provider.start(payment)
    assert await provider.look_up(started.reference) is None
    await stripe.confirm(started.reference)
    first, again = await provider.look_up(started.reference), await provider.look_up(started.reference)
    assert first is not None
    assert first == again
    assert (first.event.kind, first.event.amount, first.event.currency) == ("payment_succeeded", 12_990, "BRL")
    assert (first.event.payment_id, first.event.order_id) == (payment.payment_id, payment.order_id)
    assert json.loads(first.payload)["status"] == "succeeded"
    charge = json.loads(first.payload)["latest_charge"]
    assert first.event.fingerprint == charge["payment_method_details"]["card"]["fingerprint"]


async def test_a_cancelled_intent_has_failed_and_an_unknown_one_is_refused(provider: StripeProvider) -> None:
    started = await provider.start(wanted())
    await provider.void(started.reference, "void")
    found = await provider.look_up(started.reference)
    assert found is not None
    assert found.event.kind == "payment_failed"
    with pytest.raises(ProviderRefused, match="No such payment_intent"):
        await provider.look_up("pi_nobody")
