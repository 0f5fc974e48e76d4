"""What of those who are away while others write? They are told what they have not read, once until they have.

Due work of the worker, by the database's clock. That somebody is told is noted in the transaction that announces it, so
nobody is told twice of the same: not by two workers, nor by one that was ended. How they are told, and whether later
still, is said by the notifications ruleset.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from notifications.events import Event, MessagesUnread, MessagesWaiting
from notifications.outbox import announce_all
from server.chat import away_repo as repo
from server.chat.access import MODERATE
from server.decisions.books import BOOKS
from server.web.call import Shop
from storage.tenancy import Store
from storage.transaction import Transaction

AWAY_MINUTES: Final = 10
"""How long messages are unread, and conversations wait, before somebody is told.

Migration 61, and conversations_repo.py for who is given a conversation, have the same number.
"""
AGAIN: Final = timedelta(minutes=1)
"""When those are looked at again who are connected."""
MOST: Final = 100
"""Participants, and conversations, in one transaction; the worker comes back for the rest."""

_AWAY: Final = timedelta(minutes=AWAY_MINUTES)


async def due_unread(shop: Shop, store: Store) -> int:
    """Announce who has not read what, and what nobody answers; how many were looked at. Raises DatabaseUnavailable."""
    answering = shop.use(BOOKS).access(store).holders(MODERATE)

    async def work(tx: Transaction) -> int:
        looked = await repo.claim(tx, MOST, _AWAY, AGAIN, answering)
        await repo.release(tx, MOST, _AWAY, answering)
        waiting = await repo.claim_waiting(tx, MOST, _AWAY)
        unread: list[Event] = [_event(each) for each in looked if each.is_told]
        await announce_all(tx, [*unread, *(MessagesWaiting(conversation_id=str(id)) for id in waiting)])
        return len(looked) + len(waiting)

    return await shop.database.transaction(store.id, work)


def _event(told: repo.Looked) -> MessagesUnread:
    assert told.unread is not None, "only who has unread messages is told"
    return MessagesUnread(
        customer_id=str(told.user_id),
        conversation_id=str(told.conversation_id),
        conversation_role=told.role,
        conversation_unread=told.unread,
    )
