"""What does an access document say about publishing: when does somebody else have to agree?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final, get_args

from engine.documents.model import Guard, Kind, PublishPolicy
from engine.documents.reading import Reader
from engine.text.codes import all_codes, find
from engine.text.nodes import Mapping, Node, Scalar
from engine.text.source import Span

ANY: Final = "any"
"""In place of codes: every warning."""

MOST_ORDERS: Final = 10_000
"""So many past carts are decided while somebody waits for the answer; more of them is a replay."""

KINDS: Final[tuple[Kind, ...]] = get_args(Kind)


def read_publish_policy(reader: Reader, node: Node | None) -> PublishPolicy:
    """The policy; one that never asks for an absent node.

    Warnings that do not exist are RS346, a guard without carts to look at RS347.
    """
    fields = reader.mapping(node)
    if fields is None:
        return PublishPolicy()
    approver, guard = reader.mapping(fields.get("second_approver")), reader.mapping(fields.get("guard"))
    warnings = None if approver is None else approver.get("warnings")
    policy = PublishPolicy(
        kinds=() if approver is None else _kinds(reader, approver.get("kinds")),
        warnings=tuple(dict.fromkeys(_warnings(reader, warnings))),
        any_warning=_is_any(warnings),
        guard=None if guard is None else _guard(reader, guard),
    )
    return replace(policy, spans=tuple(_spans(policy, approver, guard)))


def _kinds(reader: Reader, node: Node | None) -> tuple[Kind, ...]:
    found = [reader.choice(item, KINDS, KINDS[0]) for item in _one_or_more(reader, node)]
    return tuple(dict.fromkeys(found))


def _is_any(node: Node | None) -> bool:
    return isinstance(node, Scalar) and node.text == ANY


def _warnings(reader: Reader, node: Node | None) -> Iterator[str]:
    """The codes that are warnings; the others are reported."""
    for item in () if _is_any(node) else _one_or_more(reader, node):
        text = reader.identifier(item)
        if text is None:
            continue
        known = find(text)
        if known is None:
            reader.report("RS346", f"there is no warning '{text}'", item.span, hint=_instead_of(reader, text))
        elif known.severity != "warning":
            hint = "leave it out: errors cannot be allowed, and notes need not be"
            reader.report("RS346", f"{known.code} is a finding of severity {known.severity}", item.span, hint=hint)
        else:
            yield known.code


def _instead_of(reader: Reader, text: str) -> str:
    if text == ANY:
        return f"write `warnings: {ANY}`, without a list"
    warnings = [code.code for code in all_codes() if code.severity == "warning"]
    return reader.suggest(text.upper(), warnings, f"write a code such as RS412, or `warnings: {ANY}`")


def _guard(reader: Reader, fields: Mapping) -> Guard:
    guard = Guard(
        orders=reader.integer(reader.required(fields, "orders"), 0, MOST_ORDERS) or 0,
        collections=reader.identifiers(fields.get("collections")),
        carts_worse=reader.percent(fields.get("carts_worse")),
        revenue_falls=reader.percent(fields.get("revenue_falls")),
    )
    orders = fields.get("orders")
    if orders is not None and guard.orders == 0 and not guard.collections:
        hint = "look at some orders, name a collection of carts, or remove the guard"
        reader.report("RS347", "this guard looks at no carts at all", orders.span, hint=hint)
    return guard


def _one_or_more(reader: Reader, node: Node | None) -> Iterator[Node]:
    if isinstance(node, Scalar):
        yield node
    else:
        yield from reader.items(node)


def _spans(policy: PublishPolicy, *maps: Mapping | None) -> Iterator[tuple[str, Span]]:
    """The conditions that say something."""
    guard = policy.guard
    said = {
        "kinds": bool(policy.kinds),
        "warnings": policy.any_warning or bool(policy.warnings),
        "carts_worse": guard is not None and guard.carts_worse is not None,
        "revenue_falls": guard is not None and guard.revenue_falls is not None,
    }
    for fields in maps:
        for entry in () if fields is None else fields.entries:
            if said.get(entry.key.text):
                yield entry.key.text, entry.key.span
