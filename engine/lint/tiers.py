"""Do the tiers of a rule give more to those who buy more?

That tiers come in ascending order, each start once, is checked when the document is read.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from engine.documents.effects import Effect, Ratio, TieredPercent
from engine.documents.model import CouponsDocument, PricingDocument, PromotionsDocument
from engine.lint.findings import not_analysed
from engine.lint.study import Study
from engine.text.diagnostics import Diagnostic, Related, error
from engine.text.source import Span


@dataclass(frozen=True, slots=True)
class _Tier:
    """From `start` on: a percentage off, or a price."""

    start: int
    percent: Ratio | None
    price: int | None
    span: Span


@dataclass(frozen=True, slots=True)
class _Tiers:
    owner: str
    by: str
    rows: Sequence[_Tier]
    span: Span


def tiers(study: Study) -> Iterator[Diagnostic]:
    """RS460 for a tier that gives less than the one before."""
    for found in _tiers(study):
        yield from _less_for_more(study, found)


def _tiers(study: Study) -> Iterator[_Tiers]:
    match study.document:
        case PricingDocument(rules=prices):
            for price in prices:
                rows = [_Tier(tier.start, tier.percent, tier.price, tier.span) for tier in price.tiers]
                yield _Tiers(f"price rule '{price.id}'", "line.quantity", rows, price.then_span)
        case PromotionsDocument(rules=promotions):
            for rule in promotions:
                yield from _of_effect(f"promotion '{rule.id}'", rule.then)
        case CouponsDocument(coupons=coupons):
            for coupon in coupons:
                yield from _of_effect(f"coupon '{coupon.id}'", coupon.then)
        case _:
            pass


def _of_effect(owner: str, effect: Effect) -> Iterator[_Tiers]:
    if isinstance(effect, TieredPercent):
        rows = [_Tier(row.start, row.percent, None, row.span) for row in effect.rows]
        yield _Tiers(owner, effect.by, rows, effect.span)


def _less_for_more(study: Study, found: _Tiers) -> Iterator[Diagnostic]:
    if len({tier.price is None for tier in found.rows}) > 1:
        why = "prices and percentages cannot be compared without the price of a product"
        yield not_analysed(f"whether more ever gives less in {found.owner}", why, found.span, severity="note")
    for before, after in pairwise(found.rows):
        if _gives_less(before, after):
            start = study.words.value(found.by, after.start)
            yield error(
                "RS460",
                f"in {found.owner}, {_worse(study, before, after)} from {start} on",
                after.span,
                hint="correct one of the two, or accept it with `allow:` and a reason",
                witness=f"{found.by} = {start}",
                related=[Related(before.span, "the tier below")],
            )


def _gives_less(before: _Tier, after: _Tier) -> bool:
    if before.percent is not None and after.percent is not None:
        return after.percent[0] * before.percent[1] < before.percent[0] * after.percent[1]
    return before.price is not None and after.price is not None and after.price > before.price


def _worse(study: Study, before: _Tier, after: _Tier) -> str:
    if before.percent is not None and after.percent is not None:
        return f"only {_percent(after.percent)} % off after {_percent(before.percent)} %"
    return f"a price of {study.words.money(after.price or 0)} after {study.words.money(before.price or 0)}"


def _percent(ratio: Ratio) -> str:
    """At most six decimals, which is what a percentage can be written with."""
    whole, rest = divmod(ratio[0] * 100_000_000 // ratio[1], 1_000_000)
    return f"{whole}.{rest:06d}".rstrip("0").rstrip(".")
