"""How is a finding shown to a person, with the line it stands on and a caret under it?"""

from __future__ import annotations

from collections.abc import Mapping
from unicodedata import combining, east_asian_width

from engine.text.finding import Diagnostic
from engine.text.source import Source, Span

_TAB_WIDTH = 4
_LINE_WIDTH = 100
_LEAD = 20
_CUT = "..."


def render(diagnostic: Diagnostic, sources: Mapping[str, Source]) -> str:
    """The finding as plain text without a final line break; `sources` are looked up by `Span.source`.

    A span over several lines is shown by its first line. Without its source a place is named but not quoted.
    """
    places = [(place.span, place.message) for place in diagnostic.related]
    if diagnostic.span is not None:
        places.insert(0, (diagnostic.span, ""))
    gutter = max((len(str(span.line)) for span, _ in places), default=1)
    lines = [f"{diagnostic.severity}[{diagnostic.code}]: {diagnostic.message}"]
    for span, message in places:
        lines += _block(span, message, sources.get(span.source), gutter)
    lines += _remark("hint", diagnostic.hint, gutter)
    lines += _remark("witness", diagnostic.witness, gutter)
    return "\n".join(lines)


def excerpt(span: Span, message: str, sources: Mapping[str, Source]) -> list[str]:
    """A place with the line it stands on and a caret under it, as in a finding; only the place without its source."""
    return _block(span, message, sources.get(span.source), len(str(span.line)))


def _block(span: Span, message: str, source: Source | None, gutter: int) -> list[str]:
    heading = f"{' ' * gutter}--> {span}" + (f": {message}" if message else "")
    if source is None:
        return [heading]
    text, caret = _excerpt(source.line(span.line), span)
    margin = " " * gutter
    quoted = f"{span.line:>{gutter}} | {text}".rstrip()
    return [heading, f"{margin} |", quoted, f"{margin} | {caret}"]


def _excerpt(line: str, span: Span) -> tuple[str, str]:
    """The shown part of a line and the caret line below it, in terminal columns."""
    start = min(span.column - 1, len(line))
    end = min(span.end_column - 1, len(line)) if span.end_line == span.line else len(line)
    first = _first_shown(line, start, end)
    shown, stop = _expanded(line, first)
    lead = _CUT if first else ""
    tail = _CUT if stop < len(line) else ""
    before = _width(line[first:start])
    marked = max(1, _width(line[start : min(end, stop)]))
    return lead + shown + tail, " " * (len(lead) + before) + "^" * marked


def _first_shown(line: str, start: int, end: int) -> int:
    """Where to begin so that the caret is in view: 0 when everything before its end fits."""
    if start <= _LINE_WIDTH and _width(line[:end][: _LINE_WIDTH + 1]) <= _LINE_WIDTH and end <= _LINE_WIDTH:
        return 0
    return max(0, start - _LEAD)


def _expanded(line: str, first: int) -> tuple[str, int]:
    """The characters from `first` that fit the line width, made visible, and where they stop."""
    shown: list[str] = []
    width = 0
    for position in range(first, len(line)):
        character = line[position]
        width += _columns(character)
        if width > _LINE_WIDTH:
            return "".join(shown), position
        shown.append(_visible(character))
    return "".join(shown), len(line)


def _width(text: str) -> int:
    return sum(map(_columns, text))


def _columns(character: str) -> int:
    if character == "\t":
        return _TAB_WIDTH
    if combining(character):
        return 0
    return 2 if east_asian_width(character) in "WF" else 1


def _visible(character: str) -> str:
    if character == "\t":
        return " " * _TAB_WIDTH
    return character if character.isprintable() else "\ufffd"


def _remark(label: str, text: str, gutter: int) -> list[str]:
    if not text:
        return []
    first, *others = text.splitlines()
    start = f"{' ' * gutter} = {label}: "
    return [start + first, *(" " * len(start) + line for line in others)]
