"""What do requests and answers about signals look like?"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta

from server.decisions.dry_run_schemas import RulesetsBody
from server.web.binding import Body, Path, View
from server.web.pages import PageQuery

Instant = Annotated[datetime, Meta(tz=True)]
SignalName = Annotated[
    str, Meta(pattern=r"^[a-z0-9][a-z0-9_.-]{0,99}(?!\n)$", description="Its id in the ruleset: `cash-velocity`.")
]
EffectName = Literal["flag", "hold", "announce", "tag", "untag"]
OrderNumber = Annotated[int, Meta(ge=1, le=10**15, description="Number of an order.")]


class FiringPath(Path, frozen=True, kw_only=True):
    """Which firing."""

    firing_id: UUID


class FiringsQuery(PageQuery, frozen=True, kw_only=True, rename={"since": "from"}):
    """Which firings to list; all that are given have to fit. `from` is included, `until` is not."""

    signal: SignalName | None = None
    effect: EffectName | None = None
    order: OrderNumber | None = None
    cart_id: UUID | None = None
    customer_id: UUID | None = None
    since: Instant | None = None
    until: Instant | None = None


class TryBody(Body, frozen=True, kw_only=True, rename={"since": "from"}):
    """Over which events signals are tried: `from` is included, `until` is not; by the live rulesets unless it says so.

    At most 92 days, and as many events as the answer says: the newest.
    """

    since: Instant
    until: Instant
    rulesets: RulesetsBody = RulesetsBody()


class RulesetView(View, frozen=True, kw_only=True):
    """Which version of a signals ruleset."""

    name: str
    version: int
    hash: str


class SignalView(View, frozen=True, kw_only=True):
    """A signal that is live: what it looks for in words, what it does, and how often it fired of late."""

    id: str
    summary: str
    looks_for: str
    does: list[str]
    last_fired_at: datetime | None
    fired_last_day: int
    fired_last_30_days: int


class SignalsView(View, frozen=True, kw_only=True):
    """The live signals, in the order of their ruleset; null and none where the store has no such ruleset."""

    ruleset: RulesetView | None
    signals: list[SignalView]


class EffectView(View, frozen=True, kw_only=True):
    """Something a firing asked for. `why_not` says why it was not done, null where it was."""

    kind: EffectName
    name: str | None
    target: Literal["order", "cart", "customer"] | None
    target_id: str | None
    why_not: str | None


class FiringView(View, frozen=True, kw_only=True):
    """A pattern that was seen. `at` is when it was complete, `seen_at` when the shop saw it.

    What it is about is there as far as it is known. An order that it held is released by
    `POST /staff/orders/{number}/events/release_hold`.
    """

    id: UUID
    signal: str
    at: datetime
    seen_at: datetime
    ruleset: RulesetView
    order_id: UUID | None
    order_number: str | None
    cart_id: UUID | None
    customer_id: UUID | None
    effects: list[EffectView]


class SeenEventView(View, frozen=True, kw_only=True):
    """One of the events that made a firing; `name` and `at` are null once it is no longer kept."""

    id: UUID
    name: str | None
    at: datetime | None
    order_number: str | None


class SameView(View, frozen=True, kw_only=True):
    """What was the same in all events of a firing. Phones, addresses and devices are stand-ins that say nothing."""

    fact: str
    value: str | int


class FiringDetailView(FiringView, frozen=True, kw_only=True):
    """The same with the events that made it, what was the same in them, and all of it in words."""

    same: list[SameView]
    events: list[SeenEventView]
    explanation: list[str]


class TriedSignalView(View, frozen=True, kw_only=True):
    """What a signal would have done. `tried` is false for those about what has not happened: that is not kept."""

    id: str
    tried: bool
    firings: int
    held_orders: int


class TriedFiringView(View, frozen=True, kw_only=True):
    """A firing there would have been. `fired` says whether there was one that is kept."""

    signal: str
    at: datetime
    events: list[UUID]
    order_id: str | None
    customer_id: str | None
    effects: list[EffectView]
    explanation: list[str]
    fired: bool


class TriedView(View, frozen=True, kw_only=True):
    """What signals would have seen; nothing was done. `is_complete` is false where older events were left out.

    `firings` are the last of them, the newest first; `signals` count all.
    """

    ruleset: RulesetView
    events: int
    is_complete: bool
    signals: list[TriedSignalView]
    firings: list[TriedFiringView]
