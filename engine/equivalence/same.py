"""When are two decisions of one cart the same for everybody concerned?

What counts: all totals, each line, taxes by percentage, the shipping methods offered with price and days, the one
decided, the state and amount of each coupon, gifts, refusals by code, and which payments are possible. What does not:
ids of rules, places, messages, reasons, the order in which things are listed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable
from typing import Final

from engine.equivalence.model import Outcome
from engine.runtime.decision import Decision

Aspect = Callable[[Decision], Hashable]


def differences(old: Decision, new: Decision) -> tuple[str, ...]:
    """Names of what is not the same, in the order in which a reader wants to hear them."""
    return tuple(name for name, aspect in _ASPECTS.items() if aspect(old) != aspect(new))


def is_same(old: Decision, new: Decision) -> bool:
    """Whether nothing that counts differs."""
    return all(aspect(old) == aspect(new) for aspect in _ASPECTS.values())


def costs_more(old: Decision, new: Decision) -> bool:
    """Whether both let the cart through and NEW charges more. A cart that is refused is not charged."""
    return not old.refusals and not new.refusals and new.totals.total > old.totals.total


def outcome(decision: Decision) -> Outcome:
    """What is shown of a decision."""
    totals = decision.totals
    return Outcome(
        items=totals.items,
        discount=totals.discount,
        shipping=totals.shipping,
        tax=totals.tax,
        total=totals.total,
        method=decision.shipping_method or "",
        refusals=tuple(sorted(refusal.code for refusal in decision.refusals)),
    )


def _lines(decision: Decision) -> Hashable:
    return tuple(
        (line.id, line.unit_price, line.subtotal, line.total, line.on_sale, line.net, line.tax, line.gross)
        for line in decision.lines
    )


def _taxes(decision: Decision) -> Hashable:
    sums: dict[tuple[tuple[int, int], bool], tuple[int, int]] = {}
    for tax in decision.taxes:
        base, amount = sums.get((tax.percent, tax.included), (0, 0))
        sums[tax.percent, tax.included] = base + tax.base, amount + tax.amount
    return frozenset((rate, pair) for rate, pair in sums.items() if any(pair))


def _options(decision: Decision) -> Hashable:
    return frozenset(
        (option.method, option.price, option.total, option.days)
        for option in decision.options
        if option.price is not None
    )


def _gifts(decision: Decision) -> Hashable:
    units: Counter[str] = Counter()
    for gift in decision.gifts:
        units[gift.sku] += gift.quantity
    return frozenset(units.items())


_ASPECTS: Final[dict[str, Aspect]] = {
    "refusals": lambda decision: frozenset(refusal.code for refusal in decision.refusals),
    "totals": lambda decision: decision.totals,
    "lines": _lines,
    "taxes": _taxes,
    "shipping method": lambda decision: decision.shipping_method,
    "shipping options": _options,
    "coupons": lambda decision: frozenset((each.code, each.state, each.amount) for each in decision.coupons),
    "gifts": _gifts,
    "payment options": lambda decision: frozenset(each.method for each in decision.payments if each.available),
}
