"""What a tax ruleset says: rates by destination and class, level and rounding target."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from engine.documents.conditions import Condition
from engine.documents.effects import Ratio, TaxMode
from engine.documents.model.common import ALWAYS_OPEN, Document, Refusal, Window
from engine.text.source import Span


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxRate:
    """`percent` on what `where` matches: facts of the cart, `tax.class`, and of the line."""

    id: str
    where: Condition
    percent: Ratio
    window: Window = ALWAYS_OPEN
    message: Mapping[str, str] = field(default_factory=dict)
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxDocument(Document):
    """`exemptions` are conditions under which nothing is taxed; `otherwise` is the answer when no rate
    matches.
    """

    prices: TaxMode
    level: Literal["line", "unit", "total"]
    target: Literal["net", "tax"]
    policy: Literal["first", "unique"]
    rates: tuple[TaxRate, ...]
    exemptions: tuple[Refusal, ...] = ()
    shipping: str = "standard"  # a tax class, or "pro_rata", or "none"
    otherwise: Literal["refuse", "zero"] = "refuse"
