"""At which sum do goods become so much cheaper that carts far below it cost more?

Every threshold lowers the total a little. It is told where the fall is more than a quarter of the threshold: 40 % off
from 100.00 on makes every cart between 60.00 and 99.99 dearer than one of 100.00. What can fall so far by the numbers
of a rule is decided with the whole document, just below and at the threshold, and told if the totals really part.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from engine.boxes.box import Box
from engine.compiler.book import compile_book
from engine.documents.effects import AmountOff, Effect, FixedPrice, PercentOff, TieredPercent, cap_of
from engine.documents.model import Coupon, CouponsDocument, Promotion, PromotionsDocument
from engine.facts.cart import Cart
from engine.hunt.aim import PLAIN_PRICE, Aim
from engine.hunt.aims import aims_of
from engine.hunt.carts import Maker
from engine.hunt.space import Space
from engine.hunt.wish import Wish, wishes_of
from engine.lint.findings import not_analysed
from engine.lint.rule_boxes import promotion_boxes
from engine.lint.study import Study
from engine.lint.witness import given
from engine.runtime.book import Book
from engine.runtime.evaluate import evaluate
from engine.text.diagnostics import Diagnostic, error

STEEP: Final = 4
"""A fall of more than the threshold divided by this is steep."""
_MOST: Final = 1_000


@dataclass(frozen=True, slots=True)
class _Step:
    """A rule that may take much off from `threshold` of the money fact `axis` on."""

    rule: Promotion | Coupon
    axis: str
    threshold: int


def steep_steps(study: Study) -> Iterator[Diagnostic]:
    """RS462 for each threshold of a promotion or coupon at which the goods cost much less than just below it."""
    document = study.document
    if not isinstance(document, PromotionsDocument | CouponsDocument):
        return
    rules = document.rules if isinstance(document, PromotionsDocument) else document.coupons
    steps = [step for rule in rules for step in _steps(study, rule)]
    if not steps:
        return
    book = compile_book({document.head.kind: document}, document.head.currency, study.vocabulary)
    aims = {aim.rule: aim for aim in aims_of(document)}
    for step in steps[:_MOST]:
        yield from _fall(study, book, aims[step.rule.id], step)
    if len(steps) > _MOST:
        why = f"only the first {_MOST} of {len(steps)} that may were looked at"
        what = "whether every threshold lowers the total steeply"
        yield not_analysed(what, why, document.head.span, severity="note")


def _steps(study: Study, rule: Promotion | Coupon) -> Iterator[_Step]:
    """Each sum from which on the rule holds, or a tier of it begins, if it can take off so much there."""
    effect = rule.then
    if getattr(effect, "on", "") == "shipping":
        return
    sums = dict.fromkeys(
        (axis, low)
        for box in promotion_boxes(study, rule)
        for axis, values in box.items()
        if axis.startswith("subtotal.") and values.intervals and isinstance(low := values.intervals[0][0], int)
    )
    if isinstance(effect, TieredPercent) and effect.by.startswith("subtotal."):
        sums.update(dict.fromkeys((effect.by, row.start) for row in effect.rows))
    yield from (_Step(rule, axis, sum_) for axis, sum_ in sums if sum_ > 0 and _most_off(effect, sum_) * STEEP > sum_)


def _most_off(effect: Effect, amount: int) -> int:
    """At most what the effect takes off goods of this amount; effects on groups of units are not looked at."""
    cap = cap_of(effect)
    match effect:
        case PercentOff(percent=(numerator, denominator)):
            off = -(-amount * numerator // denominator)
        case TieredPercent(rows=rows):
            off = max(-(-amount * row.percent[0] // row.percent[1]) for row in rows)
        case AmountOff():
            off = amount if effect.per != "order" else min(amount, effect.amount)
        case FixedPrice():
            off = amount
        case _:
            off = 0
    return off if cap is None else min(off, cap)


def _fall(study: Study, book: Book, aim: Aim, step: _Step) -> Iterator[Diagnostic]:
    maker = Maker(book, Space([aim], study.vocabulary), Box(), PLAIN_PRICE)
    for wish in wishes_of(aim):
        below, at = _cart(maker, wish, step, step.threshold - 1), _cart(maker, wish, step, step.threshold)
        if below is None or at is None or not _has_more(book, at, below):
            continue
        decided = evaluate(book, at)
        dear, cheap = evaluate(book, below).totals, decided.totals
        if step.rule.id in decided.applied and (dear.total - cheap.total) * STEEP > step.threshold:
            words = study.words
            noun = "promotion" if isinstance(step.rule, Promotion) else "coupon"
            yield error(
                "RS462",
                f"{noun} '{step.rule.id}' makes goods of {words.money(cheap.items)} cost {words.money(cheap.total)}, "
                f"those of {words.money(dear.items)} cost {words.money(dear.total)}",
                step.rule.then_span,
                hint="let the discount rise in smaller steps, or bound it with `cap`",
                witness=given(at, study.vocabulary),
            )
            return


def _cart(maker: Maker, wish: Wish, step: _Step, amount: int) -> Cart | None:
    return maker.cart(wish.with_forced(step.axis, amount))


def _has_more(book: Book, cart: Cart, other: Cart) -> bool:
    return evaluate(book, cart).totals.items >= evaluate(book, other).totals.items
