"""Does the client for terminals go on when a shop does not answer? Nothing is lost, doubled, or asked without end."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import ClientSession, DummyCookieJar

from examples.chat import line, talk
from examples.chat.commands import Quit, obey, obey_alone
from examples.chat.deeds import sentence
from examples.chat.screen import Screen
from examples.chat.shop import Refused, Shop, of_customer
from examples.chat.talk import Talk
from examples.chat.transcript import Transcript
from examples.chat.typed import Typed
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


async def test_without_anybody_there_a_line_that_needs_somebody_waits_with_those_after_it() -> None:
    screen, typed = Screen(), Typed(io.StringIO("\n/help\nGood morning\n/quit\n"))
    async with asyncio.timeout(20):
        await obey_alone(screen, typed)
        assert screen.lines[-1] == "-- that waits until somebody is there; Ctrl-C leaves"
        assert [each async for each in typed] == ["Good morning\n", "/quit\n"]
        with pytest.raises(Quit):
            await obey_alone(screen, Typed(io.StringIO("/quit\n")))


@pytest.mark.parametrize(
    ("done", "said"),
    [
        ({"done": "assigned", "to": {"id": SARA["id"], "name": "Sara"}}, "Sara looks after this now"),
        ({"done": "assigned", "to": {"id": "other", "name": "Max"}}, "Sara asked Max to look after this"),
        ({"done": "unassigned"}, "Sara left this to whoever has time"),
        ({"done": "changed", "subject": "Tea"}, "Sara called this “Tea”"),
        ({"done": "changed", "tags": ["late"]}, "Sara tagged this late"),
        ({"done": "changed", "tags": []}, "Sara took all tags away"),
        ({"done": "resolved"}, "Sara marked this as resolved"),
        ({"done": "reopened"}, "Sara opened this again"),
        ({"done": "rated", "rating": 3}, "Sara gave 3 of 5 points"),
        ({"done": "moved", "to": "attic"}, "Sara did this: moved"),
    ],
)
def test_whatever_is_done_has_a_sentence(done: dict[str, Any], said: str) -> None:
    assert sentence({"author": SARA, "done": done}) == said
    of_the_shop = sentence({"author": {"id": None, "name": None, "role": "system"}, "done": done})
    assert of_the_shop.startswith("The shop ")


def test_a_note_is_read_when_staff_have_read_it() -> None:
    transcript = Transcript()
    note = {"author": SARA, "kind": "note", "seq": 2}
    transcript.reach({"user_id": "ana", "role": "customer", "delivered_seq": 3, "read_seq": 3})
    assert transcript.ticks(note, SARA["id"]) == "·"
    assert transcript.ticks({**note, "kind": "text"}, SARA["id"]) == "✓✓"
    transcript.reach({"user_id": "max", "role": "staff", "delivered_seq": 2, "read_seq": 1})
    assert transcript.ticks(note, SARA["id"]) == "✓"
    transcript.reach({"user_id": "max", "role": "staff", "delivered_seq": 2, "read_seq": 2})
    assert transcript.ticks(note, SARA["id"]) == "✓✓"


async def _account(shop: Fickle) -> Shop:
    account = Shop(None, shop.address, "main", "", "")  # type: ignore[arg-type]  # it asks nothing over HTTP
    account._token, account._signed_in_at = "token", float("inf")
    return account


async def _hear_nothing(event: str, data: object = None) -> None:
    return
