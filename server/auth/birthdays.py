"""What becomes of a birthday that somebody told? Once a year, when its day begins, it is announced.

Due work of the worker, by the database's clock. Each announcement and the next day are one transaction, so nobody is
celebrated twice in a year: not by two workers, nor by who tells another day.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final
from uuid import UUID

from notifications.events import CustomerBirthday
from notifications.outbox import announce_all
from server.auth import birthdays_repo as repo
from server.auth.birthdays_repo import DueBirthday, NextTime
from server.auth.celebrating import begins, day_of, next_celebration
from server.web.call import Shop
from storage.tenancy import Store
from storage.transaction import Transaction

MOST: Final = 100
"""Birthdays in one transaction; the worker comes back for the rest."""
LATEST: Final = timedelta(days=7)
"""A worker that was away for longer congratulates nobody on what was so long ago."""


async def tell(tx: Transaction, store: Store, user_id: UUID, month_day: str | None) -> None:
    """Keep the birthday of a user (`MM-DD`), or take it away. A day that has begun is celebrated from next year on.

    So nobody gains by telling today's date. What was told already changes nothing.
    """
    known = await repo.lock(tx, user_id)
    if month_day == (None if known is None else known.month_day):
        return
    if month_day is None:
        await repo.take_away(tx, user_id)
        return
    today = day_of(await tx.now(), store.timezone)
    last_year = None if known is None else known.last_year
    await repo.keep(tx, month_day, _following(store, user_id, next_celebration(month_day, today, last_year)))


async def due_birthdays(shop: Shop, store: Store) -> int:
    """Announce the birthdays that are due, and note when they are the next time; how many. Raises DatabaseUnavailable.

    Accounts that are not open are passed over.
    """

    async def work(tx: Transaction) -> int:
        found = await repo.claim_due(tx, MOST)
        if found:
            await _celebrate(tx, store, found)
        return len(found)

    return await shop.database.transaction(store.id, work)


async def _celebrate(tx: Transaction, store: Store, found: list[DueBirthday]) -> None:
    today = day_of(await tx.now(), store.timezone)
    following = [
        _following(store, each.user_id, next_celebration(each.month_day, today, each.next_on.year)) for each in found
    ]
    if await repo.celebrated(tx, following) != len(found):
        raise RuntimeError(f"birthdays of {store.slug} that are held locked were changed all the same")
    told = [each for each in found if each.is_active and today - each.next_on <= LATEST]
    await announce_all(tx, [_event(each) for each in told])


def _following(store: Store, user_id: UUID, day: date) -> NextTime:
    return NextTime(user_id, day, begins(day, store.timezone))


def _event(due: DueBirthday) -> CustomerBirthday:
    return CustomerBirthday(
        customer_id=str(due.user_id), customer_locale=due.locale, birthday_on=due.next_on.isoformat()
    )
