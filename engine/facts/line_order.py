"""In which order do the lines of a cart stand, whatever order they came in?

Discounts give the odd cent to the line that comes first, so the order must not depend on who sent the cart.
"""

from __future__ import annotations

from collections.abc import Iterable

from engine.facts.cart import Line


def line_rank(line_id: str) -> tuple[int, str]:
    """Shorter ids first, ids of one length by code point: `L2` comes before `L10`, and any program can do the same."""
    return len(line_id), line_id


def in_order(lines: Iterable[Line]) -> tuple[Line, ...]:
    """The lines in canonical order."""
    return tuple(sorted(lines, key=lambda line: line_rank(line.id)))
