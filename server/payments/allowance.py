"""May this person let that much money go back? By the access ruleset, and by what they let go already."""

from __future__ import annotations

from typing import Final

from engine.access.compile import Access, Limit
from engine.access.decide import decide_access
from engine.money import format_amount
from server.decisions.books import BOOKS
from server.payments import refunds_repo
from server.payments.errors import REFUND_BEYOND_LIMIT
from server.payments.snapshot import RefundRow
from server.web.call import Call
from storage.transaction import Transaction

REFUND: Final = "orders.refund"


async def require(tx: Transaction, call: Call, refund: RefundRow) -> None:
    """Raise REFUND_BEYOND_LIMIT when the caller's roles do not let them approve the refund.

    Two approvals of one person are decided one after the other, until the transaction ends.
    """
    access = call.use(BOOKS).access(call.store)
    limit = access.limit(call.actor.roles, REFUND)
    # Someone of the platform may whatever there is, whatever the store's ruleset says.
    if call.actor.kind == "platform" or (limit is None and access.may(call.actor.roles, REFUND)):
        return
    if limit is None or limit.currency != refund.currency:
        raise REFUND_BEYOND_LIMIT(
            f"your limit is in {limit.currency if limit else 'no currency'}, the refund in {refund.currency};"
            " somebody without a limit has to approve it"
        )
    used = await _used(tx, call, access, limit, refund)
    decision = decide_access(access, call.actor.roles, REFUND, refund.amount, used)
    if not decision.allowed:
        left = format_amount(decision.left or 0, refund.currency)
        raise REFUND_BEYOND_LIMIT(
            f"refund {refund.number} is {format_amount(refund.amount, refund.currency)} {refund.currency}, and your"
            f" roles have {left} left per {limit.per}; somebody who may give more back has to approve it",
            left=left,
            per=limit.per,
        )


async def _used(tx: Transaction, call: Call, access: Access, limit: Limit, refund: RefundRow) -> int:
    if limit.per == "once":
        return 0
    if limit.per == "order":
        return await refunds_repo.approved_by(tx, call.user_id, refund.currency, order_id=refund.order_id)
    return await refunds_repo.approved_by(tx, call.user_id, refund.currency, day_in=access.timezone)
