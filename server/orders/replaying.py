"""What did an order come to, decided again by the rules of then; and what would it have come to under others?"""

from __future__ import annotations

from dataclasses import dataclass

from server.decisions import log_replay
from server.decisions.log_replay import Replayed
from server.decisions.repo import Logged
from server.orders import service
from server.orders.snapshot import OrderHead
from server.web.call import Call


@dataclass(frozen=True, slots=True)
class ReplayedOrder:
    """An order with the entry of the log it rests on, decided again; `what_if` when other rulesets were asked for."""

    head: OrderHead
    logged: Logged
    then: Replayed
    what_if: Replayed | None

    @property
    def reproduced(self) -> bool:
        """Whether it is the same to the last byte."""
        return self.then.digest == self.logged.digest


async def replay_order(call: Call, number: int, rulesets: str | None = None) -> ReplayedOrder:
    """The order, its stored facts decided by the rulesets of then, and by others when they are named.

    Raises ORDER_UNKNOWN, DECISION_UNKNOWN, PINNED_MISSING, and for the others NOT_ALLOWED, MIX_INVALID, MIX_UNKNOWN,
    MIX_FAULTY and RULES_MISSING.
    """
    order = await service.read_order(call, number)
    logged = await log_replay.logged_decision(call, order.decision_id)
    then = await log_replay.replayed(call, logged)
    what_if = None if rulesets is None else await log_replay.replayed_under(call, logged, rulesets)
    return ReplayedOrder(order.head, logged, then, what_if)
