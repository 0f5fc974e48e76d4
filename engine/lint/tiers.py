"""Do the tiers of a rule come in order, once each, and give more to those who buy more?"""

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
    """RS460 out of order, RS461 a start given twice, RS462 a tier that gives less than the one before."""
    for found in _tiers(study):
        yield from _out_of_order(study, found)
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


def _out_of_order(study: Study, found: _Tiers) -> Iterator[Diagnostic]:
    seen: dict[int, _Tier] = {}
    highest: _Tier | None = None
    for tier in found.rows:
        at = study.words.value(found.by, tier.start)
        witness = f"{found.by} = {at}"
        if tier.start in seen:
            yield error(
                "RS461",
                f"two tiers of {found.owner} start at {at}",
                tier.span,
                hint="remove one of them, or correct its `from:`",
                witness=witness,
                related=[Related(seen[tier.start].span, "the other tier")],
            )
        elif highest is not None and tier.start < highest.start:
            above = study.words.value(found.by, highest.start)
            yield error(
                "RS460",
                f"the tiers of {found.owner} are not in order: {at} comes after {above}",
                tier.span,
                hint="write tiers from the least to the greatest start",
                witness=witness,
                related=[Related(highest.span, "the tier before")],
            )
        seen.setdefault(tier.start, tier)
        highest = tier if highest is None or tier.start > highest.start else highest


def _less_for_more(study: Study, found: _Tiers) -> Iterator[Diagnostic]:
    ordered = sorted({tier.start: tier for tier in reversed(found.rows)}.values(), key=lambda tier: tier.start)
    if len({tier.price is None for tier in ordered}) > 1:
        why = "prices and percentages cannot be compared without the price of a product"
        yield not_analysed(f"whether more ever gives less in {found.owner}", why, found.span, severity="note")
    for before, after in pairwise(ordered):
        if _gives_less(before, after):
            start = study.words.value(found.by, after.start)
            yield error(
                "RS462",
                f"in {found.owner}, {_gift(study, after)} from {start} on is less than {_gift(study, before)} before",
                after.span,
                hint="correct one of the two, or accept it with `allow:` and a reason",
                witness=f"{found.by} = {start}",
                related=[Related(before.span, "the tier below")],
            )


def _gives_less(before: _Tier, after: _Tier) -> bool:
    if before.percent is not None and after.percent is not None:
        return after.percent[0] * before.percent[1] < before.percent[0] * after.percent[1]
    return before.price is not None and after.price is not None and after.price > before.price


def _gift(study: Study, tier: _Tier) -> str:
    if tier.percent is None:
        return f"a price of {study.words.money(tier.price or 0)}"
    return f"{_percent(tier.percent)} % off"


def _percent(ratio: Ratio) -> str:
    """At most six decimals, which is what a percentage can be written with."""
    whole, rest = divmod(ratio[0] * 100_000_000 // ratio[1], 1_000_000)
    return f"{whole}.{rest:06d}".rstrip("0").rstrip(".")
