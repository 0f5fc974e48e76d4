"""In a list where the earlier entry wins: which entries overlap, and which never get their turn?"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from engine.boxes.bits import iter_bits
from engine.boxes.box import Box, intersect, is_subset
from engine.boxes.cover import shadowed_by_union
from engine.boxes.overlap import meeting
from engine.lint.study import Study, axes_of
from engine.text.source import Span


@dataclass(frozen=True, slots=True)
class Entry:
    """Something that is tried in turn: a zone, rate, row or rule. `gives` is equal for entries with one outcome.

    `may_pass`: the entry can hold and still leave the turn to the next (its uses can run out), so it hides nothing.
    """

    name: str
    span: Span
    boxes: tuple[Box, ...]
    gives: Hashable = None
    may_pass: bool = False


class Hidden(NamedTuple):
    """Entries that never get their turn, each with the earlier ones that take all its carts; and the undecided."""

    found: list[tuple[Entry, list[Entry]]]
    undecided: list[Entry]


def overlapping(entries: Sequence[Entry]) -> Iterator[tuple[Entry, Entry, Box]]:
    """Entries that share a cart and do not give the same: (earlier, later, shared), the first for each later one.

    Raises TooComplex when there are too many to compare.
    """
    boxes, owners = _flat(entries)
    for number, mask in enumerate(meeting(boxes)):
        later = owners[number]
        for other in iter_bits(mask & ((1 << number) - 1)):
            earlier = owners[other]
            both = intersect(boxes[other], boxes[number])
            if both is not None and _differ(entries[earlier], entries[later], earlier == later):
                yield entries[earlier], entries[later], both
                break


def unreachable(study: Study, entries: Sequence[Entry]) -> Hidden:
    """The entries whose every cart an earlier entry takes, together or alone. Entries without boxes are left out.

    Raises TooComplex when there are too many to compare.
    """
    boxes, owners = _flat(entries)
    universe = study.domain.universe(axes_of(boxes))
    shadows = shadowed_by_union(boxes, universe, effort=study.effort)
    undecided = {owners[number] for number in shadows.undecided}
    shadowed: dict[int, list[int]] = {}
    hiding: dict[int, set[int]] = {}
    for number, by in shadows.shadowed:
        shadowed.setdefault(owners[number], []).append(number)
        hiding.setdefault(owners[number], set()).update(owners[other] for other in by)
    found = []
    for owner, numbers in shadowed.items():
        if len(numbers) < len(entries[owner].boxes):
            continue
        by_others = _surely(study, entries, owner, sorted(hiding[owner] - {owner}))
        if by_others:
            found.append((entries[owner], [entries[other] for other in by_others]))
    return Hidden(found, [entries[owner] for owner in sorted(undecided)])


def _surely(study: Study, entries: Sequence[Entry], owner: int, hiding: list[int]) -> list[int]:
    """Those that hide the entry even if every entry that may pass does; none when it then gets its turn."""
    if not any(entries[other].may_pass for other in hiding):
        return hiding
    firm = [number for number in range(owner) if not entries[number].may_pass]
    boxes, owners = _flat([entries[number] for number in firm])
    by: set[int] = set()
    for target in entries[owner].boxes:
        near = [number for number, box in enumerate(boxes) if intersect(box, target) is not None]
        if study.open_piece([boxes[number] for number in near], target) is not None:
            return []
        alone = [number for number in near if is_subset(target, boxes[number])]
        by.update(firm[owners[number]] for number in alone[:1] or near)
    return sorted(by)


def _flat(entries: Sequence[Entry]) -> tuple[list[Box], list[int]]:
    """All boxes in turn, and the number of the entry each belongs to."""
    owned = [(box, number) for number, entry in enumerate(entries) for box in entry.boxes]
    return [box for box, _ in owned], [number for _, number in owned]


def _differ(earlier: Entry, later: Entry, is_same: bool) -> bool:
    return not is_same and (earlier.gives is None or earlier.gives != later.gives)
