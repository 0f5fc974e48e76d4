"""How is a report shown to people? As one page that needs nothing else: open it, send it, print it.

Every chart has its numbers in a table beside it. Names are foreign text, whoever wrote them: all of it is escaped.
"""

from __future__ import annotations

from typing import Final

import msgspec

from engine.compare.html_charts import Drawn, amounts, bars
from engine.compare.html_parts import fold, number, page, section, table, text
from engine.compare.report_model import CauseReport, CurrencyReport, Decided, Report, Witness

MOST_CAUSES: Final = 20
"""So many are drawn; the table has all."""


def html_report(report: Report, title: str = "What the change does to carts") -> str:
    """The report as an HTML page."""
    return page(
        title,
        _summary(report),
        *[_money(each) for each in report.currencies],
        *[_causes(each) for each in report.currencies],
        _refusals(report),
        _flips(report),
        section("Smallest carts that show it", *[_witness(each) for each in report.witnesses]),
        _rulesets(report),
    )


# the numbers at the top ----------------------------------------------------------------------------------------


def _summary(report: Report) -> str:
    counts, shares = report.counts, report.shares
    facts = [
        ("compared", number(counts.compared), f"of {number(counts.read)} carts read"),
        ("changed", number(counts.changed), f"{shares.changed} %"),
        ("pay more", number(counts.dearer), f"{shares.dearer} %"),
        ("pay less", number(counts.cheaper), f"{shares.cheaper} %"),
        ("refused now", number(counts.died), f"{shares.died} %; {number(counts.revived)} no longer"),
    ]
    facts += [
        (f"revenue, {each.currency}", f"{each.revenue_change} %", f"{each.measures[0].difference} {each.currency}")
        for each in report.currencies
        if each.revenue_change is not None
    ]
    inside = "".join(
        f"<div><dt>{text(name)}</dt><dd>{text(value)}<small>{text(more)}</small></dd></div>\n"
        for name, value, more in facts
    )
    left = f"{number(counts.refused_by_both)} were refused before and after, {number(counts.skipped)} skipped."
    return f'<dl class="facts">{inside}</dl>\n<p class="soft">Differences are after − before. {left}</p>\n'


# money ---------------------------------------------------------------------------------------------------------


def _money(found: CurrencyReport) -> str:
    if not found.carts:
        return ""
    return section(
        f"Money, {found.currency}",
        _sums_chart(found),
        _sums(found),
        _histogram(found),
        _quantiles(found),
        _extremes(found),
    )


def _sums_chart(found: CurrencyReport) -> str:
    drawn = []
    for each in found.measures:
        before, after = amounts((each.before, each.after))
        drawn += [
            Drawn(f"{each.measure} before", before, each.before, "before"),
            Drawn(f"{each.measure} after", after, each.after, "after"),
        ]
    title = f"Sums before and after, {found.currency}"
    return bars(title, "Sums over all carts that both let through; the table below has the same numbers.", drawn)


def _sums(found: CurrencyReport) -> str:
    rows = [
        (each.measure, each.before, each.after, each.difference, "" if each.percent is None else f"{each.percent} %")
        for each in found.measures
    ]
    caption = f"Sums over the {number(found.carts)} carts that both let through"
    sums = table(caption, ("", "before", "after", "difference", "change"), rows, (1, 2, 3, 4))
    with_lost = found.revenue_change_with_lost
    if with_lost == found.revenue_change or with_lost is None:
        return sums
    return (
        f"{sums}<p>Carts refused now came to {text(found.lost)}, those no longer refused come to {text(found.won)}: "
        f"with them revenue changes by {text(with_lost)} %.</p>\n"
    )


def _histogram(found: CurrencyReport) -> str:
    if not found.histogram:
        return "<p>No total differs.</p>\n"
    labels = [each.label for each in found.histogram]
    drawn = [
        Drawn(label, amounts([str(each.carts)])[0], number(each.carts), "more" if each.dearer else "less")
        for label, each in zip(labels, found.histogram, strict=True)
    ]
    title = f"Carts by the difference of their total, {found.currency}"
    same = found.carts - found.dearer - found.cheaper
    rows = [(label, number(each.carts)) for label, each in zip(labels, found.histogram, strict=True)]
    return (
        f'<h3>{text(title)}</h3>\n<p class="soft">Another {number(same)} carts pay the same as before.</p>\n'
        + bars(title, "The table below has the same numbers.", drawn)
        + fold("as a table", table(title, ("difference", "carts"), rows, (0, 1)))
    )


def _quantiles(found: CurrencyReport) -> str:
    percents = list(found.measures[0].quantiles)
    names = {"0": "least", "50": "median", "100": "most"}
    heads = ["", *[names.get(percent, f"{percent} %") for percent in percents]]
    rows = [(each.measure, *each.quantiles.values()) for each in found.measures]
    return table("Differences of single carts, from the least to the most", heads, rows, range(1, len(heads)))


