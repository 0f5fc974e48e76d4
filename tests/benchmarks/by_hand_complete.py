"""How fast is W1 by hand, indexed, when it also has to give every posting and the tax of every line?

The floor of what a complete result costs in Python: look-ups for W1 alone, and the same finish zen-engine gets.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable

from tests.benchmarks import workload as w1
from tests.benchmarks.by_hand import HandCart, coupon_of, prices_by_place
from tests.benchmarks.complete import Complete, Hit, complete
from tests.benchmarks.workload import LineRule, OrderRule, Rules


def indexed_complete(rules: Rules) -> Callable[[HandCart], Complete]:
    """The ceiling with postings."""
    line_rules, order_rules = rules
    by_category = _by_key((rule.category, rule) for rule in line_rules if rule.category)
    by_brand = _by_key((rule.brand, rule) for rule in line_rules if rule.brand)
    by_condition = {
        condition: _Steps(rule for rule in order_rules if (rule.group, rule.region) == condition)
        for condition in {(rule.group, rule.region) for rule in order_rules}
    }
    zones, countries = prices_by_place()

    def decide(cart: HandCart) -> Complete:
        group = cart.group
        left = cart.items
        line_hits: list[list[Hit]] = []
        for quantity, amount, top, category, brand in cart.lines:
            found = by_category.get(top, _NO_RULES)
            if category != top:
                found = found + by_category.get(category, _NO_RULES)
            hits = [
                ((amount * rule.percent + 50) // 100 if rule.percent else rule.amount * quantity, rule.id)
                for rule in found + by_brand.get(brand, _NO_RULES)
                if quantity >= rule.min_quantity and (not rule.group or rule.group == group)
            ]
            if hits:
                left -= max(hits)[0]
            line_hits.append(hits)
        order_hits: list[Hit] = []
        for condition in (("", ""), (group, ""), ("", cart.region)):
            steps = by_condition.get(condition)
            if steps is not None:
                order_hits += steps.best(left)
        if order_hits:
            left -= max(order_hits)[0]
        prices = zones.get((cart.country, cart.region)) or countries[cart.country]
        price = prices[bisect_left(w1.BANDS, cart.weight_g)]
        amounts = [line.amount for line in cart.lines]
        return complete(amounts, line_hits, order_hits, coupon_of(cart, left), price, w1.TAX_PERCENT[cart.country])

    return decide


_NO_RULES: tuple[LineRule, ...] = ()


class _Steps:
    """Order rules of one condition: which has the greatest percentage, which the greatest amount, up to a threshold."""

    __slots__ = ("_amounts", "_percents", "_thresholds")

    def __init__(self, rules: Iterable[OrderRule]) -> None:
        self._thresholds: list[int] = []
        self._percents: list[OrderRule | None] = [None]
        self._amounts: list[OrderRule | None] = [None]
        for rule in sorted(rules, key=lambda rule: (rule.threshold, rule.id)):
            percent, amount = self._percents[-1], self._amounts[-1]
            self._thresholds.append(rule.threshold)
            more = rule.percent and (percent is None or (-rule.percent, rule.id) < (-percent.percent, percent.id))
            self._percents.append(rule if more else percent)
            more = rule.amount and (amount is None or (-rule.amount, rule.id) < (-amount.amount, amount.id))
            self._amounts.append(rule if more else amount)

    def best(self, subtotal: int) -> list[Hit]:
        reached = bisect_right(self._thresholds, subtotal)
        percent, amount = self._percents[reached], self._amounts[reached]
        hits = [] if percent is None else [((subtotal * percent.percent + 50) // 100, percent.id)]
        return hits if amount is None else [*hits, (amount.amount, amount.id)]


def _by_key(rules: Iterable[tuple[str, LineRule]]) -> dict[str, tuple[LineRule, ...]]:
    found: dict[str, tuple[LineRule, ...]] = {}
    for key, rule in rules:
        found[key] = (*found.get(key, ()), rule)
    return found
