"""Unit prices, as the reference says: every rule of every line is tried."""

from __future__ import annotations

from fractions import Fraction

from engine.documents.model import PriceRule, PricingDocument
from tests.engine.runtime.oracle.arithmetic import percent_of, rounded
from tests.engine.runtime.oracle.state import Checkout, Facts, holds, is_open, line_holds, seen


def price_lines(document: PricingDocument, checkout: Checkout) -> None:
    """Choose the unit price of every line and post what differs from the list price."""
    facts = seen(document, checkout)
    chosen = [_chosen(document, checkout, facts, number) for number in range(len(checkout.cart.lines))]
    for number, found in enumerate(chosen):
        if found is None:
            continue
        line = checkout.cart.lines[number]
        price, rule, origin = found
        if price != line.list_price:
            checkout.on_sale[number] = rule.marks_sale and price < line.list_price
            checkout.postings["pricing", origin, line.id] += (price - line.list_price) * line.quantity
            checkout.unit = [*checkout.unit[:number], price, *checkout.unit[number + 1 :]]
    checkout.paid = [price * line.quantity for price, line in zip(checkout.unit, checkout.cart.lines, strict=True)]
    checkout.left = list(checkout.paid)


def _chosen(
    document: PricingDocument, checkout: Checkout, facts: Facts, number: int
) -> tuple[int, PriceRule, str] | None:
    line = checkout.cart.lines[number]
    offers: list[tuple[int, PriceRule]] = []
    for rule in sorted(document.rules, key=lambda rule: (-rule.priority, rule.id)):
        if not is_open(rule.window, checkout.cart.now) or not holds(rule.when, facts, checkout):
            continue
        price = _price(document, rule, checkout, number) if line_holds(rule.where, checkout, number) else None
        if price is not None:
            offers.append((price, rule))
    if document.pick == "best":
        offers = sorted((offer for offer in offers if offer[0] < line.list_price), key=lambda offer: offer[0])
    if not offers:
        return None
    price, rule = offers[0]
    guarded = _guarded(document, checkout, number, price)
    return guarded, rule, rule.id if guarded == price else "guard"


def _price(document: PricingDocument, rule: PriceRule, checkout: Checkout, number: int) -> int | None:
    line, mode = checkout.cart.lines[number], document.head.rounding
    if rule.fact is not None:
        value = line.facts.get(rule.fact)
        return max(0, value) if isinstance(value, int) else None
    price, percent, amount = rule.price, rule.percent, rule.amount
    if rule.tiers:
        reached = [tier for tier in rule.tiers if tier.start <= line.quantity]
        if not reached:
            return None
        last = max(reached, key=lambda tier: tier.start)
        price, percent = last.price, last.percent
    if price is not None:
        return price
    if percent is not None:
        return line.list_price - percent_of(line.list_price, percent, mode)
    return max(0, line.list_price - (amount or 0))


def _guarded(document: PricingDocument, checkout: Checkout, number: int, price: int) -> int:
    """Inside the rails; a lower bound above the list price leaves the list price."""
    guard, mode = document.guard, document.head.rounding
    line = checkout.cart.lines[number]
    lowest = [0]
    if guard.never_below is not None:
        lowest.append(min(line.list_price, guard.never_below))
    cost = line.facts.get(guard.never_below_fact or "")
    if isinstance(cost, int):
        plus = Fraction(*guard.never_below_plus)
        lowest.append(min(line.list_price, cost + rounded(cost * plus, mode)))
    if guard.max_change is not None:
        change = percent_of(line.list_price, guard.max_change, mode)
        lowest.append(line.list_price - change)
        price = min(price, line.list_price + change)
    return max(price, *lowest)
