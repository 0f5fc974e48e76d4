"""Webhooks come as those of real providers do: late, twice, out of order, again after trouble; and forged ones too."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from server.payments.providers.test import BuiltInProvider
from server.payments.test_provider import repo
from server.payments.test_provider.deliveries import COURIER, LONGEST_WAIT_SECONDS, Courier, deliver_due
from server.payments.test_provider.repo import MOST_TRIES, Claimed
from server.ports import EventNotBelieved
from server.web.call import Shop
from storage.tenancy import Store
from storage.transaction import Transaction
from tests.server.payments.test_provider.conftest import Ears
from tests.server.payments.test_provider.payments import believed, make_due, wanted
from tests.shop import Client, expect, new_store


async def pay(provider: BuiltInProvider, client: Client, store: Store, **wish: Any) -> str:
    """A charge, paid as wished; its address."""
    started = await provider.start(wanted(store))
    path = f"//test-provider/v1/charges/{started.reference}"
    expect(await client.post(f"{path}/pay", wish))
    return path


async def settled(client: Client, path: str, shop: Shop, store: Store) -> list[Any]:
    """The deliveries once what is under way has ended."""
    await shop.use(COURIER).idle()
    await deliver_due(shop, store)
    return list(expect(await client.get(path))["deliveries"])


async def test_the_same_event_may_come_several_times(
    provider: BuiltInProvider, client: Client, store: Store, ears: Ears
) -> None:
    await pay(provider, client, store, times=3)
    heard = await ears.wait(store, 3)
    assert len({believed(provider, each).id for each in heard}) == 1


async def test_an_older_event_may_arrive_after_the_success(
    provider: BuiltInProvider, client: Client, store: Store, ears: Ears
) -> None:
    await pay(provider, client, store, stray="processing_late")
    kinds = [believed(provider, each).kind for each in await ears.wait(store, 2)]
    assert kinds == ["payment_succeeded", "other"]


async def test_a_decline_may_come_before_the_success(
    provider: BuiltInProvider, client: Client, store: Store, ears: Ears
) -> None:
    await pay(provider, client, store, stray="declined_first")
    events = [believed(provider, each) for each in await ears.wait(store, 2)]
    assert [each.kind for each in events] == ["payment_failed", "payment_succeeded"]
    assert events[0].id != events[1].id
    assert events[0].payment_id == events[1].payment_id


async def test_a_forged_event_is_not_believed_and_not_sent_again(
    provider: BuiltInProvider, client: Client, store: Store, ears: Ears, shop: Shop
) -> None:
    ears.answers[store.slug] = [400]
    path = await pay(provider, client, store, forge=True)
    [heard] = await ears.wait(store, 1)
    with pytest.raises(EventNotBelieved, match="none of ours"):
        believed(provider, heard)
    [delivery] = await settled(client, path, shop, store)
    assert (delivery["tries"], delivery["last_status"], delivery["due_at"]) == (1, 400, None)


async def test_another_amount_may_be_told_than_was_asked_for(
    provider: BuiltInProvider, client: Client, store: Store, ears: Ears
) -> None:
    await pay(provider, client, store, amount="0.01")
    [heard] = await ears.wait(store, 1)
    assert believed(provider, heard).amount == 1


async def test_a_late_event_is_not_sent_before_its_time(
    provider: BuiltInProvider, client: Client, store: Store, ears: Ears, shop: Shop
) -> None:
    path = await pay(provider, client, store, delay_seconds=3600)
    assert await deliver_due(shop, store) == 0
    [delivery] = expect(await client.get(path))["deliveries"]
    assert (delivery["tries"], delivery["last_status"]) == (0, None)
    assert delivery["due_at"] is not None
    await make_due(shop, store)
    assert await deliver_due(shop, store) == 1
    [heard] = ears.heard[store.slug]
    assert believed(provider, heard).kind == "payment_succeeded"


async def test_what_was_not_taken_is_sent_again_until_it_is(
    provider: BuiltInProvider, client: Client, store: Store, ears: Ears, shop: Shop
) -> None:
    ears.answers[store.slug] = [500, 302, 204]
    path = await pay(provider, client, store)
    await ears.wait(store, 1)
    await shop.use(COURIER).idle()
    for tries, status in ((1, 500), (2, 302)):
        [delivery] = await settled(client, path, shop, store)
        assert (delivery["tries"], delivery["last_status"]) == (tries, status)
        assert delivery["due_at"] is not None
        await make_due(shop, store)
        assert await deliver_due(shop, store) == 1
    [delivery] = await settled(client, path, shop, store)
    assert (delivery["tries"], delivery["last_status"], delivery["due_at"]) == (3, 204, None)
    assert len({heard.payload for heard in ears.heard[store.slug]}) == 1
    assert await deliver_due(shop, store) == 0


async def test_what_is_never_taken_is_given_up_at_last(
    provider: BuiltInProvider, client: Client, store: Store, ears: Ears, shop: Shop
) -> None:
    ears.answers[store.slug] = [503] * (MOST_TRIES + 1)
    path = await pay(provider, client, store)
    await ears.wait(store, 1)
    await shop.use(COURIER).idle()
    for _ in range(MOST_TRIES + 3):
        await make_due(shop, store)
        await deliver_due(shop, store)
    [delivery] = await settled(client, path, shop, store)
    assert (delivery["tries"], delivery["due_at"]) == (MOST_TRIES, None)


async def test_nobody_at_the_address_is_tried_again(
    provider: BuiltInProvider, client: Client, store: Store, ears: Ears, shop: Shop
) -> None:
    courier = shop.use(COURIER)
    address = courier.address
    path = await pay(provider, client, store, delay_seconds=3600)
    courier.listens_at("http://127.0.0.1:9")
    try:
        await make_due(shop, store)
        assert await deliver_due(shop, store) == 1
    finally:
        courier.listens_at(address)
    [delivery] = expect(await client.get(path))["deliveries"]
    assert (delivery["tries"], delivery["last_status"]) == (1, None)
    await make_due(shop, store)
    await deliver_due(shop, store)
    assert len(ears.heard[store.slug]) == 1


async def claim(shop: Shop, store: Store) -> Claimed | None:
    async def work(tx: Transaction) -> Claimed | None:
        return await repo.claim_due(tx, 30)

    return await shop.database.transaction(store.id, work)


async def test_what_somebody_claimed_is_left_to_them_and_due_again_when_they_died(
    provider: BuiltInProvider, client: Client, store: Store, ears: Ears, shop: Shop
) -> None:
    path = await pay(provider, client, store, delay_seconds=3600)
    await make_due(shop, store)
    dead = await claim(shop, store)
    assert dead is not None
    assert await deliver_due(shop, store) == 0
    await make_due(shop, store)
    assert await deliver_due(shop, store) == 1
    assert len(ears.heard[store.slug]) == 1

    async def too_late(tx: Transaction) -> tuple[bool, bool]:
        return await repo.mark_failed(tx, dead, None), await repo.mark_taken(tx, dead, 200)

    assert await shop.database.transaction(store.id, too_late) == (False, False)
    [delivery] = expect(await client.get(path))["deliveries"]
    assert (delivery["tries"], delivery["last_status"], delivery["due_at"]) == (2, 204, None)


async def test_every_sending_is_signed_anew(
    provider: BuiltInProvider, client: Client, store: Store, ears: Ears, shop: Shop
) -> None:
    ears.answers[store.slug] = [500]
    await pay(provider, client, store, delay_seconds=3600)
    for _ in range(2):
        await make_due(shop, store)
        await deliver_due(shop, store)
    for heard in ears.heard[store.slug]:
        assert heard.headers["X-Tenant-ID"] == store.slug
        assert believed(provider, heard).kind == "payment_succeeded"


async def test_only_the_store_that_is_asked_about_is_served(
    provider: BuiltInProvider, client: Client, store: Store, shop: Shop, ears: Ears
) -> None:
    await pay(provider, client, store, delay_seconds=3600)
    await make_due(shop, store)
    assert await deliver_due(shop, await new_store(shop)) == 0
    assert await deliver_due(shop, store) == 1
    assert len(ears.heard[store.slug]) == 1


async def test_what_is_due_makes_its_store_one_with_work(
    provider: BuiltInProvider, client: Client, store: Store, shop: Shop
) -> None:
    async def is_due() -> bool:
        async def work(tx: Transaction) -> bool:
            rows = await tx.fetch("SELECT store_id FROM stores_with_due_work() WHERE kind = 'test_delivery'")
            return store.id in [row["store_id"] for row in rows]

        return await shop.database.transaction(None, work)

    await pay(provider, client, store, delay_seconds=3600)
    assert not await is_due()
    await make_due(shop, store)
    assert await is_due()
    await deliver_due(shop, store)
    assert not await is_due()


@pytest.mark.parametrize(
    ("address", "called"),
    [
        ("http://0.0.0.0:8080", "http://127.0.0.1:8080"),
        ("http://[::]:8080/", "http://[::1]:8080"),
        ("http://127.0.0.1:1", "http://127.0.0.1:1"),
    ],
)
async def test_to_listen_everywhere_is_no_place_to_call(shop: Shop, address: str, called: str) -> None:
    courier = Courier(shop)
    courier.listens_at(address)
    assert courier.address == called


async def test_two_programs_that_sweep_at_once_send_everything_once(
    provider: BuiltInProvider, client: Client, store: Store, ears: Ears, shop: Shop
) -> None:
    others = [Courier(shop) for _ in range(3)]
    for _ in range(6):
        await pay(provider, client, store, delay_seconds=3600)
    await make_due(shop, store)
    for other in others:
        other.listens_at(shop.use(COURIER).address)
    tried = await asyncio.gather(*(other.deliver_due(store) for other in others))
    assert sum(tried) == 6
    assert len({believed(provider, heard).id for heard in ears.heard[store.slug]}) == 6
    assert len(ears.heard[store.slug]) == 6


async def test_what_a_program_was_still_waiting_to_send_stays_due_when_it_ends(
    provider: BuiltInProvider, client: Client, store: Store, ears: Ears, shop: Shop
) -> None:
    ended = Courier(shop)
    path = await pay(provider, client, store, delay_seconds=3600)
    ended.hurry(store, LONGEST_WAIT_SECONDS)
    await ended.close()
    [delivery] = expect(await client.get(path))["deliveries"]
    assert (delivery["tries"], ears.heard[store.slug]) == (0, [])
    assert delivery["due_at"] is not None


async def test_amounts_go_out_as_integers_of_minor_units(
    provider: BuiltInProvider, client: Client, store: Store, ears: Ears
) -> None:
    await pay(provider, client, store)
    [heard] = await ears.wait(store, 1)
    assert json.loads(heard.payload)["amount"] == 12_990
