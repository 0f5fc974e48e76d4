"""What can be added to a cart? More of a line, an item of the catalogue, or an item of no particular kind.

An item of no kind has the price it needs, no weight and no category; it stands for "anything for so much more".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from msgspec.structs import replace

from engine.boxes.truth import truth
from engine.documents.conditions import Aggregate, Condition
from engine.facts.cart import Cart, Line
from engine.facts.line_order import in_order
from engine.runtime.decision import Decision, Key
from engine.runtime.index import iter_bits
from engine.runtime.seen import measured, priced_line
from engine.runtime.selection import ALL_LINES, Selections, touched_members

MOST_WAYS: Final = 3
"""The cheapest ways are tried: what a customer would take, and each costs a few decisions."""

_ANY_ITEM = "~any"


@dataclass(frozen=True, slots=True)
class Way:
    """More of one kind of item: of the line `line`, or a new line of the catalogue item `sku` (`line` is empty then).

    `price` is what one unit adds to the sum of the items, `list_price` what it is said to cost.
    """

    line: str
    sku: str
    price: int
    list_price: int
    with_units: Callable[[int], Cart]


@dataclass(frozen=True)
class Ways:
    """The lines of a decided cart as conditions see them, and what may be added to it. Made for one call of hints."""

    cart: Cart
    decision: Decision

    # the lines that are there

    @cached_property
    def _facts(self) -> list[dict[str, Key]]:
        return [priced_line(line, result) for line, result in zip(self.cart.lines, self.decision.lines, strict=True)]

    @cached_property
    def _catalogue_facts(self) -> list[dict[str, Key]]:
        return [_at_list_price(item.line) for item in self.cart.catalogue]

    def selects(self, where: Condition, position: int) -> bool:
        """Whether the condition takes the line at that position."""
        return truth(where, self._facts[position], self.cart.lines[position].sets) is True

    def units(self, where: Condition) -> int:
        """The units of all lines the condition takes."""
        return sum(line.quantity for position, line in enumerate(self.cart.lines) if self.selects(where, position))

    def sum_of(self, aggregate: Aggregate) -> int | None:
        """What the aggregate adds up to; None when it cannot be told."""
        positions = [position for position in range(len(self.cart.lines)) if self.selects(aggregate.where, position)]
        return measured(aggregate.measure, positions, self.cart, self.decision)

    def members(self, selections: Selections) -> dict[int, list[int]]:
        """Positions of the lines of every selection that has any."""
        found: dict[int, list[int]] = {ALL_LINES: list(range(len(self.cart.lines)))}
        for position, line in enumerate(self.cart.lines):
            for selection in _selections(selections, self._facts[position], line):
                found.setdefault(selection, []).append(position)
        return found

    def sums(self, selections: Selections) -> dict[str, Key | None]:
        """Every aggregate of which the cart has something; None where it cannot be told."""
        if not selections.aggregates:
            return {}
        return {
            axis: measured(measure, positions, self.cart, self.decision)
            for selection, positions in self.members(selections).items()
            for axis, measure in selections.aggregates.get(selection, ())
        }

    def in_catalogue(self, selections: Selections) -> set[int]:
        """The selections that take an item of the catalogue."""
        items = zip(self.cart.catalogue, self._catalogue_facts, strict=True)
        return {selection for item, facts in items for selection in _selections(selections, facts, item.line)}

    # what may be added

    def cheapest(self, where: Sequence[Condition], guess: Callable[[int], int], *, new: bool = False) -> list[Way]:
        """The ways that every condition takes, by what the units that `guess` says for their price cost together.

        `new` leaves out more of what is there.
        """
        found = [*(() if new else self._more_of_lines(where)), *self._new_items(where)]
        return sorted(found, key=lambda way: (way.price * guess(way.price), way.line, way.sku))[:MOST_WAYS]

    def of_line(self, position: int) -> Way:
        """More of the line at that position."""
        line, now = self.cart.lines[position], self.decision.lines[position]
        return Way(line.id, line.sku, now.unit_price, line.list_price, _more_of(self.cart, position))

    def _more_of_lines(self, where: Sequence[Condition]) -> Iterator[Way]:
        for position, line in enumerate(self.cart.lines):
            if line.list_price and all(self.selects(each, position) for each in where):
                yield self.of_line(position)

    def _new_items(self, where: Sequence[Condition]) -> Iterator[Way]:
        for item, facts in zip(self.cart.catalogue, self._catalogue_facts, strict=True):
            price = item.line.list_price
            if price and all(truth(each, facts, item.line.sets) is True for each in where):
                yield Way("", item.line.sku, price, price, _with_item(self.cart, item.line))

    def any_item_counts(self, where: Iterable[Condition], price: int) -> bool:
        """Whether the conditions take an item of no kind at that price."""
        facts = _at_list_price(_any_item(self.cart.lines[0], price))
        return all(truth(each, facts) is True for each in where)


def with_any_item(cart: Cart, price: int) -> Cart:
    """One more line of that price (minor units): sold by the seller of the first line, of its tax class."""
    return _with_lines(cart, [*cart.lines, _any_item(cart.lines[0], price)])


def _any_item(like: Line, price: int) -> Line:
    return Line(
        id=_ANY_ITEM,
        sku=_ANY_ITEM,
        quantity=1,
        list_price=price,
        facts={
            "line.sku": _ANY_ITEM,
            "line.quantity": 1,
            "line.list_price": price,
            "line.tax_class": like.tax_class,
            **({"line.seller": like.seller} if like.seller else {}),
        },
        weight_g=0,
        volume_cm3=0,
        seller=like.seller,
        tax_class=like.tax_class,
    )


def _at_list_price(line: Line) -> dict[str, Key]:
    price = line.list_price
    return {**line.facts, "line.unit_price": price, "line.on_sale": 0, "line.subtotal": price * line.quantity}


def _selections(selections: Selections, facts: dict[str, Key], line: Line) -> Iterator[int]:
    if selections.index is None:
        return
    values = dict(facts) if selections.set_facts else facts
    for bit in iter_bits(selections.index.match(values, touched_members(selections.set_facts, line.sets, values))):
        yield bit + 1


def _more_of(cart: Cart, position: int) -> Callable[[int], Cart]:
    line = cart.lines[position]

    def make(count: int) -> Cart:
        lines = list(cart.lines)
        lines[position] = _of_quantity(line, line.quantity + count)
        return _with_lines(cart, lines)

    return make


def _with_item(cart: Cart, item: Line) -> Callable[[int], Cart]:
    return lambda count: _with_lines(cart, [*cart.lines, _of_quantity(item, count)])


def _of_quantity(line: Line, quantity: int) -> Line:
    return replace(line, quantity=quantity, facts={**line.facts, "line.quantity": quantity})


def _with_lines(cart: Cart, lines: list[Line]) -> Cart:
    return replace(cart, lines=in_order(lines))
