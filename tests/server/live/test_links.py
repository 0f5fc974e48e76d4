"""Does a link show the one order it was signed for, as its customer sees it, until it expires, and nothing else?"""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final

import pytest

from server.live import following
from server.live.following import ORDERS
from server.orders import links
from server.web.call import Shop
from storage.ids import new_id
from storage.tenancy import Store
from tests.server.live.conftest import Crowd, hearing, link_of, nobody_looks, seqs
from tests.server.orders.placed import Placed, bring, pay, place
from tests.server.sockets.conftest import calling
from tests.shop import Client, expect, new_store

Forge = Callable[[Shop, Placed, Placed], str]
DAY: Final = timedelta(days=1)
INVALID: Final = (404, "order_link_invalid")


def _of_content(shop: Shop, mine: Placed, other: Placed) -> str:
    """The other order, with the signature of mine."""
    content, signature = (link_of(shop, each).partition(".") for each in (other, mine))
    return f"{content[0]}.{signature[2]}"


def _longer(shop: Shop, mine: Placed, _other: Placed) -> str:
    """One that has expired, which says that it has not."""
    content, _, signature = link_of(shop, mine, -DAY).partition(".")
    raw = base64.urlsafe_b64decode(content + "=" * (-len(content) % 4))
    later = int((datetime.now(UTC) + DAY).timestamp()).to_bytes(len(raw) - 16)
    return f"{base64.urlsafe_b64encode(raw[:16] + later).rstrip(b'=').decode()}.{signature}"


def _of_another_purpose(shop: Shop, mine: Placed, _other: Placed) -> str:
    """Signed by us, for something else."""
    content = link_of(shop, mine).partition(".")[0]
    return f"{content}.{shop.keys.sign('quote', content.encode())}"


def _of_an_unknown_key(shop: Shop, mine: Placed, _other: Placed) -> str:
    content, _, signature = link_of(shop, mine).partition(".")
    return f"{content}.x{signature}"


def _of_no_order(shop: Shop, _mine: Placed, _other: Placed) -> str:
    """Signed by us, for an order that is not there; the shop itself may delete none."""
    return links.sign(shop.keys, new_id(), datetime.now(UTC) + DAY)


@pytest.mark.parametrize(
    ("forge", "refusal"),
    [
        (_of_content, INVALID),
        (_longer, INVALID),
        (_of_another_purpose, INVALID),
        (_of_an_unknown_key, INVALID),
        (_of_no_order, INVALID),
        (lambda shop, mine, _: link_of(shop, mine)[:-1], INVALID),
        (lambda shop, mine, _: link_of(shop, mine).partition(".")[0], INVALID),
        (lambda shop, mine, _: link_of(shop, mine, -DAY), (410, "order_link_expired")),
    ],
)
async def test_a_link_that_was_tampered_with_leads_nowhere_by_whatever_way(
    address: str, shop: Shop, store: Store, client: Client, forge: Forge, refusal: tuple[int, str]
) -> None:
    token = forge(shop, await place(shop, store), await place(shop, store))
    for path in (f"/orders/by-link/{token}", f"/orders/by-link/{token}/events"):
        answer = await client.get(path)
        assert (answer.status, answer.code) == refusal
    async with calling(address, store, "/orders") as caller:
        problem = (await caller.ask("watch", {"token": token}))["problem"]
        assert (problem["status"], problem["code"]) == refusal
        await nobody_looks(shop.use(ORDERS))


async def test_a_link_of_another_store_leads_nowhere_whoever_has_it(
    address: str, shop: Shop, store: Store, client: Client, crowd: Crowd
) -> None:
    token = link_of(shop, await place(shop, await new_store(shop)))
    for person in (None, (await crowd.person("admin")).token):
        answer = await client.signed_in(person).get(f"/orders/by-link/{token}/events")
        assert (answer.status, answer.code) == INVALID
        async with calling(address, store, "/orders", person) as caller:
            problem = (await caller.ask("watch", {"token": token}))["problem"]
            assert (problem["status"], problem["code"]) == INVALID


async def test_a_link_opens_no_other_order(
    address: str, shop: Shop, store: Store, client: Client, crowd: Crowd
) -> None:
    mine, other = await place(shop, store), await place(shop, store)
    token, stranger = link_of(shop, mine), (await crowd.person("customer")).token
    for person, refusal in ((None, (401, "sign_in_needed")), (stranger, (404, "order_unknown"))):
        answer = await client.signed_in(person).get(f"/orders/{other.number}/events")
        assert (answer.status, answer.code) == refusal
        async with (
            calling(address, store, "/orders", person) as caller,
            hearing(client.signed_in(person), f"/orders/by-link/{token}/events") as heard,
        ):
            await caller.get("watch", {"token": token})
            both = (await caller.ask("watch", {"token": token, "number": other.number}))["problem"]
            assert (both["status"], both["code"]) == (422, "watch_invalid")
            for number in (mine.number, other.number):
                problem = (await caller.ask("watch", {"number": number}))["problem"]
                assert (problem["status"], problem["code"]) == refusal
            for order in (other, mine):
                await bring(shop, store, order, "hold")
            await caller.until(lambda caller=caller: caller.of("order"))
            await heard.until(lambda heard=heard: heard.of("order_now") and heard.of("order_now")[-1]["held"])
            for told in (caller, heard):
                assert {each["number"] for each in told.of("order")} == {str(mine.number)}
        await _release(crowd, mine, other)


async def test_a_link_shows_staff_too_only_what_its_customer_sees(
    address: str, shop: Shop, store: Store, crowd: Crowd
) -> None:
    order = await place(shop, store)
    staff = await crowd.person("admin")
    token = link_of(shop, order)
    async with (
        calling(address, store, "/orders", staff.token) as caller,
        hearing(crowd.calls(staff), f"/orders/by-link/{token}/events") as heard,
    ):
        await caller.get("watch", {"token": token})
        await pay(shop, store, order)
        for told in (caller, heard):
            await told.until(lambda told=told: told.of("order") and told.of("order")[-1]["seq"] == 2)
            assert all(each["step"]["detail"] is None for each in told.of("order"))


async def test_a_link_that_expires_meanwhile_shows_nothing_that_follows(
    address: str, shop: Shop, store: Store, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = await place(shop, store)
    token, longer = link_of(shop, order), link_of(shop, order, 3 * DAY)
    async with (
        calling(address, store, "/orders") as caller,
        calling(address, store, "/orders") as stays,
        hearing(client, f"/orders/by-link/{token}/events") as heard,
    ):
        await caller.get("watch", {"token": token})
        await stays.get("watch", {"token": longer})
        await heard.until(lambda: heard.of("order") and heard.of("order_now"))
        monkeypatch.setattr(following, "_now", lambda: asyncio.get_running_loop().time() + 2 * DAY.total_seconds())
        await pay(shop, store, order)
        await caller.until(lambda: caller.of("order_ended"))
        await heard.until(lambda: heard.is_over)
        await stays.until(lambda: stays.of("order") and stays.of("order_now"))
        assert caller.of("order_ended") == [{"number": str(order.number)}]
        assert (caller.of("order"), caller.of("order_now")) == ([], [])
        assert (seqs(heard.of("order")), len(heard.of("order_now"))) == ([1], 1)


async def _release(crowd: Crowd, *orders: Placed) -> None:
    staff = crowd.calls(await crowd.person("admin"))
    for order in orders:
        expect(await staff.post(f"/staff/orders/{order.number}/events/release_hold", {}))
