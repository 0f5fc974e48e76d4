"""The test provider behaves like a real one: idempotent, told by webhooks, with its own mind about what may be."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from msgspec.structs import replace

from server.payments.providers.test import BuiltInProvider
from server.ports import ProviderRefused
from server.web.call import Shop
from storage.ids import new_id
from storage.tenancy import Store
from tests.server.payments.providers.wanting import refund_of
from tests.server.payments.test_provider.conftest import Ears
from tests.server.payments.test_provider.payments import believed, wanted
from tests.shop import Client, expect, new_store


async def pay(client: Client, reference: str, **wish: Any) -> Any:
    return expect(await client.post(f"//test-provider/v1/charges/{reference}/pay", wish))


async def test_a_started_payment_has_a_page_where_it_is_paid(
    provider: BuiltInProvider, client: Client, store: Store, address: str
) -> None:
    started = await provider.start(wanted(store))
    assert started.client == {"checkout_url": f"{address}/test-provider/pay/{started.reference}"}
    charge = expect(await client.get(f"//test-provider/v1/charges/{started.reference}"))
    assert (charge["status"], charge["amount"], charge["currency"]) == ("open", "129.90", "BRL")
    assert charge["deliveries"] == []


async def test_asked_twice_with_one_key_it_is_one_charge(provider: BuiltInProvider, store: Store) -> None:
    payment = wanted(store)
    answers = await asyncio.gather(*(provider.start(payment) for _ in range(5)))
    assert len({each.reference for each in answers}) == 1


@pytest.mark.parametrize("changes", [{"amount": 1}, {"currency": "EUR"}, {"payment_id": new_id()}])
async def test_one_key_for_two_payments_is_refused(
    provider: BuiltInProvider, store: Store, changes: dict[str, Any]
) -> None:
    payment = wanted(store)
    await provider.start(payment)
    with pytest.raises(ProviderRefused, match="was used for another charge"):
        await provider.start(replace(payment, **changes))


async def test_a_store_that_is_none_gets_no_charge(provider: BuiltInProvider, store: Store) -> None:
    with pytest.raises(ProviderRefused, match="no store is called 'nowhere'"):
        await provider.start(wanted(store, store_slug="nowhere"))


async def test_a_paid_charge_is_told_by_a_signed_webhook(
    provider: BuiltInProvider, client: Client, store: Store, ears: Ears
) -> None:
    payment = wanted(store)
    started = await provider.start(payment)
    paid = await pay(client, started.reference)
    assert paid["status"] == "paid"
    [heard] = await ears.wait(store, 1)
    event = believed(provider, heard)
    assert (event.kind, event.reference) == ("payment_succeeded", started.reference)
    assert (event.amount, event.currency) == (12_990, "BRL")
    assert (event.payment_id, event.order_id, event.refund_id) == (payment.payment_id, payment.order_id, None)
    assert event.id == paid["deliveries"][0]["event_id"]


async def test_who_pays_twice_is_told_by_the_same_fingerprint(
    provider: BuiltInProvider, client: Client, store: Store, ears: Ears
) -> None:
    found: list[str | None] = []
    for number, wish in enumerate([{"payer": "ana"}, {"payer": "ana"}, {"payer": "Ana"}, {}], 1):
        started = await provider.start(wanted(store))
        await pay(client, started.reference, **wish)
        told = believed(provider, (await ears.wait(store, number))[-1])
        looked_up = await provider.look_up(started.reference)
        assert looked_up is not None
        assert looked_up.event.fingerprint == told.fingerprint
        found.append(told.fingerprint)
    first, again, other, nobody = found
    assert first is not None
    assert first == again != other
    assert nobody is None
    assert "ana" not in first


async def test_a_declined_charge_is_told_too(
    provider: BuiltInProvider, client: Client, store: Store, ears: Ears
) -> None:
    started = await provider.start(wanted(store))
    assert (await pay(client, started.reference, outcome="declined"))["status"] == "declined"
    [heard] = await ears.wait(store, 1)
    event = believed(provider, heard)
    assert (event.kind, event.failure) == ("payment_failed", "the card was declined")


@pytest.mark.parametrize("outcome", ["succeeded", "declined"])
async def test_a_charge_ends_once(provider: BuiltInProvider, client: Client, store: Store, outcome: str) -> None:
    started = await provider.start(wanted(store))
    path = f"//test-provider/v1/charges/{started.reference}/pay"
    answers = await asyncio.gather(*(client.post(path, {"outcome": outcome}) for _ in range(5)))
    assert sorted(each.status for each in answers) == [200, 409, 409, 409, 409]
    assert {each.code for each in answers if each.status == 409} == {"test_charge_closed"}
    charge = expect(await client.get(path.removesuffix("/pay")))
    assert len(charge["deliveries"]) == 1


async def test_a_charge_that_is_called_off_cannot_be_paid(
    provider: BuiltInProvider, client: Client, store: Store, ears: Ears
) -> None:
    started = await provider.start(wanted(store))
    for _ in range(2):
        await provider.void(started.reference, "void:1")
    answer = await client.post(f"//test-provider/v1/charges/{started.reference}/pay", {})
    assert (answer.status, answer.code) == (409, "test_charge_closed")
    assert "is voided" in answer.json["detail"]
    [heard] = await ears.wait(store, 1)
    assert believed(provider, heard).kind == "other"


async def test_calling_off_what_has_come_is_no_error_and_changes_nothing(
    provider: BuiltInProvider, client: Client, store: Store
) -> None:
    started = await provider.start(wanted(store))
    await pay(client, started.reference)
    await provider.void(started.reference, "void:1")
    assert expect(await client.get(f"//test-provider/v1/charges/{started.reference}"))["status"] == "paid"


@pytest.mark.parametrize("reference", ["ch_x", "pi_1", "", "ch_nowhere_" + "0" * 32, "ch_main_../../etc", "ü" * 40])
async def test_what_is_no_charge_is_not_found(provider: BuiltInProvider, client: Client, reference: str) -> None:
    with pytest.raises(ProviderRefused, match="no charge"):
        await provider.void(reference, "void:1")
    answer = await client.get(f"//test-provider/v1/charges/{reference}")
    assert answer.status == 404
    assert answer.code in ("test_charge_unknown", "no_such_route")


async def test_a_charge_is_found_in_its_own_store_only(provider: BuiltInProvider, shop: Shop, store: Store) -> None:
    started = await provider.start(wanted(store))
    other = await new_store(shop)
    with pytest.raises(ProviderRefused, match="no charge"):
        await provider.void(started.reference.replace(store.slug, other.slug), "void:1")


async def test_a_refund_in_parts_is_pending_until_it_is_told(
    provider: BuiltInProvider, client: Client, store: Store, ears: Ears
) -> None:
    payment = wanted(store)
    started = await provider.start(payment)
    await pay(client, started.reference)
    await ears.wait(store, 1)
    part = refund_of(payment, started.reference, 2_990)
    answers = await asyncio.gather(*(provider.refund(part) for _ in range(5)))
    assert len({each.reference for each in answers}) == 1
    assert {each.status for each in answers} == {"pending"}
    heard = await ears.wait(store, 2)
    event = believed(provider, heard[1])
    assert (event.kind, event.reference, event.amount) == ("refund_settled", answers[0].reference, 2_990)
    assert (event.refund_id, event.payment_id) == (part.refund_id, payment.payment_id)
    assert expect(await client.get(f"//test-provider/v1/charges/{started.reference}"))["refunded"] == "29.90"


async def test_no_more_is_given_back_than_was_paid_however_many_ask_at_once(
    provider: BuiltInProvider, client: Client, store: Store
) -> None:
    payment = wanted(store)
    started = await provider.start(payment)
    await pay(client, started.reference)
    asked = [refund_of(payment, started.reference, 5_000) for _ in range(5)]
    answers = await asyncio.gather(*(provider.refund(each) for each in asked), return_exceptions=True)
    refused = [each for each in answers if isinstance(each, ProviderRefused)]
    assert len(refused) == 3
    assert "29.90" in str(refused[0]), "what is left is said"
    assert expect(await client.get(f"//test-provider/v1/charges/{started.reference}"))["refunded"] == "100.00"


async def test_a_refund_of_what_was_not_paid_is_refused(provider: BuiltInProvider, store: Store) -> None:
    payment = wanted(store)
    started = await provider.start(payment)
    with pytest.raises(ProviderRefused, match="which is open"):
        await provider.refund(refund_of(payment, started.reference, 1))


async def test_one_key_for_two_refunds_is_refused(provider: BuiltInProvider, client: Client, store: Store) -> None:
    payment = wanted(store)
    started = await provider.start(payment)
    await pay(client, started.reference)
    refund = refund_of(payment, started.reference, 100)
    await provider.refund(refund)
    with pytest.raises(ProviderRefused, match="was used for another refund"):
        await provider.refund(replace(refund, amount=200))


async def test_refunds_fail_when_whoever_paid_wished_it(
    provider: BuiltInProvider, client: Client, store: Store, ears: Ears
) -> None:
    payment = wanted(store)
    started = await provider.start(payment)
    await pay(client, started.reference, refunds_fail=True)
    await ears.wait(store, 1)
    assert (await provider.refund(refund_of(payment, started.reference, 100))).status == "pending"
    event = believed(provider, (await ears.wait(store, 2))[1])
    assert (event.kind, event.failure) == ("refund_failed", "the bank of the customer does not take it")
    assert expect(await client.get(f"//test-provider/v1/charges/{started.reference}"))["refunded"] == "0.00"
