"""How is a value written into one cell, and read again? Lists, pairs, and text that a spreadsheet must not run.

A list is `red|blue`; a pair is `colour:red`; a backslash before one of `\\ | :` makes it an ordinary character.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

_SPECIAL: Final = re.compile(r"([\\|:])")
_ESCAPED: Final = re.compile(r"\\([\\|:])")
_ITEM: Final = re.compile(r"(?:[^\\|]|\\.)*", re.DOTALL)
_FIRST_OF_PAIR: Final = re.compile(r"((?:[^\\:]|\\.)*):(.*)", re.DOTALL)
# Spreadsheets take a cell that begins like this for a formula, also after their own import of a CSV file.
_RUNS: Final = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")


def join_list(items: Iterable[str]) -> str:
    """The items in one cell."""
    return "|".join(_escaped(item) for item in items)


def split_list(cell: str) -> tuple[str, ...]:
    """The items of a cell; none for an empty one. Spaces around an item do not count."""
    return tuple(_plain(item.strip()) for item in _raw_items(cell))


def join_pairs(pairs: Iterable[tuple[str, str]]) -> str:
    """The pairs in one cell."""
    return "|".join(f"{_escaped(first)}:{_escaped(second)}" for first, second in pairs)


def split_pairs(cell: str) -> tuple[tuple[str, str], ...]:
    """The pairs of a cell. Raises ValueError for an item that is none."""
    pairs: list[tuple[str, str]] = []
    for item in _raw_items(cell):
        match = _FIRST_OF_PAIR.fullmatch(item.strip())
        if match is None:
            raise ValueError(f"{item.strip()!r} is not a pair like colour:red")
        pairs.append((_plain(match[1].strip()), _plain(match[2].strip())))
    return tuple(pairs)


def defused(cell: str) -> str:
    """The cell as it is written: with an apostrophe before what a spreadsheet would run."""
    return f"'{cell}" if cell.startswith((*_RUNS, "'")) else cell


def fused(cell: str) -> str:
    """The cell as it was before `defused`."""
    return cell[1:] if cell.startswith("'") and cell[1:].startswith((*_RUNS, "'")) else cell


def _raw_items(cell: str) -> list[str]:
    items: list[str] = []
    at = 0
    while cell.strip():
        match = _ITEM.match(cell, at)
        assert match is not None  # it matches nothing at all, too
        items.append(match[0])
        at = match.end() + 1
        if match.end() >= len(cell) or cell[match.end()] != "|":
            break
    return items


def _escaped(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", text)


def _plain(text: str) -> str:
    return _ESCAPED.sub(r"\1", text)
