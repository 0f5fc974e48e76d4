"""Which facts do conditions read, as terms, and when does a condition hold?

A fact of the request is unknown: a number, or a text of which only is known between which two cuts it lies (no
condition can tell more), or missing. Weekday and time of day are unknowns of their own, one for each time zone; they
are not tied to the instant, which only makes the model admit more.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise

from engine.boxes.box import Box
from engine.boxes.build import is_member_axis
from engine.boxes.values import Key, ValueSet
from engine.facts.vocabulary import Vocabulary
from engine.symbolic.terms import Logic, Number, Truth

_CALENDAR = {"now.weekday": 6, "now.time": 1439}
_ELSEWHERE = "∋"


@dataclass(frozen=True, slots=True)
class Measured:
    """A number the model computes."""

    value: Number
    missing: Truth = False


@dataclass(frozen=True, slots=True)
class OneOf:
    """One of a few known values, None for missing: the first option whose truth holds; one always does."""

    options: tuple[tuple[Truth, Key | None], ...]


@dataclass(slots=True)
class Stated:
    """A fact of the request. `number` and `cuts` come into being when a condition compares it with one or the other.

    `cuts[c]` says whether the text is `c` or greater.
    """

    name: str
    missing: Truth
    number: Number = None
    cuts: dict[str, Truth] = field(default_factory=dict)


Term = Measured | OneOf | Stated


class Statements:
    """The facts of the request of all runs of one question, and how sets of values become truths about them."""

    def __init__(self, logic: Logic, vocabulary: Vocabulary | None) -> None:
        self.logic = logic
        self.vocabulary = vocabulary
        self.stated: dict[str, Stated] = {}

    def fact(self, name: str, *, least: int | None = None, most: int | None = None, missing: bool = True) -> Stated:
        """The fact of the request of that name; a known fact of the vocabulary that is never missing is not here."""
        found = self.stated.get(name)
        if found is None:
            may_miss = missing and self._may_be_missing(name)
            found = Stated(name, self.logic.either(f"{name}?") if may_miss else False)
            self.stated[name] = found
            if least is not None or most is not None:
                self._number(found, least, most)
            elif self._type(name) == "boolean":
                self._number(found, 0, 1)
        return found

    def close(self) -> None:
        """Tell what orders the cuts of texts; after it no new condition may be asked about."""
        for stated in self.stated.values():
            cuts = sorted(stated.cuts)
            for low, high in pairwise(cuts):
                self.logic.tell(self.logic.implies(stated.cuts[high], stated.cuts[low]))

    def accepts(self, term: Term, values: ValueSet) -> Truth:
        """Whether the value of the term lies in the set."""
        logic = self.logic
        if isinstance(term, OneOf):
            parts: list[Truth] = []
            earlier: list[Truth] = []
            for holds, key in term.options:
                if values.contains(key):
                    parts.append(logic.all([holds, *map(logic.no, earlier)]))
                earlier.append(holds)
            return logic.any(parts)
        known = logic.all([logic.no(term.missing), self._within(term, values)])
        return logic.any([known, logic.all([term.missing, values.missing])])

    def is_set(self, name: str) -> bool:
        """Whether the fact is a set of codes."""
        return self._type(name) == "codes"

    def _within(self, term: Measured | Stated, values: ValueSet) -> Truth:
        """Whether a known value lies in the set."""
        if not values.edges:
            return values.from_start
        return self.logic.any(
            self.logic.all([*self._from(term, low), *map(self.logic.no, self._from(term, high))])
            for low, high in values.intervals
        )

    def _from(self, term: Measured | Stated, cut: Key | None) -> list[Truth]:
        if cut is None:
            return []
        if isinstance(cut, str):
            assert isinstance(term, Stated)
            if cut not in term.cuts:
                term.cuts[cut] = self.logic.either(f"{term.name}>={cut!a}")  # a name ends at its first NUL
            return [term.cuts[cut]]
        if isinstance(term, Measured):
            return [term.value >= cut]
        return [self._number(term, None, None) >= cut]

    def _number(self, stated: Stated, least: int | None, most: int | None) -> Number:
        if stated.number is None:
            stated.number = self.logic.whole(stated.name)
            if least is not None:
                self.logic.tell(stated.number >= least)
            if most is not None:
                self.logic.tell(stated.number <= most)
        return stated.number

    def _type(self, name: str) -> str:
        fact = None if self.vocabulary is None else self.vocabulary.find(name)
        return "" if fact is None else fact.type

    def _may_be_missing(self, name: str) -> bool:
        fact = None if self.vocabulary is None else self.vocabulary.find(name)
        return fact is None or fact.missing


@dataclass(frozen=True, slots=True)
class View:
    """What the conditions of one document see at one stage: `values` before the facts of the request."""

    statements: Statements
    timezone: str
    values: Mapping[str, Term]

    def term(self, axis: str) -> Term:
        """The fact on an axis."""
        found = self.values.get(axis)
        if found is not None:
            return found
        if axis in _CALENDAR:
            return self.statements.fact(f"{axis}@{self.timezone}", least=0, most=_CALENDAR[axis], missing=False)
        if is_member_axis(axis):
            return self.statements.fact(axis, least=0, most=1, missing=False)
        if axis.endswith(_ELSEWHERE) or self.statements.is_set(axis):
            return Measured(1, self.statements.fact(axis.removesuffix(_ELSEWHERE) + _ELSEWHERE).missing)
        return self.statements.fact(axis)

    def holds(self, boxes: Iterable[Box]) -> Truth:
        """Whether a condition holds, given as its boxes."""
        logic = self.statements.logic
        return logic.any(
            logic.all(self.statements.accepts(self.term(axis), values) for axis, values in box.items()) for box in boxes
        )

    def with_values(self, values: Mapping[str, Term]) -> View:
        """The same with more facts, or others in their place."""
        return View(self.statements, self.timezone, {**self.values, **values})
