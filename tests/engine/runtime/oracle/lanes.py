"""Promotions on lines and order: lanes in document order, all rules of a lane tried one by one."""

from __future__ import annotations

from dataclasses import dataclass

from engine.documents.effects import Gift
from engine.documents.model import Lane, Limits, Promotion, PromotionsDocument
from tests.engine.runtime.oracle.effects import Prices, is_line_by_line, offer_of
from tests.engine.runtime.oracle.state import Checkout, Facts, holds, is_open, seen
from tests.engine.runtime.oracle.units import NOTHING, Offer


def promote(document: PromotionsDocument, stage: str, checkout: Checkout, prices: Prices) -> None:
    """Run the lanes of one stage."""
    facts = seen(document, checkout)
    for lane in document.lanes:
        if lane.stage == stage:
            _Lane(document, lane, checkout, facts, prices).run()


def candidates(document: PromotionsDocument, lane: Lane, checkout: Checkout, facts: Facts) -> list[Promotion]:
    """The rules of a lane that hold and are not used up, in order of precedence."""
    rules = sorted(
        (rule for rule in document.rules if rule.lane == lane.id), key=lambda rule: (-rule.priority, rule.id)
    )
    return [
        rule
        for rule in rules
        if is_open(rule.window, checkout.cart.now)
        and holds(rule.when, facts, checkout)
        and _is_left(rule.id, rule.limits, checkout)
    ]


def _is_left(rule: str, limits: Limits, checkout: Checkout) -> bool:
    usage = checkout.usage(rule)
    if limits.total is not None and usage.total >= limits.total:
        return False
    if limits.per_customer is not None and (usage.customer is None or usage.customer >= limits.per_customer):
        return False
    return limits.budget is None or usage.spent < limits.budget


def budget_left(rule: str, limits: Limits, spent: int) -> int | None:
    """What the budget of a rule still has."""
    return None if limits.budget is None else max(0, limits.budget - spent)


@dataclass
class _Bid:
    """One rule's offer in a best lane for line offers; `line` is −1 for an offer over all its lines."""

    precedence: int
    rule: Promotion
    line: int
    offer: Offer


class _Lane:
    def __init__(
        self, document: PromotionsDocument, lane: Lane, checkout: Checkout, facts: Facts, prices: Prices
    ) -> None:
        self.lane = lane
        self.checkout = checkout
        self.facts = facts
        self.prices = prices
        self.mode = document.head.rounding
        self.rules = candidates(document, lane, checkout, facts)

    def run(self) -> None:
        if self.lane.pick == "best" and self.lane.stage == "lines":
            self._best_for_each_line()
        elif self.lane.pick == "best":
            self._best()
        else:
            for rule in self.rules:
                given = not self._excluded(rule) and self._give(rule, self._offer(rule))
                if given and self.lane.pick == "first":
                    return

    def _best(self) -> None:
        offers = [(rule, self._offer(rule)) for rule in self.rules if not self._excluded(rule)]
        if not offers:
            return
        rule, offer = max(offers, key=lambda pair: pair[1].total)  # the first of equals
        if offer.total:
            self._give(rule, offer)
        else:
            self._first_gift([rule for rule, _ in offers])

    def _best_for_each_line(self) -> None:
        """The largest saving first; what it claims is gone for the others, who then bid anew for what is left."""
        free = set(range(len(self.checkout.cart.lines)))
        bids = [bid for rule in self.rules if not self._excluded(rule) for bid in self._bids(rule, free)]
        given: set[str] = set()
        while bids:
            bid = min(bids, key=lambda bid: (-bid.offer.total, bid.precedence, bid.line))
            bids.remove(bid)
            claimed = {*bid.offer.savings, *bid.offer.units}
            if not bid.offer.total or (bid.rule.id not in given and self._excluded(bid.rule)):
                continue
            if claimed <= free:
                free -= claimed
                given.add(bid.rule.id)
                self._give(bid.rule, bid.offer)
            elif bid.line < 0:
                bids.append(_Bid(bid.precedence, bid.rule, -1, self._offer(bid.rule, free)))
        if not given:
            self._first_gift(self.rules)

    def _bids(self, rule: Promotion, free: set[int]) -> list[_Bid]:
        precedence = self.rules.index(rule)
        if is_line_by_line(rule.then, rule.limits.budget, rule.limits.per_order):
            return [_Bid(precedence, rule, line, self._offer(rule, {line})) for line in sorted(free)]
        return [_Bid(precedence, rule, -1, self._offer(rule, free))]

    def _first_gift(self, rules: list[Promotion]) -> None:
        for rule in rules:
            if isinstance(rule.then, Gift) and not self._excluded(rule):
                self._give(rule, NOTHING)
                return

    def _offer(self, rule: Promotion, free: set[int] | None = None) -> Offer:
        return offer_of(
            rule.then,
            self.checkout,
            self.facts,
            self.prices,
            self.mode,
            free=set(range(len(self.checkout.cart.lines))) if free is None else free,
            most=rule.limits.per_order,
            budget_left=budget_left(rule.id, rule.limits, self.checkout.usage(rule.id).spent),
        )

    def _excluded(self, rule: Promotion) -> bool:
        return self.checkout.excluded(rule.id, rule.lane, rule.exclusive_with)

    def _give(self, rule: Promotion, offer: Offer) -> bool:
        if isinstance(rule.then, Gift):
            self.checkout.gifts.append((rule.then.sku, rule.then.quantity))
        elif not offer.total:
            return False
        on_order = _posts_on_order(rule)
        for line, saving in offer.savings.items():
            self.checkout.take("order_discount" if on_order else "line_discount", rule.id, line, saving)
        for line, count in offer.units.items():
            self.checkout.grouped[line] += count
        self.checkout.note(rule.id, rule.lane, rule.exclusive_with)
        return True


def _posts_on_order(rule: Promotion) -> bool:
    effect = rule.then
    return getattr(effect, "on", "") == "order" or getattr(effect, "per", "") == "order"
