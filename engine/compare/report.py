"""How is a comparison told: for an answer over HTTP, a file, a page, a screen? Amounts as text, the greatest first."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from engine.compare import shares
from engine.compare.distribution import counted_quantiles, ranges
from engine.compare.model import MEASURES, Cause, Comparison, Extreme, Flip, InCurrency, Measure
from engine.compare.report_model import (
    Bar,
    CartReport,
    CauseReport,
    Counted,
    Counts,
    CurrencyReport,
    FlipReport,
    MeasureReport,
    Report,
    RulesetNamed,
    RulesetRef,
    Shares,
    Witness,
)
from engine.money import formatter

Money = Callable[[int], str]


def report(
    comparison: Comparison,
    before: Sequence[RulesetNamed],
    after: Sequence[RulesetNamed],
    witnesses: Sequence[Witness] = (),
) -> Report:
    """The report of everything that was counted; `before` and `after` name the rulesets of the books."""
    return Report(
        before=_refs(before),
        after=_refs(after),
        counts=_counts(comparison),
        shares=_shares(comparison),
        currencies=tuple(_currency(name, sums) for name, sums in sorted(comparison.currencies.items())),
        coupons=_flips(comparison.coupons),
        promotions=_flips(comparison.promotions),
        payments=_flips(comparison.payments),
        methods=_counted(comparison.methods),
        died_of=_counted(comparison.died_of),
        revived_from=_counted(comparison.revived_from),
        skipped=_counted(comparison.skipped),
        witnesses=tuple(witnesses),
    )


def _refs(rulesets: Iterable[RulesetNamed]) -> tuple[RulesetRef, ...]:
    refs = [RulesetRef(each.kind, each.name, each.version, each.hash) for each in rulesets]
    return tuple(sorted(refs, key=lambda ref: (ref.kind, ref.name)))


def _counts(comparison: Comparison) -> Counts:
    return Counts(
        read=comparison.read,
        compared=comparison.compared,
        changed=comparison.changed,
        dearer=shares.dearer(comparison),
        cheaper=shares.cheaper(comparison),
        died=comparison.died,
        revived=comparison.revived,
        refused_by_both=comparison.refused_by_both,
        skipped=sum(comparison.skipped.values()),
    )


def _shares(comparison: Comparison) -> Shares:
    compared = comparison.compared
    return Shares(
        changed=_percent(comparison.changed, compared),
        dearer=_percent(shares.dearer(comparison), compared),
        cheaper=_percent(shares.cheaper(comparison), compared),
        died=_percent(comparison.died, compared + comparison.died),
        worse=_percent(*shares.worse(comparison)),
    )


def _percent(part: int, whole: int) -> str:
    """Of nothing, nothing is a share."""
    return shares.percent_text((part, max(whole, 1))) or ""


def _currency(currency: str, sums: InCurrency) -> CurrencyReport:
    money = formatter(currency)
    return CurrencyReport(
        currency=currency,
        carts=sums.carts,
        changed=sums.changed,
        dearer=sums.dearer,
        cheaper=sums.cheaper,
        lost=money(sums.lost),
        won=money(sums.won),
        revenue_change=shares.percent_text(shares.revenue_change(sums)),
        revenue_change_with_lost=shares.percent_text(shares.revenue_change_with_lost(sums)),
        measures=tuple(_measure(measure, sums, money) for measure in MEASURES),
        histogram=_histogram(sums.differences.get("total", {}), money),
        causes=tuple(_cause(cause, money) for cause in sorted(sums.causes.values(), key=_weight)),
        most_dearer=tuple(_cart(cart, money) for cart in sums.most_dearer),
        most_cheaper=tuple(_cart(cart, money) for cart in sums.most_cheaper),
    )


def _measure(measure: Measure, sums: InCurrency, money: Money) -> MeasureReport:
    before, after = getattr(sums.before, measure), getattr(sums.after, measure)
    quantiles = counted_quantiles(sums.differences.get(measure, {}))
    return MeasureReport(
        measure=measure,
        before=money(before),
        after=money(after),
        difference=money(after - before),
        percent=shares.percent_text((after - before, before)),
        quantiles={str(percent): money(value) for percent, value in quantiles.items()},
    )


def _histogram(differences: Mapping[int, int], money: Money) -> tuple[Bar, ...]:
    return tuple(
        Bar(
            None if each.low is None else money(each.low),
            None if each.high is None else money(each.high),
            each.carts,
            each.is_more,
        )
        for each in ranges(differences)
    )


def _weight(cause: Cause) -> tuple[int, int, str, str]:
    return -abs(cause.amount), -abs(cause.tax), cause.kind, cause.rule


def _cause(cause: Cause, money: Money) -> CauseReport:
    return CauseReport(
        kind=cause.kind,
        rule=cause.rule,
        at_before=cause.at_before,
        at_after=cause.at_after,
        changed=cause.changed,
        carts=cause.carts,
        amount=money(cause.amount),
        tax=money(cause.tax),
    )


def _cart(cart: Extreme, money: Money) -> CartReport:
    return CartReport(
        cart=cart.cart,
        lines=cart.lines,
        units=cart.units,
        worth=money(cart.worth),
        difference=money(cart.difference),
        cause=cart.cause,
    )


def _flips(flips: Mapping[str, Flip]) -> tuple[FlipReport, ...]:
    ordered = sorted(flips.items(), key=lambda entry: (-entry[1].gained - entry[1].lost, entry[0]))
    return tuple(FlipReport(name, flip.gained, flip.lost) for name, flip in ordered)


def _counted(counts: Mapping[str, int]) -> tuple[Counted, ...]:
    ordered = sorted(counts.items(), key=lambda entry: (-entry[1], entry[0]))
    return tuple(Counted(name, count) for name, count in ordered)
