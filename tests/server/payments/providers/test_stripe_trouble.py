"""Stripe refuses, is slow, is busy or is cut off: nothing is charged twice, and nothing is taken for a no."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from server.payments.providers.stripe import StripeProvider
from server.ports import ProviderRefused, ProviderUnavailable
from tests.server.payments.providers.conftest import LocalStripe, Open
from tests.server.payments.providers.wanting import wanted


async def test_a_wrong_secret_key_is_a_matter_of_settings_and_not_of_the_payment(open_provider: Open) -> None:
    provider = open_provider(stripe_secret_key="sk_test_wrong")
    with pytest.raises(ProviderUnavailable, match="SOSTECH_STRIPE_SECRET_KEY") as refused:
        await provider.start(wanted())
    assert "sk_test_wrong" not in str(refused.value)


@pytest.mark.parametrize(
    ("fault", "seconds"),
    [
        ({"status": 429, "headers": {"Retry-After": "7"}}, 7),
        ({"status": 429, "headers": {"Retry-After": "99999999"}}, 3600),
        ({"status": 429, "headers": {"Retry-After": "soon"}}, None),
        ({"status": 409}, None),
        ({"status": 500}, None),
        ({"status": 500, "headers": {"Stripe-Should-Retry": "false"}}, None),
        ({"status": 503, "headers": {"Stripe-Should-Retry": "true"}}, None),
        ({"status": 400, "headers": {"Stripe-Should-Retry": "true"}}, None),
        ({"status": 302, "headers": {"Location": "https://elsewhere.example"}}, None),
    ],
)
async def test_trouble_at_stripe_says_nothing_about_the_payment_and_may_be_asked_again(
    stripe: LocalStripe, provider: StripeProvider, fault: dict[str, Any], seconds: int | None
) -> None:
    payment = wanted()
    await stripe.control(faults=[fault])
    with pytest.raises(ProviderUnavailable) as refused:
        await provider.start(payment)
    assert refused.value.retry_after_seconds == seconds
    assert (await provider.start(payment)).reference.startswith("pi_")


@pytest.mark.parametrize("fault", [{"status": 409, "headers": {"Stripe-Should-Retry": "false"}}, {"status": 402}])
async def test_a_no_for_good_is_a_refusal(stripe: LocalStripe, provider: StripeProvider, fault: dict[str, Any]) -> None:
    await stripe.control(faults=[{**fault, "message": "No."}])
    with pytest.raises(ProviderRefused, match=r"No\."):
        await provider.start(wanted())


@pytest.mark.parametrize("moment", ["before", "after"])
async def test_a_cut_connection_is_tried_again_at_once_and_makes_no_second_intent(
    stripe: LocalStripe, provider: StripeProvider, moment: str
) -> None:
    payment = wanted()
    await stripe.control(faults=[{"cut": moment}])
    started = await provider.start(payment)
    intents = (await stripe.control())["intents"].values()
    mine = [each["id"] for each in intents if each["metadata"]["payment_id"] == str(payment.payment_id)]
    assert mine == [started.reference]


async def test_a_connection_that_is_cut_again_and_again_is_given_up(
    stripe: LocalStripe, provider: StripeProvider
) -> None:
    await stripe.control(faults=[{"cut": "before"}, {"cut": "before"}])
    with pytest.raises(ProviderUnavailable, match="no connection to Stripe"):
        await provider.start(wanted())


async def test_an_answer_that_does_not_come_is_not_waited_for_and_does_not_count_twice(
    stripe: LocalStripe, open_provider: Open
) -> None:
    payment = wanted()
    await stripe.control(faults=[{"delay": 5}])
    with pytest.raises(ProviderUnavailable, match="did not answer"):
        await open_provider(total_seconds=0.2).start(payment)
    first = await open_provider().start(payment)
    assert first == await open_provider().start(payment)


async def test_nobody_at_the_address_is_unavailable(open_provider: Open) -> None:
    with pytest.raises(ProviderUnavailable):
        await open_provider(stripe_api_url="http://127.0.0.1:9").start(wanted())


async def test_somebody_else_at_the_address_is_unavailable(open_provider: Open, address: str) -> None:
    with pytest.raises(ProviderRefused):
        await open_provider(stripe_api_url=address).start(wanted())


async def test_many_who_ask_at_once_with_one_key_get_one_intent(stripe: LocalStripe, provider: StripeProvider) -> None:
    payment = wanted()
    answers = await asyncio.gather(*(provider.start(payment) for _ in range(8)), return_exceptions=True)
    told = {each.reference for each in answers if not isinstance(each, BaseException)}
    assert len(told) == 1
    assert all(isinstance(each, ProviderUnavailable) for each in answers if isinstance(each, BaseException))
