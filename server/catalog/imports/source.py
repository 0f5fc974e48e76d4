"""Where do rows come from? A file of ours, or somebody else's data: either way typed rows and reasons for the rest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from server.catalog.imports.entries import Row
from server.catalog.imports.report import Rejection


@dataclass(frozen=True, slots=True)
class Source:
    """What is to be imported.

    `lines` counts what was read, rejected rows included. `sellers` (slug → name) are made even if nothing is theirs.
    New variants begin with `opening_stock` pieces where their row does not say how many there are.
    """

    rows: list[Row]
    rejections: list[Rejection]
    lines: int
    sellers: Mapping[str, str] = field(default_factory=dict)
    opening_stock: int = 0
