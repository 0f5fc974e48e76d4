"""What became of a file? Counts, and every row that was turned away with its reason."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

Outcome: TypeAlias = Literal["applied", "dry_run", "stopped"]
"""`stopped`: rows were rejected and the caller asked for all or nothing."""

MOST_REJECTIONS: Final = 500
"""As many are told one by one; the rest only counted, by reason."""
_SHOWN: Final = 80


@dataclass(frozen=True, slots=True)
class Rejection:
    """Why a row was turned away. `line` counts from 1, the header; `column` is empty when it is about the whole row."""

    line: int
    column: str
    value: str
    code: str
    message: str


@dataclass(slots=True)
class Count:
    """How many products, or variants, were made, changed and left as they were."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0


@dataclass(slots=True)
class Report:
    """The result of one import; filled while it runs."""

    rows: int = 0
    products: Count = field(default_factory=Count)
    variants: Count = field(default_factory=Count)
    stock_changes: int = 0
    rejections: list[Rejection] = field(default_factory=list)
    rejected: Counter[str] = field(default_factory=Counter)
    rejected_rows: int = 0
    outcome: Outcome = "applied"
    _last_line: int = 0

    def reject(self, rejections: Iterable[Rejection]) -> None:
        """Note why rows were turned away; the reasons of one row have to come together."""
        for rejection in rejections:
            self.rejected[rejection.code] += 1
            if rejection.line != self._last_line:
                self.rejected_rows += 1
                self._last_line = rejection.line
            if len(self.rejections) < MOST_REJECTIONS:
                self.rejections.append(rejection)

    @property
    def untold(self) -> int:
        """How many rejections are only counted."""
        return self.rejected.total() - len(self.rejections)


def shown(value: str) -> str:
    """A value as reports show it: in one line, and not longer than a line."""
    printable = "".join(letter if letter.isprintable() else "�" for letter in value)
    return printable if len(printable) <= _SHOWN else f"{printable[: _SHOWN - 1]}…"
