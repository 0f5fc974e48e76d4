"""People talk while servers and Redis are killed: nothing they wrote is lost, doubled, reordered or seen by others.

A schedule is drawn at random. Of one that goes wrong each half is tried again, until none of them does.
"""

from __future__ import annotations

import asyncio
import os
import random
import shutil
import time
import traceback
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest
import pytest_asyncio
from aiohttp import ClientSession, DummyCookieJar, TCPConnector

from storage.database import Database
from storage.ids import new_id
from tests.contract.people import Person, sign_up
from tests.server.fire.processes import Running, server
from tests.server.fire.stores import Place, limited_store, lowest_shop
from tests.server.fire.talkers import Act, Book, Talker, What
from tests.server.fire.test_random_lives import MINUTES
from tests.server.fire.transcripts import Device, Kept, Message, faults
from tests.server.web.test_limits_in_redis import Redis
from tests.shop import Client, expect

CLIENTS: Final = 200 if MINUTES else 8
ACTS_EACH: Final = 40 if MINUTES else 25
ACCIDENTS: Final = 12 if MINUTES else 3
THINKS_SECONDS: Final = 2.0 if MINUTES else 0.0
"""How long somebody does nothing at most between two acts; hundreds at once would wait for nothing but each other."""
SMALLEST: Final = 8
"""Acts of a schedule that is not halved again."""
CHANCES: Final[Mapping[What, int]] = {
    "send": 8, "send_cut": 3, "attach": 2, "note": 2, "edit": 3, "delete": 1, "remove": 1, "read": 2, "typing": 1,
    "join": 2, "step_out": 1, "drop": 2, "leave": 1,
}  # fmt: skip
"""How often each thing is done, compared with the others."""

_MESSAGES: Final = """
SELECT conversation_id::text AS conversation, id::text, seq, change, author_id::text AS author,
       client_id::text AS client_id, kind, body, deleted_at IS NOT NULL AS is_deleted,
       ARRAY(SELECT a.id::text FROM chat_attachments a
              WHERE a.message_id = m.id AND m.deleted_at IS NULL ORDER BY a.position) AS attachments
  FROM chat_messages m WHERE conversation_id = ANY ($1::uuid[]) ORDER BY seq
"""
_REPLACED: Final = """
SELECT m.conversation_id::text AS conversation, m.id::text, array_agg(v.body ORDER BY v.version) AS texts
  FROM chat_message_versions v JOIN chat_messages m ON m.id = v.message_id
 WHERE m.conversation_id = ANY ($1::uuid[]) GROUP BY m.id
"""
_CURSORS: Final = """
SELECT conversation_id::text AS conversation, user_id::text AS user, read_seq
  FROM conversation_participants WHERE conversation_id = ANY ($1::uuid[])
"""
_STEPS: Final = "SELECT id::text, seq, public_seq FROM conversations WHERE id = ANY ($1::uuid[])"


@dataclass(frozen=True)
class Battle:
    """Two processes that know each other by Redis, all of which can be killed, and a store in them."""

    place: Place
    session: ClientSession
    first: Running
    second: Running
    redis: Redis

    @property
    def accidents(self) -> Sequence[Callable[[], Awaitable[None]]]:
        """All of them."""
        return (lambda: _again(self.first), self._redis_again, lambda: _again(self.second))

    async def begin_again(self) -> None:
        """Have all of it there, whatever was killed when somebody gave up."""
        await self._redis_again()
        for each in (self.first, self.second):
            await _again(each)

    async def _redis_again(self) -> None:
        await asyncio.to_thread(self.redis.kill)
        await asyncio.sleep(0.5)
        await asyncio.to_thread(self.redis.start)


async def _again(running: Running) -> None:
    await running.kill()
    await running.start()


