"""Is everybody who is away told once of what they have not read, and the staff of what nobody answers?"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import msgspec
import pytest

from notifications.events import MessagesUnread, MessagesWaiting
from notifications.rendering import TextFault
from server.background.repo import due_work
from server.chat.away import AWAY_MINUTES, due_unread
from server.sockets import presence_repo
from server.sockets.presence import online
from server.telling.channels import CHANNELS
from server.telling.rendering_values import Asked, values_for
from server.web.call import Shop
from storage.counting import counted_statements
from storage.database import Database
from storage.ids import new_id
from storage.tenancy import Store
from storage.transaction import Transaction
from tests.contract.people import sign_up
from tests.server.chat.conftest import People, Person, path
from tests.server.sockets.conftest import calling
from tests.server.telling.mail_servers import mail_server
from tests.server.telling.mails import channel_to, mailed, message, text_of
from tests.server.telling.people import Telling
from tests.shop import expect

_PASS: Final = (
    "UPDATE chat_messages SET created_at = created_at - $1::interval",
    "UPDATE conversation_participants SET tell_at = tell_at - $1::interval",
    "UPDATE conversations SET waiting_since = waiting_since - $1::interval, waiting_told = waiting_told - $1::interval,"
    " assignee_asked_at = assignee_asked_at - $1::interval",
)
_ANNOUNCED: Final = "SELECT payload FROM pgqueuer WHERE entrypoint = 'event' ORDER BY id"


@dataclass(frozen=True)
class Worker:
    """Who looks after one store, and what was announced in it."""

    shop: Shop
    store: Store

    async def works(self) -> int:
        """It looks; at how many."""
        return await due_unread(self.shop, self.store)

    async def is_due(self) -> bool:
        """Whether it would find something."""
        return ("unread", self.store.slug) in [(each.kind, each.store_slug) for each in await due_work(self.database)]

    async def after(self, minutes: float) -> int:
        """So much later it looks; at how many."""
        await self.let_pass(minutes)
        return await self.works()

    async def let_pass(self, minutes: float) -> None:
        """What was written and looked at is so much longer ago."""

        async def work(tx: Transaction) -> None:
            for sql in _PASS:
                await tx.execute(sql.replace("$1", f"'{minutes} minutes'"))

        await self.database.transaction(self.store.id, work)

    async def told(self) -> list[tuple[UUID, str, int]]:
        """Who was told of how many messages, and as what."""
        found = await self._announced("MessagesUnread")
        return [(UUID(each["customer_id"]), each["conversation_role"], each["conversation_unread"]) for each in found]

    async def waiting(self) -> list[str]:
        """The conversations that staff were told of."""
        return [each["conversation_id"] for each in await self._announced("MessagesWaiting")]

    async def is_there(self, who: Person) -> UUID:
        """They are connected; to which process."""
        process = new_id()
        await presence_repo.note(self.database, process, [(new_id(), self.store.id, who.id)], [])
        return process

    async def execute(self, sql: str, *values: object) -> int:
        """One statement."""
        return await self.database.transaction(self.store.id, lambda tx: tx.execute(sql, *values))

    @property
    def database(self) -> Database:
        """Where all this is."""
        return self.shop.database

    async def _announced(self, name: str) -> list[Mapping[str, Any]]:
        rows = await self.database.transaction(self.store.id, lambda tx: tx.fetch(_ANNOUNCED))
        found = [msgspec.json.decode(row["payload"]) for row in rows]
        mine = [each for each in found if each["store_id"] == str(self.store.id)]
        return [each["payload"] for each in mine if each["name"] == name]


@pytest.fixture
def worker(shop: Shop, store: Store) -> Worker:
    """Of the test's own store."""
    return Worker(shop, store)


async def read(who: Person, conversation: Any, seq: int) -> None:
    """They have read so far."""
    assert (await who.client.put(f"{path(conversation)}/cursor", {"delivered": seq, "read": seq})).status == 200


async def test_what_is_unread_for_ten_minutes_is_told_once(people: People, worker: Worker) -> None:
    begun = await people.ana.begin()
    await people.mod.write(begun, "It is on its way")
    await people.mod.write(begun, "And comes tomorrow")
    assert (await worker.after(AWAY_MINUTES - 1), await worker.is_due(), await worker.told()) == (0, False, [])
    await worker.let_pass(1)
    assert await worker.is_due()
    assert await worker.works() == 1
    assert await worker.told() == [(people.ana.id, "customer", 2)]
    assert not await worker.is_due()
    # More of the same stretch is no new reason to write, and nothing to look at.
    await people.mod.write(begun, "Are you there?")
    assert (await worker.after(AWAY_MINUTES), len(await worker.told())) == (0, 1)


