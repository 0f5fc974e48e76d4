"""Do those who follow an order see its money and its returns as they commit, also where that is no step of it?"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import Any, Final

import pytest
import pytest_asyncio
from aiohttp import ClientSession

from server.orders.happening import THE_SYSTEM, Happens
from server.orders.lifecycle import advance
from server.payments.providers.cash import CashProvider
from server.payments.providers.registry import PROVIDERS, Providers
from server.web.call import Shop
from storage.tenancy import Store
from storage.transaction import Transaction
from tests.server.actors import install_actors
from tests.server.live.conftest import Crowd, Heard, hearing, link_of, seqs
from tests.server.orders.people import deliver, send
from tests.server.orders.placed import Placed, Wanted, bring, place
from tests.server.payments.bank import Bank, event
from tests.server.payments.till import Till
from tests.server.sockets.conftest import Caller, calling
from tests.shop import Client, expect

PARTS: Final = ("state", "version", "paid_at", "payments", "shipments", "returns", "refunds")
"""What an order's own address shows under the same names."""


@pytest_asyncio.fixture(loop_scope="session")
async def till(shop: Shop, address: str, session: ClientSession, store: Store) -> AsyncIterator[Till]:
    """The test's store, with a bank that does what the test says."""
    usual, bank = shop.use(PROVIDERS), Bank()
    shop.provide(PROVIDERS, Providers({"test": bank, "cash": CashProvider()}))
    yield Till(shop, store, bank, address, session, install_actors(shop))
    shop.provide(PROVIDERS, usual)


@dataclass(frozen=True)
class Follower:
    """Somebody who follows an order, and where they would read it."""

    told: Caller | Heard
    client: Client
    path: str

    @property
    def pictures(self) -> list[Any]:
        """How the order stood, each time they were told."""
        return self.told.of("order_now")

    async def sees(self) -> None:
        """Wait until they were told what the order's address says now."""
        read = expect(await self.client.get(self.path))
        await self.told.until(lambda: self.pictures and _parts(self.pictures[-1]) == _parts(read))


async def test_money_and_what_comes_back_reach_all_who_follow_each_change_once_and_in_order(
    address: str, store: Store, crowd: Crowd, till: Till
) -> None:
    ana, owner = await crowd.customer()
    staff = await crowd.person("admin")
    order = await till.order(Wanted("SHIRT", 2), owner=owner)
    async with AsyncExitStack() as stack:
        followers = await _following(stack, address, till, order, crowd.calls(ana), crowd.calls(staff))
        moves = _life_with_a_return(till, order, crowd.calls(ana), crowd.calls(staff))
        seen = [1]
        async for made_a_step in moves:
            for each in followers:
                await each.sees()
            seen.append(followers[0].pictures[-1]["seq"])
            assert (seen[-1] > seen[-2]) == made_a_step, followers[0].pictures[-1]

        timeline = seqs(expect(await crowd.calls(ana).get(f"/orders/{order.number}"))["timeline"])
        for each in followers:
            await each.told.until(lambda each=each: seqs(each.told.of("order"))[-1] == timeline[-1])
            assert seqs(each.told.of("order")) == [seq for seq in timeline if seq > 1]
            assert all(earlier != later for earlier, later in pairwise(each.pictures)), "each once"
            versions = [picture["version"] for picture in each.pictures]
            assert versions == sorted(versions), "in order"
            assert _course(each.pictures, "returns") == ["requested", "approved", "received"]
            assert _course(each.pictures, "refunds") == ["requested", "approved", "gateway_pending", "settled"]
            # Asking the provider takes a moment, in which somebody may look, or not.
            assert [it for it in _course(each.pictures, "payments") if it != "created"] == ["pending", "succeeded"]
            assert each.pictures[-1]["payments"][0]["refunded"] == each.pictures[-1]["refunded"] == "19.90"


async def test_a_payment_that_is_called_off_after_the_order_was_is_told_without_a_step(
    address: str, crowd: Crowd, till: Till
) -> None:
    ana, owner = await crowd.customer()
    staff = crowd.calls(await crowd.person("admin"))
    order = await till.order(owner=owner)
    await till.start(order)
    expect(await crowd.calls(ana).post(f"/orders/{order.number}/cancel", {}))
    async with AsyncExitStack() as stack:
        followers = await _following(stack, address, till, order, crowd.calls(ana), staff)
        assert await till.work() == 1
        for each in followers:
            await each.sees()
            assert each.pictures[-1]["payments"][0]["status"] == "voided"
            assert each.told.of("order") == []


