"""Is every message sent, and none twice, whatever happens to those who send it?"""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import suppress

import pytest

from notifications.events import MailRequested, StockLine, StockRanLow
from server.telling import pacing, sending
from server.telling.channels import Message, Outcome, Refused, Sent, TryAgain
from server.telling.email_server import Letter, MailServer, read_smtp_url
from server.telling.pacing import FIRST_REST_SECONDS, Pace
from server.telling.sending import MOST_ATTEMPTS, MOST_INTERRUPTIONS
from storage.errors import DatabaseUnavailable
from storage.ids import new_id
from tests.server.events.killing import accident
from tests.server.telling.mail_servers import mail_server
from tests.server.telling.people import Telling, order_event, placed


def mail(to: str = "ana@example.com") -> MailRequested:
    return MailRequested(template="password_changed", to=to, locale="en", values={"name": "Ana", "link": "secret"})


async def test_what_was_sent_is_not_sent_again_and_keeps_no_secret(telling: Telling) -> None:
    taken = telling.collects()
    await telling.happened(mail())
    assert await telling.send() == 1
    assert await telling.send() == 0
    (row,) = await telling.messages()
    assert (row["state"], row["values"], row["attempts"]) == ("sent", "{}", 1)
    assert [each.id for each in taken] == [row["id"]]


async def test_a_message_that_was_refused_holds_up_no_other(telling: Telling) -> None:
    async def answer(message: Message) -> Outcome:
        return Refused("550 no such user", bounced=True) if message.address.startswith("Gone") else Sent()

    telling.posts(answer)
    for address in ("a@example.com", "Gone@example.com", "b@example.com"):
        await telling.happened(mail(address))
    await telling.send()
    assert {each["address"]: each["state"] for each in await telling.messages()} == {
        "a@example.com": "sent", "Gone@example.com": "bounced", "b@example.com": "sent",
    }  # fmt: skip


async def test_an_address_that_refuses_is_remembered(telling: Telling) -> None:
    async def answer(_message: Message) -> Outcome:
        return Refused("550 no such user", bounced=True)

    telling.posts(answer)
    await telling.happened(mail("Gone@example.com"))
    await telling.send()
    (row,) = await telling.messages()
    assert (row["state"], row["reason"]) == ("bounced", "550 no such user")
    assert await telling.execute("DELETE FROM mail_bounces WHERE email_folded = 'gone@example.com'") == 1


async def test_a_refusal_for_another_reason_is_no_bounce(telling: Telling) -> None:
    async def answer(_message: Message) -> Outcome:
        return Refused("the text cannot be written")

    telling.posts(answer)
    await telling.happened(mail())
    await telling.send()
    (row,) = await telling.messages()
    assert (row["state"], row["reason"]) == ("refused", "the text cannot be written")
    assert await telling.execute("DELETE FROM mail_bounces") == 0


async def test_what_fails_comes_again_later_and_is_given_up_in_the_end(telling: Telling) -> None:
    async def answer(_message: Message) -> Outcome:
        return TryAgain("451 later")

    telling.posts(answer)
    await telling.happened(mail())
    await telling.send()
    (row,) = await telling.messages()
    assert (row["state"], row["attempts"], row["reason"]) == ("waiting", 1, "451 later")
    assert await telling.send() == 0, "it rests"
    await telling.execute("UPDATE messages SET attempts = $1", MOST_ATTEMPTS - 1)
    await telling.let_time_pass()
    await telling.send()
    (row,) = await telling.messages()
    assert (row["state"], row["reason"]) == ("dead", f"tried {MOST_ATTEMPTS} times; last: 451 later")


async def test_a_channel_that_raises_loses_nothing(telling: Telling) -> None:
    async def answer(_message: Message) -> Outcome:
        raise ValueError("a bug")

    telling.posts(answer)
    await telling.happened(mail())
    await telling.send()
    (row,) = await telling.messages()
    assert (row["state"], row["reason"]) == ("waiting", "ValueError: a bug")


