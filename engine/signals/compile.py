"""In which order do the facts of a signals ruleset follow from one another?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from engine.documents.conditions import facts_read
from engine.documents.model.signals import Derivation, Idle, Pattern, Signal, SignalsDocument, TagRule


@dataclass(frozen=True, slots=True)
class Program:
    """A signals ruleset that can be evaluated.

    `strata` are its derivations, those of a fact together, each after all that it reads: whatever holds in one of them
    can no longer change in a later one, so their order is never seen. Signals and tags keep the order of the document.
    """

    strata: tuple[tuple[Derivation, ...], ...]
    signals: tuple[Signal, ...]
    tags: tuple[TagRule, ...]

    @property
    def patterns(self) -> tuple[tuple[Signal, Pattern], ...]:
        """The signals about what happened."""
        return tuple((each, each.seen) for each in self.signals if isinstance(each.seen, Pattern))

    @property
    def idle(self) -> tuple[tuple[Signal, Idle], ...]:
        """The signals about what has not happened."""
        return tuple((each, each.seen) for each in self.signals if isinstance(each.seen, Idle))

    @property
    def announced(self) -> frozenset[str]:
        """The names it announces what it saw by."""
        return frozenset(each.name for signal in self.signals for each in signal.then if each.kind == "announce")

    @property
    def derived(self) -> frozenset[str]:
        """The facts that it derives: whatever is given of them is not looked at."""
        return frozenset(each.fact for stratum in self.strata for each in stratum)


def compile_signals(document: SignalsDocument) -> Program:
    """The program of a document; one that was read without a fault has no fact that follows from itself."""
    return Program(strata=strata_of(document.derivations), signals=document.signals, tags=document.tags)


def strata_of(derivations: Sequence[Derivation]) -> tuple[tuple[Derivation, ...], ...]:
    """The derivations, each after all that it reads; none may follow from itself."""
    reads: dict[str, set[str]] = {each.fact: set() for each in derivations}
    for each in derivations:
        reads[each.fact].update(name for name in facts_read(each.when) if name in reads)
    ranks: dict[str, int] = {}
    for fact in reads:
        _rank(fact, reads, ranks)
    highest = max(ranks.values(), default=-1)
    return tuple(
        tuple(each for each in derivations if ranks[each.fact] == rank) for rank in range(highest + 1)
    )  # fmt: skip


def _rank(fact: str, reads: Mapping[str, set[str]], ranks: dict[str, int]) -> int:
    """0 for a fact that reads no derived one, else one more than the highest of those it reads."""
    if fact not in ranks:
        ranks[fact] = 1 + max((_rank(name, reads, ranks) for name in reads[fact]), default=-1)
    return ranks[fact]