@pytest_asyncio.fixture(loop_scope="session")
async def battle(fire_url: str, tmp_path: Path) -> AsyncIterator[Battle]:
    """Both processes, and their Redis; skips where there is none."""
    if shutil.which("redis-server") is None:
        pytest.skip("needs redis-server")
    tmp_path.chmod(0o755)
    redis = await asyncio.to_thread(Redis, tmp_path)
    database = await Database.open(fire_url)
    shop = lowest_shop(database, tmp_path)
    url = f"redis://127.0.0.1:{redis.port}/0"
    try:
        async with (
            # Each of them keeps a connection, and asks by others.
            ClientSession(connector=TCPConnector(limit=0), cookie_jar=DummyCookieJar()) as session,
            server(tmp_path, fire_url, REDIS_URL=url) as first,
            server(tmp_path, fire_url, REDIS_URL=url) as second,
        ):
            store = await limited_store(shop)
            place = Place(shop, store, Client(session, first.address, store))
            yield Battle(place, session, first, second, redis)
    finally:
        await database.close()
        await asyncio.to_thread(redis.kill)


async def test_whatever_is_killed_everybody_has_read_the_same_in_the_end(battle: Battle) -> None:
    seed = os.environ.get("SOSTECH_TEST_SEED") or str(time.time_ns())
    print(f"SOSTECH_TEST_SEED={seed}", flush=True)  # also for who ends it before it is over
    ends, round_ = time.monotonic() + MINUTES * 60, 0
    while round_ == 0 or time.monotonic() < ends:
        round_ += 1
        chance = random.Random(f"{seed} chat {round_}")
        schedule = drawn(chance)
        found = await tried(battle, schedule, chance)
        if found:
            print("\n".join(found[:20]), flush=True)  # finding a smaller one takes its time
            schedule, found = await smallest(battle, schedule, found, chance)
            told = "\n".join([f"SOSTECH_TEST_SEED={seed}, round {round_}:", *found[:20], *map(str, schedule[:40])])
            pytest.fail(told)


def drawn(chance: random.Random) -> list[Act]:
    """What all of them do, in the order they begin to."""
    return [
        Act(chance.randrange(CLIENTS), what, chance.randrange(1_000))
        for what in chance.choices(list(CHANCES), list(CHANCES.values()), k=CLIENTS * ACTS_EACH)
    ]


async def smallest(
    battle: Battle, schedule: list[Act], found: list[str], chance: random.Random
) -> tuple[list[Act], list[str]]:
    """A part of the schedule that still goes wrong, and how."""
    while len(schedule) > SMALLEST:
        half = len(schedule) // 2
        for part in (schedule[:half], schedule[half:]):
            wrong = await tried(battle, part, chance)
            if wrong:
                schedule, found = part, wrong
                break
        else:
            break
    return schedule, found


async def tried(battle: Battle, schedule: Sequence[Act], chance: random.Random) -> list[str]:
    """What is wrong after it was played; when somebody had to give up, why."""
    try:
        return await played(battle, schedule, chance)
    except Exception as error:  # noqa: BLE001  # one more way to go wrong
        await battle.begin_again()
        return ["".join(traceback.format_exception(error))]


async def played(battle: Battle, schedule: Sequence[Act], chance: random.Random) -> list[str]:
    """What is wrong after everybody did their part of it, while accidents happened, and came back."""
    talkers = await gathered(battle, chance)
    done: Counter[str] = Counter()

    async def one(number: int) -> None:
        for act in schedule:
            if act.who == number:
                await asyncio.sleep(talkers[number].chance.random() * THINKS_SECONDS)
                await talkers[number].do(act)
                done["acts"] += 1

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(_accidents(battle, done, len(schedule)))
        for number in range(len(talkers)):
            tasks.create_task(one(number))
    steps = await _steps(battle.place, talkers)
    await asyncio.gather(*(each.settle(steps[each.device.is_staff]) for each in talkers))
    kept = await _kept(battle.place, talkers)
    promises = [promise for each in talkers for promise in each.promises]
    found = faults(kept, promises, [each.device for each in talkers])
    _tell(talkers, kept)
    return found + [stray for each in talkers for stray in each.strays]


def _tell(talkers: Sequence[Talker], kept: Mapping[str, Kept]) -> None:
    """What it was, for who asks for output."""
    messages = [each for one in kept.values() for each in one.messages]
    print(
        f"{len(talkers)} clients, {sum(len(each.device.lives) for each in talkers)} connections,"
        f" {len(kept)} conversations, {len(messages)} messages,"
        f" {sum(len(texts) for one in kept.values() for texts in one.replaced.values())} changes of them,"
        f" {sum(len(each.attachments) for each in messages)} files,"
        f" {sum(len(life.deliveries) for each in talkers for life in each.device.lives)} deliveries,"
        f" {ACCIDENTS * 2 // 3} kills of servers, {ACCIDENTS // 3} of Redis",
        flush=True,
    )


