"""How are the values of one fact ordered, and which is the simplest in a stretch of them?

A key is an ``int`` or a ``str``; the keys of one axis are all of one kind. Texts are ordered by code point,
so everything with one prefix lies together, and nothing lies between a text and the same text followed by
NUL.
"""

from __future__ import annotations

Key = int | str
Interval = tuple[Key | None, Key | None]
"""``(low, high)``: low included, high excluded; ``None`` is an open end."""

_READABLE = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def plain(value: Key) -> Key:
    """A boolean as the number it stands for; any other key as it is."""
    return int(value) if isinstance(value, int) else value


def successor(value: Key) -> Key:
    """The next value of the domain: nothing lies between ``value`` and it."""
    return value + "\0" if isinstance(value, str) else value + 1


def after_prefix(start: str) -> str | None:
    """The first text after all those that start with ``start``; texts never hold lone surrogates."""
    start = start.rstrip("\U0010ffff")
    if not start:
        return None
    last = ord(start[-1]) + 1
    return start[:-1] + ("\ue000" if 0xD800 <= last <= 0xDFFF else chr(last))


def nearest_to_zero(intervals: tuple[Interval, ...]) -> int:
    """The smallest number that is not negative in sorted intervals, else the negative one nearest to zero."""
    nearest = 0
    for low, high in intervals:
        if not isinstance(high, int) or high > 0:
            return max(low, 0) if isinstance(low, int) else 0
        nearest = high - 1
    return nearest


def shortest(low: Key | None, high: Key | None) -> str:
    """The shortest text in ``[low, high)``, readable when one of that length is."""
    if not isinstance(low, str):
        return ""
    for length in range(1, len(low) + 1):
        head, last = low[: length - 1], low[length - 1]
        readable = [letter for letter in _READABLE if letter >= last]
        for letter in [*readable, last, after_prefix(last) or last]:
            text = head + letter
            if low <= text and (not isinstance(high, str) or text < high):
                return text
    return low
