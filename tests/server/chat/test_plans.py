"""Are conversations and messages found by their indexes, also where row-level security has a say?"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from server.chat import (
    attachments_repo,
    away_repo,
    conversations_repo,
    messages_repo,
    participants_repo,
    search_repo,
)
from server.chat.attachments import LEASE
from server.chat.messages_repo import NewMessage
from server.web.call import Shop
from storage.ids import new_id
from storage.pages import TimeWindow, Window
from storage.tenancy import Store
from storage.transaction import Transaction

NEWEST: TimeWindow = Window((datetime.now(UTC), new_id()), backwards=False, most=20)
ONE = new_id()


class Explained(Transaction):
    """Explains what is asked for, and finds nothing."""

    __slots__ = ("plans",)

    def __init__(self, tx: Transaction) -> None:
        super().__init__(tx.connection, tx.store_id)
        self.plans: list[str] = []

    async def fetch(self, sql: str, *arguments: object) -> list[Any]:
        """Nothing."""
        rows = await super().fetch(f"EXPLAIN {sql}", *arguments)
        self.plans.append("\n".join(row[0] for row in rows))
        return []

    async def fetchrow(self, sql: str, *arguments: object) -> Any:
        """Nothing."""
        await self.fetch(sql, *arguments)

    async def execute(self, sql: str, *arguments: object) -> int:
        """Nothing."""
        await self.fetch(sql, *arguments)
        return 0


READINGS: dict[str, Any] = {
    "a conversation": lambda tx: conversations_repo.lock(tx, ONE),
    "a conversation to write into": lambda tx: conversations_repo.lock_to_write(tx, ONE, ONE, answers=True),
    "conversations as they are shown": lambda tx: conversations_repo.shown(tx, [ONE]),
    "conversations of somebody": lambda tx: conversations_repo.page_of_user(
        tx, ONE, NEWEST, status=None, order_number=None
    ),
    "conversations of the store": lambda tx: conversations_repo.page_of_store(tx, conversations_repo.Wanted(), NEWEST),
    "the queue": lambda tx: conversations_repo.queue(tx, "mine", ONE, NEWEST),
    "what somebody follows": lambda tx: participants_repo.newest_followed(tx, ONE, 100),
    "what somebody follows lately": lambda tx: participants_repo.followed_lately(tx, [ONE], 100),
    "what somebody has, too": lambda tx: participants_repo.written_now(tx, {ONE: 5}, [ONE]),
    "what somebody may have missed": lambda tx: participants_repo.written_lately(tx, [ONE], 100),
    "conversations that wait for somebody": lambda tx: away_repo.release(tx, 100, timedelta(minutes=10), ["x"]),
    "who takes part": lambda tx: participants_repo.people(tx, [ONE]),
    "a cursor": lambda tx: participants_repo.reach(tx, ONE, ONE, 1, 1),
    "messages before": lambda tx: messages_repo.before(tx, ONE, 5, 50, with_notes=False),
    "messages after": lambda tx: messages_repo.after(tx, ONE, 5, 50, with_notes=True),
    "changes": lambda tx: messages_repo.changed_after(tx, ONE, 5, 50, with_notes=False),
    "steps": lambda tx: messages_repo.steps(tx, {ONE: 5, new_id(): 7}, 200),
    "own messages by their words": lambda tx: search_repo.search_own(tx, "tea", ONE, NEWEST),
    "attachments that are due": lambda tx: attachments_repo.claim(tx, 100, LEASE),
    "attachments of what was taken back": lambda tx: attachments_repo.taken_back(tx, ONE),
    "a new message": lambda tx: messages_repo.replace(tx, ONE, ONE, "x", ONE),
}


@pytest.mark.parametrize("reading", READINGS)
async def test_no_statement_reads_whole_tables(shop: Shop, store: Store, reading: str) -> None:
    async def work(tx: Transaction) -> str:
        # The tables of tests are so small that reading all of them would be the best plan.
        await tx.execute("SET LOCAL enable_seqscan = off")
        explained = Explained(tx)
        await READINGS[reading](explained)
        return explained.plans[0]

    plan = await shop.database.transaction(store.id, work)
    assert not re.search(r"Seq Scan on (chat_(?!blocked_words)|conversation|users|orders|products)", plan), plan


async def test_writing_finds_what_was_written_before_by_its_index(shop: Shop, store: Store) -> None:
    async def work(tx: Transaction) -> str:
        await tx.execute("SET LOCAL enable_seqscan = off")
        explained = Explained(tx)
        new = NewMessage(author_id=ONE, side="staff", kind="text", body="x", client_id=ONE)
        with pytest.raises(AssertionError, match="locked"):
            await messages_repo.write(explained, ONE, new, "open", waits=True, has_attachments=False)
        return explained.plans[0]

    plan = await shop.database.transaction(store.id, work)
    assert "Seq Scan" not in plan, plan
