"""In which ways can the price of a shipping method be a little wrong?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from engine.documents.model import Band, Bands, BaseStep, Flat, FreeFrom, PercentRate, PerItem, Table, TableRow
from engine.mutation.amounts import gone, moved, points, without
from engine.mutation.model import Change
from engine.mutation.said import Said
from engine.mutation.tables import limit_changes


def rate_changes(rate: Any, said: Said) -> Iterator[Change]:
    """The ways to spoil a rate or a row of one; nothing for anything else."""
    match rate:
        case Flat() | Band() | TableRow():
            yield from moved(rate, "price", "price", said)
        case PerItem():
            yield from moved(rate, "first", "first", said)
            yield from moved(rate, "further", "further", said)
        case Bands():
            yield from _limits(rate, said)
            yield from _steps(rate, rate.by, said)
        case PercentRate():
            yield from points(rate, "percent", "percent")
            for field, named in (("minimum", "at least"), ("maximum", "at most")):
                yield from moved(rate, field, named, said)
                yield from gone(rate, field, named, said)
        case BaseStep():
            yield from moved(rate, "base", "base", said)
            yield from moved(rate, "plus", "plus", said)
            yield from _measures(rate, ("per", "up_to"), rate.by, said)
        case FreeFrom():
            yield from moved(rate, "amount", "free_from", said)
            yield from without(rate, "zones", "zone", [rate.span] * len(rate.zones), least=1)
        case Table():
            yield from limit_changes(rate, said)
            yield from _steps(rate, rate.by or "", said)
            yield from without(rate, "rows", "the row", [row.span for row in rate.rows], least=1)


def _limits(bands: Bands, said: Said) -> Iterator[Change]:
    """The limit between two bands is written once, so it moves for both."""
    rows = bands.rows
    for number, row in enumerate(rows):
        if row.high is None:
            continue
        for what, high in (("raised", row.high + 1), ("lowered", row.high - 1)):
            following = rows[number + 1] if number + 1 < len(rows) else None
            changed = [*rows]
            changed[number] = replace(row, high=high)
            if following is not None and following.low == row.high:
                changed[number + 1] = replace(following, low=high)
            if not all(_is_open(band) for band in changed[number : number + 2]):
                continue
            tells = row.high if high > row.high else high
            yield Change(
                sort="threshold", what=f"limit {number} {what}", part=replace(bands, rows=tuple(changed)),
                said=f"below {said.value(bands.by, row.high)} → {said.value(bands.by, high)}",
                shows=f"at {bands.by} {said.value(bands.by, tells)}", span=row.span,
            )  # fmt: skip


def _is_open(band: Band) -> bool:
    return band.low is None or band.high is None or band.low < band.high


def _steps(rate: Bands | Table, by: str, said: Said) -> Iterator[Change]:
    """What every started unit costs more, and how large a unit is. Where they begin is the limit of the row."""
    every: tuple[Any, ...] = rate.rows
    for number, row in enumerate(every):
        if row.step is None:
            continue
        for change in (*moved(row.step, "plus", "plus", said), *_measures(row.step, ("per",), by, said)):
            rows: Any = (*every[:number], replace(row, step=change.part), *every[number + 1 :])
            yield replace(change, what=f"row {number} {change.what}", part=replace(rate, rows=rows), span=row.span)


def _measures(part: Any, fields: tuple[str, ...], by: str, said: Said) -> Iterator[Change]:
    for field in fields:
        value = getattr(part, field)
        for what, other in (("raised", value + 1), ("lowered", value - 1)) if value is not None else ():
            if other < (1 if field == "per" else 0):
                continue
            old, new = said.value(by, value), said.value(by, other)
            yield Change(
                sort="threshold", what=f"{field} {what}", part=replace(part, **{field: other}),
                said=f"{field} {old} → {new}", shows=f"with {field} {old}",
            )  # fmt: skip
