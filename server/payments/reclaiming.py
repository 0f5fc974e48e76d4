"""What would the units that stay have cost without the others? Worked out by the rulesets of then, where a shop asks.

Only goods count: shipping that was free because of what came back stays free, since it was paid for by nobody's choice
of today.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

import msgspec

from engine.documents.model import RefundPolicy
from engine.lifecycle import refunds as arithmetic
from server.decisions.books import BOOKS, LiveBook
from server.decisions.facts import Basket
from server.decisions.log_replay import logged_decision
from server.decisions.pinned import PINNED
from server.decisions.service import decide
from server.orders.service import read_order
from server.payments.amounts import Basis
from server.web.call import Call


@dataclass(frozen=True, slots=True)
class Terms:
    """What a refund of an order goes by: the policy of now, and what was agreed then where the policy asks for it."""

    policy: RefundPolicy
    book: LiveBook | None = None
    basket: Basket | None = None


async def terms_of(call: Call, number: int) -> Terms:
    """The terms of an order's refunds. Raises ORDER_UNKNOWN, and where discounts are claimed back PINNED_MISSING."""
    policy = call.use(BOOKS).live(call.store).orders.refunds
    if policy.on_threshold_loss == "keep":
        return Terms(policy)
    order = await read_order(call, number)
    logged = await logged_decision(call, order.decision_id)
    book = await call.use(PINNED).book_of(call.database, call.store.id, logged.rulesets, logged.currency)
    return Terms(policy, book, logged.basket)


def lost(terms: Terms, basis: Basis, units: Mapping[UUID, int]) -> int:
    """What those that stay would have cost more without those that came back, these units among them; never below 0."""
    if terms.book is None or terms.basket is None:
        return 0
    stays = {line.sku: line.left_units - units.get(line.id, 0) for line in basis.lines if line.sku}
    lines = tuple(
        msgspec.structs.replace(line, quantity=quantity)
        for line in terms.basket.lines
        if (quantity := stays.get(line.sku, 0))
    )
    if not lines:
        return 0
    alone = decide(terms.book, msgspec.structs.replace(terms.basket, lines=lines))
    cost = sum(line.cost for line in alone.lines)
    return arithmetic.lost(basis, units, cost)
