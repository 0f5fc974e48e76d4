"""What comes out of past carts, as far as people who agree to a ruleset want to know it? Money is text."""

from __future__ import annotations

from typing import Final

import msgspec

from engine.compare.report_model import CartReport, CauseReport, Counted, Counts, CurrencyReport, Report, Shares

MOST_SHOWN: Final = 5
"""Of causes, and of carts that show them; a replay shows the rest."""


class CurrencyCarts(msgspec.Struct, frozen=True, kw_only=True):
    """The carts of one currency: how many pay more and less, and what all of them pay with and without the ruleset.

    `before` and `after` are of the carts that both let through; `lost` is what those paid that are refused now, and
    `change` (percent, None when nothing was paid before) counts it too. The greatest causes and differences come first.
    """

    currency: str
    dearer: int
    cheaper: int
    before: str
    after: str
    change: str | None
    lost: str
    causes: tuple[CauseReport, ...]
    most_dearer: tuple[CartReport, ...]
    most_cheaper: tuple[CartReport, ...]


class PastCarts(msgspec.Struct, frozen=True, kw_only=True):
    """Past carts decided with a ruleset and without it."""

    counts: Counts
    shares: Shares
    currencies: tuple[CurrencyCarts, ...]
    refused_now: tuple[Counted, ...]
    failed: tuple[Counted, ...]


def past_carts(report: Report) -> PastCarts:
    """The parts of a whole report that matter here."""
    return PastCarts(
        counts=report.counts,
        shares=report.shares,
        currencies=tuple(_currency(each) for each in report.currencies),
        refused_now=report.died_of[:MOST_SHOWN],
        failed=report.skipped[:MOST_SHOWN],
    )


def _currency(sums: CurrencyReport) -> CurrencyCarts:
    total = next(each for each in sums.measures if each.measure == "total")
    return CurrencyCarts(
        currency=sums.currency,
        dearer=sums.dearer,
        cheaper=sums.cheaper,
        before=total.before,
        after=total.after,
        change=sums.revenue_change_with_lost,
        lost=sums.lost,
        causes=sums.causes[:MOST_SHOWN],
        most_dearer=sums.most_dearer[:MOST_SHOWN],
        most_cheaper=sums.most_cheaper[:MOST_SHOWN],
    )
