"""What of a decision can a case expect, and what does it expect to tell two decisions apart?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from engine.facts.cart_plain import Written
from engine.money import format_amount
from engine.runtime.decision import Decision, ShippingOption

TOTALS = ("items", "discount", "shipping", "tax", "total")

Expectable = Mapping[str, object]


def expectable(decision: Decision) -> Expectable:
    """Everything a case can look at, but hints; equal for decisions that no case can tell apart."""
    totals = {name: getattr(decision.totals, name) for name in TOTALS}
    return totals | {
        "applied": frozenset(decision.applied),
        "refused": frozenset(refusal.code for refusal in decision.refusals),
        "coupons": {coupon.code: coupon.state for coupon in decision.coupons},
        "method": decision.shipping_method,
        "options": {option.method: _offer(option) for option in decision.options},
        "gifts": Counter({gift.sku: gift.quantity for gift in decision.gifts}),
        "lines": {line.id: (line.unit_price, line.discount, line.total) for line in decision.lines},
    }


def differ(one: Expectable, other: Expectable) -> bool:
    """Whether some case can tell the decisions apart."""
    return one != other


def expectation(right: Decision, wrong: Decision) -> dict[str, Written]:
    """What a case expects that the right decision meets and the wrong one does not, as little as says it well."""
    one, other = expectable(right), expectable(wrong)
    keys = [key for key in one if one[key] != other[key]]
    written: dict[str, Written] = {}
    for key in keys:
        written |= _expected(key, keys, right, wrong)
    return written


def _expected(key: str, keys: list[str], right: Decision, wrong: Decision) -> dict[str, Written]:
    if key in TOTALS:
        return {key: format_amount(getattr(right.totals, key), right.currency)}
    if key == "lines":
        return {} if {"items", "discount", "total"} & {*keys} else _lines(right, wrong)
    if key == "applied":
        return _applied(right, wrong)
    if key == "refused":
        return {key: [*sorted({refusal.code for refusal in right.refusals})]}
    if key == "coupons":
        states = {coupon.code: coupon.state for coupon in wrong.coupons}
        return {key: {each.code.upper(): each.state for each in right.coupons if states.get(each.code) != each.state}}
    if key == "method":
        return {} if "shipping" in keys else {key: right.shipping_method or "none"}
    if key == "options":
        return _options(right, wrong)
    gifts: Counter[str] = Counter()
    for gift in right.gifts:
        gifts[gift.sku] += gift.quantity
    return {key: {**gifts}}


def _applied(right: Decision, wrong: Decision) -> dict[str, Written]:
    """Rules with an effect; where a rule should have none it is named, too."""
    more = [name for name in right.applied if name not in wrong.applied]
    less = sorted({*wrong.applied} - {*right.applied})
    return {**({"applied": [*more]} if more else {}), **({"not_applied": [*less]} if less else {})}


def _lines(right: Decision, wrong: Decision) -> dict[str, Written]:
    others = {line.id: line for line in wrong.lines}
    found: dict[str, Written] = {}
    for line in right.lines:
        other = others.get(line.id)
        names = [
            name for name in ("unit_price", "discount", "total") if getattr(line, name) != getattr(other, name, None)
        ]
        if names:
            found[line.id] = {name: format_amount(getattr(line, name), right.currency) for name in names}
    return {"lines": found}


def _options(right: Decision, wrong: Decision) -> dict[str, Written]:
    """Prices of methods; or a code the wrong decision does not have. The one the total is made with shows in it."""
    others = {option.method: option for option in wrong.options}
    found: dict[str, Written] = {}
    for option in right.options:
        other = others.get(option.method)
        if other is not None and _offer(option) == _offer(other):
            continue
        if option.method == right.shipping_method == wrong.shipping_method:
            continue
        if option.total is not None:
            found[option.method] = format_amount(option.total, right.currency)
            continue
        codes = (
            frozenset() if other is None or other.total is not None else frozenset(each.code for each in other.reasons)
        )
        own = [each.code for each in option.reasons if each.code not in codes]
        if own:
            found[option.method] = own[0]
    return {"options": found} if found else {}


def _offer(option: ShippingOption) -> object:
    return option.total if option.total is not None else frozenset(each.code for each in option.reasons)
