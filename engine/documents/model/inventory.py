"""What an inventory ruleset says: for how long units are kept for an order nobody has paid."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from engine.documents.conditions import Condition
from engine.documents.model.common import Document
from engine.text.source import Span

BackOrder = Literal["never"]
"""Whether more may be sold than is there. Nothing else is possible yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeping:
    """Units are kept for `keep_seconds` for whom `when` holds; None: for everybody else."""

    id: str
    when: Condition | None
    keep_seconds: int
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class InventoryDocument(Document):
    """What holds of stock. The first of `reservations` that holds decides; the last one is for everybody."""

    reservations: tuple[Keeping, ...] = ()
    back_order: BackOrder = "never"
