"""What becomes of the lines of a text whose indentation changes?"""

from __future__ import annotations

import re
from collections.abc import Mapping

_LINE_BREAK = re.compile(r"\r\n|\n|\r")


class Lines:
    """The lines of a text, numbered from 0, and what is to be changed in them; nothing moves before `joined`."""

    def __init__(self, text: str) -> None:
        self._written = _LINE_BREAK.split(text)
        self._has_last_break = not self._written[-1]
        if self._has_last_break:
            self._written.pop()
        self._columns: dict[int, int] = {}
        self._levels: dict[int, Mapping[int, int]] = {}
        self._replacements: dict[int, list[tuple[int, int, str]]] = {}
        self._block_text: set[int] = set()
        self._ends_kept: set[int] = set()
        self._blanks_kept: set[int] = set()

    @property
    def text(self) -> str:
        """The text as written, but with LF line breaks."""
        return "\n".join(self._written) + ("\n" if self._has_last_break else "")

    def written(self, line: int) -> str:
        """The line as it was written."""
        return self._written[line]

    def indent(self, line: int) -> int:
        """How many spaces the line as written begins with."""
        return len(self._written[line]) - len(self._written[line].lstrip(" "))

    def depth(self, start: int, end: int) -> int:
        """The column at which the block text from line `start` to `end` (exclusive) begins.

        Its first line that is not blank decides, or the widest blank one.
        """
        indents = [self.indent(line) for line in range(start, end)]
        first = next((at for at, line in enumerate(self._written[start:end]) if line.strip(" ")), None)
        return max(indents, default=0) if first is None else indents[first]

    def move(self, line: int, column: int) -> None:
        """Start the line at `column`, unless an earlier call said where."""
        self._columns.setdefault(line, column)

    def move_along(self, first: int, last: int) -> None:
        """Move the lines after `first`, up to `last`, as far as `first` is moved."""
        shift = self._columns.get(first, self.indent(first)) - self.indent(first)
        for line in range(first + 1, last + 1):
            self.move(line, max(0, self.indent(line) + shift))

    def move_block_text(self, start: int, end: int, depth: int, shift: int, keeps_last_blanks: bool) -> None:
        """Move the lines of a block text from `start` to `end` (exclusive), whose text begins at column `depth`.

        Blanks after that column and empty lines are part of the text; `keeps_last_blanks` also those at its end.
        """
        empty = {line for line in range(start, end) if self.indent(line) == len(self._written[line]) <= depth}
        while not keeps_last_blanks and end - 1 in empty:
            end -= 1
        for line in range(start, end):
            self.move(line, 0 if line in empty else max(0, self.indent(line) + shift))
        self._block_text.update(range(start, end))

    def keep_text(self, first: int, last: int, is_quoted: bool) -> None:
        """Keep the empty lines of a folded text, and the blanks at line ends of a quoted one."""
        self._blanks_kept.update(range(first, last))
        if is_quoted:
            self._ends_kept.update(range(first, last))

    def replace(self, line: int, start: int, end: int, replacement: str) -> None:
        """Write something else from column `start` to `end` (exclusive); replacements come in reading order."""
        self._replacements.setdefault(line, []).append((start, end, replacement))

    def remember_columns(self, line: int, columns: Mapping[int, int]) -> None:
        """The old and new columns of all levels open at the end of the line; comments near it follow them."""
        self._levels[line] = columns

    def joined(self) -> str:
        """The new text: LF line breaks, no blanks at line ends, single empty lines, none at either end.

        It ends with a line break, unless that would become part of a block text.
        """
        self._place_comments()
        kept: list[str] = []
        is_blank_due = False
        for line in range(len(self._written)):
            text = self._moved(line)
            if not text and line not in self._blanks_kept and line not in self._block_text:
                is_blank_due = bool(kept)
                continue
            if is_blank_due:
                kept.append("")
            is_blank_due = False
            kept.append(text)
        is_open = not self._has_last_break and len(self._written) - 1 in self._block_text
        return "\n".join(kept) + ("" if is_open or not kept else "\n")

    def _place_comments(self) -> None:
        """A comment goes with the level it was written at, otherwise with the next line that is not a comment."""
        following = self._following()
        before: Mapping[int, int] = {}
        for line in range(len(self._written)):
            before = self._levels.get(line, before)
            if line not in self._columns:
                self._columns[line] = self._comment_column(self.indent(line), before, following[line])

    def _following(self) -> list[int | None]:
        """For every line the next one, or itself, that has a column."""
        following: list[int | None] = []
        near: int | None = None
        for line in range(len(self._written) - 1, -1, -1):
            near = line if line in self._columns else near
            following.append(near)
        return following[::-1]

    def _comment_column(self, written_at: int, before: Mapping[int, int], following: int | None) -> int:
        if following is None:
            return before.get(written_at, 0)
        after = self._levels.get(following, {})
        return after.get(written_at, before.get(written_at, self._columns[following]))

    def _moved(self, line: int) -> str:
        column, text = self._columns[line], self._replaced(line).lstrip(" ")
        if line in self._block_text:
            return " " * column + text
        if line not in self._ends_kept:
            text = text.rstrip(" \t")
        return " " * column + text if text else ""

    def _replaced(self, line: int) -> str:
        text = self._written[line]
        for start, end, replacement in reversed(self._replacements.get(line, [])):
            text = text[:start] + replacement + text[end:]
        return text
