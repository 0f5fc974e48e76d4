"""Which carts are a cart with one thing less, or one number lower?"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from msgspec.structs import replace

from engine.facts.cart import Cart, Line
from engine.facts.scenario_lines import DEFAULT_TAX_CLASS
from engine.hunt.changes import with_fact, with_line, with_value

Parts = tuple[Callable[[Cart], Iterable[str]], Callable[[Cart, str], Cart]]
"""Names of parts of a cart, and the cart without the one of a name."""

_LINE_HAS: Final = frozenset({"line.sku", "line.quantity", "line.list_price"})
"""Facts every line has."""

_HUNTED_ID: Final = re.compile(r"L[1-9][0-9]*")

_SEPARATOR: Final = "\n"
"""Between the place of a line and the name of what it has; in no name."""


@dataclass(frozen=True, slots=True)
class Numbers:
    """Numbers of a cart by name, and the cart with one of them lowered."""

    of: Callable[[Cart], list[tuple[str, int]]]
    lowered: Callable[[Cart, int, str], Cart]

    def lower(self, name: str) -> Callable[[Cart, int], Cart]:
        """How one of them is lowered."""
        return lambda cart, to: self.lowered(cart, to, name)


# lines ---------------------------------------------------------------------------------------------------------


def with_units(cart: Cart, quantity: int, place: int) -> Cart:
    """The cart with so many units of the line at a place."""
    line = cart.lines[place]
    return with_line(cart, place, replace(line, quantity=quantity, facts={**line.facts, "line.quantity": quantity}))


def in_one_unit(cart: Cart, place: int) -> Cart:
    """The cart with one unit at a place that costs and weighs what all units of its line do together."""
    line = cart.lines[place]
    return with_line(cart, place, _amounting_to(line, 1, (line,)))


def joined(cart: Cart, place: int, other: int) -> Cart:
    """The cart without one line, the price and weight of which are added to the line at `place`."""
    line, gone = cart.lines[place], cart.lines[other]
    lines = with_line(cart, place, _amounting_to(line, 1, (line, gone))).lines
    return replace(cart, lines=(*lines[:other], *lines[other + 1 :]))


def gathered(cart: Cart, place: int, other: int) -> Cart:
    """The cart without one line, of which there are so many units more at `place`."""
    lines = with_units(cart, cart.lines[place].quantity + cart.lines[other].quantity, place).lines
    return replace(cart, lines=(*lines[:other], *lines[other + 1 :]))


def plainly_named(cart: Cart) -> Cart:
    """The cart with the lines of a hunt called L1, L2 and so on, and what they hold S1, S2; others keep their names."""
    if not all(_HUNTED_ID.fullmatch(line.id) for line in cart.lines):
        return cart
    named = ((f"L{number}", line) for number, line in enumerate(cart.lines, 1))
    return replace(cart, lines=tuple(_named_line(line_id, line) for line_id, line in named))


def _named_line(line_id: str, line: Line) -> Line:
    sku = line_id.replace("L", "S") if line.sku == line.id.replace("L", "S") else line.sku
    return replace(line, id=line_id, sku=sku, facts={**line.facts, "line.sku": sku})


def _amounting_to(line: Line, quantity: int, lines: tuple[Line, ...]) -> Line:
    """The line as one unit that costs and weighs what several lines do."""
    whole = with_value(line, "line.quantity", quantity)
    whole = with_value(whole, "line.list_price", sum(each.list_price * each.quantity for each in lines))
    for name in ("line.weight_g", "line.volume_cm3"):
        sizes = [(each.facts.get(name), each.quantity) for each in lines]
        if name in line.facts:
            whole = with_value(whole, name, sum(size * units for size, units in sizes if isinstance(size, int)))
    return whole


def _line_facts(cart: Cart) -> list[str]:
    return [
        f"{line.id}{_SEPARATOR}{name}"
        for line in cart.lines
        for name in sorted(line.facts)
        if name not in _LINE_HAS and (name, line.facts[name]) != ("line.tax_class", DEFAULT_TAX_CLASS)
    ]


def _without_line_fact(cart: Cart, name: str) -> Cart:
    place, fact = _named(cart, name)
    value = DEFAULT_TAX_CLASS if fact == "line.tax_class" else None
    return with_line(cart, place, with_value(cart.lines[place], fact, value))


def _line_members(cart: Cart) -> list[str]:
    return [
        f"{line.id}{_SEPARATOR}{name}{_SEPARATOR}{member}"
        for line in cart.lines
        for name in sorted(line.sets)
        for member in (*sorted(line.sets[name]), "")
    ]


def _without_line_member(cart: Cart, name: str) -> Cart:
    owner, fact, member = name.split(_SEPARATOR)
    place, _ = _named(cart, f"{owner}{_SEPARATOR}{fact}")
    line = cart.lines[place]
    return with_line(cart, place, replace(line, sets=_with_fewer(line.sets, fact, member)))


def _line_numbers(cart: Cart) -> list[tuple[str, int]]:
    return [
        (f"{line.id}{_SEPARATOR}{name}", value)
        for line in cart.lines
        for name, value in sorted(line.facts.items())
        if isinstance(value, int) and name != "line.quantity"
    ]


def _with_line_number(cart: Cart, to: int, name: str) -> Cart:
    place, fact = _named(cart, name)
    return with_line(cart, place, with_value(cart.lines[place], fact, to))


def _named(cart: Cart, name: str) -> tuple[int, str]:
    line_id, _, fact = name.partition(_SEPARATOR)
    return next(place for place, line in enumerate(cart.lines) if line.id == line_id), fact


# what a cart has besides lines ---------------------------------------------------------------------------------


def _without_item(cart: Cart, line_id: str) -> Cart:
    return replace(cart, catalogue=tuple(item for item in cart.catalogue if item.line.id != line_id))


def _without_usage(cart: Cart, rule: str) -> Cart:
    return replace(cart, usage={each: usage for each, usage in cart.usage.items() if each != rule})


def _without_coupon(cart: Cart, code: str) -> Cart:
    return replace(cart, coupons=tuple(coupon for coupon in cart.coupons if coupon.code != code))


def _without_set(cart: Cart, name: str) -> Cart:
    return replace(cart, sets={each: members for each, members in cart.sets.items() if each != name})


def _without_fact(cart: Cart, name: str) -> Cart:
    return with_fact(cart, name, None)


def _members(cart: Cart) -> list[str]:
    return [f"{name}{_SEPARATOR}{member}" for name in sorted(cart.sets) for member in sorted(cart.sets[name])]


def _without_member(cart: Cart, name: str) -> Cart:
    fact, member = name.split(_SEPARATOR)
    return replace(cart, sets=_with_fewer(cart.sets, fact, member))


def _numbers(cart: Cart) -> list[tuple[str, int]]:
    return [(name, value) for name, value in sorted(cart.facts.items()) if isinstance(value, int)]


def _with_number(cart: Cart, to: int, name: str) -> Cart:
    return with_fact(cart, name, to)


def _usages(cart: Cart) -> list[tuple[str, int]]:
    return [
        (f"{rule}{_SEPARATOR}{name}", value)
        for rule, usage in sorted(cart.usage.items())
        for name, value in (("customer", usage.customer), ("total", usage.total), ("spent", usage.spent))
        if value is not None
    ]


def _with_usage(cart: Cart, to: int, name: str) -> Cart:
    rule, _, part = name.partition(_SEPARATOR)
    return replace(cart, usage={**cart.usage, rule: replace(cart.usage[rule], **{part: to})})


def _with_fewer(sets: dict[str, frozenset[str]], fact: str, member: str) -> dict[str, frozenset[str]]:
    """The sets without one member of a fact; without the fact itself for the empty member."""
    if not member:
        return {each: members for each, members in sets.items() if each != fact}
    return {**sets, fact: sets[fact] - {member}}


PARTS: Final[tuple[Parts, ...]] = (
    (lambda cart: [item.line.id for item in cart.catalogue], _without_item),
    (lambda cart: sorted(cart.usage), _without_usage),
    (lambda cart: [coupon.code for coupon in cart.coupons], _without_coupon),
    (lambda cart: sorted(cart.sets), _without_set),
    (lambda cart: sorted(cart.facts.keys() - {"currency"}), _without_fact),
)
"""What a cart has besides lines."""

LINE_PARTS: Final[tuple[Parts, ...]] = (
    (_members, _without_member),
    (_line_members, _without_line_member),
    (_line_facts, _without_line_fact),
)
"""What a line has that it could be without, and single members of sets."""

NUMBERS: Final = (
    Numbers(_line_numbers, _with_line_number),
    Numbers(_numbers, _with_number),
    Numbers(_usages, _with_usage),
)
"""Everything that is counted or measured, units apart."""
