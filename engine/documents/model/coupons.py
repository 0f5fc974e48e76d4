"""What a coupons ruleset says: who may use which code, and what it gives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from engine.documents.conditions import ALWAYS, Condition
from engine.documents.effects import Effect
from engine.documents.model.common import ALWAYS_OPEN, UNLIMITED, Document, Limits, Window
from engine.text.source import Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Coupon:
    """A code (or every code of a campaign the shop issued) and what it gives. Codes are stored folded."""

    id: str
    codes: tuple[str, ...]
    campaign: str | None
    then: Effect
    when: Condition = ALWAYS
    window: Window = ALWAYS_OPEN
    priority: int = 0
    limits: Limits = UNLIMITED
    user_bound: bool = False
    first_order_only: bool = False
    exclusive_with: tuple[str, ...] = ()
    message: Mapping[str, str] = field(default_factory=dict)
    span: Span
    when_span: Span | None = None
    then_span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class CouponsDocument(Document):
    """`stacking: none` accepts one code a cart; `all` accepts several, applied by priority, then id."""

    coupons: tuple[Coupon, ...]
    stacking: Literal["none", "all"] = "none"
