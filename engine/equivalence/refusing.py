"""Where does only one of two rulesets refuse a checkout, or a shipping method, with a code?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from engine.documents.model import Kind, Refusal
from engine.equivalence.clauses import Clause, Unlike, unlike_sets
from engine.equivalence.model import Gap, Stage
from engine.equivalence.places import responsible
from engine.equivalence.sides import Side, Sides


def refusal_gaps(
    sides: Sides, stage: Stage, kind: Kind, old: Sequence[Refusal], new: Sequence[Refusal]
) -> Iterator[Gap]:
    """Refusals count by code, and by the methods they are about; one that says the same twice says it once."""
    found = unlike_sets(
        _clauses(sides.old, kind, old),
        _clauses(sides.new, kind, new),
        sides.algebra,
        repeats=lambda _: False,
    )
    before, after = ({refusal.id: refusal for refusal in refusals} for refusals in (old, new))
    groups: dict[str, list[Unlike]] = {}
    for unlike in found:
        groups.setdefault((*unlike.old, *unlike.new)[0].rule, []).append(unlike)
    for name, unlikes in groups.items():
        places = responsible(before.get(name), after.get(name))
        yield Gap(
            stage=stage,
            kind=kind,
            rule=name,
            boxes=tuple(dict.fromkeys(box for unlike in unlikes for box in unlike.boxes)),
            about="other carts are refused",
            cheaper=stage == "checkout",  # who is refused is not charged
            old=places.old,
            new=places.new,
        )


def _clauses(side: Side, kind: Kind, refusals: Sequence[Refusal]) -> list[Clause]:
    """One clause for each method a refusal is about, one for all methods and the checkout."""
    clauses = []
    for refusal in refusals:
        boxes = side.boxes(kind, refusal.window, refusal.when)
        for method in refusal.methods or ("",):
            clauses += [Clause(refusal.id, (refusal.code if not method else "", method), boxes)] if boxes else []
    return clauses
