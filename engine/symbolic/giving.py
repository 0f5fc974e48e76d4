"""What does one rule give, within its cap, budget and limits?"""

from __future__ import annotations

from dataclasses import dataclass

from engine.money.rounding import Rounding
from engine.runtime.effects.delivery import GiftEffect, ShippingEffect
from engine.symbolic.book_plan import Rule
from engine.symbolic.facts import View
from engine.symbolic.goods import Goods, OnOrder, Single, of_dearest_units, order_total, shares_of, single
from engine.symbolic.groups import Contest, grouped
from engine.symbolic.terms import Number, Truth


@dataclass(frozen=True, slots=True)
class Given:
    """What a rule takes off, by place of the cell; `total` is the sum."""

    shares: dict[int, Number]
    total: Number


def propose(
    goods: Goods,
    rule: Rule,
    view: View,
    mode: Rounding,
    active: Truth,
    bound: Number | None,
    beside: Contest | None = None,
) -> Given:
    """What the rule gives now where `active` holds, and nothing elsewhere; `bound` is its cap and budget.

    `beside` says with what a group effect competes for units.
    """
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
            full = of_dearest_units(goods, rule, full)
        return bounded(goods, rule, full, active, bound)
    return bounded(goods, rule, grouped(goods, rule, effect, mode, active, beside), active, bound)


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
