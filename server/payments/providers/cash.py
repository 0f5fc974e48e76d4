"""How is cash on delivery a provider? It asks nobody: the money comes at the door, and staff say that it came."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from server.ports import (
    EventNotBelieved,
    LookedUp,
    PaymentEvent,
    PaymentStarted,
    PaymentWanted,
    RefundStarted,
    RefundWanted,
)


class CashProvider:
    """Cash as the port has it: nothing happens outside of the shop."""

    name = "cash"

    async def start(self, wanted: PaymentWanted) -> PaymentStarted:
        """Nothing to do now, for anybody."""
        return PaymentStarted(reference=f"cash:{wanted.payment_id}", client={})

    async def void(self, reference: str, key: str) -> None:
        """Nothing was asked for, so there is nothing to call off."""

    async def look_up(self, reference: str) -> LookedUp | None:
        """Nobody but staff knows."""
        return None

    async def refund(self, wanted: RefundWanted) -> RefundStarted:
        """Pending until staff say that the customer has the money."""
        return RefundStarted(reference=f"cash:{wanted.refund_id}", status="pending")

    def read_event(self, headers: Mapping[str, str], payload: bytes, now: datetime) -> PaymentEvent:
        """Cash sends no events. Raises EventNotBelieved."""
        raise EventNotBelieved("cash sends no events; staff say what came")
