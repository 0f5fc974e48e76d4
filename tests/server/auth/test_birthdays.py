"""Who tells a birthday is congratulated once a year, however many workers look and however often it is told anew."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest

from server.auth.birthdays import MOST, due_birthdays
from server.auth.celebrating import begins, day_of, next_celebration
from server.background.repo import due_work
from server.web.call import Shop
from storage.counting import counted_statements
from storage.ids import new_id
from storage.tenancy import Store
from storage.transaction import Transaction
from tests.server.actors import install_actors
from tests.shop import Client, expect

DAY = timedelta(days=1)


@dataclass(frozen=True)
class People:
    """Customers of one store, and what was announced there."""

    shop: Shop
    store: Store
    client: Client

    async def customer(self, **values: Any) -> UUID:
        """Somebody with an account."""
        user_id, email = new_id(), f"{new_id().hex}@example.com"
        row: dict[str, Any] = {"email": email, "email_folded": email, "name": "Ana", **values}
        places = ", ".join(f"${number}" for number in range(1, len(row) + 3))
        await self.execute(
            f"INSERT INTO users (id, store_id, {', '.join(row)}) VALUES ({places})",
            user_id, self.store.id, *row.values(),
        )  # fmt: skip
        return user_id

    async def tells(self, user_id: UUID, birthday: str | None) -> Any:
        """Their profile after they told it."""
        token = install_actors(self.shop).token(self.store, roles=("customer",), id=user_id)
        return expect(await self.client.signed_in(token).patch("/me", {"birthday": birthday}))

    async def born(self, birthday: str, **values: Any) -> UUID:
        """Somebody new who told it."""
        user_id = await self.customer(**values)
        await self.tells(user_id, birthday)
        return user_id

    async def has_come(self, user_id: UUID, *, days_ago: int = 0) -> date:
        """The day has come; which it is."""
        day = self.today() - days_ago * DAY
        await self.execute(
            "UPDATE birthdays SET next_on = $2, due_at = $3 WHERE user_id = $1",
            user_id, day, begins(day, self.store.timezone),
        )  # fmt: skip
        return day

    async def works(self) -> int:
        """The worker looks after birthdays."""
        return await due_birthdays(self.shop, self.store)

    async def told(self) -> list[dict[str, Any]]:
        """Whose birthdays were announced."""

        async def work(tx: Transaction) -> list[dict[str, Any]]:
            rows = await tx.fetch("SELECT payload FROM pgqueuer WHERE entrypoint = 'event' ORDER BY id")
            found = [msgspec.json.decode(row["payload"]) for row in rows]
            mine = [each for each in found if each["store_id"] == str(self.store.id)]
            return [each["payload"] for each in mine if each["name"] == "CustomerBirthday"]

        return await self.shop.database.transaction(self.store.id, work)

    async def following(self, user_id: UUID) -> tuple[date | None, datetime | None]:
        """The next day that is celebrated, and when it begins."""
        row = await self.shop.database.transaction(
            self.store.id,
            lambda tx: tx.fetchrow("SELECT next_on, due_at FROM birthdays WHERE user_id = $1", user_id),
        )
        assert row is not None
        return row["next_on"], row["due_at"]

    async def is_due(self) -> bool:
        """Whether the worker would find something."""
        return ("birthday", self.store.slug) in [(d.kind, d.store_slug) for d in await due_work(self.shop.database)]

    def today(self) -> date:
        """The day it is where the store is."""
        return day_of(datetime.now(UTC), self.store.timezone)

    def around(self, days: int) -> str:
        """The birthday of somebody born so many days from today."""
        return f"{self.today() + days * DAY:%m-%d}"

    async def execute(self, sql: str, *values: object) -> None:
        """One statement."""
        await self.shop.database.transaction(self.store.id, lambda tx: tx.execute(sql, *values))


@pytest.fixture
def people(shop: Shop, store: Store, client: Client) -> People:
    """People of the test's own store."""
    return People(shop, store, client)


async def test_a_birthday_is_told_shown_and_taken_away(people: People) -> None:
    ana = await people.customer()
    assert (await people.tells(ana, "02-29"))["birthday"] == "02-29"
    day, due_at = await people.following(ana)
    assert day == next_celebration("02-29", people.today(), None)
    assert due_at == begins(day, people.store.timezone)
    assert (await people.tells(ana, None))["birthday"] is None
    assert await people.following(ana) == (None, None)
    assert (await people.tells(await people.customer(), None))["birthday"] is None


