"""How do the promotions of a ruleset become `NearRules`, the index that hints ask?"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from engine.boxes.box import Box
from engine.boxes.build import is_member_axis
from engine.boxes.values import ValueSet
from engine.compiler.conditions import SelectionTable
from engine.compiler.index import build_index
from engine.documents.conditions import ALWAYS
from engine.documents.effects import BuyXGetY, CheapestFree, TieredPercent, line_conditions
from engine.documents.model import Promotion, PromotionsDocument
from engine.runtime.nearness import RUNG, Ladder, NearBox, NearRules, lift_of
from engine.runtime.selection import ALL_LINES

_WITH_STEPS = TieredPercent | CheapestFree | BuyXGetY


class _Split(NamedTuple):
    """A box of a rule in two: what more goods do not lift, and what they may."""

    box: NearBox
    rest: Box
    selections: tuple[int, ...]


def near_rules(document: PromotionsDocument, boxes: Mapping[str, Sequence[Box]], table: SelectionTable) -> NearRules:
    """Index what hints ask. `boxes` are those of each rule by id, its window included.

    The selections of the effects are numbered by `table`, which must not be finished yet.
    """
    rules: list[Promotion] = []
    splits: list[_Split] = []
    for rule in sorted(document.rules, key=lambda rule: rule.id):
        found = list(_splits(rule, len(rules), boxes[rule.id], table))
        if found:
            rules.append(rule)
            splits += found
    ladders = _ladders(splits)
    waiting = _waiting(splits, ladders, document.aggregates)
    everything = (1 << len(splits)) - 1
    return NearRules(
        rules=tuple(rules),
        boxes=tuple(split.box for split in splits),
        rest=build_index([split.rest for split in splits], sparse_defaults=_defaults(document, splits)),
        ladders=ladders,
        throughout=tuple(axis for axis in ladders if axis not in document.aggregates),
        waiting=waiting,
        free=everything ^ sum(waiting.values()),  # a box waits for one fact only
        gaps=_mask(bit for bit, split in enumerate(splits) if _has_gap(split.box)),
        steps=_mask(bit for bit, split in enumerate(splits) if isinstance(rules[split.box.rule].then, _WITH_STEPS)),
        anywhere=_mask(bit for bit, split in enumerate(splits) if ALL_LINES in split.selections),
        needing=_needing(splits),
        aggregates=document.aggregates,
    )


def _splits(rule: Promotion, number: int, boxes: Iterable[Box], table: SelectionTable) -> Iterator[_Split]:
    """The boxes of a rule that a hint may be about: those that more goods lift, all where there is a next step."""
    for box in boxes:
        lifted = {axis: values for axis, values in box.items() if lift_of(axis) and not values.missing}
        if lifted or isinstance(rule.then, _WITH_STEPS):
            rest = Box({axis: values for axis, values in box.items() if axis not in lifted})
            selections = tuple(table.number(where) for where in line_conditions(rule.then) or (ALWAYS,))
            yield _Split(NearBox(number, tuple(lifted.items())), rest, selections)


def _defaults(document: PromotionsDocument, splits: Sequence[_Split]) -> dict[str, int | str | None]:
    axes = {axis for split in splits for axis in split.rest}
    return {axis: 0 for axis in axes if axis in document.aggregates or is_member_axis(axis)}


def _ladders(splits: Sequence[_Split]) -> dict[str, Ladder]:
    starting: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for bit, split in enumerate(splits):
        for axis, values in split.box.lifted:
            starting[axis] += [(start, bit) for start in _first_start(values)]
    return {axis: _ladder(axis, sorted(found)) for axis, found in sorted(starting.items()) if found}


def _ladder(axis: str, found: Sequence[tuple[int, int]]) -> Ladder:
    lift = lift_of(axis)
    assert lift is not None
    starts, bits = tuple(start for start, _ in found), tuple(bit for _, bit in found)
    rungs = [0]
    for place in range(RUNG, len(bits) + 1, RUNG):
        rungs.append(rungs[-1] | _mask(bits[place - RUNG : place]))
    return Ladder(lift, starts, bits, tuple(rungs), _mask(bits))


def _first_start(values: ValueSet) -> tuple[int, ...]:
    """Where the set begins; nothing when it has no lower end."""
    first = values.edges[0] if values.edges and not values.from_start else None
    return (first,) if isinstance(first, int) else ()


def _has_gap(box: NearBox) -> bool:
    return any(len(values.intervals) > 1 for _, values in box.lifted)


def _waiting(splits: Sequence[_Split], ladders: Mapping[str, Ladder], aggregates: Container[str]) -> Mapping[str, int]:
    """Each box that wants some lines of a kind, under the rarest of the facts that count them."""
    wanted = {bit: axes for bit, split in enumerate(splits) if (axes := _wants_some(split.box, aggregates))}
    crowd = Counter(axis for axes in wanted.values() for axis in axes)
    waiting: dict[str, int] = defaultdict(int)
    for bit, axes in wanted.items():
        waiting[min(axes, key=lambda axis: (crowd[axis], axis))] |= 1 << bit
    # Nearly always all boxes of a ladder wait for it: then the mask is there already, and is kept once.
    shared = {axis: ladders[axis].everyone for axis in waiting}
    return {axis: shared[axis] if shared[axis] == mask else mask for axis, mask in waiting.items()}


def _wants_some(box: NearBox, aggregates: Container[str]) -> list[str]:
    """The counts of lines the box only begins at; one that has no lower end can want less than nothing as well."""
    return [
        axis for axis, values in box.lifted if axis in aggregates and _first_start(values) and not values.contains(0)
    ]


def _needing(splits: Sequence[_Split]) -> dict[int, int]:
    needing: dict[int, int] = defaultdict(int)
    for bit, split in enumerate(splits):
        for selection in split.selections:
            if selection != ALL_LINES:
                needing[selection] |= 1 << bit
    return dict(needing)


def _mask(bits: Iterable[int]) -> int:
    mask = 0
    for bit in bits:
        mask |= 1 << bit
    return mask
