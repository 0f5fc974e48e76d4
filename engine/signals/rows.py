"""What of the given is put into a network? Rows of whole numbers, so that nothing inside has to compare anything else.

What joins and plain comparisons cannot say is settled here, before: whether an event counts for a step, the order of
events, and how many there were. Every event that counts for a step becomes a row that names the first row of a run of
as many as the step takes, and the newest row of the step before. That there were so many is then a join of two rows,
and that they came after others is one more.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from engine.documents.conditions import Key, Test
from engine.documents.model.signals import Pattern
from engine.signals.compile import Program
from engine.signals.matching import MICROSECONDS, Event, Known

Row = dict[str, int]
"""Properties of a fact in a network."""


@dataclass(frozen=True, slots=True)
class StepRow:
    """An event that counts for a step.

    `part` numbers the step within all patterns; `number` the row within all rows, so that those of one step with the
    same facts follow one another. `first` is the number of the first row of a run that ends here, and `before` of the
    newest row of the step before that is older; 0 for none. `until` is when the pattern is out of its time (excluded)
    if it began here; `event` is the place of the event among all.
    """

    part: int
    number: int
    first: int
    before: int
    at: int
    until: int
    event: int

    def properties(self) -> Row:
        """As the network reads them; `c` is the same in all."""
        return {
            "p": self.part, "r": self.number, "f": self.first, "b": self.before,
            "at": self.at, "u": self.until, "c": 1,
        }  # fmt: skip


def step_rows(program: Program, events: Sequence[Event]) -> list[StepRow]:
    """The rows of all patterns; their parts are numbered from 1, alternative by alternative, step by step.

    What has no equals enough to make a step is left out: nothing can be seen in it.
    """
    rows: list[StepRow] = []
    part = 1
    for _, pattern in program.patterns:
        counting = [[number for number, event in enumerate(events) if event.matches(step)] for step in pattern.steps]
        for names in pattern.same:
            for found in _groups(names, counting, events):
                if all(len(numbers) >= step.at_least for numbers, step in zip(found, pattern.steps, strict=True)):
                    _add_rows(rows, pattern, part, found, events)
            part += len(pattern.steps)
    return rows


def _groups(names: Sequence[str], counting: Sequence[Sequence[int]], events: Sequence[Event]) -> list[list[list[int]]]:
    """The events that count, step by step, for each value of what has to be the same."""
    groups: defaultdict[tuple[Key, ...], list[list[int]]] = defaultdict(lambda: [[] for _ in counting])
    for place, numbers in enumerate(counting):
        for number in numbers:
            key = events[number].key(names)
            if key is not None:
                groups[key][place].append(number)
    return list(groups.values())


def _add_rows(
    rows: list[StepRow], pattern: Pattern, part: int, found: Sequence[Sequence[int]], events: Sequence[Event]
) -> None:
    before: Sequence[int] = ()
    older = 0
    for place, (step, numbers) in enumerate(zip(pattern.steps, found, strict=True)):
        start = len(rows)
        for rank, event in enumerate(numbers, 1):
            at, newest = events[event].at, bisect_left(before, event)
            rows.append(
                StepRow(
                    part=part + place,
                    number=start + rank,
                    first=start + rank - step.at_least + 1 if rank >= step.at_least else 0,
                    before=older + newest if newest else 0,
                    at=at,
                    until=at + pattern.within_seconds * MICROSECONDS,
                    event=event,
                )
            )
        before, older = numbers, start


class SubjectProperties:
    """How a subject is written as a row. Numbers stand as they are; every other test is answered here, as 1 or 0."""

    def __init__(self) -> None:
        self._facts: dict[str, str] = {}
        self._tests: dict[tuple[str, str, tuple[Key, ...]], tuple[str, Test]] = {}

    def of_fact(self, fact: str) -> str:
        """The name of the property of a number."""
        return self._facts.setdefault(fact, f"n{len(self._facts)}")

    def of_test(self, test: Test) -> str:
        """The name of the property that says how the test is answered."""
        key = (test.fact, test.operator, test.operands)
        return self._tests.setdefault(key, (f"t{len(self._tests)}", test))[0]

    def row(self, known: Known) -> Row:
        """The properties of a subject: without those that are missing, and tests nobody can answer."""
        row: Row = {}
        for fact, name in self._facts.items():
            value = known.keys.get(fact)
            if isinstance(value, int):
                row[name] = value
        for name, test in self._tests.values():
            answer = known.answer(test)
            if answer is not None:
                row[name] = int(answer)
        return row
