"""Does the client for terminals go on when a shop does not answer? Nothing is lost, doubled, or asked without end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiohttp import ClientSession, DummyCookieJar

from examples.chat import line, talk
from examples.chat.commands import obey
from examples.chat.screen import Screen
from examples.chat.shop import Refused, Shop, of_customer
from examples.chat.talk import Talk
from tests.examples.fickle import CONVERSATION, PROBLEMS, SARA, Fickle, fickle_shop

MANY = 60


@pytest.fixture(autouse=True)
def in_haste(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for as long as people would."""
    monkeypatch.setattr(line, "_ANSWERS_IN_SECONDS", 0.2)
    monkeypatch.setattr(line, "AGAIN_SECONDS", 0.05)
    monkeypatch.setattr(talk, "AGAIN_SECONDS", 0.05)


@asynccontextmanager
async def talking(shop: Fickle) -> AsyncIterator[Talk]:
    """Ana in her conversation, connected; what ends her connection for good is raised."""
    async with ClientSession(cookie_jar=DummyCookieJar()) as session:
        account = Shop(session, shop.address, "main", "ana@example.com", "secret")
        await account.sign_in()
        ana = Talk(account, Screen(), await of_customer(account, None))
        staying = asyncio.create_task(ana.line.run())
        try:
            async with asyncio.timeout(20):
                await ana.until(lambda: "-- connected" in ana.screen.lines)
                yield ana
            assert not staying.done(), staying.exception()
        finally:
            staying.cancel()
            await asyncio.gather(staying, return_exceptions=True)


@pytest.mark.parametrize("troubles", [["later"], ["silence"], ["later", "silence", "later"]])
async def test_a_message_that_is_not_answered_is_sent_again_and_kept_once(troubles: list[str]) -> None:
    async with fickle_shop() as shop:
        shop.troubles["send"].extend(troubles)
        async with talking(shop) as ana:
            for text in ("first", "second"):
                await ana.send(text)
            await ana.everything_is_sent()
            assert shop.bodies == ["first", "second"]
            assert not any("is lost" in each for each in ana.screen.lines), "the connection was there all the time"


async def test_a_message_that_is_refused_is_not_sent_again() -> None:
    async with fickle_shop() as shop:
        shop.troubles["send"].append("no")
        async with talking(shop) as ana:
            for text in ("first", "second"):
                await ana.send(text)
            await ana.everything_is_sent()
            assert shop.bodies == ["second"]
            assert any(each.startswith("!! not sent: conversation_unknown") for each in ana.screen.lines)


@pytest.mark.parametrize("name", ["sign-in", "connect", "join"])
async def test_who_comes_back_tries_until_they_are_let_in(name: str) -> None:
    async with fickle_shop() as shop, talking(shop) as ana:
        await shop.until(lambda: shop.asked["join"])
        shop.troubles[name].extend(["later"] * 2)
        ana.shop._signed_in_at = float("-inf")
        asked = shop.asked[name]
        ana.drop(0)
        await ana.send("here again")
        await ana.everything_is_sent()
        await shop.until(lambda: shop.asked[name] == asked + 3)
        assert shop.bodies == ["here again"]


async def test_who_may_not_come_in_is_told_so() -> None:
    async with fickle_shop() as shop:
        shop.troubles["connect"].append("no")
        with pytest.raises(Refused, match=PROBLEMS["no"]["code"]):
            await line.Line(await _account(shop), dict, _hear_nothing).run()


async def test_what_is_missing_is_asked_for_until_it_comes() -> None:
    async with fickle_shop() as shop:
        shop.troubles["sync"].append("later")
        async with talking(shop) as ana:
            await shop.write(SARA, "lost on its way", is_told=False)
            for number in range(3):
                await shop.write(SARA, f"shows the gap {number}")
            await ana.until(lambda: ana.transcript.change == 4)
            assert [each["body"] for each in ana.transcript.newest(9)] == shop.bodies
            assert shop.asked["sync"] <= 3, "one asks for all of them"


async def test_of_many_messages_that_come_only_the_last_is_told_to_be_read() -> None:
    async with fickle_shop() as shop:
        shop.troubles["read"].append("later")
        async with talking(shop):
            for number in range(MANY):
                await shop.write(SARA, str(number))
            await shop.until(lambda: shop.read == MANY)
            assert shop.asked["read"] < MANY / 2


async def test_a_command_that_is_not_answered_ends_nothing() -> None:
    async with fickle_shop() as shop, talking(shop) as ana:
        shop.troubles[CONVERSATION].append("later")
        await obey(ana, "/who")
        assert ana.screen.lines[-1].startswith("!! /who: database_unavailable")
        await obey(ana, "/who")
        assert ana.screen.lines[-1] == "-- nobody yet"


async def _account(shop: Fickle) -> Shop:
    account = Shop(None, shop.address, "main", "", "")  # type: ignore[arg-type]  # it asks nothing over HTTP
    account._token, account._signed_in_at = "token", float("inf")
    return account


async def _hear_nothing(event: str, data: object = None) -> None:
    return
