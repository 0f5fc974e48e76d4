"""At which column does every line of a YAML text start when levels are two spaces apart?

The text is never written anew from its values: lines are moved as a whole, so comments and the author's own line
breaks survive. Tokens of the YAML scanner say which level a line belongs to.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import yaml
from yaml import tokens as kinds
from yaml.tokens import ScalarToken, Token

from engine.text.compose import LOADER
from engine.text.lines import Lines
from engine.text.surrogate_pairs import without_pairs

_INDENT = 2
_QUOTED_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")
_BLOCK_HEADER = re.compile(r"[|>]([-+0-9]*)")

_BLOCK_STARTS = (kinds.BlockMappingStartToken, kinds.BlockSequenceStartToken)
_FLOW_STARTS = (kinds.FlowMappingStartToken, kinds.FlowSequenceStartToken)
_FLOW_ENDS = (kinds.FlowMappingEndToken, kinds.FlowSequenceEndToken)
_ON_LEVEL = (kinds.BlockEntryToken, kinds.KeyToken, kinds.ValueToken)
_OUTSIDE = (kinds.DocumentStartToken, kinds.DocumentEndToken, kinds.DirectiveToken)
_NO_TEXT = (kinds.StreamStartToken, kinds.StreamEndToken)


def laid_out(text: str) -> str:
    """The text of one well-formed document with its lines moved to their levels, as `format_yaml` describes."""
    layout = _Layout(Lines(text))
    for token in yaml.scan(without_pairs(layout.lines.text), Loader=LOADER):
        layout.take(token)
    return layout.lines.joined()


@dataclass(frozen=True, slots=True)
class _Level:
    """A block list or mapping: the column it was written at and the one it gets.

    `is_implied`: a list written at the column of its key, which the scanner does not announce.
    """

    old: int
    new: int
    is_list: bool
    is_implied: bool = False


class _Layout:
    """Follows the tokens of a document and tells its lines where to go."""

    def __init__(self, lines: Lines) -> None:
        self.lines = lines
        self._levels: list[_Level] = []
        self._brackets = 0
        self._bracket_line = 0
        self._dash: tuple[int, int] | None = None

    def take(self, token: Token) -> None:
        """Account for the next token."""
        if isinstance(token, _BLOCK_STARTS):
            is_list = isinstance(token, kinds.BlockSequenceStartToken)
            self._levels.append(_Level(token.start_mark.column, self._below(), is_list))
        elif isinstance(token, kinds.BlockEndToken):
            self._leave_implied()
            self._levels.pop()
        elif isinstance(token, _NO_TEXT):
            pass
        elif self._brackets:
            self._take_in_brackets(token)
        else:
            self._take_in_block(token)

    def _take_in_block(self, token: Token) -> None:
        self._enter_or_leave_implied(token)
        self._place(token)
        self._close_gap(token)
        self.lines.remember_columns(token.start_mark.line, {level.old: level.new for level in self._levels})
        if isinstance(token, _FLOW_STARTS):
            self._brackets, self._bracket_line = 1, token.start_mark.line
        elif isinstance(token, ScalarToken):
            self._place_text(token)

    def _take_in_brackets(self, token: Token) -> None:
        if isinstance(token, ScalarToken):
            self.lines.keep_text(token.start_mark.line, token.end_mark.line, is_quoted=bool(token.style))
            self._requote(token)
        self._brackets += isinstance(token, _FLOW_STARTS) - isinstance(token, _FLOW_ENDS)
        if self._brackets == 0:
            self.lines.move_along(self._bracket_line, token.end_mark.line)

    def _enter_or_leave_implied(self, token: Token) -> None:
        if isinstance(token, kinds.KeyToken):
            self._leave_implied()
        elif isinstance(token, kinds.BlockEntryToken) and self._levels and not self._levels[-1].is_list:
            self._levels.append(_Level(token.start_mark.column, self._below(), is_list=True, is_implied=True))

    def _leave_implied(self) -> None:
        if self._levels and self._levels[-1].is_implied:
            self._levels.pop()

    def _below(self) -> int:
        """The column of what stands one level below the current one."""
        return self._levels[-1].new + _INDENT if self._levels else 0

    def _place(self, token: Token) -> None:
        """The first token of a line decides where the line goes."""
        line, column = token.start_mark.line, token.start_mark.column
        if column != self.lines.indent(line):
            return
        if isinstance(token, _ON_LEVEL) and self._levels:
            self.lines.move(line, self._levels[-1].new)
        else:
            self.lines.move(line, 0 if isinstance(token, _OUTSIDE) else self._below())

    def _close_gap(self, token: Token) -> None:
        """One space between a dash and what follows it on its line."""
        line, column = token.start_mark.line, token.start_mark.column
        if self._dash is not None and self._dash[0] == line:
            self.lines.replace(line, self._dash[1] + 1, column, " ")
        self._dash = (line, column) if isinstance(token, kinds.BlockEntryToken) else None

    def _place_text(self, token: ScalarToken) -> None:
        first, last = token.start_mark.line, token.end_mark.line
        if token.style in ("|", ">"):
            self._place_block_text(token)
            return
        self._requote(token)
        self.lines.keep_text(first, last, is_quoted=bool(token.style))
        for line in range(first + 1, last + 1):
            self.lines.move(line, self._below())  # a folded text: further lines may stand at any depth

    def _place_block_text(self, token: ScalarToken) -> None:
        first, column = token.start_mark.line, token.start_mark.column
        end = token.end_mark.line + (token.end_mark.column > 0)
        header = _BLOCK_HEADER.match(self.lines.written(first), column)
        indicators = header.group(1) if header else ""
        level = self._levels[-1] if self._levels else _Level(0, 0, is_list=False)
        relative_depth = indicators.strip("+-")
        if relative_depth:
            depth, shift = level.old + int(relative_depth), level.new - level.old
        else:
            depth = self.lines.depth(first + 1, end)
            shift = (self._below() or _INDENT) - depth
        self.lines.move_block_text(first + 1, end, depth, shift, keeps_last_blanks="+" in indicators)

    def _requote(self, token: ScalarToken) -> None:
        """Numbers that are text, such as money, get double quotes."""
        if token.style == "'" and _QUOTED_NUMBER.fullmatch(token.value):
            line, end = token.start_mark.line, token.end_mark.column
            self.lines.replace(line, token.start_mark.column, end, f'"{token.value}"')