def _extremes(found: CurrencyReport) -> str:
    heads = ("cart", "lines", "units", "worth", "difference", "mostly by")
    parts = []
    for caption, carts in (("Pay most more", found.most_dearer), ("Pay most less", found.most_cheaper)):
        rows = [(each.cart, each.lines, each.units, each.worth, each.difference, each.cause) for each in carts]
        parts.append(table(caption, heads, rows, (1, 2, 3, 4)) if rows else "")
    return "".join(parts)


# causes --------------------------------------------------------------------------------------------------------


def _causes(found: CurrencyReport) -> str:
    if not found.causes:
        return ""
    posted = [each for each in found.causes if amounts([each.amount])[0]][:MOST_CAUSES]
    title = f"What moved the money, {found.currency}"
    drawn = [
        Drawn(_rule(each), amounts([each.amount])[0], each.amount, "more" if amounts([each.amount])[0] > 0 else "less")
        for each in posted
    ]
    heads = ("rule", "", "carts", "total", "tax", "written at")
    rows = [
        (
            _rule(each),
            _standing(each),
            number(each.carts),
            each.amount,
            each.tax,
            _places(each.at_before, each.at_after),
        )
        for each in found.causes
    ]
    caption = "The column “total” sums to the difference of the totals, to the cent"
    return section(
        title, bars(title, "The table below has the same numbers.", drawn), table(caption, heads, rows, (2, 3, 4))
    )


def _rule(cause: CauseReport) -> str:
    return f"{cause.kind}/{cause.rule}"


def _standing(cause: CauseReport) -> str:
    """Whether the rule was changed, came, went, or only follows."""
    if not cause.changed:
        return "follows"
    if not cause.at_before:
        return "new"
    return "changed" if cause.at_after else "gone"


def _places(before: str, after: str) -> str:
    return before if before == after else " → ".join(place for place in (before, after) if place)


# what was refused, and what began or ceased to count -----------------------------------------------------------


def _refusals(report: Report) -> str:
    parts = [
        table(caption, (head, "carts"), [(each.name, number(each.carts)) for each in counted], (1,)) if counted else ""
        for caption, head, counted in (
            ("Refused only after the change", "code", report.died_of),
            ("Refused only before it", "code", report.revived_from),
            ("Not compared", "reason", report.skipped),
        )
    ]
    return section("Refused and skipped", *parts)


def _flips(report: Report) -> str:
    parts = [
        table(
            caption,
            ("", "begins in", "ceases in"),
            [(each.name, number(each.gained), number(each.lost)) for each in flips],
            (1, 2),
        )
        if flips
        else ""
        for caption, flips in (
            ("Promotions and prices", report.promotions),
            ("Coupons", report.coupons),
            ("Ways to pay that are offered", report.payments),
        )
    ]
    methods = [(each.name, number(each.carts)) for each in report.methods]
    parts.append(table("Shipping method", ("before → after", "carts"), methods, (1,)) if methods else "")
    return section("What counts in other carts now", *parts)


# witnesses -----------------------------------------------------------------------------------------------------


def _witness(found: Witness) -> str:
    what = f"refused: {found.cause}" if found.died else f"{found.cause}, {found.difference} {found.currency}"
    places = _places(found.at_before, found.at_after)
    body = msgspec.json.format(msgspec.json.encode(found.body), indent=2).decode()
    units = "1 unit" if found.units == 1 else f"{number(found.units)} units"
    lines = "1 line" if found.lines == 1 else f"{number(found.lines)} lines"
    return (
        f'<div class="witness"><h3>{text(what)}</h3>\n'
        f'<p class="soft">What is left of {text(found.cart)}: {lines}, {units}.'
        + (f" <code>{text(places)}</code>" if places else "")
        + f'</p>\n<div class="pair">{_decided("before", found.before)}{_decided("after", found.after)}</div>\n'
        + fold("the cart, as a dry run takes it", f"<pre>{text(body)}</pre>")
        + "</div>\n"
    )


def _decided(when: str, decided: Decided) -> str:
    rows: list[tuple[str, str, str]] = [(each.rule, each.line, each.amount) for each in decided.postings]
    rows.append(("total", "", decided.total))
    refused = f"; refused: {', '.join(decided.refusals)}" if decided.refusals else ""
    caption = f"{when}: {decided.total}, of it tax {decided.tax}{refused}"
    return table(caption, ("rule", "on", "amount"), rows, (2,))


# the rulesets --------------------------------------------------------------------------------------------------


def _rulesets(report: Report) -> str:
    before = {(each.kind, each.name): each for each in report.before}
    after = {(each.kind, each.name): each for each in report.after}
    rows = []
    for kind, name in sorted({*before, *after}):
        old, new = before.get((kind, name)), after.get((kind, name))
        same = old is not None and new is not None and old.hash == new.hash
        shown = [f"{each.version} ({each.hash[:12]})" if each else "–" for each in (old, new)]
        rows.append((f"{kind}/{name}", *shown, "same" if same else "differs"))
    return section("The rulesets", table("Version and start of the hash", ("ruleset", "before", "after", ""), rows))
