"""How is the comparison of two rule books shown on a screen?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from engine.cli import screen
from engine.cli.decision_view import table, titled
from engine.compare.report_model import Bar, CauseReport, Counted, CurrencyReport, FlipReport, Report, Witness

MOST_CAUSES = 20
BAR = 40


def draw_report(title: str, report: Report) -> None:
    """Print the comparison, the most important first; what is empty is left out."""
    parts = [titled(name, body) for name, body in _parts(report) if body.row_count]
    heading = Rule(Text(title, style="bold"), align="left", characters="─")
    screen.draw(heading, *parts)


def _parts(report: Report) -> Iterator[tuple[str, Table]]:
    yield "Carts", _counts(report)
    for found in report.currencies:
        yield f"Sums of the carts that both let through ({found.currency})", _sums(found)
        yield f"Carts by the difference of their total ({found.currency})", _histogram(found.histogram)
        yield f"What moved the total ({found.currency})", _causes(found.causes)
    yield "Refused only after the change", _counted("code", report.died_of)
    yield "Refused only before it", _counted("code", report.revived_from)
    yield "Promotions and prices", _flips(report.promotions)
    yield "Coupons", _flips(report.coupons)
    yield "Ways to pay", _flips(report.payments)
    yield "Shipping methods", _counted("before → after", report.methods)
    yield "Skipped", _counted("reason", report.skipped)
    yield "Smallest carts that show it", _witnesses(report.witnesses)


def _counts(report: Report) -> Table:
    counts, shares = report.counts, report.shares
    drawn = table(("", "carts", "%"), ("carts", "%"))
    for what, count, share in (
        ("read", counts.read, ""),
        ("compared", counts.compared, ""),
        ("changed", counts.changed, shares.changed),
        ("pay more", counts.dearer, shares.dearer),
        ("pay less", counts.cheaper, shares.cheaper),
        ("refused now", counts.died, shares.died),
        ("no longer refused", counts.revived, ""),
        ("refused by both", counts.refused_by_both, ""),
        ("skipped", counts.skipped, ""),
    ):
        drawn.add_row(what, f"{count:,}", share)
    return drawn


def _sums(found: CurrencyReport) -> Table:
    columns = ("before", "after", "difference", "%", "least", "most")
    drawn = table(("", *columns), columns)
    for each in found.measures:
        extremes = each.quantiles.get("0", ""), each.quantiles.get("100", "")
        drawn.add_row(each.measure, each.before, each.after, each.difference, each.percent or "", *extremes)
    return drawn


def _histogram(bars: Sequence[Bar]) -> Table:
    drawn = table(("difference", "carts", ""), ("difference", "carts"))
    most = max((each.carts for each in bars), default=0)
    for each in bars:
        drawn.add_row(each.label, f"{each.carts:,}", "█" * -(-each.carts * BAR // most))
    return drawn


def _causes(causes: Sequence[CauseReport]) -> Table:
    drawn = table(("rule", "", "carts", "total", "tax", "written at"), ("carts", "total", "tax"))
    for each in causes[:MOST_CAUSES]:
        place = screen.printable(each.at_after or each.at_before)
        drawn.add_row(
            f"{each.kind} {each.rule}",
            "changed" if each.changed else "follows",
            f"{each.carts:,}",
            each.amount,
            each.tax,
            place,
        )
    if len(causes) > MOST_CAUSES:
        drawn.add_row(f"… {len(causes) - MOST_CAUSES} more")
    return drawn


def _flips(flips: Sequence[FlipReport]) -> Table:
    drawn = table(("", "begins in", "ceases in"), ("begins in", "ceases in"))
    for each in flips:
        drawn.add_row(screen.printable(each.name), f"{each.gained:,}", f"{each.lost:,}")
    return drawn


def _counted(what: str, counted: Sequence[Counted]) -> Table:
    drawn = table((what, "carts"), ("carts",))
    for each in counted:
        drawn.add_row(screen.printable(each.name), f"{each.carts:,}")
    return drawn


def _witnesses(witnesses: Sequence[Witness]) -> Table:
    columns = ("lines", "units", "before", "after")
    drawn = table(("mostly by", *columns, "shrunk from"), columns)
    for each in witnesses:
        after = "refused" if each.died else each.after.total
        numbers = str(each.lines), str(each.units), each.before.total, after
        drawn.add_row(screen.printable(each.cause), *numbers, screen.printable(each.cart))
    return drawn
