"""What do lists of orders look like, and what can happen to an order now?"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from msgspec import Meta

from server.decisions.shapes import Money
from server.orders.shapes import Number, StateName
from server.web.binding import View


class OrderSummaryView(View, frozen=True, kw_only=True):
    """An order in a list."""

    number: Number
    state: str
    state_name: StateName
    currency: str
    total: Money
    units: int
    lines: int
    first_product: str | None
    first_image_url: str | None
    placed_at: datetime


class StaffOrderSummaryView(OrderSummaryView, frozen=True, kw_only=True):
    """An order in the list of staff."""

    email: str
    customer_name: str
    payment_method: str
    held: bool
    captured: Money
    refunded: Money


class StateCountView(View, frozen=True, kw_only=True):
    """How many orders are in a state."""

    state: str
    name: StateName
    orders: int


class StateCountsView(View, frozen=True, kw_only=True):
    """Orders by state, every state of the lifecycle in its order, then those it does not know any more."""

    states: list[StateCountView]


class SaleSummaryView(View, frozen=True, kw_only=True):
    """An order in the list of a seller; units and lines are theirs."""

    number: Number
    state: str
    state_name: StateName
    held: bool
    units: int
    lines: int
    first_product: str | None
    first_image_url: str | None
    placed_at: datetime


class FailingFactView(View, frozen=True, kw_only=True):
    """A fact that stands in the way. `value` is null when nobody knows it; money counts in minor units here."""

    fact: Annotated[str, Meta(description="By its name in the vocabulary order/1.")]
    value: str | None
    distance: Annotated[
        str | None, Meta(description="The least change that would do, in the unit of the fact; null where none would.")
    ]


class TransitionView(View, frozen=True, kw_only=True):
    """An event of the lifecycle: open to the caller with the state it leads to, or closed and why."""

    event: str
    open: bool
    target: str | None = None
    target_name: StateName | None = None
    code: Annotated[
        str | None,
        Meta(description="wrong_state, wrong_role, not_allowed, guard_failed or fact_missing; null when open."),
    ] = None
    message: str | None = None
    allowed_states: tuple[str, ...] = ()
    allowed_roles: Annotated[
        tuple[str, ...], Meta(description="Of the lifecycle; system are timers and providers.")
    ] = ()
    failing_facts: tuple[FailingFactView, ...] = ()


class TransitionsView(View, frozen=True, kw_only=True):
    """Every event of the lifecycle, in its order, as it stands for the caller."""

    number: Number
    state: str
    state_name: StateName
    version: int
    roles: Annotated[list[str], Meta(description="The roles of the lifecycle the caller may act in.")]
    transitions: list[TransitionView]
