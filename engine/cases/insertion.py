"""Where in a ruleset's text do new cases go, so that all the rest of it stays as its author wrote it? Pure.

The text is changed by lines, and read again: unless it then says the same as before with the new cases at the end of
`cases:`, it is not changed at all.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from engine.text.load import load
from engine.text.nodes import Mapping, Node, Scalar, to_plain
from engine.text.nodes import Sequence as SequenceNode
from engine.text.source import Source

_CASES: Final = "cases"
_DASH: Final = re.compile(r"([ ]*)-[ ]+")
_NOTHING: Final = re.compile(r"[ \t]*(?:#.*)?")


class NoPlace(Exception):
    """No case can be added to this text; the message says why, and what to do."""


@dataclass(frozen=True, slots=True)
class Written:
    """A case both ways: as the lines of a list's entry, and as one value in brackets."""

    name: str
    lines: Sequence[str]
    flow: str


def names_in(text: str) -> frozenset[str]:
    """The names of the cases the text has. Raises NoPlace for a text that is no ruleset."""
    cases = _root(text).get(_CASES)
    if not isinstance(cases, SequenceNode):
        return frozenset()
    names = [case.get("name") for case in cases.items if isinstance(case, Mapping)]
    return frozenset(name.text for name in names if isinstance(name, Scalar))


def with_cases(text: str, added: Sequence[Written]) -> str:
    """The text with these cases after those it has. Raises NoPlace when that cannot be done without a rewrite."""
    root = _root(text)
    changed = _with_cases(text, root, added)
    loaded = load(Source("ruleset", changed)).node
    if not isinstance(loaded, Mapping) or not _says_more(root, loaded, added):
        raise NoPlace("the cases stand in a way that cannot be added to; paste them into the text yourself")
    return changed


def _root(text: str) -> Mapping:
    loaded = load(Source("ruleset", text))
    if not isinstance(loaded.node, Mapping):
        why = loaded.diagnostics[0].message if loaded.diagnostics else "it is no map"
        raise NoPlace(f"the ruleset is not YAML that can be added to: {why}")
    return loaded.node


def _with_cases(text: str, root: Mapping, added: Sequence[Written]) -> str:
    entry = root.entry(_CASES)
    lines = text.splitlines(keepends=True)
    if entry is None:
        return _joined(_ended(lines, text), ["", f"{_CASES}:", *_indented(added, "  ")], text)
    cases = entry.value
    if isinstance(cases, Scalar) and cases.value is None:
        return _inserted(lines, entry.key.span.line, _indented(added, "  "), text)
    if not isinstance(cases, SequenceNode):
        raise NoPlace("`cases` is no list; write one first")
    if lines[cases.span.line - 1][cases.span.column - 1] == "[":
        return _in_brackets(lines, cases, added)
    line, column = cases.span.end_line, cases.span.end_column
    if line <= len(lines) and not _NOTHING.fullmatch(lines[line - 1][column - 1 :].rstrip("\r\n")):
        raise NoPlace("something follows the last case on its line; paste the new ones into the text yourself")
    dash = _DASH.match(lines[cases.items[0].span.line - 1])
    if dash is None:
        raise NoPlace("the first case does not stand behind a dash; paste the new ones into the text yourself")
    return _inserted(lines, line if column > 1 else line - 1, _indented(added, dash[1]), text)


def _in_brackets(lines: list[str], cases: SequenceNode, added: Sequence[Written]) -> str:
    """Behind the last value in the brackets, or behind the bracket that begins an empty list."""
    span = cases.items[-1].span if cases.items else cases.span
    line, column = (span.end_line, span.end_column - 1) if cases.items else (span.line, span.column)
    written = (", " if cases.items else "") + ", ".join(each.flow for each in added)
    changed = lines[line - 1][:column] + written + lines[line - 1][column:]
    return "".join([*lines[: line - 1], changed, *lines[line:]])


def _inserted(lines: list[str], after: int, new: Sequence[str], text: str) -> str:
    """The new lines after that many of the old ones."""
    return _joined(_ended(lines[:after], text), new, text) + "".join(lines[after:])


def _ended(lines: Sequence[str], text: str) -> str:
    """The lines, the last one with a line break."""
    before = "".join(lines)
    return before if not before or before.endswith("\n") else before + _break(text)


def _joined(before: str, new: Sequence[str], text: str) -> str:
    return before + "".join(line + _break(text) for line in new)


def _break(text: str) -> str:
    return "\r\n" if "\r\n" in text else "\n"


def _indented(added: Sequence[Written], indent: str) -> list[str]:
    return [indent + line for each in added for line in each.lines]


def _says_more(before: Mapping, after: Mapping, added: Sequence[Written]) -> bool:
    """Whether the text is what it was, with so many cases more, and these names, at the end of `cases`."""
    was, is_now = _plain(before), _plain(after)
    old, new = was.pop(_CASES, None) or [], is_now.pop(_CASES, None) or []
    names = [each.get("name") for each in new[len(old) :] if isinstance(each, dict)]
    # `repr` tells 1 from true and 1.50 from 1.5, which are equal in Python.
    return repr(was) == repr(is_now) and repr(old) == repr(new[: len(old)]) and names == [each.name for each in added]


def _plain(node: Node) -> dict[str, list[object]]:
    plain = to_plain(node)
    assert isinstance(plain, dict)
    return plain  # type: ignore[return-value]  # only the cases are looked at, and they were seen to be a list
