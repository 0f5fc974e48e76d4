"""What do scripts and the page send to the test provider, and what does it show?"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta

from server.payments.test_provider.charges import ChargeStatus
from server.payments.test_provider.events import EventType, Stray
from server.web.binding import Body, View


class PayBody(Body, frozen=True, kw_only=True):
    """How a charge is to end. `amount` is decimal text in the charge's currency, when it is to be a wrong one.

    `payer` says whose card or account it is, in any words: charges with the same are paid with the same one.
    """

    outcome: Literal["succeeded", "declined"] = "succeeded"
    delay_seconds: Annotated[int, Meta(ge=0, le=7 * 24 * 3600)] = 0
    times: Annotated[int, Meta(ge=1, le=5)] = 1
    stray: Stray = "none"
    forge: bool = False
    amount: str | None = None
    refunds_fail: bool = False
    payer: Annotated[str, Meta(min_length=1, max_length=100)] | None = None


class PayForm(PayBody, frozen=True, kw_only=True):
    """The same from the page, where long delays are in minutes."""

    delay_minutes: Annotated[int, Meta(ge=0, le=7 * 24 * 60)] = 0


class DeliveryView(View, frozen=True, kw_only=True):
    """A webhook: `due_at` says when it is sent (again); null once it was taken or given up."""

    event_id: str
    type: EventType
    tries: int
    last_status: int | None
    due_at: datetime | None


class ChargeView(View, frozen=True, kw_only=True):
    """A charge; money is decimal text."""

    reference: str
    status: ChargeStatus
    amount: str
    refunded: str
    currency: str
    metadata: dict[str, str]
    deliveries: list[DeliveryView]
