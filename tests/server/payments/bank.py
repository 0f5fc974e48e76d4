"""A payment provider of the tests' own: an outside world that does what a test tells it, and signs what it says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Literal
from uuid import UUID

import msgspec

from server.payments.providers.signatures import check, sign
from server.ports import (
    EventNotBelieved,
    LookedUp,
    PaymentEvent,
    PaymentEventKind,
    PaymentStarted,
    PaymentWanted,
    RefundStarted,
    RefundWanted,
)
from storage.ids import new_id

SECRET: Final = b"what the bank and the shop know"
SIGNATURE: Final = "Bank-Signature"


@dataclass
class Bank:
    """Keeps what it was asked for by key. What is in `fails` is raised by the next calls, one each."""

    name: str = "test"
    payments: dict[str, PaymentWanted] = field(default_factory=dict)
    refunds: dict[str, RefundWanted] = field(default_factory=dict)
    voided: list[str] = field(default_factory=list)
    asked: int = 0
    ended: dict[str, PaymentEvent] = field(default_factory=dict)
    fails: list[Exception] = field(default_factory=list)
    refund_status: Literal["settled", "pending", "failed"] = "pending"

    async def start(self, wanted: PaymentWanted) -> PaymentStarted:
        """A payment; the same for the same key, which may not be another one."""
        self._ask()
        assert self.payments.setdefault(wanted.key, wanted) == wanted
        return PaymentStarted(reference=_payment(wanted.key), client={"checkout_url": f"https://bank/{wanted.key}"})

    async def void(self, reference: str, key: str) -> None:
        """Forget about it."""
        self._ask()
        self.voided.append(reference)

    async def look_up(self, reference: str) -> LookedUp | None:
        """What `ended` says of the payment."""
        self._ask()
        said = self.ended.get(reference)
        return None if said is None else LookedUp(said, msgspec.json.encode(said))

    async def refund(self, wanted: RefundWanted) -> RefundStarted:
        """Give back, as `refund_status` says."""
        self._ask()
        assert self.refunds.setdefault(wanted.key, wanted) == wanted
        failure = "the card is gone" if self.refund_status == "failed" else None
        return RefundStarted(reference=f"re_{wanted.key}", status=self.refund_status, failure=failure)

    def read_event(self, headers: Mapping[str, str], payload: bytes, now: datetime) -> PaymentEvent:
        """JSON of a PaymentEvent, signed."""
        check(headers.get(SIGNATURE), payload, [SECRET], now)
        try:
            return msgspec.json.decode(payload, type=PaymentEvent)
        except msgspec.MsgspecError as error:
            raise EventNotBelieved(f"this is no event: {error}") from error

    def _ask(self) -> None:
        self.asked += 1
        if self.fails:
            raise self.fails.pop(0)


def _payment(key: str) -> str:
    return f"pay_{key}"


def event(kind: PaymentEventKind, payment: Mapping[str, Any] | None = None, **fields: Any) -> PaymentEvent:
    """What the bank says of a payment, as POST /orders/{number}/payments has shown it."""
    told: dict[str, Any] = {"id": f"evt_{new_id().hex}", "type": f"bank.{kind}", "kind": kind}
    if payment is not None:
        told |= {
            "payment_id": UUID(payment["id"]),
            "reference": _payment(payment["id"]),
            "currency": payment["currency"],
        }
        told["amount"] = int(payment["amount"].replace(".", ""))
    return PaymentEvent(**{**told, **fields})


def letter(said: PaymentEvent, at: datetime, secret: bytes = SECRET) -> tuple[bytes, dict[str, str]]:
    """The event as bytes, and the headers it comes with."""
    payload = msgspec.json.encode(said)
    return payload, {SIGNATURE: sign(payload, [secret], at), "Content-Type": "application/json"}
