"""What was measured by all connections of a process, and how is it summed up?"""

from __future__ import annotations

import re
from array import array
from collections import Counter
from typing import Final

import msgspec

_STATEMENTS: Final = re.compile(rb'\r\nserver-timing: db;desc="(\d+)"', re.IGNORECASE)


class Measured(msgspec.Struct):
    """All requests with one label inside the measured time. `statements` is None where the answer does not tell."""

    count: int
    p50_ms: float
    p99_ms: float
    statements: int | None
    counted: bool


class Outcome(msgspec.Struct):
    """What came of a job. `errors` counts answers that are no success, `first_error` shows one."""

    seconds: float
    cpu_seconds: float
    by_label: dict[str, Measured]
    errors: int
    first_error: str

    @property
    def operations(self) -> int:
        """Measured operations of all labels that count."""
        return sum(each.count for each in self.by_label.values() if each.counted)


class Tally:
    """What all connections of this process have measured together."""

    def __init__(self) -> None:
        self.is_measuring = False
        self.is_over = False
        self.nanoseconds: dict[str, array[int]] = {}
        self.statements: dict[str, Counter[int]] = {}
        self.counted: dict[str, bool] = {}
        self.errors = 0
        self.first_error = ""

    @property
    def has_operations(self) -> bool:
        """Whether anything that counts was measured."""
        return any(self.counted.values())

    def note(self, label: str, took: int, head: bytes = b"", *, counted: bool = True) -> None:
        """A success: nanoseconds, and the head of the answer, which may tell the statements."""
        if not self.is_measuring:
            return
        self.nanoseconds.setdefault(label, array("q")).append(took)
        self.counted[label] = counted
        told = _STATEMENTS.search(head)
        if told is not None:
            self.statements.setdefault(label, Counter())[int(told[1])] += 1

    def fail(self, why: str) -> None:
        """Anything else; also while warming up, because no error is a good one."""
        self.errors += 1
        self.first_error = self.first_error or why

    def outcome(self, seconds: float, cpu_seconds: float) -> Outcome:
        """Everything, summed up."""
        by_label = {label: self._measured(label, sorted(times)) for label, times in self.nanoseconds.items()}
        return Outcome(seconds, cpu_seconds, by_label, self.errors, self.first_error)

    def _measured(self, label: str, times: list[int]) -> Measured:
        # A request that now and then needs one more (a store looked up again) is not what it costs.
        usual = self.statements[label].most_common(1)[0][0] if label in self.statements else None
        return Measured(
            count=len(times),
            p50_ms=times[len(times) // 2] / 1e6,
            p99_ms=times[min(len(times) - 1, len(times) * 99 // 100)] / 1e6,
            statements=usual,
            counted=self.counted[label],
        )