async def test_it_is_told_again_of_new_messages_once_those_were_read(people: People, worker: Worker) -> None:
    begun = await people.ana.begin()
    first = await people.mod.write(begun, "It is on its way")
    await worker.after(AWAY_MINUTES)
    await read(people.ana, begun, first["seq"])
    await people.mod.write(begun, "It is here")
    await worker.after(AWAY_MINUTES)
    assert await worker.told() == [(people.ana.id, "customer", 1)] * 2


async def test_what_came_before_they_read_on_is_told_though_nothing_comes_after(people: People, worker: Worker) -> None:
    begun = await people.ana.begin()
    first = await people.mod.write(begun, "It is on its way")
    await worker.after(AWAY_MINUTES)
    await people.mod.write(begun, "It is here")
    await read(people.ana, begun, first["seq"])
    await worker.after(AWAY_MINUTES)
    assert await worker.told() == [(people.ana.id, "customer", 1)] * 2


async def test_who_has_read_it_is_told_nothing(people: People, worker: Worker) -> None:
    begun = await people.ana.begin()
    message = await people.mod.write(begun, "It is on its way")
    await read(people.ana, begun, message["seq"])
    assert (await worker.after(AWAY_MINUTES), await worker.told()) == (1, [])
    assert not await worker.is_due()


async def test_each_message_has_its_ten_minutes(people: People, worker: Worker) -> None:
    begun = await people.ana.begin()
    first = await people.mod.write(begun, "It is on its way")
    await worker.let_pass(AWAY_MINUTES - 4)
    await read(people.ana, begun, first["seq"])
    await people.mod.write(begun, "It is here")
    assert (await worker.after(4), await worker.told(), await worker.is_due()) == (1, [], False)
    await worker.after(AWAY_MINUTES - 4)
    assert await worker.told() == [(people.ana.id, "customer", 1)]


async def test_who_is_connected_is_told_when_they_have_gone(people: People, worker: Worker) -> None:
    begun = await people.ana.begin()
    await people.mod.write(begun, "It is on its way")
    process = await worker.is_there(people.ana)
    assert (await worker.after(AWAY_MINUTES), await worker.told(), await worker.is_due()) == (1, [], False)
    silent = "UPDATE live_processes SET seen_at = now() - interval '46 s' WHERE id = $1"
    await worker.execute(silent, process)
    await worker.after(1)
    assert await worker.told() == [(people.ana.id, "customer", 1)]


async def test_who_looks_at_products_or_orders_alone_is_away(
    address: str, people: People, worker: Worker, shop: Shop
) -> None:
    begun = await people.ana.begin()
    await people.mod.write(begun, "It is on its way")
    async with (
        calling(address, worker.store, "/catalog", people.ana.client.token),
        calling(address, worker.store, "/orders", people.ana.client.token),
        people.bea.call(address),
    ):
        # Who came after her has been written down, so she would have been.
        async with asyncio.timeout(20):
            while not await online(shop, worker.store.id, [people.bea.id]):
                await asyncio.sleep(0.02)
        await worker.after(AWAY_MINUTES)
        assert await worker.told() == [(people.ana.id, "customer", 1)]


async def test_nobody_is_told_of_what_they_wrote_of_notes_of_the_system_or_of_what_was_taken_back(
    people: People, worker: Worker
) -> None:
    begun = await people.ana.begin()
    await people.mod.note(begun, "She wrote yesterday, too")
    taken = await people.mod.write(begun, "Wrong window")
    assert (await people.mod.client.delete(f"{path(begun)}/messages/{taken['id']}")).status in (200, 204)
    expect(await people.mod.client.post(f"{path(begun)}/resolve"))
    await worker.after(AWAY_MINUTES)
    assert await worker.told() == []


async def test_staff_and_sellers_who_take_part_are_told_and_spoken_to_as_what_they_are(
    shop: Shop, people: People, worker: Worker
) -> None:
    bought = await people.ana.begin(seller="stall")
    asked = await people.bea.begin()
    await people.mod.write(asked, "May I help you?")
    await people.bea.write(asked, "Yes")
    await people.ana.write(bought, "Is it blue?")
    await worker.after(AWAY_MINUTES)
    told = await worker.told()
    assert set(told) == {
        (people.bea.id, "customer", 1), (people.mod.id, "staff", 1), (people.seller.id, "seller", 1)
    }  # fmt: skip
    facts = {"customer.id": str(people.mod.id), "conversation.id": asked["id"], "conversation.role": "staff"}
    mail = await mailed(shop, worker.store, message("messages-unread", facts, user_id=people.mod.id))
    assert "because you work for" in text_of(mail)


