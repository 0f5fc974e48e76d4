"""Where in which text does something stand?"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property

from msgspec import Struct

BYTE_ORDER_MARK = "\ufeff"

_LINE_BREAK = re.compile(r"\r\n|\n|\r")


class Span(Struct, frozen=True, order=True, gc=False):
    """A stretch of a text: lines and columns count characters from 1; the end column is exclusive.

    Spans order by source name, then by position. `str(span)` is `name:line:column`. (A Struct rather than a
    dataclass because a document has one for every node: it is built five times faster.)
    """

    source: str
    line: int
    column: int
    end_line: int
    end_column: int

    def __str__(self) -> str:
        return f"{self.source}:{self.line}:{self.column}"

    def until(self, end: Span) -> Span:
        """From the start of this span to the end of `end`."""
        return Span(self.source, self.line, self.column, end.end_line, end.end_column)


@dataclass(frozen=True)
class Source:
    """A named text. A leading byte order mark is dropped, so that column 1 is the first visible character."""

    name: str
    text: str

    def __post_init__(self) -> None:
        if self.text.startswith(BYTE_ORDER_MARK):
            object.__setattr__(self, "text", self.text[1:])

    def line(self, number: int) -> str:
        """The text of line `number` (from 1) without its line break; "" outside the text."""
        if not 1 <= number <= len(self._line_starts):
            return ""
        start = self._line_starts[number - 1]
        if number == len(self._line_starts):
            return self.text[start:]
        return self.text[start : self._line_starts[number]].rstrip("\r\n")

    def span(self, start: int, end: int) -> Span:
        """The span of `text[start:end]`; both are character offsets from 0."""
        line, column = self._position(start)
        end_line, end_column = self._position(end)
        return Span(self.name, line, column, end_line, end_column)

    def _position(self, offset: int) -> tuple[int, int]:
        line = bisect_right(self._line_starts, offset)
        return line, offset - self._line_starts[line - 1] + 1

    @cached_property
    def _line_starts(self) -> list[int]:
        return [0, *(match.end() for match in _LINE_BREAK.finditer(self.text))]
