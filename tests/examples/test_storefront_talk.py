"""Does the client for storefronts go on when a shop does not answer? Nothing is lost, doubled, or asked without end."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from tests.examples.fickle import SARA, Fickle, fickle_shop
from tests.examples.storefront import Storefront, event_source, storefront_of

MANY = 60


@asynccontextmanager
async def talking(shop: Fickle) -> AsyncIterator[Storefront]:
    """Ana in her conversation. Node ends, and with it the test, as soon as a promise is rejected that nobody awaits."""
    async with storefront_of(shop.address, "token", "1001") as page:
        await page.do("connect")
        await page.until(lambda: page.has_done("connect"))
        yield page


@pytest.mark.parametrize("troubles", [["later"], ["later", "later"]])
async def test_a_message_that_is_not_answered_is_sent_again_and_kept_once(troubles: list[str]) -> None:
    async with fickle_shop() as shop:
        shop.troubles["send"].extend(troubles)
        async with talking(shop) as page:
            await page.do("send first", "send second")
            await page.until(lambda: page.has_done("send first") and page.has_done("send second"))
            assert shop.bodies == ["first", "second"]
            assert not page.of("lost"), "the connection was there all the time"


async def test_who_waits_for_one_message_writes_the_next() -> None:
    async with fickle_shop() as shop:
        # The answer comes first: it is what whoever waits goes on with.
        shop.troubles["send"].extend(["untold", "untold"])
        async with talking(shop) as page:
            await page.do("twice hello")
            await page.until(lambda: page.has_done("twice hello"))
            assert shop.bodies == ["hello 1", "hello 2"]


async def test_what_is_missing_is_asked_for_until_it_comes() -> None:
    async with fickle_shop() as shop:
        shop.troubles["sync"].append("later")
        async with talking(shop) as page:
            await shop.write(SARA, "lost on its way", is_told=False)
            for number in range(3):
                await shop.write(SARA, f"shows the gap {number}")
            await page.until(lambda: page.shows("shows the gap 2"))
            assert [each["body"] for each in page.of("messages")[-1]] == shop.bodies


async def test_a_gap_that_may_not_be_filled_is_told() -> None:
    async with fickle_shop() as shop:
        shop.troubles["sync"].append("no")
        async with talking(shop) as page:
            await shop.write(SARA, "lost on its way", is_told=False)
            await shop.write(SARA, "shows the gap")
            await page.until(lambda: page.of("problem"))
            assert page.of("problem")[0]["code"] == "conversation_unknown"


async def test_an_order_is_watched_as_soon_as_the_shop_answers() -> None:
    async with fickle_shop() as shop:
        shop.troubles["watch"].extend(["later", "later"])
        async with storefront_of(shop.address, "token", "1001") as page:
            await page.do("follow")
            await page.until(lambda: page.of("order_now"))
            assert (shop.asked["watch"], page.of("order_refused")) == (3, [])


async def test_who_comes_back_having_opened_nothing_says_so() -> None:
    async with fickle_shop() as shop, storefront_of(shop.address, "token", "1001") as page:
        await page.do("look")
        await page.until(lambda: page.of("connected"))
        await page.do("drop")
        await page.until(lambda: page.of("lost"))
        await page.do("back")
        await page.until(lambda: len(page.of("connected")) == 2)
        assert shop.said == [{}, {"since": {}}]


async def test_a_stream_that_is_refused_for_now_is_opened_again_after_the_last_step() -> None:
    async with fickle_shop() as shop, storefront_of(shop.address, "token", "1001", event_source()) as page:
        shop.troubles["events"].append("later")
        await page.do("source link")
        await page.until(lambda: page.of("source_step")[2:])
        shop.troubles["events"].append("later")
        await shop.until(lambda: not shop.troubles["events"])
        met = len(shop.streamed_after)
        await shop.until(lambda: len(shop.streamed_after) > met + 1)
        # It began anew where it was, and from there on the browser itself said what it had seen.
        assert shop.streamed_after == list(range(len(shop.streamed_after)))
        await page.until(lambda: len(page.of("source_step")) > met)
        seen = [each["seq"] for each in page.of("source_step")]
        assert seen == list(range(1, len(seen) + 1))
        assert page.of("source_lost")
        assert not page.of("source_refused")


async def test_a_stream_that_is_refused_for_good_says_why() -> None:
    async with fickle_shop() as shop, storefront_of(shop.address, "token", "1001", event_source()) as page:
        shop.troubles["events"].append("no")
        shop.troubles["link"].append("no")
        await page.do("source link")
        await page.until(lambda: page.of("source_refused"))
        assert page.of("source_refused")[0]["code"] == "conversation_unknown"
        assert (shop.asked["events"], shop.asked["link"]) == (1, 1)


async def test_of_many_messages_that_come_only_the_last_is_told_to_be_read() -> None:
    async with fickle_shop() as shop:
        shop.troubles["read"].append("later")
        async with talking(shop) as page:
            await page.do("reader")
            await page.until(lambda: page.has_done("reader"))
            for number in range(MANY):
                await shop.write(SARA, str(number))
            await page.until(lambda: page.shows(str(MANY - 1)))
            await shop.until(lambda: shop.read == MANY)
            assert shop.asked["read"] < MANY / 2
            assert len(page.of("messages")) < MANY / 2, "what comes together is one picture"
