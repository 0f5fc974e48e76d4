"""Which items of two lists are the same ones, and which of them moved?"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise


@dataclass(slots=True)
class Pairing:
    """Positions in the first and the second list. Every position of a list is in exactly one of the fields.

    `kept` are in the same order in both; `moved` are the fewest others that are in both; `replaced` stand between the
    same kept ones, first by first.
    """

    kept: list[tuple[int, int]] = field(default_factory=list)
    moved: list[tuple[int, int]] = field(default_factory=list)
    replaced: list[tuple[int, int]] = field(default_factory=list)
    removed: list[int] = field(default_factory=list)
    added: list[int] = field(default_factory=list)

    def flipped(self) -> Pairing:
        """The same seen from the second list."""
        return Pairing(
            _flipped(self.kept), _flipped(self.moved), _flipped(self.replaced), list(self.added), list(self.removed)
        )


def paired(old: Sequence[Hashable], new: Sequence[Hashable], *, replace: bool) -> Pairing:
    """Pair equal items, the first of several equal ones with the first. In O(n log n).

    With `replace`, items without their equal are paired where they stand between the same neighbours.
    """
    before, after = _numbered(old), _numbered(new)
    there = {item: place for place, item in enumerate(after)}
    common = [(place, there[item]) for place, item in enumerate(before) if item in there]
    kept = [common[each] for each in _longest_rising([place for _, place in common])]
    stayed = set(kept)
    found = Pairing(kept, [pair for pair in common if pair not in stayed])
    alone_old = set(range(len(old))) - {place for place, _ in common}
    alone_new = set(range(len(new))) - {place for _, place in common}
    if replace:
        for left, right in _gaps(kept, len(old), len(new)):
            gone, come = [each for each in left if each in alone_old], [each for each in right if each in alone_new]
            found.replaced += zip(gone, come, strict=False)
    found.removed = sorted(alone_old - {place for place, _ in found.replaced})
    found.added = sorted(alone_new - {place for _, place in found.replaced})
    return found


def _numbered(items: Iterable[Hashable]) -> list[tuple[Hashable, int]]:
    """Each item with how often it came before, so that no two are the same."""
    seen: dict[Hashable, int] = {}
    numbered = []
    for item in items:
        seen[item] = seen.get(item, -1) + 1
        numbered.append((item, seen[item]))
    return numbered


def _longest_rising(numbers: Sequence[int]) -> list[int]:
    """Where a longest rising subsequence of these different numbers stands (patience sorting)."""
    least_end: list[int] = []
    ends: list[int] = []
    before: list[int] = []
    for place, number in enumerate(numbers):
        length = bisect_left(least_end, number)
        before.append(ends[length - 1] if length else -1)
        # Replaces the end of the runs of this length, or begins longer ones.
        least_end[length : length + 1] = [number]
        ends[length : length + 1] = [place]
    found: list[int] = []
    place = ends[-1] if ends else -1
    while place >= 0:
        found.append(place)
        place = before[place]
    return found[::-1]


def _gaps(kept: Sequence[tuple[int, int]], old: int, new: int) -> Iterable[tuple[range, range]]:
    """What lies between neighbours that stayed."""
    for (left, right), (next_left, next_right) in pairwise([(-1, -1), *kept, (old, new)]):
        yield range(left + 1, next_left), range(right + 1, next_right)


def _flipped(pairs: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    return sorted((second, first) for first, second in pairs)
