"""How fast is W1 when a programmer writes it out in Python: with look-ups (the ceiling) and with a scan over all rules?

Only the five totals, no postings, no reasons, no options: what a shop would write that never has to explain a price.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable
from typing import NamedTuple

from tests.benchmarks import workload as w1
from tests.benchmarks.workload import CartData, LineRule, OrderRule, Rules, Totals

TotalsOf = Callable[["HandCart"], Totals]


class HandLine(NamedTuple):
    """A line with the sums and paths worked out beforehand."""

    quantity: int
    amount: int
    top: str
    category: str
    brand: str


class HandCart(NamedTuple):
    """A cart as a programmer would lay it out for this one purpose."""

    lines: tuple[HandLine, ...]
    items: int
    units: int
    weight_g: int
    group: str
    orders_paid: int
    channel: str
    country: str
    region: str
    coupon: bool


def hand_cart(cart: CartData) -> HandCart:
    """Conform a cart; not part of any timed run, as the conformed cart of the engine is not."""
    lines = tuple(
        HandLine(line.quantity, line.quantity * line.price, line.category.split("/")[0], line.category, line.brand)
        for line in cart.lines
    )
    return HandCart(
        lines,
        sum(line.amount for line in lines),
        sum(line.quantity for line in lines),
        sum(line.quantity * line.weight_g for line in cart.lines),
        cart.group,
        cart.orders_paid,
        cart.channel,
        cart.country,
        cart.region,
        cart.coupon,
    )


# with look-ups -------------------------------------------------------------------------------------------------

_ByKey = dict[str, tuple[tuple[int, int, int, str], ...]]


def indexed(rules: Rules) -> TotalsOf:
    """The ceiling: rules found by category and brand, thresholds by bisection, the tariff in a dictionary."""
    line_rules, order_rules = rules
    by_category = _by_key((rule.category, rule) for rule in line_rules if rule.category)
    by_brand = _by_key((rule.brand, rule) for rule in line_rules if rule.brand)
    open_steps = _Steps(rule for rule in order_rules if not rule.group and not rule.region)
    by_group = _steps_by((rule.group, rule) for rule in order_rules if rule.group)
    by_region = _steps_by((rule.region, rule) for rule in order_rules if rule.region)
    zones, countries = prices_by_place()
    none: tuple[tuple[int, int, int, str], ...] = ()

    def totals(cart: HandCart) -> Totals:
        group = cart.group
        left = items = cart.items
        for quantity, amount, top, category, brand in cart.lines:
            best = 0
            for percent, off, least, wanted in by_category.get(top, none):
                if quantity >= least and (not wanted or wanted == group):
                    saving = (amount * percent + 50) // 100 if percent else off * quantity
                    if saving > best:
                        best = saving
            if category != top:
                for percent, off, least, wanted in by_category.get(category, none):
                    if quantity >= least and (not wanted or wanted == group):
                        saving = (amount * percent + 50) // 100 if percent else off * quantity
                        if saving > best:
                            best = saving
            for percent, off, least, wanted in by_brand.get(brand, none):
                if quantity >= least and (not wanted or wanted == group):
                    saving = (amount * percent + 50) // 100 if percent else off * quantity
                    if saving > best:
                        best = saving
            left -= best
        best = open_steps.best(left)
        steps = by_group.get(group)
        if steps is not None:
            best = max(best, steps.best(left))
        steps = by_region.get(cart.region)
        if steps is not None:
            best = max(best, steps.best(left))
        left -= best
        left -= coupon_of(cart, left)
        prices = zones.get((cart.country, cart.region)) or countries[cart.country]
        shipping = 0 if left >= w1.FREE_FROM else prices[bisect_left(w1.BANDS, cart.weight_g)]
        return _finish(cart, items, left, shipping)

    return totals


class _Steps:
    """Order rules of one condition: the greatest percentage and amount among the thresholds reached."""

    __slots__ = ("_amounts", "_percents", "_thresholds")

    def __init__(self, rules: Iterable[OrderRule]) -> None:
        self._thresholds: list[int] = []
        self._percents = [0]
        self._amounts = [0]
        for rule in sorted(rules, key=lambda rule: rule.threshold):
            self._thresholds.append(rule.threshold)
            self._percents.append(max(self._percents[-1], rule.percent))
            self._amounts.append(max(self._amounts[-1], rule.amount))

    def best(self, subtotal: int) -> int:
        reached = bisect_right(self._thresholds, subtotal)
        by_percent = (subtotal * self._percents[reached] + 50) // 100
        amount = self._amounts[reached]
        return by_percent if by_percent > amount else amount


def _by_key(rules: Iterable[tuple[str, LineRule]]) -> _ByKey:
    found: dict[str, list[tuple[int, int, int, str]]] = {}
    for key, rule in rules:
        found.setdefault(key, []).append((rule.percent, rule.amount, rule.min_quantity, rule.group))
    return {key: tuple(rules) for key, rules in found.items()}


def _steps_by(rules: Iterable[tuple[str, OrderRule]]) -> dict[str, _Steps]:
    found: dict[str, list[OrderRule]] = {}
    for key, rule in rules:
        found.setdefault(key, []).append(rule)
    return {key: _Steps(rules) for key, rules in found.items()}


def prices_by_place() -> tuple[dict[tuple[str, str], tuple[int, ...]], dict[str, tuple[int, ...]]]:
    """The prices of the bands by country and region, and by country where the region does not matter."""
    by_region: dict[tuple[str, str], tuple[int, ...]] = {}
    by_country: dict[str, tuple[int, ...]] = {}
    for zone, countries, regions in w1.ZONES:
        for country in countries:
            for region in regions:
                by_region.setdefault((country, region), w1.PRICES[zone])
            if not regions:
                by_country.setdefault(country, w1.PRICES[zone])
    return by_region, by_country


# with a scan ---------------------------------------------------------------------------------------------------


def scanning(rules: Rules) -> TotalsOf:
    """The same decision by going through all rules, the way most shops do it."""
    line_rules, order_rules = rules

    def totals(cart: HandCart) -> Totals:
        group, region, lines = cart.group, cart.region, cart.lines
        best = [0] * len(lines)
        for rule in line_rules:
            if rule.group and rule.group != group:
                continue
            for position, line in enumerate(lines):
                if rule.category and rule.category != line.top and rule.category != line.category:
                    continue
                if rule.brand and rule.brand != line.brand:
                    continue
                if line.quantity < rule.min_quantity:
                    continue
                saving = _saving(rule.percent, rule.amount * line.quantity, line.amount)
                if saving > best[position]:
                    best[position] = saving
        left = cart.items - sum(best)
        most = 0
        for step in order_rules:
            if (
                left >= step.threshold
                and (not step.group or step.group == group)
                and (not step.region or step.region == region)
            ):
                most = max(most, _saving(step.percent, step.amount, left))
        left -= most
        left -= coupon_of(cart, left)
        shipping = 0 if left >= w1.FREE_FROM else _tariff(cart)
        return _finish(cart, cart.items, left, shipping)

    return totals


def _tariff(cart: HandCart) -> int:
    for zone, countries, regions in w1.ZONES:
        if cart.country in countries and (not regions or cart.region in regions):
            for limit, price in zip(w1.BANDS, w1.PRICES[zone], strict=True):
                if cart.weight_g <= limit:
                    return price
    raise LookupError("W1 has no cart that cannot be shipped")


# the same for both ---------------------------------------------------------------------------------------------


def _saving(percent: int, amount: int, base: int) -> int:
    return (base * percent + 50) // 100 if percent else amount


def coupon_of(cart: HandCart, left: int) -> int:
    """What the coupon takes off a sum."""
    if (
        cart.coupon
        and left >= w1.COUPON_FROM
        and cart.group in w1.COUPON_GROUPS
        and cart.orders_paid >= w1.COUPON_ORDERS
        and cart.units >= w1.COUPON_UNITS
        and cart.channel in w1.COUPON_CHANNELS
        and cart.country == w1.COUPON_COUNTRY
    ):
        return min((left * w1.COUPON_PERCENT + 50) // 100, w1.COUPON_CAP)
    return 0


def _finish(cart: HandCart, items: int, left: int, shipping: int) -> Totals:
    whole = 100 + w1.TAX_PERCENT[cart.country]
    total = left + shipping
    tax = total - (200 * total + whole) // (2 * whole)
    return Totals(items, items - left, shipping, tax, total)