async def test_who_may_not_read_the_conversation_any_more_is_told_nothing_of_it(
    shop: Shop, people: People, worker: Worker
) -> None:
    begun = await people.ana.begin()
    await people.mod.write(begun, "May I help you?")
    await people.ana.write(begun, "Yes")
    await worker.execute("UPDATE users SET roles = '{customer}' WHERE id = $1", people.mod.id)
    await worker.after(AWAY_MINUTES)
    assert await worker.told() == [(people.ana.id, "customer", 1)]
    facts = {"customer.id": str(people.mod.id), "conversation.id": begun["id"]}
    with pytest.raises(TextFault, match="not theirs any more"):
        await values(shop, worker.store, "messages-unread", facts, people.mod.id)


async def test_of_many_workers_one_tells(people: People, worker: Worker) -> None:
    for _ in range(6):
        begun = await people.ana.begin()
        await people.bea.begin()
        await people.mod.write(begun, "It is on its way")
    await worker.execute("UPDATE conversations SET waiting_since = now() WHERE waiting_since IS NULL")
    await worker.let_pass(AWAY_MINUTES)
    await asyncio.gather(*(worker.works() for _ in range(5)))
    assert await worker.told() == [(people.ana.id, "customer", 1)] * 6
    assert len(await worker.waiting()) == len(set(await worker.waiting())) == 12


async def test_it_takes_as_many_statements_for_one_as_for_many(people: People, worker: Worker) -> None:
    counts = []
    for many in (1, 5):
        for _ in range(many):
            begun = await people.ana.begin()
            await people.ana.write(begun, "Hello?")
            other = await people.bea.begin()
            await people.mod.write(other, "It is on its way")
        await worker.let_pass(AWAY_MINUTES)
        with counted_statements() as statements:
            assert await worker.works() == 2 * many
        counts.append(statements.count)
    assert counts[0] == counts[1]


async def test_staff_are_told_of_each_wait_that_nobody_looks_after_once(people: People, worker: Worker) -> None:
    begun = await people.ana.begin()
    await people.ana.write(begun, "Hello?")
    assert (await worker.after(AWAY_MINUTES - 1), await worker.is_due()) == (0, False)
    await worker.let_pass(1)
    assert await worker.is_due()
    await worker.works()
    assert (await worker.waiting(), await worker.is_due()) == ([begun["id"]], False)
    await people.ana.write(begun, "Hello??")
    assert (await worker.after(AWAY_MINUTES), len(await worker.waiting())) == (0, 1)
    answer = await people.mod.write(begun, "Here I am")
    await read(people.ana, begun, answer["seq"])
    await people.ana.write(begun, "Thanks, and my other parcel?")
    await worker.after(AWAY_MINUTES)
    assert len(await worker.waiting()) == 2


async def test_what_somebody_looks_after_is_told_to_them_alone(people: People, worker: Worker) -> None:
    begun = await people.ana.begin()
    expect(await people.mod.client.put(f"{path(begun)}/assignee", {"user_id": str(people.sue.id)}))
    await people.ana.write(begun, "Hello?")
    await worker.after(AWAY_MINUTES)
    assert (await worker.waiting(), await worker.told()) == ([], [(people.sue.id, "staff", 1)])


async def test_who_is_given_one_is_told_of_what_waits_there_if_they_are_away(people: People, worker: Worker) -> None:
    begun = await people.ana.begin()
    await people.ana.write(begun, "Hello?")
    await worker.let_pass(AWAY_MINUTES - 1)
    expect(await people.mod.client.put(f"{path(begun)}/assignee", {"user_id": str(people.sue.id)}))
    assert (await worker.after(AWAY_MINUTES - 1), await worker.told()) == (0, [])
    await worker.after(1)
    assert (await worker.waiting(), await worker.told()) == ([], [(people.sue.id, "staff", 1)])


async def values(shop: Shop, store: Store, template: str, facts: Mapping[str, Any], user: UUID | None) -> Any:
    """What a mail tells."""
    asked = Asked(shop, store, template, "en", facts, user_id=user)
    return await shop.database.transaction(store.id, lambda tx: values_for(tx, asked))


async def test_a_mail_shows_the_last_three_messages_and_nothing_once_they_are_read(
    shop: Shop, people: People, worker: Worker
) -> None:
    begun = await people.ana.begin(subject="Where is my <parcel>?")
    for body in ("One", "Two", "Three\n\n and more", "x" * 300):
        last = await people.mod.write(begun, body)
    await people.mod.note(begun, "Nothing for her")
    facts = {"customer.id": str(people.ana.id), "conversation.id": begun["id"], "conversation.role": "customer"}
    mail = await mailed(
        shop, worker.store, message("messages-unread", facts, user_id=people.ana.id, category="reminders", rule="r")
    )
    text = text_of(mail)
    assert mail["Subject"] == f"4 new messages at {worker.store.name}: Where is my <parcel>?"
    assert [words in text for words in ("One", "Two", "Three and more", f"{'x' * 279}…", "Nothing for her")] == [
        False, True, True, True, False
    ]  # fmt: skip
    assert f"/chat/{begun['id']}\n" in text
    assert "Unsubscribe from messages like this" in text
    await read(people.ana, begun, last["seq"])
    with pytest.raises(TextFault, match="read meanwhile"):
        await values(shop, worker.store, "messages-unread", facts, people.ana.id)


