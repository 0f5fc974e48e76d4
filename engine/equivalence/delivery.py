"""Where do two shipping rulesets offer a method otherwise: not at all, at another price, in other days, or free?"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from typing import Final

from engine.boxes.box import Box
from engine.boxes.values import ValueSet
from engine.documents.model import (
    Bands,
    FreeFrom,
    Method,
    Rate,
    ShippingDocument,
    Table,
    Zone,
)
from engine.equivalence.algebra import EVERYWHERE, Boxes
from engine.equivalence.clauses import Clause, Unlike, unlike_lists
from engine.equivalence.model import Gap
from engine.equivalence.places import content, heads, responsible
from engine.equivalence.refusing import refusal_gaps
from engine.equivalence.sides import Side, Sides
from engine.equivalence.tariffs import price_clauses
from engine.text.source import Span

_ZONE: Final = "shipping.zone"
_COUNTRY: Final = "destination.country"
_NOTHING: Final = "nothing"
_MOST_ROWS: Final = 12
"""Rows of a rate that are regions of their own; where more have changed they are one region."""

_SHOWN: Final = 2


def shipping_gaps(sides: Sides) -> Iterator[Gap]:
    """The gaps of shipping, but for promotions on it."""
    old, new = sides.old.shipping, sides.new.shipping
    if old is None and new is None:
        return
    if old is None or new is None:
        places = heads(old, new)
        yield Gap(stage="shipping", kind="shipping", rule="", boxes=EVERYWHERE, about="only one side has shipping",
                  old=places.old, new=places.new)  # fmt: skip
        return
    yield from _Shipping(sides, old, new).gaps()


class _Shipping:
    def __init__(self, sides: Sides, old: ShippingDocument, new: ShippingDocument) -> None:
        self._sides = sides
        self._old, self._new = old, new
        self._zone_is_read = sides.reads(_ZONE)

    def gaps(self) -> Iterator[Gap]:
        """Settings, zones, refusals, methods."""
        yield from self._settings()
        if self._zone_is_read:
            yield from self._zones()
        yield from refusal_gaps(self._sides, "shipping", "shipping", self._old.refusals, self._new.refusals)
        before = {method.id: method for method in self._old.methods}
        after = {method.id: method for method in self._new.methods}
        for name in dict.fromkeys((*before, *after)):
            if name in before and name in after:
                yield from self._method(before[name], after[name])
            else:
                yield self._alone(before.get(name), after.get(name))

    # settings --------------------------------------------------------------------------------------------------

    def _settings(self) -> Iterator[Gap]:
        old, new = self._old, self._new
        if old.choose != new.choose:
            unchosen = Box({"shipping.method": ValueSet.only_missing()})
            yield self._setting("choose", (unchosen,), "the method is chosen otherwise")
        if old.shipments != new.shipments:
            one_seller_alike = not self._sides.reads("shipment.seller")
            several = Box({"cart.seller_count": ValueSet.interval(2, None)})
            yield self._setting(
                "shipments", (several,) if one_seller_alike else EVERYWHERE, "parcels are made otherwise"
            )
        if old.volumetric_divisor != new.volumetric_divisor and self._sides.reads("shipment.chargeable_weight_g"):
            yield self._setting("volumetric_divisor", EVERYWHERE, "volume counts as another weight")

    def _setting(self, name: str, boxes: Boxes, about: str) -> Gap:
        places = heads(self._old, self._new)
        return Gap(stage="shipping", kind="shipping", rule=name, boxes=boxes, about=about, old=places.old,
                   new=places.new)  # fmt: skip

    def _zones(self) -> Iterator[Gap]:
        """Where a destination lies in another zone, when some rule asks which."""
        if "all" in (self._old.policy, self._new.policy) and self._old.policy != self._new.policy:
            yield self._setting("policy", EVERYWHERE, "a destination may lie in several zones on one side only")
            return
        old, new = self._zone_clauses(self._sides.old, self._old), self._zone_clauses(self._sides.new, self._new)
        for unlike in unlike_lists(old, new, self._sides.algebra):
            before, after = _zone(self._old, unlike.old), _zone(self._new, unlike.new)
            places = responsible(before, after, self._old.head.span, self._new.head.span)
            name = after.id if after is not None else before.id if before is not None else ""
            yield Gap(stage="shipping", kind="shipping", rule=f"zone {name}", boxes=unlike.boxes,
                      about="the destination lies in another zone", old=places.old, new=places.new)  # fmt: skip

    def _zone_clauses(self, side: Side, document: ShippingDocument) -> list[Clause]:
        return [Clause(zone.id, zone.id, side.boxes("shipping", zone.window, zone.where)) for zone in document.zones]

    # methods ---------------------------------------------------------------------------------------------------

    def _alone(self, old: Method | None, new: Method | None) -> Gap:
        method, side = (old, self._sides.old) if old is not None else (new, self._sides.new)
        assert method is not None, "it is on one side"
        places = responsible(old, new)
        return Gap(
            stage="shipping",
            kind="shipping",
            rule=method.id,
            boxes=side.boxes("shipping", method.window, method.when),
            about=f"the method is only in {'OLD' if new is None else 'NEW'}",
            old=places.old,
            new=places.new,
        )

    def _method(self, old: Method, new: Method) -> Iterator[Gap]:
        ours = self._sides.old.boxes("shipping", old.window, old.when)
        theirs = self._sides.new.boxes("shipping", new.window, new.when)
        algebra = self._sides.algebra
        lost, gained = algebra.only_in(ours, theirs), algebra.only_in(theirs, ours)
        offered = [*lost, *gained]
        if offered:
            places = responsible(_offered(old), _offered(new), old.when_span or old.span, new.when_span or new.span)
            cheaper = not lost and _is_refused_without(algebra.meet(gained, self._served(new)))
            yield self._gap(old, tuple(offered), "the method is offered to other carts", places.old, places.new,
                            cheaper=cheaper)  # fmt: skip
        both = algebra.meet(ours, theirs)
        yield from self._prices(old, new, both)
        yield from self._free_from(old, new, both)

    def _served(self, new: Method) -> Boxes:
        """Where NEW may have a rate for a method."""
        if "" in new.rates:
            return EVERYWHERE
        zones = [zone for zone in self._new.zones if zone.id in new.rates]
        return tuple(box for zone in zones for box in self._sides.new.boxes("shipping", zone.window, zone.where))

    def _gap(
        self, method: Method, boxes: Boxes, about: str, old: tuple[Span, ...], new: tuple[Span, ...], *, cheaper: bool
    ) -> Gap:
        return Gap(stage="shipping", kind="shipping", rule=method.id, boxes=boxes, about=about, old=old, new=new,
                   cheaper=cheaper)  # fmt: skip

    def _prices(self, old: Method, new: Method, offered: Boxes) -> Iterator[Gap]:
        """Where the method has another price, or other days, grouped by the places responsible."""
        if self._zones_are_alike() and not self._differing(old, new):
            return
        before = self._clauses(self._sides.old, self._old, old, new)
        after = self._clauses(self._sides.new, self._new, new, old)
        groups: dict[tuple[tuple[Span, ...], tuple[Span, ...]], list[Unlike]] = {}
        for unlike in unlike_lists(before, after, self._sides.algebra):
            places = self._places(old, new, unlike)
            groups.setdefault(places, []).append(unlike)
        if len(groups) > _MOST_ROWS:
            at_old = tuple(dict.fromkeys(span for spans, _ in groups for span in spans))[:_SHOWN]
            at_new = tuple(dict.fromkeys(span for _, spans in groups for span in spans))[:_SHOWN]
            groups = {(at_old, at_new): [unlike for unlikes in groups.values() for unlike in unlikes]}
        for (at_old, at_new), unlikes in groups.items():
            boxes = self._sides.algebra.meet([box for unlike in unlikes for box in unlike.boxes], offered)
            if boxes:
                cheaper = all(_is_cheaper(each, self._sides.algebra.meet(each.boxes, offered)) for each in unlikes)
                yield self._gap(new, boxes, _about(unlikes), at_old, at_new, cheaper=cheaper)

    def _zones_are_alike(self) -> bool:
        if ("all" in (self._old.policy, self._new.policy)) and self._old.policy != self._new.policy:
            return False
        ours = [(zone.id, self._sides.old.boxes("shipping", zone.window, zone.where)) for zone in self._old.zones]
        theirs = [(zone.id, self._sides.new.boxes("shipping", zone.window, zone.where)) for zone in self._new.zones]
        return ours == theirs

    def _differing(self, old: Method, new: Method) -> bool:
        same_rounding = self._old.head.rounding == self._new.head.rounding
        return not same_rounding or content((old.rates, old.days)) != content((new.rates, new.days))

    def _clauses(self, side: Side, document: ShippingDocument, method: Method, other: Method) -> list[Clause]:
        """The prices of a method as a decision list: zone by zone, and at the end what holds everywhere else.

        Where the zones are those of the other side, a zone whose rate is alike needs no more than one clause.
        """
        alike = self._zones_are_alike() and self._old.head.rounding == self._new.head.rounding
        clauses: list[Clause] = []
        for zone in document.zones:
            rate = method.rates.get(zone.id)
            if rate is None and document.policy == "all":
                continue  # the method takes the first zone it has a rate for
            rate = rate or method.rates.get("")
            there = other.rates.get(zone.id) or (other.rates.get("") if document.policy != "all" else None)
            inside = side.boxes("shipping", zone.window, zone.where)
            days = method.days.get(zone.id, method.days.get(""))
            same = alike and content((rate, days)) == content((there, other.days.get(zone.id, other.days.get(""))))
            clauses += (
                [
                    Clause(zone.id, ("alike", zone.id), inside),
                ]
                if same
                else self._in_zone(side, document, rate, inside, zone.id, days)
            )
        everywhere = method.rates.get("")
        return [*clauses, *self._in_zone(side, document, everywhere, EVERYWHERE, "", method.days.get(""))]

    def _in_zone(
        self, side: Side, document: ShippingDocument, rate: Rate | None, inside: Boxes, zone: str, days: object
    ) -> list[Clause]:
        found: list[Clause] = []
        if rate is not None:
            for number, (boxes, gives) in enumerate(price_clauses(side, rate, document.head.rounding, zone, days)):
                both = boxes if inside == EVERYWHERE else side.algebra.meet(boxes, inside)
                if both:
                    found.append(Clause(f"{zone}\n{number}", gives, both))
        return [*found, Clause(f"{zone}\n", _NOTHING, inside)]

    def _places(self, old: Method, new: Method, unlike: Unlike) -> tuple[tuple[Span, ...], tuple[Span, ...]]:
        found = []
        for method, clauses in ((old, unlike.old), (new, unlike.new)):
            spans = dict.fromkeys(_span(method, clause.rule) for clause in clauses[:2])
            found.append(tuple(spans) or (method.span,))
        return found[0], found[1]

    def _free_from(self, old: Method, new: Method, offered: Boxes) -> Iterator[Gap]:
        if content(old.free_from) == content(new.free_from):
            return
        ours, theirs = (
            self._free_boxes(self._sides.old, old.free_from),
            self._free_boxes(self._sides.new, new.free_from),
        )
        algebra = self._sides.algebra
        lost = algebra.only_in(ours, theirs)
        boxes = algebra.meet([*lost, *algebra.only_in(theirs, ours)], offered)
        if boxes:
            places = responsible(old.free_from, new.free_from)
            at = places.old or (old.span,), places.new or (new.span,)
            yield self._gap(new, boxes, "shipping is free for other carts", *at, cheaper=not lost)

    def _free_boxes(self, side: Side, free: FreeFrom | None) -> Boxes:
        if free is None:
            return ()
        box = Box({side.axis("shipping", free.of): ValueSet.interval(free.amount, None)})
        return (box.with_axis(_ZONE, ValueSet.points(free.zones)) if free.zones else box,)


def _zone(document: ShippingDocument, clauses: Sequence[Clause]) -> Zone | None:
    return next((zone for zone in document.zones if clauses and zone.id == clauses[0].rule), None)


def _offered(method: Method) -> tuple[object, object]:
    return method.when, method.window


def _span(method: Method, rule: str) -> Span:
    """The band or row a clause came from, or the rate, or the method."""
    zone, _, number = rule.partition("\n")
    rate = method.rates.get(zone) or method.rates.get("")
    if rate is None:
        return method.span
    if number and isinstance(rate, Bands | Table):
        rows = rate.rows
        return rows[int(number)].span if int(number) < len(rows) else rate.span
    return rate.span


def _about(unlikes: Sequence[Unlike]) -> str:
    given = [(_gives(unlike.old), _gives(unlike.new)) for unlike in unlikes]
    if all(_NOTHING in pair for pair in given):
        return "the method has a price on one side only"
    return "the method has another price or other days"


def _gives(clauses: Sequence[Clause]) -> Hashable:
    return clauses[0].gives if clauses else _NOTHING


def _is_refused_without(gained: Boxes) -> bool:
    """Whether a cart that had no method at all before was refused, and so not charged: only where the country is known.

    As long as it is not, shipping is open, and the first method that is offered costs more than none.
    """
    return all(not box[_COUNTRY].missing for box in gained)


def _is_cheaper(unlike: Unlike, boxes: Boxes) -> bool:
    """Whether in the boxes NEW has a price at least as low wherever OLD has one."""
    old, new = _gives(unlike.old), _gives(unlike.new)
    if old == _NOTHING:
        return _is_refused_without(boxes)
    if not (isinstance(old, tuple) and isinstance(new, tuple) and old[0] == new[0]):
        return False
    if old[0] == "flat":
        return bool(new[1] <= old[1])
    if old[0] == "step":
        return old[3:6] == new[3:6] and new[1] <= old[1] and new[2] <= old[2]
    return False
