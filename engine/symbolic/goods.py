"""What is left of the price of each cell, and what one rule takes off it.

Exact for a cell of one line, and for sums that are rounded once. Of several lines that are each rounded, or of shares
of one amount, only bounds are told: that shares sum to their amount, and how far they can be from the exact part.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field

from engine.boxes.values import ValueSet
from engine.documents.effects import Ratio
from engine.money.rounding import Rounding
from engine.runtime.effects.delivery import GiftEffect, ShippingEffect
from engine.runtime.effects.groups import BundleEffect, BuyXGetYEffect, CheapestFreeEffect
from engine.runtime.effects.lines import LineAmount, LinePercent, LinePrice, LineTiers, Tiers
from engine.runtime.effects.order import OrderAmount, OrderPercent, OrderTiers
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
    """A rule that gave something, if `gave` holds."""

    rule: str
    lane: str
    excludes: frozenset[str]
    gave: Truth


@dataclass(frozen=True, slots=True)
class Given:
    """What a rule takes off, by place of the cell; `total` is the sum."""

    shares: dict[int, Number]
    total: Number


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
        self.applied.append(Applied(rule.id, rule.lane, rule.exclusive_with, gave))


def excludes(rule: Rule, other: str, lane: str, excluded: frozenset[str]) -> bool:
    """Whether two rules shut each other out."""
    return bool(excluded & {"all", rule.id, rule.lane}) or bool(rule.exclusive_with & {"all", other, lane})


# what one rule gives -------------------------------------------------------------------------------------------


def propose(goods: Goods, rule: Rule, view: View, mode: Rounding, active: Truth, bound: Number | None) -> Given:
    """What the rule gives now where `active` holds, and nothing elsewhere; `bound` is its cap and budget."""
    effect = rule.effect
    if isinstance(effect, GiftEffect | ShippingEffect):
        return Given({}, 0)
    if isinstance(effect, OnOrder):
        whole = order_total(goods, effect, view, mode, bound)
        total = goods.model.named("given", goods.model.logic.choose(active, whole, 0))
        return Given(shares_of(goods, effect, mode, total), total)
    if isinstance(effect, Single):
        full = {place: single(goods, effect, place, view, mode) for place in goods.members[effect.selection]}
        if rule.limits.per_order is not None:
            goods.model.loosen(f"the dearest units of '{rule.id}'")
            full = {place: _part_of(goods, rule.content, share) for place, share in full.items()}
        return bounded(goods, rule, full, active, bound)
    return bounded(goods, rule, grouped(goods, rule, effect, active), active, bound)


def bounded(goods: Goods, rule: Rule, full: dict[int, Number], active: Truth, bound: Number | None) -> Given:
    """The savings where `active` holds; when together they exceed the bound, parts of them that sum to it."""
    model, logic = goods.model, goods.model.logic
    if bound is None:
        shares = {place: model.named("share", logic.choose(active, share, 0)) for place, share in full.items()}
        return Given(shares, model.named("given", logic.sum(shares.values())))
    whole = model.named("whole", logic.sum(full.values()))
    total = model.named("given", logic.choose(active, model.least_of(whole, bound), 0))
    if len(full) == 1:
        return Given(dict.fromkeys(full, total), total)

    def make() -> dict[int, Number]:
        shares = {place: model.unknown("share") for place in full}
        for place, share in shares.items():
            logic.tell(share <= full[place])
            logic.tell(logic.implies(logic.all([active, whole <= bound]), share == full[place]))
        logic.tell(logic.sum(shares.values()) == total)
        return shares

    if full:
        model.loosen(f"shares of the bound of '{rule.id}'")
    return Given(model.once(("bounded", tuple(full)), [total, whole, bound, *full.values()], make), total)


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
    if effect.basis.meant is not None and goods.converts is not None and effect.basis.meant != goods.converts:
        goods.model.loosen("amounts converted by the tax of their line")
        return goods.model.once(what, inputs, lambda: _within_room(goods, place))
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
    made, room = _within_room(goods, place), goods.room(place)
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
    made, room = _within_room(goods, place), goods.room(place)
    logic.tell(made <= amount * times)
    logic.tell(logic.any([cell.lines == 0, made >= amount, made == room]))
    logic.tell(logic.implies(cell.lines == 1, made == model.least_of(amount * times, room)))
    model.loosen("amounts off several lines of a kind")
    return made


def _down_to_price(goods: Goods, price: int, place: int) -> Number:
    model, logic, cell = goods.model, goods.model.logic, goods.cells[place]
    made, room, left = _within_room(goods, place), goods.room(place), goods.left[place]
    above = left - price * cell.units
    logic.tell(logic.implies(cell.floor == 0, made >= above))
    logic.tell(logic.implies(cell.lines == 1, made == model.least_of(model.most_of(above, 0), room)))
    if price:
        model.loosen("fixed prices of several lines of a kind")
    return made


def _within_room(goods: Goods, place: int) -> Number:
    """Anything the lines of the cell have left."""
    made = goods.model.unknown("saving")
    goods.model.logic.tell(made <= goods.room(place))
    return made


def _part_of(goods: Goods, what: Hashable, share: Number) -> Number:
    def make() -> Number:
        made = goods.model.unknown("part")
        goods.model.logic.tell(made <= share)
        return made

    return goods.model.once(("part", what), [share], make)


# effects on the order ------------------------------------------------------------------------------------------


def order_total(goods: Goods, effect: OnOrder, view: View, mode: Rounding, bound: Number | None) -> Number:
    """What is taken off in all: what is wanted, within the bound and what the lines have left."""
    model = goods.model
    places = goods.members[effect.selection]
    room = model.named("room", model.logic.sum(goods.room(place) for place in places))
    limits = [room] if bound is None else [room, bound]
    if isinstance(effect, OrderAmount):
        meant = effect.basis.meant
        if meant is not None and goods.converts is not None and meant != goods.converts:
            model.loosen("amounts converted by the tax of their lines")

            def make() -> Number:
                made = model.unknown("converted")
                for limit in limits:
                    model.logic.tell(made <= limit)
                return made

            return model.once(("converted", effect), limits, make)
        return model.least_of(effect.amount, *limits)
    base = model.named("base", model.logic.sum(_base(goods, effect.initial, place) for place in places))
    if isinstance(effect, OrderPercent):
        wanted = _part(model, base, (effect.numerator, effect.denominator), mode)
    else:
        wanted = tiered(model, effect.tiers, view, [_part(model, base, ratio, mode) for ratio in effect.tiers.ratios])
    return model.least_of(wanted, *limits)


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


# effects on groups ---------------------------------------------------------------------------------------------


def grouped(goods: Goods, rule: Rule, effect: Grouped, active: Truth) -> dict[int, Number]:
    """Cheapest free, buy X get Y, bundles: anything within what their units can be worth."""
    model = goods.model
    selections = _selections(effect)
    places = sorted({place for selection in _discounted(effect) for place in goods.members[selection]})
    inputs = [active, *(goods.left[place] for place in places), *(goods.cells[place].floor for place in places)]
    inputs += [goods.cells[place].units for selection in selections for place in goods.members[selection]]
    model.loosen(f"which units '{rule.id}' takes")

    def make() -> dict[int, Number]:
        shares = {place: _within_room(goods, place) for place in places}
        total = model.named("grouped", model.logic.sum(shares.values()))
        worth = model.logic.sum(goods.left[place] for place in places)
        for bound in _group_bounds(goods, effect, total, worth):
            model.logic.tell(bound)
        model.logic.tell(model.logic.any([active, total == 0]))
        return shares

    return model.once(("grouped", rule.content, tuple(places)), inputs, make)


def _selections(effect: Grouped) -> list[int]:
    if isinstance(effect, CheapestFreeEffect):
        return [effect.selection]
    if isinstance(effect, BuyXGetYEffect):
        return [effect.selection, effect.get_selection]
    return [selection for selection, _ in effect.parts]


def _discounted(effect: Grouped) -> list[int]:
    return [effect.get_selection] if isinstance(effect, BuyXGetYEffect) else _selections(effect)


def _group_bounds(goods: Goods, effect: Grouped, total: Number, worth: Number) -> list[Truth]:
    """What the savings of all groups together cannot exceed, and what the cart must have for one group."""
    logic = goods.model.logic

    def units(*selections: int) -> Number:
        places = sorted({place for selection in selections for place in goods.members[selection]})
        return logic.sum(goods.cells[place].units for place in places)

    def needs(quantity: int, *selections: int) -> Truth:
        return logic.any([total == 0, units(*selections) >= quantity])

    if isinstance(effect, CheapestFreeEffect):
        # The cheapest of `free` in every `buy` units are worth at most that part of all of them.
        return [effect.buy * total <= effect.free * worth, needs(effect.buy, effect.selection)]
    if isinstance(effect, BuyXGetYEffect):
        if effect.numerator > effect.denominator:
            raise NotModelled("a percentage above 100")
        return [
            effect.denominator * total <= effect.numerator * worth + effect.denominator - 1,
            needs(effect.buy, effect.selection),
            needs(effect.get, effect.get_selection),
            needs(effect.buy + effect.get, effect.selection, effect.get_selection),
        ]
    bounds = [needs(quantity, selection) for selection, quantity in effect.parts]
    if effect.amount is not None:
        bounds += [quantity * total <= effect.amount * units(selection) for selection, quantity in effect.parts]
    elif effect.price is not None:
        bounds.append(logic.any([total == 0, total + effect.price <= worth]))
    elif effect.ratio is not None:
        numerator, denominator = effect.ratio
        if numerator > denominator:
            raise NotModelled("a percentage above 100")
        bounds.append(denominator * total <= numerator * worth + denominator - 1)
    return bounds
