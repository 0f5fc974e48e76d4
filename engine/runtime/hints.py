"""What would the customer have to add, and what would that be worth? Exact counterfactuals, each decided again.

A goal is something a cart nearly reaches: a promotion or coupon whose only failing tests ask for more, a free-shipping
threshold, the next quantity tier, a minimum order; `engine.runtime.goals` says what counts as near. For each goal the
smallest addition is searched, the changed cart is decided like any other, and the hint tells what really came out: what
the rule saves, what the customer is better off in all (`net`), and what else changed, such as a heavier parcel.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from engine.facts.cart import Cart
from engine.runtime.additions import Addition, Decide, best_units, more_money
from engine.runtime.book import Book
from engine.runtime.decision import Decision, Hint, ShippingOption
from engine.runtime.evaluate import evaluate
from engine.runtime.goal import Goal
from engine.runtime.goals import goals
from engine.runtime.shown import Shown

MOST_HINTS: Final = 8

MOST_DECISIONS: Final = 48
"""Of changed carts in one call. A goal takes two to twelve, so the nearest few are always found; the farthest are left
out before a cart costs more than some fifty of its kind."""


def hints(book: Book, cart: Cart, decision: Decision) -> tuple[Hint, ...]:
    """At most eight hints, the ones that ask for least first; none for an empty cart.

    `decision` is the decision of this cart under this book. At most `MOST_DECISIONS` further ones are made, for the
    nearest goals first.
    """
    if not cart.lines:
        return ()
    decide = _Deciding(book, MOST_DECISIONS)
    found: list[Hint] = []
    try:
        for goal in sorted(goals(book, cart, decision), key=lambda goal: goal.nearness):
            hint = _hint(book, cart, decision, goal, decide)
            if hint is not None:
                found.append(hint)
            if len(found) == MOST_HINTS:
                break
    except _EnoughDecided:
        pass  # the goal that could not be searched to its end, and those farther away, give no hint
    found.sort(key=lambda hint: (hint.add if hint.add is not None else 0, hint.units, hint.kind, hint.rule, hint.line))
    return tuple(found)


class _EnoughDecided(Exception):
    """All decisions one call may make are made."""


@dataclass(slots=True)
class _Deciding:
    """Decides changed carts, so many and no more."""

    book: Book
    left: int

    def __call__(self, cart: Cart) -> Decision:
        if not self.left:
            raise _EnoughDecided
        self.left -= 1
        return evaluate(self.book, cart)


def _hint(book: Book, cart: Cart, decision: Decision, goal: Goal, decide: Decide) -> Hint | None:
    added = more_money(cart, goal, decide, decision)
    units = best_units(goal, None if added is None else added.price, decide, decision)
    base = units or added
    if base is None:
        return None
    saves = goal.saved(base.decision) - goal.saved(decision)
    return Hint(
        kind=goal.kind,
        rule=goal.rule,
        at=goal.at,
        add=None if added is None else added.price,
        line=units.line if units else "",
        sku=units.sku if units else "",
        units=units.count if units else 0,
        saves=saves,
        net=decision.totals.total + base.price - base.decision.totals.total,
        side_effects=tuple(_side_effects(book, decision, base, goal)),
        reasons=goal.reasons,
        gives={gift.sku: gift.quantity for gift in base.decision.gifts if gift.origin.rule == goal.rule},
    )


def _side_effects(book: Book, before: Decision, addition: Addition, goal: Goal) -> Iterator[str]:
    """What else is different with the addition: the price of shipping, rules lost or won, coupons, refusals."""
    after = addition.decision
    yield from _shipping_effects(before, after, goal, Shown(book.vocabulary, book.currency))
    for rule in before.applied:
        if rule not in after.applied:
            yield f"loses {rule}"
    for rule in after.applied:
        if rule not in before.applied and rule != goal.rule:
            yield f"gains {rule}"
    refused = {refusal.code for refusal in before.refusals}
    for refusal in after.refusals:
        if refusal.code not in refused:
            yield f"refused: {refusal.code}"


def _shipping_effects(before: Decision, after: Decision, goal: Goal, shown: Shown) -> Iterator[str]:
    was, now = _decided(before), _decided(after)
    if was is None or was.price is None:
        return
    if now is None or now.price is None:
        yield "shipping is no longer offered"
        return
    if was.method != now.method:
        yield f"shipping by {now.method} instead of {was.method}"
    free_by = {posting.origin.rule for posting in after.postings if posting.kind == "shipping_discount"}
    if was.total and not now.total and goal.rule not in free_by:
        yield "free shipping"
    elif was.price != now.price:
        yield f"shipping price {shown.money(was.price)} → {shown.money(now.price)}"


def _decided(decision: Decision) -> ShippingOption | None:
    return next((option for option in decision.options if option.method == decision.shipping_method), None)
