"""How is a stretch of values said in a message?"""

from __future__ import annotations

from collections.abc import Callable

from engine.boxes.keys import Key, after_prefix, successor

_PARTS = 6


def describe_interval(low: Key | None, high: Key | None, formatter: Callable[[Key], str]) -> str:
    """``[low, high)`` with one open end at most: ``< 5``, ``BR``, ``starting with SW1``, ``[0, 500)``."""
    if low is None:
        if high == "\0":
            return formatter("") or "the empty text"
        return ("<= " if _is_after(high) else "< ") + formatter(_shown(high))
    if high == successor(low):
        return formatter(low)
    if isinstance(low, int) and high == low + 2:
        return f"{formatter(low)} or {formatter(low + 1)}"
    if isinstance(low, str) and high == after_prefix(low):
        return f"starting with {formatter(low)}"
    if high is None:
        return ("> " if _is_after(low) else ">= ") + formatter(_shown(low))
    opening, closing = "(" if _is_after(low) else "[", "]" if _is_after(high) else ")"
    return f"{opening}{formatter(_shown(low))}, {formatter(_shown(high))}{closing}"


def any_of(parts: list[str]) -> str:
    """``A or B or C``; of very many only the first, and how many more there are."""
    if len(parts) > _PARTS:
        left_out = len(parts) - _PARTS + 1
        parts = [*parts[: _PARTS - 1], f"{left_out} more"]
    return " or ".join(parts)


def _is_after(cut: Key | None) -> bool:
    """Whether a cut lies just after a text rather than at it."""
    return isinstance(cut, str) and cut.endswith("\0")


def _shown(cut: Key | None) -> Key:
    assert cut is not None
    return cut[:-1] if isinstance(cut, str) and cut.endswith("\0") else cut
