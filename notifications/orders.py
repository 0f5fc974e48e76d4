"""What happened to an order that others should know of?"""

from __future__ import annotations

from notifications.outbox import Event


class OrderEvent(Event, frozen=True, kw_only=True, tag="order_event"):
    """What the lifecycle of the store announces: `name` is written in its ruleset (OrderPlaced, ParcelShipped, …).

    `state` is the order's after the step `seq` of its life. Money in minor units of `currency`.
    """

    name: str
    order_id: str
    number: int
    seq: int
    state: str
    total: int
    currency: str


class OrderNoticeRequested(Event, frozen=True, kw_only=True, tag="order_notice_requested"):
    """The lifecycle asks to write to the customer: `notice` is the name of the text in its ruleset."""

    notice: str
    order_id: str
    number: int
    seq: int
    to: str
    locale: str