async def test_rules_send_it_to_who_is_away_and_to_the_staff_as_a_digest(
    shop: Shop, store: Store, people: People, worker: Worker
) -> None:
    telling = Telling(shop, store)
    telling.rules(
        "{id: unread, on: MessagesUnread, to: customer, channels: email, template: messages-unread,"
        " category: reminders, quiet: ignore}",
        "{id: waiting, on: MessagesWaiting, to: staff, roles: [moderator], channels: email,"
        " template: messages-waiting, category: staff, quiet: ignore, digest: {every: 1h}}",
    )
    answered = await people.bea.begin(subject="Answered meanwhile")
    asked = [await people.ana.begin(subject=f"Question {number}") for number in (1, 2)]
    for conversation in asked:
        await people.ana.write(conversation, "Hello?")
    await people.bea.write(answered, "Hello?")
    for conversation in (answered, *asked):
        await telling.happened(MessagesWaiting(conversation_id=conversation["id"]))
    await people.mod.write(answered, "Here I am")
    await telling.happened(
        MessagesUnread(
            customer_id=str(people.bea.id), conversation_id=answered["id"], conversation_role="customer",
            conversation_unread=1,
        )
    )  # fmt: skip
    assert len(await telling.messages()) == 4
    collected = telling.collects()
    await telling.let_time_pass()
    await telling.send()
    unread, waiting = sorted(collected, key=lambda each: each.rule or "")
    assert (unread.user_id, waiting.user_id) == (people.bea.id, people.mod.id)
    said = text_of(await mailed_to(shop, store, waiting))
    assert "* Waits for an answer: Question 1: Ana Souza, since" in " ".join(said.split())
    assert said.index("Question 1") < said.index("Question 2")
    assert "Answered meanwhile" not in said
    for conversation in asked:
        await people.mod.write(conversation, "Here I am")
    with pytest.raises(TextFault, match="already"):
        await values(shop, store, "messages-waiting", waiting.values, people.mod.id)
    with pytest.raises(TextFault, match="already"):
        await values(shop, store, "messages-waiting", {"conversation.id": asked[0]["id"]}, people.mod.id)


async def test_what_was_read_meanwhile_is_kept_back_and_is_no_failure(
    shop: Shop, store: Store, people: People, worker: Worker
) -> None:
    telling = Telling(shop, store)
    telling.rules(
        *(
            f"{{id: {channel}, on: MessagesUnread, to: customer, channels: {channel}, template: messages-unread,"
            " category: reminders, quiet: ignore}"
            for channel in ("email", "inbox")
        )
    )
    begun = await people.ana.begin()
    last = await people.mod.write(begun, "It is on its way")
    await telling.happened(
        MessagesUnread(
            customer_id=str(people.ana.id), conversation_id=begun["id"], conversation_role="customer",
            conversation_unread=1,
        )
    )  # fmt: skip
    await read(people.ana, begun, last["seq"])
    known = shop.use(CHANNELS)
    async with mail_server() as server, channel_to(shop, server) as channel:
        shop.provide(CHANNELS, {**known, "email": channel})
        try:
            assert await telling.send() == 2
        finally:
            shop.provide(CHANNELS, known)
        assert server.taken == []
    overtaken = [(each["channel"], each["state"], each["reason"]) for each in await telling.messages()]
    assert overtaken == [(each, "suppressed", "everything was read meanwhile") for each in ("email", "inbox")]
    admin = people.mod.client.signed_in((await sign_up(shop, store, ["admin"])).token)
    for state in ("refused", "bounced", "dead"):
        assert expect(await admin.post("/messages/retry/ended", {"state": state}))["count"] == 0


async def mailed_to(shop: Shop, store: Store, asked: Any) -> Any:
    """The mail as it went out, in English."""
    return await mailed(
        shop, store,
        message(asked.template, asked.values, user_id=asked.user_id, category=asked.category, rule=asked.rule),
    )  # fmt: skip


async def test_the_mail_about_one_wait_shows_what_the_customer_wrote_since(
    shop: Shop, store: Store, people: People
) -> None:
    begun = await people.ana.begin(subject="Question")
    await people.ana.write(begun, "Is it blue?")
    answer = await people.mod.write(begun, "Yes")
    assert answer["seq"] > 1
    await people.ana.write(begun, "And how big?")
    told = await values(shop, store, "messages-waiting", {"conversation.id": begun["id"]}, None)
    assert [line["text"] for line in told["conversation"]["lines"]] == ["And how big?"]
