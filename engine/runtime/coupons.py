"""Coupons: may each code on the cart be used, and what does it give?

A code is `applied`, `pending` (the customer can still make it work; every reason with its distance) or `rejected`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from engine.boxes.truth import truth
from engine.documents.conditions import Aggregate, Condition
from engine.documents.model import UNLIMITED, Coupon, Limits, Window
from engine.facts.cart import CouponEntry
from engine.runtime.arithmetic import Rounder
from engine.runtime.decision import CouponResult, Gift, Key, Reason
from engine.runtime.effects.delivery import GiftEffect, ShippingEffect
from engine.runtime.exclusion import is_excluded
from engine.runtime.promotion_program import CompiledPromotion
from engine.runtime.proposals import note_applied, post_shares, propose
from engine.runtime.reasons import failing, with_calendar
from engine.runtime.rule_index import Matcher
from engine.runtime.selection import Selected, aggregate, priced_facts, touched_members
from engine.runtime.working import Working


@dataclass(frozen=True, slots=True)
class CompiledCoupon:
    """One coupon. Its selections are few and only its own, so they are tested directly, without an index.

    `index` answers whether `when` holds, which is kept to say why not. `selections` are the conditions on lines the
    effect uses, by number; `aggregates` those the condition reads.
    """

    rule: CompiledPromotion
    coupon: Coupon
    when: Condition
    index: Matcher
    set_facts: Mapping[str, frozenset[str]]
    selections: tuple[Condition | None, ...]
    aggregates: tuple[Aggregate, ...]


@dataclass(frozen=True, slots=True)
class CouponsProgram:
    """A coupons ruleset, compiled: coupons by folded code and by campaign."""

    hash: str
    rounder: Rounder
    timezone: str
    reads_calendar: bool
    stacking: Literal["none", "all"]
    by_code: Mapping[str, CompiledCoupon]
    by_campaign: Mapping[str, CompiledCoupon]

    def find(self, entry: CouponEntry) -> CompiledCoupon | None:
        """The coupon a code belongs to, by the code itself first, then by its campaign."""
        found = self.by_code.get(entry.code)
        if found is None and entry.campaign is not None:
            found = self.by_campaign.get(entry.campaign)
        return found


@dataclass(frozen=True, slots=True)
class AdmittedCoupon:
    """A coupon on shipping that may be used: what it gives is worked out per method, at the shipping stage."""

    rule: CompiledPromotion
    selected: Selected
    rounder: Rounder
    spent: int


def run_coupons(program: CouponsProgram, work: Working) -> list[AdmittedCoupon]:
    """Decide every code on the cart; returns the applied coupons that act on shipping, for the shipping stage."""
    entries = [(entry, program.find(entry)) for entry in work.cart.coupons]
    if len(entries) > 1:
        entries.sort(key=_precedence)
    on_shipping: list[AdmittedCoupon] = []
    for entry, coupon in entries:
        result = _decide(program, entry, coupon, work, on_shipping)
        work.coupons.append(result)
    return on_shipping


def _precedence(pair: tuple[CouponEntry, CompiledCoupon | None]) -> tuple[int, int, str, str]:
    """Known codes by priority, then id; unknown ones last, by code."""
    entry, coupon = pair
    if coupon is None:
        return 1, 0, "", entry.code
    return 0, -coupon.coupon.priority, coupon.coupon.id, entry.code


def _decide(
    program: CouponsProgram,
    entry: CouponEntry,
    coupon: CompiledCoupon | None,
    work: Working,
    on_shipping: list[AdmittedCoupon],
) -> CouponResult:
    if coupon is None or not entry.known:
        return CouponResult(entry.code, "", "rejected", 0, (Reason("coupon_unknown", {"code": entry.code}),))
    rule = coupon.coupon.id
    rejected = _rejections(program, entry, coupon.coupon, work)
    if rejected:
        return CouponResult(entry.code, rule, "rejected", 0, tuple(rejected))
    selected = _select(coupon, work)
    pending = _open_reasons(program, coupon, selected, work)
    if pending:
        return CouponResult(entry.code, rule, "pending", 0, tuple(pending))
    return _apply(coupon, entry, selected, program, work, on_shipping)


def _rejections(program: CouponsProgram, entry: CouponEntry, coupon: Coupon, work: Working) -> list[Reason]:
    """What the customer cannot change: expired, used up, somebody else's, a second code."""
    reasons = []
    if work.coupons and _shut_out(program, coupon, work):
        reasons.append(Reason("coupon_stacking", {"code": entry.code}))
    if coupon.limits != UNLIMITED:
        reasons += _used_up(entry, coupon.limits)
    if coupon.window.end is not None and work.cart.now >= coupon.window.end:
        reasons.append(Reason("coupon_expired", {"until": str(coupon.window.end)}))
    if coupon.user_bound and work.cart.customer_id is not None and entry.owner != work.cart.customer_id:
        reasons.append(Reason("coupon_not_yours"))
    orders_paid = work.values.get("customer.orders_paid")
    if coupon.first_order_only and isinstance(orders_paid, int) and orders_paid > 0:
        reasons.append(Reason("coupon_first_order_only", {"orders_paid": str(orders_paid)}))
    return reasons


