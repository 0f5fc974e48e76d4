"""What happens to invites when nobody does anything? Those whose time has come are judged again.

For the worker: by the database's clock, one transaction an invite, and safe to run in several processes at once.
"""

from __future__ import annotations

import asyncio
from typing import Final
from uuid import UUID

import structlog

from server.referrals import invites_repo as repo
from server.referrals import judging
from server.referrals.programme import programme_of
from server.web.call import Shop
from storage.errors import DatabaseUnavailable
from storage.tenancy import Store
from storage.transaction import Transaction

MOST: Final = 100
"""Invites that are looked at in one go; the worker comes back for the rest."""
_LOG: Final = structlog.get_logger("sostech.referrals")


async def due_invites(shop: Shop, store: Store) -> int:
    """Judge the invites whose time has come, the longest overdue first; how many.

    One that cannot be judged is tried again in five minutes, and stands in nobody's way. Raises DatabaseUnavailable.
    """
    found = await shop.database.transaction(store.id, lambda tx: repo.due(tx, MOST))
    for friend_id in found:
        await _judged_or_put_off(shop, store, friend_id)
    return len(found)


async def _judged_or_put_off(shop: Shop, store: Store, friend_id: UUID) -> None:
    work = shop.database.transaction(store.id, lambda tx: _judge(tx, shop, store, friend_id))
    (outcome,) = await asyncio.gather(work, return_exceptions=True)
    if isinstance(outcome, DatabaseUnavailable):
        raise outcome
    if isinstance(outcome, BaseException):
        _LOG.error("invite_not_judged", store=store.slug, friend_id=str(friend_id), exc_info=outcome)
        await shop.database.transaction(store.id, lambda tx: repo.put_off(tx, friend_id))


async def _judge(tx: Transaction, shop: Shop, store: Store, friend_id: UUID) -> None:
    programme = programme_of(shop, store, tx, await tx.now())
    if programme is None:
        await repo.put_off(tx, friend_id)
        return
    await judging.look_at(programme, friend_id)
