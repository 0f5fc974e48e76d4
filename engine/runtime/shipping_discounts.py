"""What is taken off the price of one shipping method: free-from thresholds, shipping lanes, coupons, in this order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import msgspec

from engine.runtime.arithmetic import Rounder
from engine.runtime.coupons import AdmittedCoupon
from engine.runtime.decision import Key, Origin
from engine.runtime.effects.delivery import ShippingEffect
from engine.runtime.exclusion import is_excluded, names
from engine.runtime.promotion_program import CompiledLane, CompiledPromotion, Context, PromotionsProgram
from engine.runtime.promotions import live_candidates
from engine.runtime.selection import Selected
from engine.runtime.shipping_program import CompiledFreeFrom, CompiledMethod
from engine.runtime.working import Working


class Discount(msgspec.Struct, frozen=True, gc=False):
    """One saving on shipping. `rule` and `lane` are empty for a free-from threshold, which is no rule of its own."""

    amount: int
    origin: Origin
    rule: str = ""
    lane: str = ""
    excludes: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Discounting:
    """What may lower shipping prices in one evaluation."""

    promotions: PromotionsProgram | None
    context: Context | None
    coupons: Sequence[AdmittedCoupon]
    candidates: dict[str, list[CompiledPromotion]] = field(default_factory=dict)
    """Of the lanes that do not look at the offer, found for the first offer and kept."""

    def candidates_of(self, lane: CompiledLane, work: Working, seen: Context) -> list[CompiledPromotion]:
        """The candidates of a shipping lane for the offer that `seen` shows."""
        if lane.reads_offer:
            return live_candidates(lane, work, seen)
        found = self.candidates.get(lane.id)
        if found is None:
            found = self.candidates[lane.id] = live_candidates(lane, work, seen)
        return found


def discounts(
    discounting: Discounting, method: CompiledMethod, zone: str, price: int, work: Working
) -> tuple[Discount, ...]:
    """The savings on one method, in order; together never more than its price."""
    free = method.free_from
    if not price:
        return ()
    if free is not None and _is_free(free, zone, work):
        return (Discount(price, free.origin),)
    taken = _Taken(method.id, price, work)
    if discounting.promotions is not None and discounting.context is not None:
        seen = _seen(discounting.context, method, zone, price)
        taken.values = seen.values
        _run_lanes(taken, discounting, discounting.promotions, seen)
    for admitted in discounting.coupons:
        taken.take(admitted.rule, admitted.selected, admitted.rounder, admitted.spent)
    return tuple(taken.found)


def _is_free(free: CompiledFreeFrom, zone: str, work: Working) -> bool:
    if free.zones and zone not in free.zones:
        return False
    value = work.values.get(free.of)
    return isinstance(value, int) and value >= free.amount


def _seen(context: Context, method: CompiledMethod, zone: str, price: int) -> Context:
    """What a shipping lane sees: this method, as if it were the decided one."""
    values = {**context.values, "shipping.price": price, "shipping.decided": method.id}
    if zone:
        values["shipping.zone"] = zone
    return Context(values, context.touched, context.selected)


def _run_lanes(taken: _Taken, discounting: Discounting, promotions: PromotionsProgram, seen: Context) -> None:
    for lane in promotions.lanes.get("shipping", ()):
        candidates = discounting.candidates_of(lane, taken.work, seen)
        if lane.pick == "all":
            for rule in candidates:
                taken.take(rule, seen.selected, promotions.rounder)
        elif (chosen := _chosen(lane, candidates, taken, seen.selected, promotions.rounder)) is not None:
            taken.take(chosen, seen.selected, promotions.rounder)


def _chosen(
    lane: CompiledLane, candidates: list[CompiledPromotion], taken: _Taken, selected: Selected, rounder: Rounder
) -> CompiledPromotion | None:
    best, most = None, 0
    for rule in candidates:
        saving = taken.saving(rule, selected, rounder)
        if saving > most:
            if lane.pick == "first":
                return rule
            best, most = rule, saving
    return best


class _Taken:
    """The savings found so far on one method."""

    def __init__(self, method: str, price: int, work: Working) -> None:
        self.work = work
        self.values: Mapping[str, Key] = work.values
        self.found: list[Discount] = []
        self._method = method
        self._price = price
        self._left = price

    def saving(self, rule: CompiledPromotion, selected: Selected, rounder: Rounder, spent: int | None = None) -> int:
        """What the rule would take off what is left, after cap, budget and exclusions."""
        effect = rule.effect
        if not isinstance(effect, ShippingEffect) or self._is_excluded(rule):
            return 0
        saving = effect.saving(self.values, selected, self._method, self._price, self._left, rounder)
        bound = rule.bound(self.work.usage(rule.id).spent if spent is None else spent)
        return saving if bound is None else min(saving, bound)

    def take(self, rule: CompiledPromotion, selected: Selected, rounder: Rounder, spent: int | None = None) -> None:
        """Take the saving, if there is one."""
        saving = self.saving(rule, selected, rounder, spent)
        if saving > 0:
            self.found.append(Discount(saving, rule.origin, rule.id, rule.lane, rule.exclusive_with))
            self._left -= saving

    def _is_excluded(self, rule: CompiledPromotion) -> bool:
        if rule.id in self.work.applied:
            return False  # a coupon, which was admitted at its own stage
        if is_excluded(rule, self.work):
            return True
        return any(
            names(discount.excludes, (rule.id,), (rule.lane,))
            or names(rule.exclusive_with, (discount.rule,), (discount.lane,))
            for discount in self.found
        )
