"""What do the verdicts on all mutants say of the cases of a ruleset, and which new cases are enough?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from engine.cases.insertion import Written
from engine.mutation.judging import Judge
from engine.mutation.model import Judged, Status
from engine.text.flow import scalar

_NEAR_A_LIMIT: Final = frozenset({"threshold", "boundary"})


@dataclass(frozen=True, slots=True)
class Score:
    """How many mutants there are of each status."""

    killed: int
    survived: int
    equivalent: int
    not_distinguished: int

    @property
    def percent(self) -> float:
        """Killed of those that a case can kill, as far as anybody knows; 100 when there is none."""
        told_apart = self.killed + self.survived
        return 100.0 if not told_apart else 100 * self.killed / told_apart


@dataclass(frozen=True, slots=True)
class Adding:
    """A case to add, and the numbers of the mutants it kills; the first is the one it was made for."""

    proposal: Written
    kills: tuple[int, ...]


def score(judged: Iterable[Judged]) -> Score:
    """Count the verdicts."""
    every = [each.status for each in judged]
    count: dict[Status, int] = {status: every.count(status) for status in every}
    return Score(
        count.get("killed", 0), count.get("survived", 0), count.get("equivalent", 0), count.get("not_distinguished", 0)
    )


def additions(judge: Judge, judged: Sequence[Judged], taken: Iterable[str]) -> tuple[Adding, ...]:
    """Cases that together kill every survivor for which one is proposed, each under a name of its own.

    In the order of the document; a survivor that another case kills gets none. `taken` are names of cases there are.
    """
    proposed = [(each.number, each.proposal) for each in judged if each.status == "survived" and each.proposal]
    # A case next to a limit mostly kills what drops the limit, too, and not the other way round.
    proposed.sort(key=lambda pair: judge.mutants[pair[0]].sort not in _NEAR_A_LIMIT)
    names, found, left = {*taken}, [], {number for number, _ in proposed}
    for number, proposal in proposed:
        if number not in left:
            continue
        others = [each for each in sorted(left) if each != number and judge.kills(proposal, each)]
        left -= {number, *others}
        named = _named(proposal, names)
        names.add(named.name)
        found.append(Adding(named, (number, *others)))
    return tuple(sorted(found, key=lambda adding: adding.kills[0]))


def _named(proposal: Written, taken: set[str]) -> Written:
    """With a number behind the name if that is in use."""
    name, number = proposal.name, 2
    while name in taken:
        name, number = f"{proposal.name} {number}", number + 1
    old, new = scalar(proposal.name), scalar(name)
    first = proposal.lines[0].replace(old, new, 1)
    return replace(proposal, name=name, lines=(first, *proposal.lines[1:]), flow=proposal.flow.replace(old, new, 1))
