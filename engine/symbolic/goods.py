"""What is left of the price of each cell, and what an effect on lines or on the order takes off it.

Exact for a cell of one line, and for sums that are rounded once. Of several lines that are each rounded, or of shares
of one amount, only bounds are told: that shares sum to their amount, and how far they can be from the exact part.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, field

from engine.boxes.values import ValueSet
from engine.documents.effects import Ratio
from engine.money.rounding import Rounding
from engine.runtime.effects.groups import BundleEffect, BuyXGetYEffect, CheapestFreeEffect
from engine.runtime.effects.lines import LineAmount, LinePercent, LinePrice, LineTiers, Tiers
from engine.runtime.effects.order import OrderAmount, OrderPercent, OrderTiers
from engine.runtime.effects.tax_basis import TaxBasis
from engine.symbolic.book_plan import Rule
from engine.symbolic.cells import Cell
from engine.symbolic.facts import Measured, Stated, View
from engine.symbolic.model import Model, NotModelled, slack
from engine.symbolic.terms import Number, Truth

Single = LinePercent | LineAmount | LinePrice | LineTiers
OnOrder = OrderPercent | OrderAmount | OrderTiers
Grouped = CheapestFreeEffect | BuyXGetYEffect | BundleEffect


@dataclass(frozen=True, slots=True)
class Applied:
    """A rule that gave something, if `gave` holds; `grouped` if the units it used serve no other group."""

    rule: str
    lane: str
    excludes: frozenset[str]
    gave: Truth
    grouped: bool


@dataclass
class Goods:
    """The cells of one run, what is left of each, and which rules gave something so far.

    `members[s]` are the places of the cells in selection s. `converts` says which way amounts are meant that must be
    converted, since prices are the other way round (None: no tax rules).
    """

    model: Model
    cells: list[Cell]
    members: list[list[int]]
    left: list[Number]
    converts: str | None
    applied: list[Applied] = field(default_factory=list)

    def present(self, selection: int) -> Truth:
        """Whether some line is in the selection."""
        return self.model.logic.any(self.cells[place].lines > 0 for place in self.members[selection])

    def room(self, place: int) -> Number:
        """What discounts may still take from a cell."""
        floor = self.cells[place].floor
        return self.left[place] if isinstance(floor, int) and floor == 0 else self.left[place] - floor

    def take(self, shares: dict[int, Number]) -> None:
        """Take the shares off."""
        for place, share in sorted(shares.items()):
            if not (isinstance(share, int) and share == 0):
                self.left[place] = self.model.named("left", self.left[place] - share)
                self.model.logic.tell(self.left[place] >= self.cells[place].floor)

    def is_excluded(self, rule: Rule) -> Truth:
        """Whether something that was applied excludes the rule, or the rule excludes it."""
        return self.model.logic.any(
            each.gave for each in self.applied if excludes(rule, each.rule, each.lane, each.excludes)
        )

    def note(self, rule: Rule, gave: Truth) -> None:
        """Remember that the rule gave something where `gave` holds."""
        self.applied.append(
            Applied(rule.id, rule.lane, rule.exclusive_with, gave, grouped=isinstance(rule.effect, Grouped))
        )

    def converts_amounts(self, basis: TaxBasis) -> bool:
        """Whether an amount is meant otherwise than prices, so that the tax of the cart decides what it is worth."""
        return basis.meant is not None and self.converts is not None and basis.meant != self.converts

    def read_of(self, places: Iterable[int]) -> list[Number]:
        """All that effects can read of some cells: as long as these are the same, the lines in them are."""
        cells = [(place, self.cells[place]) for place in places]
        return [
            number
            for place, cell in cells
            for number in (cell.lines, cell.units, cell.initial, self.left[place], cell.floor)
        ]

    def groups_given(self) -> list[Truth]:
        """Which group effects gave something so far, which says what units are used: a unit serves one group."""
        return [each.gave for each in self.applied if each.grouped]


def excludes(rule: Rule, other: str, lane: str, excluded: frozenset[str]) -> bool:
    """Whether two rules shut each other out."""
    return bool(excluded & {"all", rule.id, rule.lane}) or bool(rule.exclusive_with & {"all", other, lane})


# effects on lines ----------------------------------------------------------------------------------------------


def single(goods: Goods, effect: Single, place: int, view: View, mode: Rounding) -> Number:
    """What an effect on lines takes off the lines of one cell."""
    if isinstance(effect, LinePercent):
        return _percent(goods, (effect.numerator, effect.denominator), effect.initial, place, mode)
    if isinstance(effect, LineTiers):
        percents = [_percent(goods, ratio, effect.initial, place, mode) for ratio in effect.tiers.ratios]
        return tiered(goods.model, effect.tiers, view, percents)
    cell, left = goods.cells[place], goods.left[place]
    inputs = [cell.lines, cell.units, left, cell.floor]
    what: Hashable = ("line", effect, place)
    if isinstance(effect, LinePrice):
        return goods.model.once(what, inputs, lambda: _down_to_price(goods, effect.price, place))
    if goods.converts_amounts(effect.basis):
        goods.model.loosen("amounts converted by the tax of their line")
        return within_room(goods, place)  # of each run anew, as rates can be others
    each = cell.units if effect.each_unit else cell.lines
    return goods.model.once(what, inputs, lambda: _amount(goods, effect.amount, each, place))


def tiered(model: Model, tiers: Tiers, view: View, by_row: Sequence[Number]) -> Number:
    """The number of the row the value of the fact falls into; 0 below the first, and where it is missing."""
    term = view.term(tiers.by)
    if not isinstance(term, Measured | Stated):
        raise NotModelled(f"tiers by {tiers.by}")
    found: Number = 0
    for start, number in zip(tiers.starts, by_row, strict=True):
        found = model.logic.choose(_at_least(view, tiers.by, start), number, found)
    return model.named("tier", found)


def _at_least(view: View, axis: str, start: int) -> Truth:
    return view.statements.accepts(view.term(axis), ValueSet.interval(start, None))


def _percent(goods: Goods, ratio: Ratio, initial: bool, place: int, mode: Rounding) -> Number:
    numerator, denominator = ratio
    if numerator > denominator:
        raise NotModelled("a percentage above 100")
    if numerator == 0:
        return 0
    cell, left = goods.cells[place], goods.left[place]
    base = cell.initial if initial else left
    inputs = [cell.lines, base, left, cell.floor]
    return goods.model.once(
        ("percent", ratio, mode, place), inputs, lambda: _percent_of(goods, ratio, base, place, mode)
    )


def _percent_of(goods: Goods, ratio: Ratio, base: Number, place: int, mode: Rounding) -> Number:
    model, logic, cell = goods.model, goods.model.logic, goods.cells[place]
    numerator, denominator = ratio
    below, above = slack(denominator, mode)
    made, room = within_room(goods, place), goods.room(place)
    logic.tell(denominator * made <= numerator * base + above * cell.lines)
    free = logic.all([cell.floor == 0, base == goods.left[place]])
    logic.tell(logic.implies(free, denominator * made >= numerator * base - below * cell.lines))
    one = model.rounded(base, numerator, denominator, mode)
    logic.tell(logic.implies(cell.lines == 1, made == model.least_of(one, room)))
    if denominator > 1:
        model.loosen("percentages rounded line by line, where there are several lines of a kind")
    return made


def _amount(goods: Goods, amount: int, times: Number, place: int) -> Number:
    model, logic, cell = goods.model, goods.model.logic, goods.cells[place]
    made, room = within_room(goods, place), goods.room(place)
    logic.tell(made <= amount * times)
    logic.tell(logic.any([cell.lines == 0, made >= amount, made == room]))
    logic.tell(logic.implies(cell.lines == 1, made == model.least_of(amount * times, room)))
    model.loosen("amounts off several lines of a kind")
    return made


def _down_to_price(goods: Goods, price: int, place: int) -> Number:
    model, logic, cell = goods.model, goods.model.logic, goods.cells[place]
    made, room, left = within_room(goods, place), goods.room(place), goods.left[place]
    above = left - price * cell.units
    logic.tell(logic.implies(cell.floor == 0, made >= above))
    logic.tell(logic.implies(cell.lines == 1, made == model.least_of(model.most_of(above, 0), room)))
    if price:
        model.loosen("fixed prices of several lines of a kind")
    return made


def within_room(goods: Goods, place: int) -> Number:
    """Anything the lines of the cell have left."""
    made = goods.model.unknown("saving")
    goods.model.logic.tell(made <= goods.room(place))
    return made


def of_dearest_units(goods: Goods, rule: Rule, full: dict[int, Number]) -> dict[int, Number]:
    """Parts of the savings: those of the dearest units that save anything, so many of all lines together."""
    model = goods.model
    model.loosen(f"the dearest units of '{rule.id}'")

    def make() -> dict[int, Number]:
        parts = {place: model.unknown("part") for place in full}
        for place, part in parts.items():
            model.logic.tell(part <= full[place])
        return parts

    inputs = [*full.values(), *goods.read_of(full)]
    return model.once(("dearest units", rule.content, tuple(full)), inputs, make)


# effects on the order ------------------------------------------------------------------------------------------


def order_total(goods: Goods, effect: OnOrder, view: View, mode: Rounding, bound: Number | None) -> Number:
    """What is taken off in all: what is wanted, within the bound and what the lines have left."""
    model = goods.model
    places = goods.members[effect.selection]
    room = model.named("room", model.logic.sum(goods.room(place) for place in places))
    limits = [room] if bound is None else [room, bound]
    if isinstance(effect, OrderAmount):
        if goods.converts_amounts(effect.basis):
            return _converted(model, limits)
        return model.least_of(effect.amount, *limits)
    base = model.named("base", model.logic.sum(_base(goods, effect.initial, place) for place in places))
    if isinstance(effect, OrderPercent):
        wanted = _part(model, base, (effect.numerator, effect.denominator), mode)
    else:
        wanted = tiered(model, effect.tiers, view, [_part(model, base, ratio, mode) for ratio in effect.tiers.ratios])
    return model.least_of(wanted, *limits)


def _converted(model: Model, limits: Sequence[Number]) -> Number:
    """Anything within the limits; of each run anew, as rates can be others."""
    model.loosen("amounts converted by the tax of their lines")
    made = model.unknown("converted")
    for limit in limits:
        model.logic.tell(made <= limit)
    return made


def _part(model: Model, base: Number, ratio: Ratio, mode: Rounding) -> Number:
    if ratio[0] > ratio[1]:
        raise NotModelled("a percentage above 100")
    return model.rounded(base, ratio[0], ratio[1], mode)


def _base(goods: Goods, initial: bool, place: int) -> Number:
    return goods.cells[place].initial if initial else goods.left[place]


def shares_of(goods: Goods, effect: OnOrder, mode: Rounding, total: Number) -> dict[int, Number]:
    """The total shared over the cells: never more than each has left; where it is the percentage, near that of each."""
    model, logic = goods.model, goods.model.logic
    places = goods.members[effect.selection]
    if len(places) == 1:
        return {places[0]: total}
    if not places:
        return {}

    def make() -> dict[int, Number]:
        shares = {place: model.unknown("share") for place in places}
        for place, share in shares.items():
            logic.tell(share <= goods.room(place))
        logic.tell(logic.sum(shares.values()) == total)
        if isinstance(effect, OrderPercent) and not effect.initial:
            _near(goods, effect, shares, total, mode)
        return shares

    model.loosen("how one amount is shared over kinds of lines")
    inputs = [total, *(goods.left[place] for place in places), *(goods.cells[place].floor for place in places)]
    inputs += [goods.cells[place].lines for place in places]
    return model.once(("shares", effect, mode, tuple(places)), inputs, make)


def _near(goods: Goods, effect: OrderPercent, shares: dict[int, Number], total: Number, mode: Rounding) -> None:
    """An amount that is the exact percentage, rounded once: each line gets its own percentage, to within two units."""
    model, logic = goods.model, goods.model.logic
    whole = model.named("base", logic.sum(goods.left[place] for place in shares))
    exact = logic.all(
        [
            total == model.rounded(whole, effect.numerator, effect.denominator, mode),
            *(goods.cells[place].floor == 0 for place in shares),
        ]
    )
    for place, share in shares.items():
        apart = effect.denominator * (goods.cells[place].lines + 1)
        part = effect.numerator * goods.left[place]
        near = logic.all([effect.denominator * share <= part + apart, effect.denominator * share >= part - apart])
        logic.tell(logic.implies(exact, near))
