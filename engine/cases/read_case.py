"""How is a case read: its name, the rulesets it runs with, what is given and what is expected?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from engine.documents.kinds import KINDS
from engine.text.diagnostics import Diagnostic, Related, error, warning
from engine.text.nodes import Mapping as MappingNode
from engine.text.nodes import Node, Scalar
from engine.text.source import Span
from engine.text.suggest import did_you_mean

_KEYS = ("name", "with", "given", "expect")


@dataclass(frozen=True, slots=True)
class Case:
    """`rulesets` is what `with` says: kind to a name, `name/version`, or `none`."""

    name: str
    given: MappingNode
    expect: MappingNode
    span: Span
    with_span: Span
    rulesets: Mapping[str, str] = field(default_factory=dict)


def read_cases(nodes: Iterable[MappingNode]) -> tuple[list[Case], list[Diagnostic]]:
    """The cases that can be run, and the faults of all (RS611, RS612, RS614)."""
    cases: list[Case] = []
    faults: list[Diagnostic] = []
    for number, node in enumerate(nodes, 1):
        case = _read(node, number, faults)
        if case is not None:
            cases.append(case)
    return cases, faults + _same_names(cases)


def _read(node: MappingNode, number: int, faults: list[Diagnostic]) -> Case | None:
    faults += [_unknown(entry.key) for entry in node.entries if entry.key.text not in _KEYS]
    name = node.get("name")
    called = name.text if isinstance(name, Scalar) and name.text else f"case {number}"
    span = node.span if name is None else name.span
    given, expect = node.get("given"), node.get("expect")
    rulesets = _rulesets(node.get("with"), faults)
    if not isinstance(given, MappingNode):
        faults.append(_lacks(called, "given", "a cart, as in a scenario", given or name or node))
        return None
    if not isinstance(expect, MappingNode) or not expect.entries:
        faults.append(_lacks(called, "expect", "what has to come out", expect or name or node))
        return None
    entry = node.entry("with")
    return Case(called, given, expect, span, span if entry is None else entry.key.span, rulesets)


def _rulesets(node: Node | None, faults: list[Diagnostic]) -> dict[str, str]:
    if node is None:
        return {}
    if not isinstance(node, MappingNode):
        faults.append(error("RS611", "`with` is a map from kind to a ruleset, as {coupons: none}", node.span))
        return {}
    chosen: dict[str, str] = {}
    for entry in node.entries:
        kind = entry.key.text
        if kind not in KINDS:
            hint = did_you_mean(kind, KINDS) or f"one of {', '.join(KINDS)}"
            faults.append(error("RS611", f"there is no ruleset kind '{kind}'", entry.key.span, hint=hint))
        elif not isinstance(entry.value, Scalar):
            message = "a ruleset is chosen by its name, `name/version`, or `none`"
            faults.append(error("RS611", message, entry.value.span))
        else:
            chosen[kind] = "none" if entry.value.value is None else entry.value.text
    return chosen


def _unknown(key: Scalar) -> Diagnostic:
    hint = did_you_mean(key.text, _KEYS) or f"a case has {', '.join(_KEYS)}"
    return error("RS611", f"a case has no '{key.text}'", key.span, hint=hint)


def _lacks(name: str, key: str, what: str, node: Node) -> Diagnostic:
    return error("RS611", f"case '{name}' has nothing in `{key}`", node.span, hint=f"`{key}` says {what}")


def _same_names(cases: list[Case]) -> list[Diagnostic]:
    first: dict[str, Case] = {}
    found: list[Diagnostic] = []
    for case in cases:
        before = first.setdefault(case.name, case)
        if before is not case:
            related = [Related(before.span, "the first of that name")]
            hint = "name each case after what it shows"
            found.append(warning("RS614", f"two cases are named '{case.name}'", case.span, hint=hint, related=related))
    return found
