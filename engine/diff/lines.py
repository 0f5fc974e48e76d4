"""What is different between two texts, line by line?"""

from __future__ import annotations

from collections.abc import Sequence
from difflib import unified_diff
from typing import Final

CONTEXT: Final = 3
MOST_COMPARED: Final = 4_000_000
"""Lines of one times lines of the other that are looked through for what they share; larger stretches are shown whole,
because looking takes longer than quadratic time in the worst case."""


def line_differences(old_name: str, old: str, new_name: str, new: str) -> str:
    """A unified diff, which `patch` and git read; empty for equal texts. Line ends do not count."""
    before, after = lines_of(old), lines_of(new)
    head = _shared(before, after)
    tail = min(_shared(before[::-1], after[::-1]), len(before) - head, len(after) - head)
    if (len(before) - head - tail) * (len(after) - head - tail) > MOST_COMPARED:
        return _in_one(old_name, before, new_name, after, head, tail)
    return "\n".join(unified_diff(before, after, old_name, new_name, lineterm="", n=CONTEXT))


def lines_of(text: str) -> list[str]:
    """The lines as `patch` and git count them: other characters that end lines for people are part of theirs."""
    return text.replace("\r\n", "\n").removesuffix("\n").split("\n") if text else []


def _shared(old: Sequence[str], new: Sequence[str]) -> int:
    """How many lines both begin with."""
    return next((number for number, (one, two) in enumerate(zip(old, new, strict=False)) if one != two),
                min(len(old), len(new)))  # fmt: skip


def _in_one(old_name: str, old: Sequence[str], new_name: str, new: Sequence[str], head: int, tail: int) -> str:
    """One hunk that takes out all that is not shared at the ends, and puts in the rest."""
    start, end = max(head - CONTEXT, 0), max(tail - CONTEXT, 0)
    gone, come = old[head : len(old) - tail], new[head : len(new) - tail]
    counts = [len(each) - start - end for each in (old, new)]
    return "\n".join(
        [
            f"--- {old_name}",
            f"+++ {new_name}",
            f"@@ -{start + 1},{counts[0]} +{start + 1},{counts[1]} @@",
            *(f" {line}" for line in old[start:head]),
            *(f"-{line}" for line in gone),
            *(f"+{line}" for line in come),
            *(f" {line}" for line in old[len(old) - tail : len(old) - end]),
        ]
    )
