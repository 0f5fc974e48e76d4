"""What can be done with the units of an order? Keep them, take them for good, give them up, put them back.

A reservation has a lifetime. When it is over anybody may have the units: whoever finds too few on the shelf first ends
what is overdue, and a sweep does it for the rest.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID

from engine.documents.model import InventoryDocument
from engine.stock.decide import customer_facts, kept_for
from server.catalog import inventory
from server.catalog import reservations_repo as repo
from server.catalog.reservations_repo import Kept
from storage.transaction import Transaction

__all__ = ["Kept"]

SWEEP: Final = 500
"""Reservations ended in one transaction."""
_GONE: Final = ("expired", "released")


def lifetime(document: InventoryDocument, group: str | None, *, signed_in: bool) -> timedelta:
    """How long units are kept for an order that is not paid, by the inventory ruleset of the store."""
    return timedelta(seconds=kept_for(document, customer_facts(group, signed_in=signed_in)).keep_seconds)


async def can_be_held(tx: Transaction, order_id: UUID) -> bool:
    """Whether every unit is held, or could be now; the rows of stock are locked, so that it stays true."""
    kept = await _locked(tx, order_id)
    if _is_short(kept):
        await repo.expire(tx, [each.variant_id for each in kept], SWEEP)
        kept = await repo.of_order(tx, order_id)
    return not _is_short(kept)


async def hold_again(tx: Transaction, order_id: UUID, kept_for: timedelta) -> bool:
    """Reserve what is not held any more; False when there is not enough of something. Twice does it once."""
    return await _hold_missing(tx, order_id, await _locked(tx, order_id), kept_for)


async def commit(tx: Transaction, order_id: UUID, kept_for: timedelta) -> bool:
    """Take the units out of stock for good. What had expired is reserved again first; False when that is impossible."""
    if not await _hold_missing(tx, order_id, await _locked(tx, order_id), kept_for):
        return False
    await repo.commit(tx, order_id)
    return True


async def _hold_missing(tx: Transaction, order_id: UUID, kept: Sequence[Kept], kept_for: timedelta) -> bool:
    """Reserve what of these, whose stock is locked, is not held any more; whether all of it is held then."""
    missing = {each.variant_id: each.quantity for each in kept if each.state in _GONE}
    if not missing:
        return True
    if await repo.hold_again(tx, order_id, kept_for) != len(missing):
        return False
    await inventory.announce_taken(tx, missing)
    return True


async def release(tx: Transaction, order_id: UUID) -> None:
    """Give up what is held. Twice does it once."""
    await _locked(tx, order_id)
    await repo.release(tx, order_id)


async def put_back(
    tx: Transaction, units: Mapping[UUID, int], reference: tuple[str, str], actor_id: UUID | None
) -> None:
    """Put units of variants back on the shelf, with their ledger. A reference puts a variant back once."""
    wanted = {variant: count for variant, count in sorted(units.items()) if count}
    if not wanted:
        return
    await repo.lock_stock(tx, list(wanted))
    if await repo.put_back(tx, wanted, reference, actor_id) != len(wanted):
        raise RuntimeError("every variant that was sold has a row of stock")


async def expire_overdue(tx: Transaction, variant_ids: Sequence[UUID] | None = None) -> int:
    """End reservations whose time is over, of these variants or of all; how many. At most SWEEP at once.

    Variants that are named stay locked, also those of which nothing is over: the caller goes on with them.
    """
    if variant_ids is not None:
        await repo.lock_stock(tx, variant_ids)
    return await repo.expire(tx, variant_ids, SWEEP)


async def _locked(tx: Transaction, order_id: UUID) -> list[Kept]:
    """The reservations of an order, read when nobody can end them any more: a sweep may do so up to that moment."""
    await repo.lock_stock(tx, [each.variant_id for each in await repo.of_order(tx, order_id)])
    return await repo.of_order(tx, order_id)


def _is_short(kept: Sequence[Kept]) -> bool:
    return any(each.state in _GONE and each.available < each.quantity for each in kept)
