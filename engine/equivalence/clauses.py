"""Where do two lists of rules decide differently, when each rule gives something inside its boxes?

Two sorts of list: in a set all rules that hold count, in a decision list the first. What the same rules give on both
sides cannot differ outside the boxes found here, because the same clauses are in force there in the same order.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import Final

from engine.boxes.box import Box, intersect
from engine.boxes.effort import TooComplex
from engine.boxes.overlap import meeting
from engine.diff.pairing import paired
from engine.equivalence.algebra import Algebra, Boxes

_MOST_TURNED: Final = 2_000
"""Pairs of rules in another order that are looked at one by one."""

_MOST_CUT: Final = 100
"""Clauses of a decision list that are followed through both lists exactly."""


@dataclass(frozen=True, slots=True)
class Clause:
    """What a rule gives inside its boxes: clauses with the same `gives` are the same, whatever they are called.

    `rule` names the rule, or the part of one, in its ruleset, and in the other one where it is called the same.
    """

    rule: str
    gives: Hashable
    boxes: Boxes


@dataclass(frozen=True, slots=True)
class Unlike:
    """Boxes in which the two sides differ; the clauses that are in force there on one of them only."""

    boxes: Boxes
    old: tuple[Clause, ...]
    new: tuple[Clause, ...]
    turned: bool = False  # the same clauses, in another order


Pair = Callable[[Hashable, Hashable], bool]


def unlike_sets(
    old: Sequence[Clause],
    new: Sequence[Clause],
    algebra: Algebra,
    *,
    repeats: Callable[[Hashable], bool],
    swaps: Pair | None = None,
) -> list[Unlike]:
    """The differences of two sets of clauses, each in its order of precedence.

    `repeats`: whether the same clause twice gives more than once. `swaps`: whether two clauses may change places;
    None: all of them.
    """
    found: list[Unlike] = []
    ours, theirs = _by_gives(old), _by_gives(new)
    for gives in dict.fromkeys((*ours, *theirs)):
        found += _unlike_group(ours.get(gives, []), theirs.get(gives, []), algebra, repeats(gives))
    return found if swaps is None else [*found, *_turned(old, new, algebra, swaps)]


def unlike_lists(old: Sequence[Clause], new: Sequence[Clause], algebra: Algebra) -> list[Unlike]:
    """The differences of two decision lists, where the first clause that holds decides."""
    kept = paired(
        [(clause.gives, clause.boxes) for clause in old],
        [(clause.gives, clause.boxes) for clause in new],
        replace=False,
    ).kept
    stayed_old, stayed_new = {first for first, _ in kept}, {second for _, second in kept}
    suspects = [clause for place, clause in enumerate(old) if place not in stayed_old]
    suspects += [clause for place, clause in enumerate(new) if place not in stayed_new]
    boxes = [*dict.fromkeys(box for clause in suspects for box in clause.boxes)]
    if len(boxes) > _MOST_CUT:
        return _roughly(suspects, old, new)
    followed = _Followed(old, new, algebra)
    return [unlike for box in boxes for unlike in followed.inside(box)]


# sets ----------------------------------------------------------------------------------------------------------


def _by_gives(clauses: Sequence[Clause]) -> dict[Hashable, list[Clause]]:
    groups: dict[Hashable, list[Clause]] = {}
    for clause in clauses:
        groups.setdefault(clause.gives, []).append(clause)
    return groups


def _unlike_group(old: list[Clause], new: list[Clause], algebra: Algebra, repeats: bool) -> Iterator[Unlike]:
    gone, come = _not_in(old, new), _not_in(new, old)
    if not gone and not come:
        return
    if repeats and (_cross(old) or _cross(new)):
        yield from (Unlike(clause.boxes, (clause,), ()) for clause in gone)
        yield from (Unlike(clause.boxes, (), (clause,)) for clause in come)
        return
    for clauses, others, is_old in ((gone, new, True), (come, old, False)):
        boxes = [box for other in others for box in other.boxes]
        for clause in clauses:
            pieces = tuple(algebra.only_in(clause.boxes, boxes))
            if pieces:
                yield Unlike(pieces, (clause,) if is_old else (), () if is_old else (clause,))


def _not_in(clauses: list[Clause], others: list[Clause]) -> list[Clause]:
    """Those without an equal one on the other side, each equal one counted once."""
    there = Counter(clause.boxes for clause in others)
    alone = []
    for clause in clauses:
        if there[clause.boxes]:
            there[clause.boxes] -= 1
        else:
            alone.append(clause)
    return alone


def _cross(clauses: list[Clause]) -> bool:
    """Whether two of the clauses can hold together."""
    if len(clauses) < 2:
        return False
    boxes = [box for clause in clauses for box in clause.boxes]
    owners = [number for number, clause in enumerate(clauses) for _ in clause.boxes]
    own: dict[int, int] = {}
    for place, owner in enumerate(owners):
        own[owner] = own.get(owner, 0) | 1 << place
    try:
        return any(mask & ~own[owner] for mask, owner in zip(meeting(boxes), owners, strict=True))
    except TooComplex:
        return True


def _turned(old: Sequence[Clause], new: Sequence[Clause], algebra: Algebra, swaps: Pair) -> Iterator[Unlike]:
    """Where two clauses of both sides hold together and come in another order."""
    before, after = _places(old), _places(new)
    both = [gives for gives in before if gives in after]
    pairs = ((one, other) for one, other in _out_of_order(both, before, after) if not swaps(one, other))
    groups = _by_gives(old)
    for number, (one, other) in enumerate(pairs):
        if number == _MOST_TURNED:
            yield Unlike((Box(),), tuple(old), tuple(new), turned=True)
            return
        for first in groups[one]:
            for second in groups[other]:
                if common := algebra.meet(first.boxes, second.boxes):
                    yield Unlike(common, (first, second), (first, second), turned=True)


def _places(clauses: Sequence[Clause]) -> dict[Hashable, tuple[int, int]]:
    """The first and the last place of each sort of clause."""
    places: dict[Hashable, tuple[int, int]] = {}
    for place, clause in enumerate(clauses):
        first, _ = places.get(clause.gives, (place, place))
        places[clause.gives] = first, place
    return places


def _out_of_order(
    both: list[Hashable], before: dict[Hashable, tuple[int, int]], after: dict[Hashable, tuple[int, int]]
) -> Iterator[tuple[Hashable, Hashable]]:
    """Pairs that do not stand the same way round on both sides, or are mingled on one."""
    ends = [(*before[gives], *after[gives]) for gives in both]
    if all(one[1] < other[0] and one[3] < other[2] for one, other in pairwise(ends)):
        return
    for first, second in combinations(range(len(both)), 2):
        one, other = ends[first], ends[second]
        forward = one[1] < other[0] and one[3] < other[2]
        backward = other[1] < one[0] and other[3] < one[2]
        if not (forward or backward):
            yield both[first], both[second]


# decision lists ------------------------------------------------------------------------------------------------


class _Followed:
    """What the first clause that holds is, on both sides, for every part of a box."""

    def __init__(self, old: Sequence[Clause], new: Sequence[Clause], algebra: Algebra) -> None:
        self._old = old
        self._new = new
        self._algebra = algebra

    def inside(self, box: Box) -> Iterator[Unlike]:
        """The parts of the box that the sides decide differently."""
        try:
            for piece, old in self._first(self._old, box):
                for part, new in self._first(self._new, piece):
                    if (None if old is None else old.gives) != (None if new is None else new.gives):
                        boxes = self._algebra.normal([part])
                        if boxes:
                            yield Unlike(boxes, () if old is None else (old,), () if new is None else (new,))
        except TooComplex:
            yield Unlike((box,), tuple(self._near(self._old, box)), tuple(self._near(self._new, box)))

    def _first(self, clauses: Sequence[Clause], box: Box) -> Iterator[tuple[Box, Clause | None]]:
        left = [box]
        for clause in self._near(clauses, box):
            for own in clause.boxes:
                yield from ((both, clause) for rest in left if (both := intersect(rest, own)) is not None)
                left = [piece for rest in left for piece in self._algebra.without(rest, own)]
        yield from ((rest, None) for rest in left)

    def _near(self, clauses: Sequence[Clause], box: Box) -> list[Clause]:
        return [clause for clause in clauses if any(intersect(box, own) is not None for own in clause.boxes)]


def _roughly(suspects: Sequence[Clause], old: Sequence[Clause], new: Sequence[Clause]) -> list[Unlike]:
    """Each suspect in all its boxes, beside the clause of the other side with the same boxes."""
    there_old = {clause.boxes: clause for clause in reversed(old)}
    there_new = {clause.boxes: clause for clause in reversed(new)}
    found = []
    for boxes in dict.fromkeys(clause.boxes for clause in suspects):
        ours, theirs = there_old.get(boxes), there_new.get(boxes)
        found.append(Unlike(boxes, () if ours is None else (ours,), () if theirs is None else (theirs,)))
    return found
