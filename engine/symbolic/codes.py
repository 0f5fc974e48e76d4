"""What do coupons take off? Whether a code is on the cart and still good is unknown; the rest follows."""

from __future__ import annotations

from dataclasses import dataclass

from engine.boxes.values import ValueSet
from engine.money.rounding import Rounding
from engine.runtime.effects.delivery import GiftEffect, ShippingEffect
from engine.symbolic.book_plan import BookPlan, PlannedCoupon
from engine.symbolic.facts import View
from engine.symbolic.giving import propose
from engine.symbolic.goods import Goods
from engine.symbolic.model import Model
from engine.symbolic.terms import Number, Truth
from engine.symbolic.usage import Uses


@dataclass(frozen=True, slots=True)
class OnShipping:
    """A coupon that was applied and lowers shipping, where `applied` holds; `bound` is what it may give at most."""

    coupon: PlannedCoupon
    applied: Truth
    bound: Number | None


def code_on_cart(model: Model, coupon: str, shopper: str = "") -> Truth:
    """Whether an entry of the cart belongs to the coupon, is known, not used up, and of this customer."""
    return model.logic.either(f"code of {coupon}{shopper}")


def run_coupons(plan: BookPlan, goods: Goods, view: View, uses: Uses, mode: Rounding) -> tuple[list[OnShipping], Truth]:
    """Apply the coupons; the second answer is whether any was applied."""
    assert plan.coupons is not None
    logic = goods.model.logic
    on_shipping: list[OnShipping] = []
    applied: list[Truth] = []
    present = view.statements.accepts(view.term("coupon.present"), ValueSet.point(1))
    for each in plan.admitted:
        on_cart = code_on_cart(goods.model, each.coupon.id, uses.shopper)
        logic.tell(logic.implies(on_cart, present))
        active = logic.all([on_cart, _admitted(each, goods, view)])
        if plan.coupons.stacking == "none":
            active = logic.all([active, *map(logic.no, applied)])
        bound = uses.bound(f"{each.coupon.id} (code)", each.rule.cap, each.rule.limits)
        if isinstance(each.rule.effect, ShippingEffect):
            gave: Truth = active
            on_shipping.append(OnShipping(each, active, bound))
        elif isinstance(each.rule.effect, GiftEffect):
            gave = active
        else:
            selection = each.rule.effect.selection
            given = propose(goods, each.rule, view, mode, logic.all([active, goods.present(selection)]), bound)
            goods.take(given.shares)
            gave = given.total > 0
        applied.append(gave)
        goods.note(each.rule, gave)
    return on_shipping, logic.any(applied)


def _admitted(each: PlannedCoupon, goods: Goods, view: View) -> Truth:
    """Whether the coupon holds for this cart: inside its window, signed in where it must be, its condition true."""
    logic, coupon = goods.model.logic, each.coupon
    statements = view.statements
    parts = [view.holds(each.rule.boxes), logic.no(goods.is_excluded(each.rule))]
    if coupon.window.start is not None or coupon.window.end is not None:
        window = ValueSet.interval(coupon.window.start, coupon.window.end)
        parts.append(statements.accepts(view.term("now"), window))
    if coupon.user_bound:
        parts.append(statements.accepts(view.term("customer.signed_in"), ValueSet.point(1)))
    if coupon.limits.per_customer is not None:  # somebody whose uses can be counted
        signed_in = statements.accepts(view.term("customer.signed_in"), ValueSet.point(1))
        parts.append(logic.any([signed_in, statements.accepts(view.term("customer.email"), ValueSet.known())]))
    if coupon.first_order_only:
        parts.append(statements.accepts(view.term("customer.orders_paid"), ValueSet.interval(None, 1)))
    if each.rule.limits.budget is not None:
        parts.append(goods.model.logic.whole(f"used {coupon.id} (code).spent") < each.rule.limits.budget)
    return logic.all(parts)
