"""What do effects on groups of units take off: cheapest free, buy X get Y, bundles? Only bounds are told."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

from engine.money.rounding import Rounding
from engine.runtime.effects.groups import BuyXGetYEffect, CheapestFreeEffect
from engine.symbolic.book_plan import Rule
from engine.symbolic.goods import Goods, Grouped, within_room
from engine.symbolic.model import NotModelled
from engine.symbolic.terms import Number, Truth


@dataclass(frozen=True, slots=True)
class Contest:
    """Rules that compete in a lane: `rules` says which, `inputs` all that decides which of them wins what."""

    rules: Hashable
    inputs: Sequence[Number | Truth]


def grouped(
    goods: Goods, rule: Rule, effect: Grouped, mode: Rounding, active: Truth, beside: Contest | None
) -> dict[int, Number]:
    """Cheapest free, buy X get Y, bundles: anything within what their units can be worth."""
    model = goods.model
    members = tuple(tuple(goods.members[selection]) for selection in _selections(effect))
    places = sorted({place for selection in _discounted(effect) for place in goods.members[selection]})
    inputs = [active, *goods.read_of(place for each in members for place in each), *goods.groups_given()]
    inputs += () if beside is None else beside.inputs
    model.loosen(f"which units '{rule.id}' takes")

    def make() -> dict[int, Number]:
        shares = {place: within_room(goods, place) for place in places}
        total = model.named("grouped", model.logic.sum(shares.values()))
        worth = model.logic.sum(goods.left[place] for place in places)
        for bound in _group_bounds(goods, effect, total, worth):
            model.logic.tell(bound)
        model.logic.tell(model.logic.any([active, total == 0]))
        return shares

    what = ("grouped", rule.content, mode, members, None if beside is None else beside.rules)
    return model.once(what, inputs, make)


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
