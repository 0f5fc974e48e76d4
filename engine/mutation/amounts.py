"""In which ways can an amount, a quantity or a setting be a little wrong?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from math import gcd
from typing import Any

from engine.documents.effects import Ratio
from engine.mutation.model import Change
from engine.mutation.said import Said, percent
from engine.text.source import Span


def moved(
    part: Any, field: str, named: str, said: Said, *, least: int = 0, most: int | None = None, money: bool = True
) -> Iterator[Change]:
    """A number one unit up, and one down where that is allowed; nothing where there is none."""
    value = getattr(part, field)
    if value is None:
        return
    for what, other in (("raised", value + 1), ("lowered", value - 1)):
        if other >= least and (most is None or other <= most):
            old, new = (said.money(value), said.money(other)) if money else (str(value), str(other))
            yield Change(
                sort="value", what=f"{field} {what}", part=replace(part, **{field: other}),
                said=f"{named} {old} → {new}", shows=f"with {named} {old}",
            )  # fmt: skip


def points(part: Any, field: str, named: str, *, least: int = 0) -> Iterator[Change]:
    """A percentage one point up and one down, within `least` and 100."""
    ratio: Ratio | None = getattr(part, field)
    if ratio is None:
        return
    numerator, denominator = ratio
    for what, by in (("raised", 1), ("lowered", -1)):
        top, bottom = 100 * numerator + by * denominator, 100 * denominator
        if least * bottom <= 100 * top <= 100 * bottom:
            other = _reduced(top, bottom)
            yield Change(
                sort="value", what=f"{field} {what}", part=replace(part, **{field: other}),
                said=f"{named} {percent(ratio)} → {percent(other)}", shows=f"with {named} {percent(ratio)}",
            )  # fmt: skip


def gone(part: Any, field: str, named: str, said: Said, *, money: bool = True) -> Iterator[Change]:
    """A limit that is no longer there."""
    value = getattr(part, field)
    if value is not None:
        shown = said.money(value) if money else str(value)
        yield Change(
            sort="removed", what=f"{field} gone", part=replace(part, **{field: None}),
            said=f"{named} {shown} removed", shows=f"beyond {named} {shown}",
        )  # fmt: skip


def setting(part: Any, field: str, others: Sequence[Any], named: str) -> Iterator[Change]:
    """Each other word of a setting."""
    value = getattr(part, field)
    for other in others:
        if other != value:
            yield Change(
                sort="setting", what=f"{field} {other}", part=replace(part, **{field: other}),
                said=f"{named} {_word(value)} → {_word(other)}", shows=f"with {named} {_word(value)}",
            )  # fmt: skip


def without(
    part: Any, field: str, named: str, spans: Sequence[Span | None] = (), *, least: int = 0
) -> Iterator[Change]:
    """A tuple of names or things, without each of its members."""
    items: tuple[Any, ...] = getattr(part, field)
    if len(items) <= least:
        return
    for number, item in enumerate(items):
        shown = item if isinstance(item, str) else _name(item)
        yield Change(
            sort="removed", what=f"{field} {number}",
            part=replace(part, **{field: items[:number] + items[number + 1 :]}),
            said=f"{named} {shown} removed", shows=f"with {named} {shown}",
            span=spans[number] if spans else getattr(item, "span", None),
        )  # fmt: skip


def swapped(part: Any, field: str, named: str) -> Iterator[Change]:
    """Neighbours of a list in the other order."""
    items: tuple[Any, ...] = getattr(part, field)
    for number in range(len(items) - 1):
        first, second = items[number], items[number + 1]
        order = (*items[:number], second, first, *items[number + 2 :])
        both = f"{named} {_name(first)} and {named} {_name(second)}"
        yield Change(
            sort="order", what=f"{field} {number} swapped", part=replace(part, **{field: order}),
            said=f"{both} in the other order", shows=f"when {both} both fit", span=second.span,
        )  # fmt: skip


def window(part: Any, said: Said) -> Iterator[Change]:
    """Start and end of a validity a second earlier and later."""
    for end, named in (("start", "from"), ("end", "until")):
        value = getattr(part.window, end)
        for what, by in (("later", 1_000_000), ("earlier", -1_000_000)) if value is not None else ():
            other = replace(part.window, **{end: value + by})
            yield Change(
                sort="threshold", what=f"{end} {what}", part=replace(part, window=other),
                said=f"{named} {said.instant(value)}, a second {what}",
                shows=f"{'at' if by > 0 else 'a second before'} {said.instant(value)}",
            )  # fmt: skip


def _reduced(numerator: int, denominator: int) -> Ratio:
    common = gcd(numerator, denominator)
    return numerator // common, denominator // common


def _name(item: Any) -> str:
    found = getattr(item, "id", None)
    return str(found) if found is not None else f"in line {item.span.line}"


def _word(value: Any) -> str:
    return {True: "true", False: "false", None: "none"}.get(value, str(value)) if not isinstance(value, str) else value