@pytest.mark.parametrize("wrong", ["02-30", "04-31", "13-01", "1990-02-03", "2-3", "", 203, ["02-03"]])
async def test_what_is_no_day_is_refused_where_it_stands(people: People, wrong: object) -> None:
    token = install_actors(people.shop).token(people.store, roles=("customer",), id=await people.customer())
    answer = await people.client.signed_in(token).patch("/me", {"birthday": wrong})
    assert (answer.status, [fault["pointer"] for fault in answer.json["errors"]]) == (422, ["/birthday"])


async def test_it_is_announced_when_its_day_begins_and_again_next_year(people: People) -> None:
    ana = await people.born(people.around(1), locale="pt-BR")
    assert not await people.is_due()
    assert (await people.works(), await people.told()) == (0, [])
    day = await people.has_come(ana)
    assert await people.is_due()
    assert await people.works() == 1
    told = {"customer_id": str(ana), "birthday_on": day.isoformat(), "customer_locale": "pt-BR"}
    assert await people.told() == [told]
    following, _ = await people.following(ana)
    assert following is not None
    assert following.year == day.year + 1
    assert not await people.is_due()
    assert (await people.works(), len(await people.told())) == (0, 1)


async def test_many_workers_congratulate_each_once(people: People) -> None:
    everybody = [await people.born(people.around(1)) for _ in range(6)]
    for each in everybody:
        await people.has_come(each)
    done = await asyncio.gather(*(people.works() for _ in range(5)))
    assert sum(done) == 6
    assert sorted(each["customer_id"] for each in await people.told()) == sorted(map(str, everybody))


async def test_who_tells_another_day_is_not_celebrated_twice_in_a_year(people: People) -> None:
    ana = await people.born(people.around(1))
    day = await people.has_come(ana)
    await people.works()
    await people.tells(ana, None)
    for another in (people.around(1), people.around(30), people.around(200)):
        await people.tells(ana, another)
        following, _ = await people.following(ana)
        assert following is not None
        assert following.year > day.year


async def test_nobody_gains_by_telling_todays_date(people: People) -> None:
    ana = await people.born(people.around(0))
    following, _ = await people.following(ana)
    assert following is not None
    assert following > people.today() + 300 * DAY


async def test_who_tells_the_same_again_on_the_day_misses_nothing(people: People) -> None:
    birthday = people.around(0)
    ana = await people.born(birthday)
    await people.has_come(ana)
    await people.tells(ana, birthday)
    await people.works()
    assert len(await people.told()) == 1


@pytest.mark.parametrize("status", ["suspended", "closed"])
async def test_accounts_that_are_not_open_are_passed_over_for_a_year(people: People, status: str) -> None:
    ana = await people.born(people.around(1))
    await people.has_come(ana)
    await people.execute("UPDATE users SET status = $2 WHERE id = $1", ana, status)
    assert (await people.works(), await people.told()) == (1, [])
    assert not await people.is_due()


async def test_a_worker_that_was_away_for_a_week_is_late_and_for_longer_is_silent(people: People) -> None:
    late, too_late = await people.born("06-01"), await people.born("06-01")
    day = await people.has_come(late, days_ago=7)
    await people.has_come(too_late, days_ago=8)
    assert await people.works() == 2
    assert [(each["customer_id"], each["birthday_on"]) for each in await people.told()] == [
        (str(late), day.isoformat())
    ]
    assert not await people.is_due()


async def test_the_number_of_statements_does_not_grow_with_birthdays(people: People) -> None:
    counts = []
    for several in (1, 5):
        for _ in range(several):
            await people.has_come(await people.born("06-01"))
        with counted_statements() as statements:
            assert await people.works() == several
        counts.append(statements.count)
    assert counts[0] == counts[1]


async def test_more_than_a_batch_is_done_in_several(people: People) -> None:
    await people.execute(
        "WITH made AS (INSERT INTO users (id, store_id, email, email_folded, name)"
        " SELECT gen_random_uuid(), $1, n || '@example.com', n || '@example.com', 'Ana' FROM generate_series(1, $2) n"
        " RETURNING id)"
        " INSERT INTO birthdays (store_id, user_id, month_day, next_on, due_at)"
        " SELECT $1, id, '06-01', $3, $4 FROM made",
        people.store.id, MOST + 1, people.today(), begins(people.today(), people.store.timezone),
    )  # fmt: skip
    assert [await people.works() for _ in range(3)] == [MOST, 1, 0]
    assert len({each["customer_id"] for each in await people.told()}) == MOST + 1
