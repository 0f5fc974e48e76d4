"""What does an import hand back, and is every row of its source accounted for?"""

from __future__ import annotations

from dataclasses import dataclass

from engine.text.diagnostics import Diagnostic


class UnbalancedRows(Exception):
    """Rows were neither written nor reported: a bug of an importer, never the fault of its source."""


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """What the source does not say: the name and version of the ruleset, and where the source comes from.

    `provenance` is free text, one line or several: origin, licence, edition. It stands at the top of the
    ruleset.
    """

    name: str
    provenance: str
    version: int = 1


@dataclass(frozen=True, slots=True)
class RowCount:
    """Rows of one source file: `read` are all below the head, each either written or named in a finding."""

    file: str
    read: int
    written: int
    reported: int

    def __post_init__(self) -> None:
        if self.read != self.written + self.reported:
            raise UnbalancedRows(
                f"{self.file}: {self.read} rows read, {self.written} written, {self.reported} reported"
            )


@dataclass(frozen=True, slots=True)
class Imported:
    """A ruleset as YAML text ("" when the source has no readable part) and what was not carried over."""

    text: str
    diagnostics: tuple[Diagnostic, ...]
    counts: tuple[RowCount, ...]
