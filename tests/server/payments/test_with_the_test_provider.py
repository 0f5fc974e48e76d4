"""Does it all fit together? Orders paid and refunded with the built-in test provider, its webhooks over real HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import ClientSession

from server.app import build_app
from server.cart.snapshot import Owner
from server.payments.test_provider.deliveries import COURIER, deliver_due
from server.web.call import Shop
from storage.database import Database
from tests.server.actors import install_actors
from tests.server.fire.accidents import eventually
from tests.server.orders.placed import Wanted
from tests.server.payments.bank import Bank
from tests.server.payments.till import Till
from tests.server.referrals.friends import Friends
from tests.shop import expect, new_shop, new_store, served


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def whole_shop(database: Database, tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """The real shop with the providers it has by itself."""
    return new_shop(database, Path(tmp_path_factory.mktemp("whole")))


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def whole_address(whole_shop: Shop) -> AsyncIterator[str]:
    """Where it is served, its test provider too."""
    install_actors(whole_shop)
    async with served(build_app(whole_shop)) as address:
        whole_shop.use(COURIER).listens_at(address)
        yield address


@pytest_asyncio.fixture(loop_scope="session")
async def till(whole_shop: Shop, whole_address: str, session: ClientSession) -> Till:
    """A store of this test alone. Its bank is nobody's: the test provider takes the payments."""
    store = await new_store(whole_shop)
    return Till(whole_shop, store, Bank(), whole_address, session, install_actors(whole_shop))


async def at_the_page(till: Till, payment: dict[str, Any], **wish: Any) -> None:
    """The customer does this at the provider's page, and whatever the provider then tells has been told."""
    charge = payment["client"]["checkout_url"].rpartition("/")[2]
    expect(await till.anybody.post(f"//test-provider/v1/charges/{charge}/pay", wish))
    # What it sends one after the other, it sends now.
    await till.execute(
        "UPDATE test_provider_deliveries SET next_try_at = next_try_at - interval '1 minute' WHERE tries = 0"
    )
    await all_is_told(till)


async def all_is_told(till: Till) -> None:
    """Wait for what is sent here, and for what the provider sends by itself in the background."""

    async def nothing_is_due() -> bool:
        await till.shop.use(COURIER).idle()
        await deliver_due(till.shop, till.store)
        due = await till.value("SELECT count(*) FROM test_provider_deliveries WHERE next_try_at IS NOT NULL")
        return bool(due == 0)

    await eventually(nothing_is_due)


async def test_an_order_is_paid_cancelled_and_refunded(till: Till) -> None:
    order = await till.order(Wanted("SHIRT", 2), shipping=900)
    await at_the_page(till, await till.start(order))
    assert (await till.state(order), await till.money(order)) == ("paid", (4880, 0))
    await till.bring(order, "cancel", doer=till.person("support"))
    assert await till.work() == 1
    await all_is_told(till)
    assert (await till.state(order), await till.money(order)) == ("refunded", (4880, 4880))
    assert {receipt["status"] for receipt in await till.receipts()} == {"applied"}


async def test_a_friend_who_pays_with_the_card_of_the_inviter_does_not_count(till: Till) -> None:
    friends = Friends(till.shop, till.store, till.anybody)
    ana = await friends.customer()
    bia, caio = [await friends.joined(ana) for _ in range(2)]
    for who, card in ((ana, "the blue one"), (bia, "the blue one"), (caio, "the red one")):
        order = await till.order(owner=Owner("user", who))
        await at_the_page(till, await till.start(order), payer=card)
        await friends.happens(friends.paid(order.id, who))
    assert await friends.invite(bia) == ("refused", "same-payment")
    assert await friends.invite(caio) == ("counted", None)


async def test_declined_then_paid(till: Till) -> None:
    order = await till.order()
    await at_the_page(till, await till.start(order), outcome="declined")
    assert await till.state(order) == "payment_failed"
    await at_the_page(till, await till.start(order))
    assert await till.state(order) == "paid"


@pytest.mark.parametrize("stray", ["processing_late", "declined_first"])
async def test_events_twice_and_in_the_wrong_order_pay_once(till: Till, stray: str) -> None:
    order = await till.order()
    await at_the_page(till, await till.start(order), times=3, stray=stray)
    assert (await till.state(order), await till.money(order)) == ("paid", (3980, 0))
    assert await till.refunds(order) == []


async def test_a_wrong_amount_and_a_forged_event_pay_nothing(till: Till) -> None:
    for wish, status in (({"amount": "1.00"}, "mistaken"), ({"forge": True}, "refused")):
        order = await till.order()
        await at_the_page(till, await till.start(order), **wish)
        assert (await till.state(order), await till.money(order)) == ("payment_pending", (0, 0))
        assert (await till.receipts())[0]["status"] == status


async def test_a_refund_that_the_provider_cannot_do_fails_and_says_so(till: Till) -> None:
    order = await till.order()
    await at_the_page(till, await till.start(order), refunds_fail=True)
    expect(await till.refund(order, amount="5.00", approve=True), HTTPStatus.CREATED)
    await till.work()
    await all_is_told(till)
    assert [refund["status"] for refund in await till.refunds(order)] == ["failed"]
    assert (await till.payments(order))[0]["refunding"] == "0.00"


async def test_a_payment_whose_webhooks_are_lost_is_found_by_asking(till: Till) -> None:
    order = await till.order(Wanted("SHIRT", 1, 1990))
    payment = await till.start(order)
    charge = payment["client"]["checkout_url"].rpartition("/")[2]
    expect(await till.anybody.post(f"//test-provider/v1/charges/{charge}/pay", {"delay_seconds": 3600}))
    await till.make_due("payments")
    await till.work()
    assert (await till.state(order), await till.money(order)) == ("paid", (order.total, 0))
