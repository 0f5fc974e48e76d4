"""Who learns that a coupon code was tried? Whoever watches for people who guess: it is announced, well or not."""

from __future__ import annotations

from uuid import UUID

from notifications.events import CouponAccepted, CouponRefused
from notifications.outbox import announce, announce_alone
from notifications.subjects import subject
from server.auth.devices import device_subject
from server.errors import AppError
from server.web.call import Call
from storage.transaction import Transaction


async def accepted(tx: Transaction, call: Call, code: str, cart_id: UUID) -> None:
    """A folded code is on a cart that did not have it before."""
    event = CouponAccepted(
        coupon_code=_subject(call, code), cart_id=str(cart_id), device_id=device_subject(call),
        customer_id=_customer(call),
    )  # fmt: skip
    await announce(tx, event)


async def refused(call: Call, code: str, refusal: AppError) -> None:
    """A folded code was refused; nothing was changed, so this is told outside of any transaction."""
    reason = refusal.faults[0].code if refusal.faults else refusal.error.code
    event = CouponRefused(
        coupon_code=_subject(call, code), coupon_reason=reason, device_id=device_subject(call),
        customer_id=_customer(call),
    )  # fmt: skip
    await announce_alone(call.database, call.store.id, event)


def _subject(call: Call, code: str) -> str:
    # A code may be of signs alone, of which nothing is left to compare.
    return subject(call.store.id, "coupon", code) or ""


def _customer(call: Call) -> str | None:
    return str(call.actor.id) if call.actor.kind == "user" else None
