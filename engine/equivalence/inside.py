"""Does a cart lie in a region? By the facts its decision was made from, those of its lines, parcels and codes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from engine.boxes.box import Box
from engine.boxes.build import is_member_axis
from engine.boxes.truth import truth
from engine.boxes.values import Key, ValueSet
from engine.documents.conditions import Aggregate
from engine.equivalence.algebra import TAXED
from engine.equivalence.codes import CAMPAIGN
from engine.facts.cart import Cart, Line
from engine.runtime.decision import Decision, LineResult
from engine.runtime.reasons import with_calendar
from engine.runtime.shipments import measures, volume_of
from engine.runtime.working import weight_of

Facts = dict[str, Key]

_OFFER: Final = frozenset({"shipping.price", "shipping.decided", "shipping.zone"})
"""What a shipping lane sees of each method in turn."""

_OF_LINE: Final = TAXED + "line."
_CODES: Final = frozenset({"coupon.code", CAMPAIGN})


def lies_in(
    boxes: Iterable[Box],
    cart: Cart,
    decision: Decision,
    aggregates: Mapping[str, Aggregate],
    divisor: int | None,
) -> bool:
    """Whether the cart lies in one of the boxes, as far as its facts can be told afterwards.

    `divisor` is the volumetric one of the book that decided.
    """
    known = _Known(cart, decision, aggregates, divisor)
    return any(known.holds(box) for box in boxes)


class _Known:
    """The facts of a decided cart."""

    def __init__(
        self, cart: Cart, decision: Decision, aggregates: Mapping[str, Aggregate], divisor: int | None
    ) -> None:
        self._cart = cart
        self._divisor = divisor
        self._decision = decision
        self._lines = list(zip(cart.lines, decision.lines, strict=True))
        self._facts: Facts = dict(decision.facts)
        for axis, aggregate in aggregates.items():
            value = self._sum(aggregate)
            if value is not None:
                self._facts[axis] = value

    def holds(self, box: Box) -> bool:
        """Whether cart, some line, some parcel and some code lie in the box."""
        sides = dict(box.items())
        offers = _taken(sides, lambda axis: axis in _OFFER)
        lines = _taken(sides, lambda axis: axis.startswith(("line.", TAXED)) or axis == "tax.class")
        parcels = _taken(sides, lambda axis: axis.startswith("shipment."))
        codes = _taken(sides, lambda axis: axis in _CODES)
        zones = {axis.partition(" (")[2].removesuffix(")") for axis in sides if axis.startswith("now.")} or {""}
        return (
            all(_accepts(sides, self._cart_facts(sides, timezone)) for timezone in zones)
            and (not lines or any(_accepts(lines, facts) for facts in self._line_facts(lines)))
            and (not offers or any(_accepts(offers, facts) for facts in self._offers()))
            and (not parcels or any(_accepts(parcels, facts) for facts in self._parcels()))
            and (not codes or any(_accepts(codes, facts) for facts in self._codes()))
        )

    def _cart_facts(self, sides: Mapping[str, ValueSet], timezone: str) -> Facts:
        facts = dict(self._facts)
        if timezone:
            there = with_calendar(facts, self._cart.now, timezone, True)
            facts |= {f"{name} ({timezone})": there[name] for name in ("now.weekday", "now.time")}
        return _with_members(facts, self._cart.sets, sides)

    def _line_facts(self, sides: Mapping[str, ValueSet]) -> Iterator[Facts]:
        for line, result in self._lines:
            asked = [axis.removeprefix(TAXED) for axis in sides]
            facts = _with_members(_priced(line, result), line.sets, asked)
            taxed = {TAXED + name: value for name, value in {**self._facts, **facts}.items()}
            yield {**facts, **taxed, "tax.class": line.tax_class}
            yield {
                **facts,
                **{name: taxed[name] for name in taxed if name.startswith(_OF_LINE)},
                "tax.class": line.tax_class,
            }
        if all(axis == "tax.class" or sides[axis].missing for axis in sides) and "tax.class" in sides:
            value = sides["tax.class"].smallest()  # shipping is of a class of its own
            yield {} if value is None else {"tax.class": value}

    def _offers(self) -> Iterator[Facts]:
        """What is seen of each method that is offered, and of the cart before any is."""
        zone = self._facts.get("shipping.zone")
        yield {name: self._facts[name] for name in _OFFER if name in self._facts}
        yield {} if zone is None else {"shipping.zone": zone}
        for option in self._decision.options:
            if option.price is not None:
                facts: Facts = {"shipping.price": option.price, "shipping.decided": option.method}
                yield {**facts, "shipping.zone": option.zone} if option.zone else facts

    def _parcels(self) -> Iterator[Facts]:
        subtotal = self._facts.get("subtotal.after_discounts")
        yield _parcel([line for line, _ in self._lines], subtotal, self._divisor)
        for seller in sorted({line.seller for line, _ in self._lines}):
            inside = [(line, result) for line, result in self._lines if line.seller == seller]
            facts = _parcel([line for line, _ in inside], sum(result.total for _, result in inside), self._divisor)
            yield {**facts, "shipment.seller": seller} if seller else facts

    def _codes(self) -> Iterator[Facts]:
        for entry in self._cart.coupons:
            facts: Facts = {"coupon.code": entry.code}
            yield facts if entry.campaign is None else {**facts, CAMPAIGN: entry.campaign}

    def _sum(self, aggregate: Aggregate) -> int | None:
        chosen = [
            (line, result)
            for line, result in self._lines
            if truth(aggregate.where, _priced(line, result), line.sets) is True
        ]
        match aggregate.measure:
            case "count":
                return len(chosen)
            case "quantity":
                return sum(line.quantity for line, _ in chosen)
            case "subtotal":
                return sum(result.subtotal for _, result in chosen)
            case _:
                return weight_of([line for line, _ in chosen])


def _taken(sides: dict[str, ValueSet], belongs: object) -> dict[str, ValueSet]:
    """The sides on axes that belong there, taken out of the others."""
    assert callable(belongs)
    found = {axis: values for axis, values in sides.items() if belongs(axis)}
    for axis in found:
        del sides[axis]
    return found


def _accepts(sides: Mapping[str, ValueSet], facts: Facts) -> bool:
    return all(values.contains(facts.get(axis)) for axis, values in sides.items())


def _with_members(facts: Facts, sets: Mapping[str, frozenset[str]], sides: Iterable[str]) -> Facts:
    """The facts with what is asked of sets: whether they are known, and 1 for a member that is there, else 0."""
    found = dict(facts)
    for fact in sets:
        found[fact] = found[f"{fact}∋"] = 1
    for axis in sides:
        if is_member_axis(axis):
            fact, member = axis.split("∋", 1)
            found[axis] = int(member in sets.get(fact, ()))
    return found


def _priced(line: Line, result: LineResult) -> Facts:
    return {
        **line.facts,
        "line.unit_price": result.unit_price,
        "line.on_sale": int(result.on_sale),
        "line.subtotal": result.subtotal,
    }


def _parcel(lines: list[Line], subtotal: Key | None, divisor: int | None) -> Facts:
    facts: Facts = {"shipment.item_count": sum(line.quantity for line in lines)}
    if subtotal is not None:
        facts["shipment.subtotal"] = subtotal
    return facts | measures(weight_of(lines), volume_of(lines), divisor)
