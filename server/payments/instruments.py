"""By which card or account did a customer pay? It is kept as a mark, which tells people who pay with the same one."""

from __future__ import annotations

from server.orders.snapshot import OrderHead
from server.ports import LONGEST_FINGERPRINT, PaymentEvent
from server.referrals import marks
from storage.transaction import Transaction


async def note(tx: Transaction, order: OrderHead, provider: str, event: PaymentEvent) -> bool:
    """Keep what the event tells of the instrument; False when it tells nothing, or the order is a guest's.

    One statement, or none. What is known already changes nothing.
    """
    fingerprint = event.fingerprint
    if order.user_id is None or not fingerprint or len(fingerprint) > LONGEST_FINGERPRINT:
        return False
    assert tx.store_id is not None
    mark = marks.mark_of("payment", marks.instrument_of(tx.store_id, provider, fingerprint))
    await marks.note(tx, order.user_id, [mark] if mark else [])
    return mark is not None
