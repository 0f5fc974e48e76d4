"""What a checkout ruleset says: which carts may become orders, and how they may be paid."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from engine.documents.conditions import ALWAYS, Condition
from engine.documents.model.common import Document, Refusal
from engine.text.source import Span


@dataclass(frozen=True, slots=True, kw_only=True)
class MinimumOrder:
    """The least `of` (a money fact that already says with or without tax) an order must come to."""

    amount: int
    of: str
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentMethod:
    """A way to pay, offered when the condition holds.

    `confirm`: how the customer confirms an order that goes on without a payment, before it does.
    """

    id: str
    when: Condition = ALWAYS
    confirm: Literal["sms"] | None = None
    name: Mapping[str, str] = field(default_factory=dict)
    span: Span
    when_span: Span | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckoutDocument(Document):
    """May this cart become an order. `price_lock_seconds` is how long a quote holds.

    `cash_rounding` rounds the total to a multiple of that many minor units (half up) as the last posting,
    for the payment methods listed in `cash_rounding_methods` (empty: all).
    """

    required: tuple[tuple[str, Span], ...] = ()
    minimum_order: MinimumOrder | None = None
    refusals: tuple[Refusal, ...] = ()
    payment_methods: tuple[PaymentMethod, ...] = ()
    price_lock_seconds: int = 900
    cash_rounding: int | None = None
    cash_rounding_methods: tuple[str, ...] = ()
    cash_rounding_span: Span | None = None