async def _accidents(battle: Battle, done: Counter[str], acts: int) -> None:
    """One after another, each when its share of the acts is done."""
    for number in range(ACCIDENTS):
        while done["acts"] < acts * (number + 1) // (ACCIDENTS + 2):
            await asyncio.sleep(0.01)
        await battle.accidents[number % len(battle.accidents)]()


async def gathered(battle: Battle, chance: random.Random) -> list[Talker]:
    """Customers, some with a second device, sellers and staff, and the conversations they have begun."""
    place = battle.place
    customers, others = CLIENTS * 3 // 8, CLIENTS // 8
    people = [await sign_up(place.shop, place.store, ["customer"]) for _ in range(customers)]
    sellers = [await _seller(place) for _ in range(others)]
    staff = [await sign_up(place.shop, place.store, ["moderator"]) for _ in range(CLIENTS - customers - 2 * others)]
    conversations = [
        await _begun(place, person, sellers[number][1] if number < others else None)
        for number, person in enumerate(people)
    ]
    book = Book(conversations)

    def talker(person: Person, name: str, *theirs: str, staff: bool = False) -> Talker:
        device = Device(name, str(person.id), staff, frozenset(theirs))
        addresses = (battle.first.address, battle.second.address)
        return Talker(place, battle.session, addresses, person, device, random.Random(chance.random()), book)

    made = [talker(each, f"customer {n}", conversations[n]) for n, each in enumerate(people)]
    made += [talker(people[n], f"customer {n} by telephone", conversations[n]) for n in range(others)]
    made += [talker(each, f"seller {n}", conversations[n]) for n, (each, _) in enumerate(sellers)]
    made += [
        talker(each, f"staff {n}", conversations[n % customers], conversations[(n + 1) % customers], staff=True)
        for n, each in enumerate(staff)
    ]
    return made


async def _seller(place: Place) -> tuple[Person, str]:
    person = await sign_up(place.shop, place.store, ["seller"])
    slug = f"stall-{person.id}"
    await place.execute(
        "INSERT INTO sellers (id, store_id, slug, name, user_id) VALUES ($1, $2, $3, 'Stall', $4)",
        new_id(), place.store.id, slug, person.id,
    )  # fmt: skip
    return person, slug


async def _begun(place: Place, person: Person, seller: str | None) -> str:
    body = {"key": "fire", "subject": "Where is my parcel?", **({"seller": seller} if seller else {})}
    begun = expect(await place.client.signed_in(person.token).post("/chat/conversations", body), 201)
    return str(begun["id"])


async def _steps(place: Place, talkers: Sequence[Talker]) -> dict[bool, dict[str, int]]:
    """The last step of each conversation: for staff (True), and for the others."""
    rows = await place.rows(_STEPS, _conversations(talkers))
    return {
        True: {row["id"]: row["seq"] for row in rows},
        False: {row["id"]: row["public_seq"] for row in rows},
    }


async def _kept(place: Place, talkers: Sequence[Talker]) -> dict[str, Kept]:
    names = _conversations(talkers)
    messages = [
        Message(**{**row, "attachments": tuple(row["attachments"])}) for row in await place.rows(_MESSAGES, names)
    ]
    replaced: dict[str, dict[str, Sequence[str]]] = defaultdict(dict)
    for row in await place.rows(_REPLACED, names):
        replaced[row["conversation"]][row["id"]] = row["texts"]
    cursors = await place.rows(_CURSORS, names)
    return {
        row["id"]: Kept(
            [each for each in messages if each.conversation == row["id"]],
            row["seq"],
            replaced[row["id"]],
            {each["user"]: each["read_seq"] for each in cursors if each["conversation"] == row["id"]},
        )
        for row in await place.rows(_STEPS, names)
    }


def _conversations(talkers: Sequence[Talker]) -> list[str]:
    return sorted({name for each in talkers for name in each.device.conversations})
