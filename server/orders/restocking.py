"""How do units of an order get back on the shelf? Noted on their lines first, so that no unit comes back twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from uuid import UUID

from server.catalog import reservations
from server.orders import repo
from server.orders.snapshot import OrderHead, OrderUnits
from storage.transaction import Transaction


async def put_back(
    tx: Transaction,
    order: OrderHead,
    lines: Sequence[OrderUnits],
    wanted: Mapping[UUID, int],
    reference: tuple[str, str],
    actor_id: UUID | None,
) -> None:
    """Put units of lines back that are not back already; the stock ledger has the reference.

    `wanted` are units by line id, `lines` the lines of the order, which is locked. Units of variants that are not in
    the catalogue any more are only noted.
    """
    counts = {line.id: min(wanted.get(line.id, 0), line.quantity - line.restocked) for line in lines}
    counts = {line_id: count for line_id, count in counts.items() if count > 0}
    if not counts:
        return
    if not await repo.note_restocked(tx, order.id, counts):
        raise RuntimeError(f"order {order.number}: more units would be put back than were bought")
    units: Counter[UUID] = Counter()
    for line in lines:
        if line.variant_id is not None:
            units[line.variant_id] += counts.get(line.id, 0)
    await reservations.put_back(tx, units, reference, actor_id)
