"""What is a mutant: one small fault in a ruleset, and what came of it?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from engine.cases.insertion import Written
from engine.documents.model import AnyDocument
from engine.mutation.places import Path, put
from engine.text.source import Span

Sort = Literal["threshold", "boundary", "condition", "operator", "order", "value", "setting", "removed"]
"""What was done: a threshold ± 1 unit, a boundary included or not, a condition dropped, an operator flipped, two things
swapped, another amount or quantity, another setting, something taken out."""

Some = TypeVar("Some", bound=AnyDocument)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One way to spoil a part of a document. `what` tells it from the other ways, whatever the amounts.

    `part` is the spoilt part, `said` what was changed in words, `shows` the boundary where it can be seen (for the name
    of a case), `span` its place where that is narrower than that of the part.
    """

    sort: Sort
    what: str
    part: Any
    said: str
    shows: str
    span: Span | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """A document with one fault. Several edits are one fault that is written once: a named condition used twice.

    `rule` is what the fault is in, as cases name it (("coupon", "welcome")); empty for settings of the whole.
    """

    sort: Sort
    rule: tuple[str, str]
    span: Span
    said: str
    shows: str
    key: tuple[Path, str]  # names the same fault in a reading for another currency
    edits: tuple[tuple[Path, Any], ...]

    def of(self, document: Some) -> Some:
        """The document with the fault."""
        for path, part in self.edits:
            document = put(document, path, part)
        return document


Status = Literal["killed", "survived", "equivalent", "not_distinguished"]
"""`killed`: a case fails. `survived`: none does, and there is a cart that it decides otherwise. `equivalent`: no
decision can differ. `not_distinguished`: neither a case nor a search found a difference; nobody knows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What came of one mutant. `by` is the case that fails; `searched` counts what was tried to tell it apart.

    `proposal` is a case that the ruleset passes and the mutant fails.
    """

    number: int
    status: Status
    by: str = ""
    searched: int = 0
    proposal: Written | None = None
    why: str = ""  # it is equivalent, or a survivor has no proposal
