"""How is a lifecycle shown: as a Mermaid state diagram, as Graphviz DOT, or as a table of who may do what?

Transitions between the same two states share one arrow, which lists their events; those that stay in a state are
left out unless asked for, because they hide the way.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from engine.documents.conditions import ALWAYS
from engine.documents.model import START, OrdersDocument
from engine.lifecycle.wording import action_text

Arrow = tuple[str, str]

_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_]*", re.ASCII)
_OUTSIDE = "[*]"


def mermaid(document: OrdersDocument, *, loops: bool = False) -> str:
    """A `stateDiagram-v2`; `[*]` is the creation of the order and, where it may rest, its end."""
    ids = _mermaid_ids(document)
    lines = [f'state "{_quoted(name)}" as {id_}' for name, id_ in ids.items() if id_ not in (name, _OUTSIDE)]
    for source, target, events in _arrows(document, loops):
        lines.append(f"{ids[source]} --> {ids[target]}: {', '.join(events)}")
    for state in document.states:
        if state.initial and not _creates(document):
            lines.append(f"{_OUTSIDE} --> {ids[state.id]}")
        if state.final:
            lines.append(f"{ids[state.id]} --> {_OUTSIDE}")
    return "\n".join(["stateDiagram-v2", *(f"    {line}" for line in lines)]) + "\n"


def permissions(document: OrdersDocument) -> str:
    """A Markdown table, one row for each transition as it is written: event, from, to, by, does."""
    rows = {transition.span: transition for transition in document.transitions}
    stays = {one.span for one in document.transitions if one.sources == (one.target,)}
    lines = ["| event | from | to | by | does |", "|---|---|---|---|---|"]
    for span, transition in rows.items():
        sources = [name for one in document.transitions if one.span == span for name in one.sources]
        target = "stays" if span in stays else transition.target
        event = f"{transition.event} *" if transition.when != ALWAYS else transition.event
        does = ", ".join(action_text(action) for action in transition.actions)
        cells = (event, ", ".join(sources), target, ", ".join(transition.roles), does)
        lines.append(f"| {' | '.join(map(_cell, cells))} |")
    return "\n".join(lines) + "\n"


def dot(document: OrdersDocument, *, loops: bool = False) -> str:
    """A directed graph for `dot -Tsvg`; final states have a double border, waiting ones a dashed one."""
    lines = [f'digraph "{_quoted(document.head.name)}" {{', "  rankdir=LR;", "  node [shape=box, style=rounded];"]
    for state in document.states:
        marks = ["peripheries=2"] if state.final else []
        marks += ['style="rounded,dashed"'] if state.waiting else []
        lines.append(f'  "{_quoted(state.id)}"{_marks(marks)};')
    if _creates(document):
        lines.append(f'  "{START}" [shape=point];')
    for source, target, events in _arrows(document, loops):
        label = "\\n".join(_quoted(event) for event in events)
        lines.append(f'  "{_quoted(source)}" -> "{_quoted(target)}" [label="{label}"];')
    return "\n".join([*lines, "}"]) + "\n"


def _arrows(document: OrdersDocument, loops: bool) -> Iterator[tuple[str, str, list[str]]]:
    events: dict[Arrow, dict[str, None]] = {}
    for transition in document.transitions:
        for source in transition.sources:
            if loops or source != transition.target:
                events.setdefault((source, transition.target), {})[transition.event] = None
    for (source, target), names in events.items():
        yield source, target, list(names)


def _mermaid_ids(document: OrdersDocument) -> dict[str, str]:
    """Mermaid takes plain words only; any other name gets a number and is shown in quotes."""
    ids = {START: _OUTSIDE}
    for number, state in enumerate(document.states):
        ids[state.id] = state.id if _PLAIN.fullmatch(state.id) else f"state_{number}"
    return ids


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _creates(document: OrdersDocument) -> bool:
    return any(START in transition.sources for transition in document.transitions)


def _marks(marks: list[str]) -> str:
    return f" [{', '.join(marks)}]" if marks else ""


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')
