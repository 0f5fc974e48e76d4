"""For which weights, sums, counts and times does nobody ship to a place that is served otherwise?

Gaps inside one rate are told where its rows are looked at (RS410 to RS412, RS421). Here the conditions, windows and
prices of all methods are looked at together: parcels up to 20 kg by post and from 30 kg on by freight leave a hole
between them that no method shows alone. Whoever is refused with a reason is not forgotten.

A hole is a piece of a zone in which no method has a price while the same place, for the same customer, has one at
another measure (RS417) or another time (RS418). What lies before the first window opens is none.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Final, Literal

from engine.boxes.bits import iter_bits
from engine.boxes.box import Box, intersect
from engine.boxes.cover import gaps
from engine.boxes.effort import TooComplex
from engine.boxes.overlap import meeting
from engine.boxes.values import Interval, ValueSet
from engine.documents.model import Bands, BaseStep, Method, PercentRate, ShippingDocument, Table, Window
from engine.facts.timezones import zone as timezone_of
from engine.lint.findings import not_analysed
from engine.lint.ladders import ladders_of
from engine.lint.offers import Offered, offers_of
from engine.lint.rungs import sweep
from engine.lint.study import Boxes, Study
from engine.lint.wording import quoted
from engine.text.diagnostics import Diagnostic, Related, error
from engine.text.source import Span

_TIME: Final = ("now", "now.weekday", "now.time")
_MEASURED: Final = frozenset({"money", "count", "weight", "volume"})
_PIECES: Final = 50
_MINUTE: Final = 60_000_000
_EIGHT_DAYS: Final = 8 * 24 * 60
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)

Missing = Literal["measure", "time"]


@dataclass(frozen=True, slots=True)
class _Served:
    """Carts of a zone for which a method has a price; `offered` are those it is for, with or without a price."""

    method: Method
    box: Box
    offered: Boxes


@dataclass(frozen=True, slots=True)
class _Hole:
    """`piece` of a zone (empty when the document has none), which `method` takes at another measure or time."""

    missing: Missing
    zone: str
    method: Method
    axis: str
    interval: Interval
    piece: Box


def coverage(study: Study) -> Iterator[Diagnostic]:
    """RS417 for measures and RS418 for times at which no method takes a parcel to a place that is served otherwise.

    Holes that several zones have at the same place are one finding.
    """
    document = study.document
    if not isinstance(document, ShippingDocument) or not document.methods:
        return
    found: dict[tuple[str, str, str, Interval], list[_Hole]] = {}
    try:
        for hole in _holes(study, document):
            found.setdefault((hole.missing, hole.method.id, hole.axis, hole.interval), []).append(hole)
    except TooComplex as limit:
        yield not_analysed("whether some method takes every parcel", str(limit), document.head.span)
    for same in found.values():
        yield _finding(study, document, same)
    yield from _ended_zones(study, document)


def _holes(study: Study, document: ShippingDocument) -> Iterator[_Hole]:
    served = _served(study, document)
    refused = _refused(study, document)
    zones = document.zones
    if not zones:
        yield from _in_target(study, "", Box(), [each for some in served.values() for each in some], refused)
        return
    flat = [(number, box) for number, zone in enumerate(zones) for box in study.boxes(zone.window, zone.where) or ()]
    for (number, box), mask in zip(flat, meeting([box for _, box in flat]), strict=True):
        before = [flat[place][1] for place in iter_bits(mask) if flat[place][0] < number]
        if document.policy == "all":  # each method takes the first of its zones: no zone takes a cart from another
            before = []
        near = served.get(zones[number].id, []) if document.policy != "all" else _meeting(box, served)
        yield from _in_target(study, zones[number].id, box, near, [*before, *refused])


def _served(study: Study, document: ShippingDocument) -> dict[str, list[_Served]]:
    """By zone, what each method takes there. Under policy `all` without what its earlier zones take."""
    found: dict[str, list[_Served]] = {}
    methods = {method.id: method for method in document.methods}

    def add(zones: Sequence[str], each: _Served, elsewhere: Boxes) -> None:
        pieces = [each.box] if document.policy != "all" else gaps(elsewhere, each.box, study.effort)
        for piece in pieces:
            for zone in zones or ("",):
                found.setdefault(zone, []).append(_Served(each.method, piece, each.offered))

    for offer in offers_of(study, document):
        if not isinstance(offer.rate, Bands | BaseStep | Table):
            for box in _priced(offer):
                add(offer.zones, _Served(offer.method, box, offer.boxes), offer.elsewhere)
    for ladder in ladders_of(study, document):
        stretches = [stretch for stretch in sweep(ladder.rungs).stretches if stretch.rung is not None]
        priced = ValueSet.union_of(ValueSet.interval(stretch.low, stretch.high) for stretch in stretches)
        for box in ladder.offered:
            both = intersect(box, Box({ladder.by: priced}))
            if both is not None:
                add(ladder.zones, _Served(methods[ladder.method], both, ladder.offered), ladder.elsewhere)
    return found


def _priced(offer: Offered) -> Iterator[Box]:
    """Where a rate without rows has a price: a percentage needs the sum it is of."""
    known = Box({offer.rate.of: ValueSet.known()}) if isinstance(offer.rate, PercentRate) else Box()
    yield from (both for box in offer.boxes if (both := intersect(box, known)) is not None)


def _refused(study: Study, document: ShippingDocument) -> list[Box]:
    """The carts that are told why, by a refusal of everything or of one method."""
    return [box for each in document.refusals for box in study.boxes(each.window, each.when) or ()]


def _meeting(target: Box, served: dict[str, list[_Served]]) -> list[_Served]:
    return [each for some in served.values() for each in some if intersect(each.box, target) is not None]


# one zone -------------------------------------------------------------------------------------------------------


def _in_target(
    study: Study, zone: str, target: Box, served: Sequence[_Served], taken: Sequence[Box]
) -> Iterator[_Hole]:
    """The first hole of each sort for each method that takes the place otherwise."""
    axes = {axis for each in served for axis in each.box}
    wanted = _possible(study, target, axes | {axis for box in taken for axis in box})
    near = [box for box in taken if wanted is not None and intersect(box, wanted) is not None]
    if wanted is None or not served:
        return
    study.effort.spend(cuts=len(served) + len(taken))
    told: set[tuple[str, str]] = set()
    for piece in islice(gaps([*(each.box for each in served), *near], wanted, study.effort), _PIECES):
        hole = _hole(study, zone, piece, served, axes)
        if hole is not None and (hole.missing, hole.method.id) not in told:
            told.add((hole.missing, hole.method.id))
            yield hole


def _possible(study: Study, target: Box, axes: set[str]) -> Box | None:
    """The carts of the target that can occur, in the currency of this reading, with every measure known."""
    limits = {axis: ValueSet.known() for axis in axes if _is_measured(study, axis)}
    limits["currency"] = ValueSet.point(study.document.head.currency)
    possible = intersect(target, Box(limits))
    return None if possible is None else intersect(possible, study.domain.universe({*possible.axes, *axes}))


def _hole(study: Study, zone: str, piece: Box, served: Sequence[_Served], axes: set[str]) -> _Hole | None:
    """The piece as a hole, if the place is served at another time, else at another measure; and not told elsewhere."""
    measured = {axis for axis in axes if _is_measured(study, axis)}
    ways: tuple[tuple[Missing, set[str]], ...] = (("time", {*_TIME}), ("measure", {*_TIME, *measured}))
    for missing, freed in ways:
        loose = Box({axis: values for axis, values in piece.items() if axis not in freed})
        for each in served:
            both = intersect(loose, each.box)
            if both is None:
                continue
            own = intersect(piece, _place(both, freed, each))
            left = None if own is None else study.open_piece(each.offered, own)
            if left is not None and _occurs(study, left):
                return _told(zone, missing, each, left, freed)
    return None


def _place(both: Box, freed: set[str], each: _Served) -> Box:
    """The place and customer the method takes otherwise, from the beginning of its window on."""
    first = each.box["now"].intervals
    start = ValueSet.interval(first[0][0] if first else None, None)
    return Box({**{axis: values for axis, values in both.items() if axis not in freed}, "now": start})


def _told(zone: str, missing: Missing, each: _Served, left: Box, freed: set[str]) -> _Hole:
    """The hole, said by a fact on which it and the method part: by a condition of the method where there is one."""
    ordered = sorted(freed, key=lambda axis: ((axis in _TIME) != (missing == "time"), axis))
    apart = [axis for axis in ordered if each.box[axis].intersect(left[axis]).is_empty()]
    by_condition = (axis for axis in apart if all(box[axis].intersect(left[axis]).is_empty() for box in each.offered))
    axis = next(by_condition, apart[0])
    return _Hole(missing, zone, each.method, axis, left[axis].intervals[0], left)


def _is_measured(study: Study, axis: str) -> bool:
    return study.domain.type_of(axis) in _MEASURED


def _occurs(study: Study, box: Box) -> bool:
    """Whether some instant has the weekday and time of day of the box; stretches of more than a week have all."""
    if "now" not in box or ("now.weekday" not in box and "now.time" not in box):
        return True
    return any(_occurs_in(study, box, low, high) for low, high in box["now"].intervals)


def _occurs_in(study: Study, box: Box, low: object, high: object) -> bool:
    if not isinstance(low, int) or not isinstance(high, int) or high - low > _EIGHT_DAYS * _MINUTE:
        return True
    zone = timezone_of(study.document.head.timezone)
    for instant in (low, *range(low - low % _MINUTE + _MINUTE, high, _MINUTE)):
        local = (_EPOCH + timedelta(microseconds=instant)).astimezone(zone)
        if box["now.weekday"].contains(local.weekday()) and box["now.time"].contains(local.hour * 60 + local.minute):
            return True
    return False


# zones that end -------------------------------------------------------------------------------------------------


def _ended_zones(study: Study, document: ShippingDocument) -> Iterator[Diagnostic]:
    """RS418 for a zone whose window ends and whose places no zone takes from then on; holes between are RS433."""
    others = [box for zone in document.zones for box in study.boxes(zone.window, zone.where) or ()]
    try:
        for zone in document.zones:
            after = Window(zone.window.end, None)
            targets = (study.boxes(after, zone.where) or ()) if zone.window.end is not None else ()
            for target in targets:
                open_after = [box for box in (*others, *_refused(study, document)) if _is_open_ended(box)]
                piece = study.open_piece(open_after, target)
                if piece is not None:
                    yield _ended(study, zone.id, zone.span, piece)
                    break
    except TooComplex as limit:
        yield not_analysed("whether zones that end are followed by others", str(limit), document.head.span)


def _is_open_ended(box: Box) -> bool:
    """Whether the box holds in all the future, so that it follows for good what has ended."""
    intervals = box["now"].intervals
    return bool(intervals) and intervals[-1][1] is None


def _ended(study: Study, zone: str, span: Span, piece: Box) -> Diagnostic:
    since = study.words.stretch("now", piece["now"].intervals[-1])
    return error(
        "RS418",
        f"zone '{zone}' ends, and no zone takes its destinations after that: nothing is shipped there {since}",
        span,
        hint="let another zone begin where this one ends, or refuse the destinations with a reason",
        witness=study.words.cart(piece),
    )


# findings -------------------------------------------------------------------------------------------------------


def _finding(study: Study, document: ShippingDocument, same: Sequence[_Hole]) -> Diagnostic:
    hole = same[0]
    names = [each.zone for each in same if each.zone]
    to = f" to zone{'s' if len(set(names)) > 1 else ''} {quoted(names)}" if names else ""
    stretch = f"{hole.axis} is {study.words.stretch(hole.axis, hole.interval)}"
    span = next((zone.span for zone in document.zones if zone.id == hole.zone), hole.method.span)
    if hole.missing == "time":
        code, why = "RS418", f"while {stretch}: method '{hole.method.id}' is closed then, and no other is open"
    else:
        code, why = "RS417", f"where {stretch}: method '{hole.method.id}' leaves it out, and no other takes it"
    return error(
        code,
        f"nothing is shipped{to} {why}",
        span,
        hint=_HINTS[hole.missing],
        witness=_witness(study, hole.piece),
        related=[Related(hole.method.span, f"method '{hole.method.id}'")] if names else [],
    )


def _witness(study: Study, piece: Box) -> str:
    """The cart, and its currency where the document has several."""
    head = study.document.head
    currency = f"currency = {head.currency}"
    cart = study.words.cart(piece)
    return cart if len(head.currencies) > 1 else cart.removeprefix(currency).removeprefix(", ") or "any cart"


_HINTS: Final[Mapping[Missing, str]] = {
    "time": "let the windows or hours of the methods meet, or refuse the rest with a reason under `refuse:`",
    "measure": "let the conditions of two methods meet, or refuse the rest with a reason under `refuse:`",
}
