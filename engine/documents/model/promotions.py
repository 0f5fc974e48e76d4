"""What a promotions ruleset says: lanes of automatic discounts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from engine.documents.conditions import ALWAYS, Condition
from engine.documents.effects import Effect
from engine.documents.model.common import ALWAYS_OPEN, UNLIMITED, Document, Limits, Window
from engine.text.source import Span

LaneStage = Literal["lines", "order", "shipping"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """Lanes run in document order within their stage; stages run lines, order, shipping."""

    id: str
    pick: Literal["best", "all", "first"]
    stage: LaneStage
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Promotion:
    """An automatic discount. Ties break by priority (greater first), then id, never by document order."""

    id: str
    lane: str
    then: Effect
    when: Condition = ALWAYS
    window: Window = ALWAYS_OPEN
    priority: int = 0
    limits: Limits = UNLIMITED
    exclusive_with: tuple[str, ...] = ()  # rule or lane ids, or "all"
    message: Mapping[str, str] = field(default_factory=dict)
    span: Span
    when_span: Span | None = None
    then_span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class PromotionsDocument(Document):
    """Lanes in document order; rules in document order, which means nothing."""

    lanes: tuple[Lane, ...]
    rules: tuple[Promotion, ...]