async def test_while_the_provider_is_away_no_attempt_counts_and_nothing_else_is_tried(telling: Telling) -> None:
    asked: list[Message] = []

    async def answer(message: Message) -> Outcome:
        asked.append(message)
        return TryAgain("no route to host", outage=True)

    telling.posts(answer, hands=1)
    for number in range(5):
        await telling.happened(mail(f"{number}@example.com"))
    await telling.send()
    assert len(asked) == 1
    assert {each["attempts"] for each in await telling.messages()} == {0}
    await telling.let_time_pass()
    taken = telling.collects()
    await telling.send()
    assert len(taken) == 5


async def test_two_workers_send_each_message_once(telling: Telling) -> None:
    sent: Counter[str] = Counter()

    async def answer(message: Message) -> Outcome:
        sent[message.address] += 1
        await asyncio.sleep(0)
        return Sent()

    telling.posts(answer)
    for number in range(30):
        await telling.happened(mail(f"{number}@example.com"))
    await asyncio.gather(*(telling.send() for _ in range(4)))
    assert sent == {f"{number}@example.com": 1 for number in range(30)}


@pytest.mark.parametrize("is_after", [False, True], ids=["before", "after"])
async def test_a_sender_ended_at_any_statement_loses_nothing(telling: Telling, is_after: bool) -> None:
    """Once for each statement there is: it arrives in the end, and twice only in the gap after it was taken."""
    for at in range(1, 30):
        taken = telling.collects()
        await telling.happened(mail(f"{at}@example.com"))
        with accident(at, is_after=is_after) as it, suppress(DatabaseUnavailable, OSError):
            await telling.send()
        for _ in range(3):
            await telling.let_time_pass()
            await telling.send()
        assert {each.address for each in taken} == {f"{at}@example.com"}
        assert len({each.id for each in taken}) == 1, "it keeps its id"
        assert len(taken) <= 2, "one accident, one repetition at most"
        if not it.has_happened:
            break
    else:
        pytest.fail("a sender that needs more than thirty statements")
    assert {each["state"] for each in await telling.messages()} == {"sent"}


async def test_who_is_ended_again_and_again_leaves_it_to_a_person(telling: Telling) -> None:
    taken = telling.collects()
    await telling.happened(mail())
    await telling.execute("UPDATE messages SET under_way = true, interrupted = $1", MOST_INTERRUPTIONS)
    await telling.send()
    (row,) = await telling.messages()
    assert (row["state"], taken) == ("dead", [])
    assert "it may have arrived" in row["reason"]


async def test_a_slow_mail_server_delivers_a_mail_a_few_times_and_no_more(telling: Telling) -> None:
    async with mail_server() as server:
        server.answers = asyncio.Event()
        url = read_smtp_url(server.url)
        client = MailServer(url, connections=4, timeout=30.0, local_name="x", data_timeout=0.05)

        async def answer(_message: Message) -> Outcome:
            content = b"Subject: x\r\n\r\nx\r\n"
            return await client.hand_over(Letter(sender="s@x.example", recipient="ana@x.example", content=content))

        telling.posts(answer)
        await telling.happened(mail())
        for _ in range(2 * MOST_INTERRUPTIONS):
            await telling.let_time_pass()
            await telling.send()
        server.answers.set()
        await client.close()
    (row,) = await telling.messages()
    assert row["state"] == "dead"
    assert row["reason"].startswith("it may have arrived, more than once; last: the mail server broke off")
    assert len(server.taken) == MOST_INTERRUPTIONS


async def test_tries_that_surely_failed_make_no_difference_to_those_that_may_have_arrived(telling: Telling) -> None:
    outcomes = [TryAgain("lost", unsure=True), TryAgain("451 later")] * MOST_INTERRUPTIONS

    async def answer(_message: Message) -> Outcome:
        return outcomes.pop(0)

    telling.posts(answer)
    await telling.happened(mail())
    while outcomes and (await telling.messages())[0]["state"] == "waiting":
        await telling.let_time_pass()
        await telling.send()
    (row,) = await telling.messages()
    assert (row["state"], row["attempts"]) == ("dead", 2 * MOST_INTERRUPTIONS - 1)


