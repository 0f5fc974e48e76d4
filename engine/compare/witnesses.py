"""Which carts show the differences at a glance? The smallest that were found, shrunk, and decided by both books."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from engine.compare.causes import main_cause, moved
from engine.compare.model import Comparison, Extreme
from engine.compare.report_model import Decided, PostingText, Witness
from engine.compare.rules import Rules
from engine.compare.shrink import Same, shrink
from engine.facts.cart import Cart
from engine.money import formatter
from engine.replay.cart_body import cart_body
from engine.runtime.book import Book
from engine.runtime.decision import Decision
from engine.runtime.evaluate import evaluate


def wanted(comparison: Comparison) -> frozenset[str]:
    """The names of the carts that `witnesses` needs."""
    return frozenset(cart.cart for cart in (*comparison.smallest, *comparison.smallest_dead))


def witnesses(before: Book, after: Book, comparison: Comparison, carts: Mapping[str, Cart]) -> tuple[Witness, ...]:
    """A witness for each of the smallest carts, changed ones first; carts that are not at hand have none."""
    rules = Rules(before, after)
    changed = [
        _witness(before, after, each, shrink(before, after, carts[each.cart], _shows(each, rules)), rules)
        for each in comparison.smallest
        if each.cart in carts
    ]
    dead = [
        _witness(before, after, each, shrink(before, after, carts[each.cart], _dies_of(each.cause)), rules)
        for each in comparison.smallest_dead
        if each.cart in carts
    ]
    return (*changed, *dead)


def _shows(found: Extreme, rules: Rules) -> Same:
    """The same rule moves most, and the total goes in the same direction."""

    def same(before: Decision, after: Decision) -> bool:
        if before.refusals or after.refusals:
            return False
        difference = after.totals.total - before.totals.total
        return _sign(difference) == _sign(found.difference) and main_cause(moved(before, after), rules) == found.cause

    return same


def _dies_of(code: str) -> Same:
    def same(before: Decision, after: Decision) -> bool:
        return not before.refusals and any(refusal.code == code for refusal in after.refusals)

    return same


def _sign(amount: int) -> int:
    return (amount > 0) - (amount < 0)


def _witness(before: Book, after: Book, found: Extreme, cart: Cart, rules: Rules) -> Witness:
    one, other = evaluate(before, cart), evaluate(after, cart)
    money = formatter(cart.currency)
    died = bool(other.refusals) and not one.refusals
    at_before, at_after = ("", _refused_at(other, found.cause)) if died else _places(found.cause, rules)
    return Witness(
        cart=found.cart,
        currency=cart.currency,
        cause=found.cause,
        at_before=at_before,
        at_after=at_after,
        died=died,
        lines=len(cart.lines),
        units=sum(line.quantity for line in cart.lines),
        difference=money(other.totals.total - one.totals.total),
        body=cart_body(cart),
        before=_decided(one, money),
        after=_decided(other, money),
    )


def _places(cause: str, rules: Rules) -> tuple[str, str]:
    kind, _, rule = cause.partition("/")
    standing = rules.standing(kind, rule)
    return standing.at_before, standing.at_after


def _refused_at(decision: Decision, code: str) -> str:
    return next((refusal.origin.at for refusal in decision.refusals if refusal.code == code), "")


def _decided(decision: Decision, money: Callable[[int], str]) -> Decided:
    totals = decision.totals
    return Decided(
        total=money(totals.total),
        discount=money(totals.discount),
        shipping=money(totals.shipping),
        tax=money(totals.tax),
        method=decision.shipping_method or "",
        refusals=tuple(refusal.code for refusal in decision.refusals),
        postings=tuple(
            PostingText(
                posting.kind,
                posting.line,
                f"{posting.origin.kind}/{posting.origin.rule}",
                posting.origin.at,
                money(posting.amount),
            )
            for posting in decision.postings
        ),
    )
