"""How many findings are kept while a text is read?"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from typing import TypeVar

from engine.text.diagnostics import LEFT_OUT, Diagnostic, error, left_out, report

T = TypeVar("T")


class Faults:
    """Collects findings. After `cap` errors `is_full` asks the reader to stop, which bounds its work."""

    def __init__(self, cap: int) -> None:
        self._cap = cap
        self._errors: list[Diagnostic] = []
        self._others: list[Diagnostic] = []
        self._uncounted = 0

    @property
    def has_errors(self) -> bool:
        """Whether an error was found."""
        return bool(self._errors)

    @property
    def is_full(self) -> bool:
        """Whether as many errors were found as are shown."""
        return len(self._errors) >= self._cap

    def add(self, finding: Diagnostic) -> None:
        """Keep the finding."""
        kept = self._errors if finding.severity == "error" else self._others
        kept.append(finding)

    def add_each(self, places: Iterator[T], finding_at: Callable[[T], Diagnostic]) -> None:
        """Make and keep findings for the first `cap` places; only count the others, which is cheap."""
        for place in islice(places, self._cap):
            self.add(finding_at(place))
        self._uncounted += sum(1 for _ in places)

    def report(self) -> tuple[Diagnostic, ...]:
        """The kept findings in reading order, at most `cap`, then a note if there are or may be more."""
        findings = [*self._errors, *self._others]
        shown = report(findings, self._cap)[: self._cap]
        surplus = len(findings) - len(shown) + self._uncounted
        return (*shown, left_out(surplus)) if surplus else (*shown, *self._stopped_early())

    def _stopped_early(self) -> list[Diagnostic]:
        if not self.is_full:
            return []
        message = f"reading stopped after {len(self._errors)} errors; there may be more"
        return [error(LEFT_OUT, message, None, hint="repair the ones above and check again")]
