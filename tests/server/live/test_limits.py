"""Does nobody watch more, or read more streams, than they may, and go what they have on all the same?"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack

import pytest
from aiohttp.test_utils import make_mocked_request

from server.auth.bearer import TOKENS
from server.errors import AppError
from server.live.errors import TOO_MANY_STREAMS
from server.live.order_sockets import MOST_WATCHED
from server.live.streams import MOST_OF_NETWORK, MOST_OF_SOMEBODY, STREAMS
from server.sockets.standing import who_is
from server.web.call import Call, Shop
from storage.tenancy import Store
from tests.contract.people import guest_token
from tests.server.live.conftest import Crowd, hearing, link_of
from tests.server.orders.placed import Wanted, pay, place
from tests.server.sockets.conftest import calling


async def test_a_connection_watches_fifty_orders_and_not_one_more(
    address: str, shop: Shop, store: Store, crowd: Crowd
) -> None:
    ana, owner = await crowd.customer()
    orders = [await place(shop, store, Wanted("TEA"), owner=owner) for _ in range(MOST_WATCHED + 1)]
    first, last, beyond = orders[0], orders[-2], orders[-1]
    async with calling(address, store, "/orders", ana.token) as caller:
        for order in orders[:-1]:
            await caller.get("watch", {"number": order.number})

        for body, pointer in (
            ({"number": beyond.number}, "/number"),
            ({"token": link_of(shop, beyond)}, "/token"),
        ):
            problem = (await caller.ask("watch", body))["problem"]
            assert (problem["status"], problem["code"]) == (429, "too_many_watches")
            assert [(it["pointer"], it["code"]) for it in problem["errors"]] == [(pointer, "too_many_watches")]

        # What is watched goes on, and what is not does not.
        for order in (beyond, first, last):
            await pay(shop, store, order)
        await caller.until(lambda: len(caller.of("order")) == 2)
        assert {each["number"] for each in caller.of("order")} == {str(first.number), str(last.number)}

        # One that is watched may be watched anew, and one that is not in the place of another.
        await caller.get("watch", {"number": first.number})
        await caller.get("unwatch", {"number": first.number})
        await caller.get("watch", {"number": beyond.number, "after": 1})
        await caller.until(lambda: caller.of("order")[2:])
        assert [(each["number"], each["seq"]) for each in caller.of("order")[2:]] == [(str(beyond.number), 2)]
        async with calling(address, store, "/orders", ana.token) as other:
            assert (await other.get("watch", {"number": first.number}))["seq"] == 2


async def test_nobody_opens_streams_without_end(shop: Shop, store: Store, crowd: Crowd) -> None:
    ana, owner = await crowd.customer()
    order = await place(shop, store, owner=owner)
    path = f"/orders/{order.number}/events"
    async with AsyncExitStack() as stack:
        opened = [await stack.enter_async_context(hearing(crowd.calls(ana), path)) for _ in range(MOST_OF_SOMEBODY)]
        for heard in opened:
            await heard.until(lambda heard=heard: heard.of("order"))
        answer = await crowd.calls(ana).get(path)
        assert (answer.status, answer.code) == (429, "too_many_streams")
        assert int(answer.headers["Retry-After"]) > 0
        # The link is no way round it, nor is it in the way of others.
        assert (await crowd.calls(ana).get(f"/orders/by-link/{link_of(shop, order)}/events")).code == "too_many_streams"
        staff = crowd.calls(await crowd.person("admin"))
        async with hearing(staff, path) as other:
            await pay(shop, store, order)
            for heard in (*opened, other):
                await heard.until(lambda heard=heard: heard.of("order")[1:])


@pytest.mark.parametrize("are_guests", [False, True])
async def test_a_network_without_an_account_opens_no_more_however_many_guests_it_is(
    shop: Shop, store: Store, crowd: Crowd, are_guests: bool
) -> None:
    ended: list[str] = []

    async def opened(token: str | None) -> AsyncGenerator[bytes, None]:
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        claims = None if token is None else await shop.use(TOKENS).read(token)
        request = make_mocked_request("GET", "/", headers=headers)
        call = Call(request, shop, store, await who_is(shop, store, claims), "a test")
        return await shop.use(STREAMS).open(call, lambda _: lambda: ended.append("ended"))

    parts = [await opened(guest_token(shop, store) if are_guests else None) for _ in range(MOST_OF_NETWORK)]
    for token in (None, guest_token(shop, store)):
        with pytest.raises(AppError, match=f"at most {MOST_OF_NETWORK} at a time of one network") as refused:
            await opened(token)
        assert refused.value.error is TOO_MANY_STREAMS
    parts.append(await opened((await crowd.person("customer")).token))
    for each in parts:
        await each.aclose()
    assert len(ended) == MOST_OF_NETWORK + 1, "each of those that were opened, and none of those that were not"
    await (await opened(None)).aclose()
