"""What would the customer have to add, and what would that be worth? Exact counterfactuals, each decided again.

A goal is something a cart nearly reaches: a promotion or coupon whose only failing tests ask for more, a free-shipping
threshold, the next quantity tier, a minimum order. For each goal the smallest addition is searched, the changed cart
is decided like any other, and the hint tells what really came out: what the rule saves, what the customer is better
off in all (`net`), and what else changed, such as a heavier parcel.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from engine.facts.cart import Cart
from engine.runtime.additions import Addition, best_units, more_money
from engine.runtime.book import Book
from engine.runtime.decision import Decision, Hint
from engine.runtime.evaluate import evaluate
from engine.runtime.goals import Goal, goals
from engine.runtime.shown import Shown

MOST_HINTS: Final = 8


def hints(book: Book, cart: Cart, decision: Decision) -> tuple[Hint, ...]:
    """At most eight hints, the ones that ask for least first; none for an empty cart.

    `decision` is the decision of this cart under this book.
    """
    if not cart.lines:
        return ()
    found: list[Hint] = []
    for goal in goals(book, cart, decision):
        hint = _hint(book, cart, decision, goal)
        if hint is not None and not any(_same(hint, other) for other in found):
            found.append(hint)
    found.sort(key=lambda hint: (hint.add if hint.add is not None else 0, hint.units, hint.kind, hint.rule))
    return tuple(found[:MOST_HINTS])


def _hint(book: Book, cart: Cart, decision: Decision, goal: Goal) -> Hint | None:
    decide = _decider(book)
    added = more_money(cart, goal, decide) if goal.money else None
    units = best_units(cart, goal, decide, decision) if goal.units or goal.money else None
    if added is None and units is None:
        return None
    base = units or added
    assert base is not None
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
    )


def _decider(book: Book) -> Callable[[Cart], Decision]:
    return lambda cart: evaluate(book, cart)


def _same(one: Hint, two: Hint) -> bool:
    return (one.kind, one.rule, one.line) == (two.kind, two.rule, two.line)


def _side_effects(book: Book, before: Decision, addition: Addition, goal: Goal) -> Iterator[str]:
    """What else is different with the addition: the price of shipping, rules lost or won, coupons, refusals."""
    after = addition.decision
    money = Shown(book.vocabulary, book.currency).money
    was, now = _shipping_price(before), _shipping_price(after)
    if was is not None and now is not None and was != now:
        yield f"shipping price {money(was)} → {money(now)}"
    elif was is not None and now is None:
        yield "shipping is no longer offered"
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


def _shipping_price(decision: Decision) -> int | None:
    for option in decision.options:
        if option.method == decision.shipping_method:
            return option.price
    return None
