"""What an orders ruleset says: states, transitions, timeouts and effects of an order's life."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from engine.documents.conditions import ALWAYS, Condition
from engine.documents.model.common import Document
from engine.text.source import Span

START = "start"
"""The source of a transition that creates an order; no state of a document has this name."""

SYSTEM = "system"
"""The role of timers, webhooks and reactions; every document knows it."""

PART = "part"

ShippingOnPartial = Literal["keep", "pro_rata"]
OnThresholdLoss = Literal["keep", "reclaim"]

ACTIONS: Mapping[str, Literal["none", "part", "word"]] = {
    "reserve_stock": "none",
    "commit_stock": "none",
    "release_stock": "none",
    "restock": "part",
    "hold_coupon": "none",
    "consume_coupon": "none",
    "release_coupon": "none",
    "return_coupon": "none",
    "capture_payment": "none",
    "void_payment": "none",
    "refund_payment": "part",
    "credit_seller": "none",
    "debit_seller": "none",
    "notify": "word",
    "announce": "word",
}
"""What a transition may do, and the argument it takes: none, `part` or nothing, or a word (a template, an
event)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeout:
    """The system sends `event` to an order that has been in the state for `after_seconds`."""

    after_seconds: int
    event: str
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """`waiting` states wait for the outside world and must have a way out that needs nobody.

    An order may end in a `final` state as soon as `final_when` holds. `undone` says that an order which
    ends here was no sale, so that none of its money may be kept; None goes by the name of the state.
    """

    id: str
    initial: bool = False
    final: bool = False
    final_when: Condition = ALWAYS
    undone: bool | None = None
    waiting: bool = False
    timeout: Timeout | None = None
    name: Mapping[str, str] = field(default_factory=dict)
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One effect of a transition, e.g. `commit_stock`, or `announce: OrderPaid` (argument).

    `restock` and `refund_payment` take the argument `part`: only the units or the amount the event is about.
    """

    name: str
    argument: str | None = None
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Transition:
    """On `event` from any of `sources` to `target`, by the roles, when the guard holds; the first match
    decides.

    Written without `to`, an order stays where it is: that is read as one transition for each source.
    """

    event: str
    sources: tuple[str, ...]
    target: str
    roles: tuple[str, ...]
    when: Condition = ALWAYS
    actions: tuple[Action, ...] = ()
    span: Span
    when_span: Span | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundPolicy:
    """What goes back besides the units when a part of an order is returned.

    `shipping_on_partial`: nothing of shipping, or the part's share of the goods' value. `on_threshold_loss`: what is
    kept costs what it cost together with the rest, or (`reclaim`) what it would have cost without. `span` is None where
    a document says nothing of it.
    """

    shipping_on_partial: ShippingOnPartial = "keep"
    on_threshold_loss: OnThresholdLoss = "keep"
    span: Span | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """Orders in `state`, which earlier versions had and this one does not, go on in `target`."""

    state: str
    target: str
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class OrdersDocument(Document):
    """The life of an order. `roles` lists all roles but `system`; empty: whatever the transitions name."""

    states: tuple[State, ...]
    transitions: tuple[Transition, ...]
    roles: tuple[str, ...] = ()
    refunds: RefundPolicy = RefundPolicy()
    moved: tuple[Moved, ...] = ()