async def test_who_comes_back_is_shown_what_became_of_the_money_and_told_only_the_steps_they_missed(
    address: str, store: Store, crowd: Crowd, till: Till
) -> None:
    ana, owner = await crowd.customer()
    order = await till.order(Wanted("SHIRT", 2), owner=owner)
    await till.paid(order)
    path = f"/orders/{order.number}/events"
    last = seqs(expect(await crowd.calls(ana).get(f"/orders/{order.number}"))["timeline"])[-1]
    async with hearing(crowd.calls(ana), path) as before:
        await before.until(lambda: seqs(before.of("order"))[-1:] == [last] and before.of("order_now"))

    # Nothing of this is a step.
    expect(await till.refund(order, amount="5.00", approve=True), 201)
    await till.work()
    async with hearing(crowd.calls(ana), path, {"Last-Event-ID": str(last)}) as between:
        await between.until(lambda: between.of("order_now"))
        assert between.of("order_now")[0]["refunds"][0]["status"] == "gateway_pending"
    assert between.of("order") == []

    await till.settle(order)
    await bring(till.shop, store, order, "hold")
    async with (
        hearing(crowd.calls(ana), path, {"Last-Event-ID": str(last)}) as after,
        calling(address, store, "/orders", ana.token) as caller,
    ):
        now = await caller.get("watch", {"number": order.number, "after": last})
        await after.until(lambda: len(after.of("order")) == 2 and after.of("order_now"))
        await caller.until(lambda: len(caller.of("order")) == 2)
        for picture in (now, after.of("order_now")[0]):
            assert (picture["seq"], picture["refunded"]) == (last + 2, "5.00")
            assert picture["refunds"][0]["status"] == "settled"
        expect(await till.staff().post(f"/staff/orders/{order.number}/events/release_hold", {}))
        await after.until(lambda: after.of("order")[2:] and after.of("order_now")[1:])
        await caller.until(lambda: caller.of("order")[2:] and caller.of("order_now"))
        for told in (after, caller):
            assert [each["step"]["event"] for each in told.of("order")] == ["refund_settled", "hold", "release_hold"]
            assert seqs(told.of("order")) == [last + 1, last + 2, last + 3]
            assert told.of("order_now")[-1]["held"] is False
        assert (len(after.of("order_now")), len(caller.of("order_now"))) == (2, 1)


async def test_what_is_undone_is_told_to_nobody(address: str, store: Store, crowd: Crowd, till: Till) -> None:
    ana, owner = await crowd.customer()
    order = await place(till.shop, store, owner=owner)
    paid = Happens(event="payment_succeeded", doer=THE_SYSTEM, captured=order.total)

    async def fails(tx: Transaction) -> None:
        await advance(tx, till.shop, store, order.id, paid)
        raise ValueError("the last thing of the transaction did not work")

    async with AsyncExitStack() as stack:
        followers = await _following(stack, address, till, order, crowd.calls(ana), crowd.calls(ana))
        with pytest.raises(ValueError, match="the last thing"):
            await till.shop.database.transaction(store.id, fails)
        await bring(till.shop, store, order, "hold")
        for each in followers:
            await each.told.until(lambda each=each: each.told.of("order"))
            await each.sees()
            assert [told["step"]["event"] for told in each.told.of("order")] == ["hold"]
            assert all(picture["paid_at"] is None for picture in each.pictures)


async def _following(
    stack: AsyncExitStack, address: str, till: Till, order: Placed, ana: Client, staff: Client
) -> list[Follower]:
    """The customer and staff by socket, the customer by a stream, and whoever has the link, by both."""
    followers, token = [], link_of(till.shop, order)
    number, linked = f"/orders/{order.number}", f"/orders/by-link/{token}"
    last = seqs(expect(await staff.get(number))["timeline"])[-1]
    for client, path, watched in (
        (ana, number, {"number": order.number}),
        (staff, number, {"number": order.number}),
        (till.anybody, linked, {"token": token}),
    ):
        caller = await stack.enter_async_context(calling(address, till.store, "/orders", client.token))
        await caller.get("watch", watched)
        followers.append(Follower(caller, client, path))
    for client, path in ((ana, number), (till.anybody, linked)):
        heard = await stack.enter_async_context(hearing(client, f"{path}/events?after={last}"))
        await heard.until(lambda heard=heard: heard.of("order_now"))
        followers.append(Follower(heard, client, path))
    return followers


async def _life_with_a_return(till: Till, order: Placed, ana: Client, staff: Client) -> AsyncIterator[bool]:
    """The order goes on, change by change: whether each was a step of it."""
    payment = await till.start(order)
    yield True
    assert await till.told(event("payment_succeeded", payment)) == "applied"
    yield True
    await till.bring(order, "process")
    yield True
    await send(staff, order.number)
    yield True
    await deliver(staff, order.number)
    yield True
    path = f"/orders/{order.number}/returns"
    lines = [{"line_id": str(order.lines["SHIRT"]), "quantity": 1}]
    asked = expect(await ana.post(path, {"lines": lines, "reason": "defective"}), 201)
    yield True
    expect(await staff.post(f"{path}/1/approve", {}))
    yield True
    expect(await staff.post(f"{path}/1/receive", {}))
    yield True
    expect(await till.refund(order, return_id=asked["returns"][0]["id"]), 201)
    yield False
    expect(await till.staff("support").post(f"/orders/{order.number}/refunds/1/approve", {}))
    yield True
    assert await till.work() == 1
    yield False
    assert await till.told(await till.settlement(order, 1)) == "applied"
    yield True


def _parts(seen: Any) -> dict[str, Any]:
    return {name: seen[name] for name in PARTS}


def _course(pictures: Iterable[Any], part: str) -> list[str]:
    """The statuses of the first of these, as they followed each other."""
    return [status for status, _ in groupby(picture[part][0]["status"] for picture in pictures if picture[part])]
