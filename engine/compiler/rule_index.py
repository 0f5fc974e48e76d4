"""How conditions become a `RuleIndex`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from engine.boxes.box import Box
from engine.boxes.build import is_member_axis
from engine.boxes.values import Key, ValueSet
from engine.compiler.index import build_index
from engine.runtime.rule_index import Matcher, RuleIndex

_NEVER = Box({"never": ValueSet.nothing()})


def build_rule_index(
    boxes_by_rule: Sequence[Sequence[Box]], *, aggregates: Mapping[str, object] | None = None
) -> Matcher:
    """Index the rules in the given order; `aggregates` names the axes that are 0 unless a line is selected.

    Members of set-valued facts are 0 unless the set has them. Both are sparse: ten thousand of them cost nothing in a
    cart that has none.
    """
    first = [boxes[0] if boxes else _NEVER for boxes in boxes_by_rule]
    further = [(rule, box) for rule, boxes in enumerate(boxes_by_rule) for box in boxes[1:]]
    boxes = [*first, *(box for _, box in further)]
    index = build_index(boxes, sparse_defaults=_sparse_defaults(boxes, aggregates or {}))
    if not further:
        return index
    return RuleIndex(index=index, size=len(first), owners=tuple(rule for rule, _ in further))


def _sparse_defaults(boxes: Sequence[Box], aggregates: Mapping[str, object]) -> dict[str, Key | None]:
    defaults: dict[str, Key | None] = {}
    for box in boxes:
        for axis in box:
            if axis in aggregates or is_member_axis(axis):
                defaults[axis] = 0
    return defaults