async def test_what_takes_too_long_may_have_arrived(telling: Telling, monkeypatch: pytest.MonkeyPatch) -> None:
    async def answer(_message: Message) -> Outcome:
        await asyncio.Event().wait()
        raise AssertionError

    monkeypatch.setattr(sending, "SEND_SECONDS", 0.05)
    telling.posts(answer)
    await telling.happened(mail())
    await telling.send()
    (row,) = await telling.messages()
    assert (row["state"], row["interrupted"], row["under_way"]) == ("waiting", 1, False)


async def test_three_of_a_digest_go_as_one(telling: Telling) -> None:
    taken = telling.collects()
    await telling.person(roles=("warehouse",))
    for number in range(3):
        line = StockLine(variant_id=str(new_id()), sku=f"S{number}", available=1, low_stock_threshold=2)
        await telling.happened(StockRanLow(lines=[line]))
    await telling.let_time_pass()
    await telling.send()
    (only,) = taken
    assert len(only.values["items"]) == 3
    mails = [each for each in await telling.messages() if each["channel"] == "email"]
    assert {each["state"] for each in mails} == {"sent"}
    assert {each["digest_of"] for each in mails} == {only.id}


async def test_a_digest_is_not_torn_by_two_workers(telling: Telling) -> None:
    taken = telling.collects()
    await telling.person(roles=("warehouse",))
    for number in range(6):
        line = StockLine(variant_id=str(new_id()), sku=f"S{number}", available=1, low_stock_threshold=2)
        await telling.happened(StockRanLow(lines=[line]))
    await telling.let_time_pass()
    await asyncio.gather(*(telling.send() for _ in range(4)))
    assert [len(each.values["items"]) for each in taken] == [6]


async def test_what_comes_while_a_digest_is_tried_goes_with_the_next(telling: Telling) -> None:
    outcomes: list[Outcome] = [TryAgain("451"), Sent(), Sent()]
    seen: list[int] = []

    async def answer(message: Message) -> Outcome:
        seen.append(len(message.values.get("items", [1])))
        return outcomes.pop(0)

    async def runs_low() -> None:
        line = StockLine(variant_id=str(new_id()), sku="S", available=1, low_stock_threshold=2)
        await telling.happened(StockRanLow(lines=[line]))
        await telling.let_time_pass()

    telling.posts(answer)
    await telling.person(roles=("warehouse",))
    await runs_low()
    await runs_low()
    await telling.send()
    await runs_low()
    await telling.send()
    await telling.let_time_pass()
    await telling.send()
    assert seen == [2, 2, 1]
    mails = [each for each in await telling.messages() if each["channel"] == "email"]
    assert {each["state"] for each in mails} == {"sent"}


async def test_the_inbox_keeps_what_the_message_says(telling: Telling) -> None:
    telling.collects()
    ana = await telling.person()
    await telling.happened(order_event("OrderShipped", order_id=await placed(telling, ana)))
    await telling.send()
    (inbox,) = [each for each in await telling.messages() if each["channel"] == "inbox"]
    assert (inbox["state"], inbox["reason"]) == ("sent", None)
    assert inbox["title"]
    assert inbox["body"]
    assert inbox["link"].endswith("/orders/1")


async def test_hands_that_meet_the_same_outage_rest_once_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [1000.0]
    monkeypatch.setattr(pacing, "_now", lambda: clock[0])
    pace = Pace()

    def rest() -> float:
        """How long it rests after an outage that four hands meet."""
        for _ in range(4):
            pace.outage()
        began = clock[0]
        while pace.is_resting:
            clock[0] += 0.25
        return clock[0] - began

    first, second, third = rest(), rest(), rest()
    assert 3.75 <= first <= FIRST_REST_SECONDS + 0.25
    assert 7.5 <= second <= 2 * FIRST_REST_SECONDS + 0.25
    assert 15 <= third <= 4 * FIRST_REST_SECONDS + 0.25
    pace.works()
    assert rest() <= FIRST_REST_SECONDS + 0.25


async def test_a_provider_gets_no_more_in_a_second_than_it_takes() -> None:
    pace, loop = Pace(), asyncio.get_running_loop()
    began = loop.time()
    for _ in range(60):
        await pace.take(50.0)
    # Fifty are there at the beginning; the other ten come at fifty a second.
    assert loop.time() - began >= 9 / 50
