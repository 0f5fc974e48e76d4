"""What is the canonical text of a condition, and so the name of an aggregate?

Two conditions that differ only in the order of keys, parts or list operands have the same text.
"""

from __future__ import annotations

import json

from engine.documents.conditions import All, AnyOf, Condition, Key, Measure, Not, Operator, Test

_UNORDERED: frozenset[Operator] = frozenset({"in", "not_in", "starts_with", "under", "any_of", "all_of", "none_of"})


def aggregate_axis(where: Condition, measure: Measure) -> str:
    """`lines[<canonical where>].<measure>`; `lines[].quantity` is over all lines."""
    return f"lines[{canonical_text(where)}].{measure}"


def canonical_text(condition: Condition) -> str:
    """One line; "" for the condition that always holds."""
    if isinstance(condition, Test):
        operands = [_written(key) for key in condition.operands]
        if condition.operator in _UNORDERED:
            operands = sorted(set(operands))
        return f"{condition.fact} {condition.operator} {','.join(operands)}"
    if isinstance(condition, Not):
        return f"not ({canonical_text(condition.part)})"
    return _joined(condition)


def _joined(condition: All | AnyOf) -> str:
    if isinstance(condition, AnyOf):
        return "any (" + "; ".join(sorted({canonical_text(part) for part in condition.parts})) + ")"
    return "; ".join(sorted({text for part in condition.parts if (text := _inside_all(part))}))


def _inside_all(part: Condition) -> str:
    text = canonical_text(part)
    return f"all ({text})" if isinstance(part, All) and text else text


def _written(key: Key) -> str:
    return str(key) if isinstance(key, int) else json.dumps(key, ensure_ascii=False)
