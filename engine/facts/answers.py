"""What does reading a literal need, and what does it answer?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias, TypeVar
from zoneinfo import ZoneInfo

from engine.facts.cart import Key
from engine.text.diagnostics import Diagnostic

T = TypeVar("T")
Answer: TypeAlias = tuple[T | None, Diagnostic | None]
"""`(value, None)`, or `(None, finding)` when the text cannot be read; never both, never neither."""

KeyAnswer: TypeAlias = tuple[Key | None, Diagnostic | None]
"""The answer for a type that is known only when it is read."""


@dataclass(frozen=True, slots=True)
class LiteralContext:
    """The currency amounts are read in (None: an amount is a fault) and the zone of local dates and times."""

    currency: str | None
    timezone: ZoneInfo