def _shut_out(program: CouponsProgram, coupon: Coupon, work: Working) -> bool:
    """One code a cart, or where several may stand together, one code of each coupon."""
    applied = [result.rule for result in work.coupons if result.state == "applied"]
    return bool(applied) if program.stacking == "none" else coupon.id in applied


def _used_up(entry: CouponEntry, limits: Limits) -> Iterator[Reason]:
    uses = (
        ("coupon_code_used", limits.per_code, entry.used_code),
        ("coupon_used_by_customer", limits.per_customer, entry.used_customer),
        ("coupon_exhausted", limits.total, entry.used_total),
    )
    for code, limit, used in uses:
        if limit is not None and used is not None and used >= limit:
            yield Reason(code, {"limit": str(limit), "used": str(used)})
    if limits.budget is not None and entry.spent >= limits.budget:
        yield Reason("coupon_budget_spent")


def _open_reasons(program: CouponsProgram, coupon: CompiledCoupon, selected: Selected, work: Working) -> list[Reason]:
    """What can still change: not yet valid, not signed in, a condition that does not hold, an excluding rule."""
    reasons = []
    window: Window = coupon.coupon.window
    if window.start is not None and work.cart.now < window.start:
        reasons.append(Reason("coupon_not_started", {"from": str(window.start)}, window.start - work.cart.now))
    if coupon.coupon.user_bound and work.cart.customer_id is None:
        reasons.append(Reason("fact_missing", {"fact": "customer.id"}))
    elif (
        coupon.coupon.limits.per_customer is not None
        and work.cart.customer_id is None
        and ("customer.email" not in work.values)
    ):
        reasons.append(Reason("fact_missing", {"fact": "customer.email"}))
    if coupon.coupon.first_order_only and "customer.orders_paid" not in work.values:
        reasons.append(Reason("fact_missing", {"fact": "customer.orders_paid"}))
    values = with_calendar(work.values, work.cart.now, program.timezone, program.reads_calendar)
    if not _holds(coupon, values, selected.touched, work):
        sums = {axis: value for axis, value in selected.touched.items() if value is not None}
        reasons += failing(coupon.when, {**values, **sums}, work.sets)
    if is_excluded(coupon.rule, work):
        reasons.append(Reason("coupon_exclusive", {"applied": ", ".join(work.applied)}))
    return reasons


def _holds(coupon: CompiledCoupon, values: Mapping[str, Key], touched: Mapping[str, Key | None], work: Working) -> bool:
    if coupon.set_facts:
        with_sets = dict(values)
        members = touched_members(coupon.set_facts, work.sets, with_sets)
        return bool(coupon.index.match(with_sets, {**touched, **members}))
    return bool(coupon.index.match(values, touched))


def _select(coupon: CompiledCoupon, work: Working) -> Selected:
    """The lines of the coupon's own selections, and its aggregates (0 where no line matches)."""
    everything = list(range(len(work.lines)))
    members: dict[int, list[int]] = {}
    for number, condition in enumerate(coupon.selections):
        positions = everything if condition is None else _matching(condition, work)
        if positions:
            members[number] = positions
    touched: dict[str, Key | None] = {
        each.axis: aggregate(each.measure, _matching(each.where, work), work) for each in coupon.aggregates
    }
    return Selected(members, touched)


def _matching(condition: Condition, work: Working) -> list[int]:
    return [
        position
        for position, line in enumerate(work.lines)
        if truth(condition, priced_facts(work, position), line.sets) is True
    ]


def _apply(
    coupon: CompiledCoupon,
    entry: CouponEntry,
    selected: Selected,
    program: CouponsProgram,
    work: Working,
    on_shipping: list[AdmittedCoupon],
) -> CouponResult:
    rule = coupon.rule
    if isinstance(rule.effect, ShippingEffect):
        on_shipping.append(AdmittedCoupon(rule, selected, program.rounder, entry.spent))
        note_applied(rule.id, rule.lane, rule.exclusive_with, work)
        return CouponResult(entry.code, rule.id, "applied", 0, ())
    if isinstance(rule.effect, GiftEffect):
        work.gifts.append(Gift(rule.effect.sku, rule.effect.quantity, rule.origin))
        note_applied(rule.id, rule.lane, rule.exclusive_with, work)
        return CouponResult(entry.code, rule.id, "applied", 0, ())
    proposal = propose(rule, work, selected, program.rounder, spent=entry.spent)
    if not proposal.shares:
        lines = selected.members.get(rule.selection)
        reason = Reason("coupon_no_line") if not lines else Reason("coupon_gives_nothing")
        return CouponResult(entry.code, rule.id, "pending", 0, (reason,))
    post_shares("coupon", proposal, rule.origin, work)
    note_applied(rule.id, rule.lane, rule.exclusive_with, work)
    return CouponResult(entry.code, rule.id, "applied", proposal.total, ())
