"""What can be done with stock? Look at levels, adjust them, read their ledger; never below what is reserved.

Orders will reserve and take through this module too: one owner of every change of stock.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

import msgspec

from notifications.events import StockLine, StockRanLow, VariantsSoldOut
from notifications.outbox import announce
from server.catalog import inventory_repo as repo
from server.catalog.inventory_errors import ADJUSTMENT_INVALID, SKU_UNKNOWN, STOCK_SHORT
from server.catalog.inventory_levels import StockChange, StockLevel, StockMovement, StockState
from server.catalog.inventory_schemas import AdjustmentLine
from server.errors import AppError, Fault
from server.web.call import Call
from server.web.noting import note
from server.web.pages import Position
from storage.ids import new_id
from storage.transaction import Transaction


async def list_levels(call: Call, state: StockState | None, prefix: str | None, at: Position) -> list[StockLevel]:
    """Levels by SKU, one more than the page holds."""
    past = None if at.keys is None else str(at.keys[0])

    async def work(tx: Transaction) -> list[StockLevel]:
        return await repo.list_levels(
            tx, state=state, prefix=prefix, past=past, backwards=at.backwards, limit=at.limit + 1
        )

    return await call.database.transaction(call.store.id, work)


async def read_level(call: Call, sku: str) -> StockLevel:
    """The level of one variant. Raises SKU_UNKNOWN."""

    async def work(tx: Transaction) -> StockLevel:
        return await _level(tx, sku)

    return await call.database.transaction(call.store.id, work)


async def read_movements(call: Call, sku: str, at: Position) -> list[StockMovement]:
    """The ledger of one variant, newest first, one more than the page holds. Raises SKU_UNKNOWN."""
    past = None if at.keys is None else (str(at.keys[0]), str(at.keys[1]))

    async def work(tx: Transaction) -> list[StockMovement]:
        level = await _level(tx, sku)
        return await repo.list_movements(tx, level.variant_id, past=past, backwards=at.backwards, limit=at.limit + 1)

    return await call.database.transaction(call.store.id, work)


async def set_threshold(call: Call, sku: str, threshold: int | None) -> StockLevel:
    """Set from how many available pieces on the variant counts as low; None: never. Raises SKU_UNKNOWN."""

    async def work(tx: Transaction) -> StockLevel:
        before = await _level(tx, sku)
        if await repo.set_threshold(tx, sku, threshold):
            old, new = {"low_stock_threshold": before.low_stock_threshold}, {"low_stock_threshold": threshold}
            await note(tx, call, "inventory.threshold", "variant", before.variant_id, old, new)
        return await _level(tx, sku)

    return await call.database.transaction(call.store.id, work)


async def adjust(call: Call, lines: Sequence[AdjustmentLine]) -> tuple[UUID, list[StockChange]]:
    """Book all lines or none; the adjustment's id and what each line did.

    Raises ADJUSTMENT_INVALID for lines that make no sense, STOCK_SHORT naming every line that would take too much.
    """
    _refuse_senseless(lines)
    adjustment_id = new_id()

    async def work(tx: Transaction) -> list[StockChange]:
        levels = await repo.lock_levels(tx, [line.sku for line in lines])
        changes = _changes(lines, levels)
        await book(tx, changes, reference=("adjustment", str(adjustment_id)), actor_id=call.actor.id)
        before = {change.before.sku: change.before.on_hand for change in changes}
        after = {change.before.sku: change.on_hand_after for change in changes}
        await note(tx, call, "inventory.adjust", "stock_adjustment", adjustment_id, before, after)
        return changes

    return adjustment_id, await call.database.transaction(call.store.id, work)


async def book(
    tx: Transaction, changes: Sequence[StockChange], *, reference: tuple[str, str], actor_id: UUID | None
) -> None:
    """Write changes of levels that the transaction has locked, with their ledger, and announce what ran low.

    Raises STOCK_SHORT, with nothing written, when one of them leaves less than is reserved.
    """
    real = [change for change in changes if change.delta]
    if not real:
        return
    if await repo.book(tx, real, reference=reference, actor_id=actor_id) != len(real):
        raise STOCK_SHORT("stock changed meanwhile; read the levels and send the adjustment again")
    await _announce(tx, real)


async def announce_taken(tx: Transaction, taken: Mapping[UUID, int]) -> None:
    """Announce variants that ran low or sold out because this transaction has kept so many of their units."""
    levels = await repo.levels_of(tx, list(taken))
    lower = [level for level in levels if _came_down(level, taken[level.variant_id])]
    await _tell(tx, lower)


async def _announce(tx: Transaction, changes: Sequence[StockChange]) -> None:
    await _tell(tx, [change.after for change in changes if change.is_new_in is not None])


async def _tell(tx: Transaction, levels: Sequence[StockLevel]) -> None:
    """One event for all that ran low, one for all that sold out: their number does not grow with the lines."""
    low = [_stock_line(level) for level in levels if level.state == "low"]
    sold_out = [_stock_line(level) for level in levels if level.state == "sold_out"]
    if low:
        await announce(tx, StockRanLow(lines=low))
    if sold_out:
        await announce(tx, VariantsSoldOut(lines=sold_out))


def _came_down(level: StockLevel, units: int) -> bool:
    """Whether the level is in another state than with these units more on the shelf."""
    before = msgspec.structs.replace(level, reserved=level.reserved - units)
    return level.state != before.state


def _stock_line(level: StockLevel) -> StockLine:
    return StockLine(
        variant_id=str(level.variant_id),
        sku=level.sku,
        available=level.available,
        low_stock_threshold=level.low_stock_threshold,
    )


def _refuse_senseless(lines: Sequence[AdjustmentLine]) -> None:
    faults: list[Fault] = []
    seen: set[str] = set()
    for number, line in enumerate(lines):
        pointer = f"/lines/{number}"
        if (line.delta is None) == (line.counted is None):
            faults.append(Fault(pointer, "delta_or_counted", f"{line.sku}: give one of delta and counted"))
        if line.delta == 0:
            faults.append(Fault(f"{pointer}/delta", "no_change", f"{line.sku}: a delta of 0 changes nothing"))
        if line.sku in seen:
            faults.append(Fault(f"{pointer}/sku", "repeated", f"{line.sku} is in an earlier line already"))
        seen.add(line.sku)
    if faults:
        raise _refused(faults)


def _changes(lines: Sequence[AdjustmentLine], levels: dict[str, StockLevel]) -> list[StockChange]:
    """What the lines do to the locked levels. Raises for unknown SKUs, then for what is not there."""
    unknown = [
        Fault(f"/lines/{number}/sku", "sku_unknown", f"no variant has the SKU {line.sku!r}")
        for number, line in enumerate(lines)
        if line.sku not in levels
    ]
    if unknown:
        raise _refused(unknown)
    changes = [_change(line, levels[line.sku]) for line in lines]
    faults = [fault for number, change in enumerate(changes) if (fault := change.fault(f"/lines/{number}"))]
    if any(fault.code == "stock_short" for fault in faults):
        raise STOCK_SHORT(f"nothing was booked: {faults[0].message}{_more(faults)}", faults=faults)
    if faults:
        raise _refused(faults)
    return changes


def _change(line: AdjustmentLine, level: StockLevel) -> StockChange:
    delta = line.counted - level.on_hand if line.counted is not None else (line.delta or 0)
    return StockChange(before=level, delta=delta, reason=line.reason, note=line.note)


def _refused(faults: Sequence[Fault]) -> AppError:
    return ADJUSTMENT_INVALID(f"nothing was booked: {faults[0].message}{_more(faults)}", faults=faults)


def _more(faults: Sequence[Fault]) -> str:
    return f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""


async def _level(tx: Transaction, sku: str) -> StockLevel:
    level = await repo.read_level(tx, sku)
    if level is None:
        raise SKU_UNKNOWN(f"no variant has the SKU {sku!r}; GET /inventory lists them")
    return level
