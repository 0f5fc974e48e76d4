"""How is the result of a replay shown?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from rich.console import RenderableType
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from engine.cli import screen
from engine.cli.decision_view import table, titled
from engine.cli.files import shown
from engine.cli.replay_results import Replayed
from engine.money import formatter, round_ratio
from engine.replay.quantiles import quantiles
from engine.replay.summary import CurrencyTotals, ReplaySummary
from engine.replay.summary_plain import percent_text

MOST_RULES = 30


def draw_replay(replayed: Replayed, out: Path | None) -> None:
    """Print the result, and where more of it was written."""
    parts = [titled(title, body) for title, body in _parts(replayed) if body.row_count]
    heading = Rule(Text(f"replay {replayed.orders.name}", style="bold"), align="left", characters="─")
    screen.draw(heading, *parts, _speed(replayed))
    if out is not None:
        screen.say(f"written to {shown(out)}: summary.json, orders.jsonl, histogram.txt")


def _parts(replayed: Replayed) -> Iterator[tuple[str, Table]]:
    summary = replayed.summary
    yield "Accounting", _accounting(summary)
    for currency, totals in sorted(summary.currencies.items()):
        yield f"Money of the orders priced ({currency})", _money(currency, totals)
        yield f"Of {totals.orders:,} orders priced", _shares(totals)
        yield "Distribution over orders", _distribution(currency, totals)
    yield "Refused", _refusals(summary)
    yield "Skipped orders", _counted("reason", summary.accounting.orders_skipped)
    yield "Skipped rows", _counted("reason", summary.accounting.rows_skipped)
    yield "Rules that fired", _rules(summary)
    yield "Rules that did nothing", _silent(replayed.never_fired)
    yield "Shipping methods", _counted("method", summary.methods)
    yield "Coupons", _counted("state", summary.coupons)
    yield "Noted", _counted("what the source does not tell", summary.notes)
    yield "Slowest", _slowest(summary)


def _accounting(summary: ReplaySummary) -> Table:
    accounting = summary.accounting
    drawn = table(("", "read", "priced", "refused", "skipped"), ("read", "priced", "refused", "skipped"))
    skipped_rows = sum(accounting.rows_skipped.values())
    skipped_orders = sum(accounting.orders_skipped.values())
    rows = (accounting.rows_read, accounting.rows_priced, accounting.rows_refused, skipped_rows)
    orders = (accounting.orders_read, accounting.orders_priced, accounting.orders_refused, skipped_orders)
    drawn.add_row("rows", *_numbers(rows))
    drawn.add_row("orders", *_numbers(orders))
    return drawn


def _money(currency: str, totals: CurrencyTotals) -> Table:
    names = ("items", "discount", "shipping", "shipping_discount", "tax", "total")
    drawn = table([name.replace("_", " ") for name in names], [name.replace("_", " ") for name in names])
    money = formatter(currency)
    drawn.add_row(*(money(getattr(totals, name)) for name in names))
    return drawn


def _shares(totals: CurrencyTotals) -> Table:
    drawn = table(("", "orders", "%"), ("orders", "%"))
    counts = {
        "with a discount": totals.discounted,
        "delivered free": totals.free_delivery,
        "without a shipping method": totals.undelivered,
    }
    for what, count in counts.items():
        share = round_ratio(count * 1_000, totals.orders, "half_up")
        drawn.add_row(what, f"{count:,}", f"{share // 10}.{share % 10}")
    return drawn


def _distribution(currency: str, totals: CurrencyTotals) -> Table:
    shares = quantiles(totals.discount_shares)
    shippings = quantiles(totals.shippings)
    columns = [_quantile(percent) for percent in shippings]
    drawn = table(("", *columns), columns)
    money = formatter(currency)
    if shares:
        drawn.add_row("discount, % of items", *map(percent_text, shares.values()))
    if shippings:
        drawn.add_row(f"shipping, {currency}", *map(money, shippings.values()))
        drawn.add_row(f"total, {currency}", *map(money, quantiles(totals.order_totals).values()))
    return drawn


def _quantile(percent: int) -> str:
    return {0: "least", 50: "median", 100: "most"}.get(percent, f"{percent} %")


def _refusals(summary: ReplaySummary) -> Table:
    drawn = table(("code", "about", "orders", "smallest order", "lines", "total"), ("orders", "lines", "total"))
    for reason, count in sorted(summary.refusals.items(), key=lambda entry: (-entry[1], entry[0])):
        witness = summary.witnesses[reason]
        total = formatter(witness.currency)(witness.total)
        drawn.add_row(
            reason.code, reason.about, f"{count:,}", screen.printable(witness.order), f"{witness.lines:,}", total
        )
    return drawn


def _rules(summary: ReplaySummary) -> Table:
    drawn = table(("rule", "orders", "sum", ""), ("orders", "sum"))
    ordered = sorted(summary.fired.items(), key=lambda entry: (-entry[1].orders, entry[0]))
    for key, fired in ordered[:MOST_RULES]:
        amount = formatter(key.currency)(fired.amount)
        drawn.add_row(f"{key.kind} {key.rule}", f"{fired.orders:,}", amount, key.currency)
    if len(ordered) > MOST_RULES:
        drawn.add_row(f"… {len(ordered) - MOST_RULES} more", "", "", "")
    return drawn


def _silent(rules: Sequence[str]) -> Table:
    drawn = table(("rule",))
    for rule in rules[:MOST_RULES]:
        drawn.add_row(rule)
    if len(rules) > MOST_RULES:
        drawn.add_row(f"… {len(rules) - MOST_RULES} more")
    return drawn


def _counted(what: str, counts: Mapping[str, int]) -> Table:
    drawn = table((what, "count"), ("count",))
    for name, count in sorted(counts.items(), key=lambda entry: (-entry[1], entry[0])):
        if count:
            drawn.add_row(name, f"{count:,}")
    return drawn


def _slowest(summary: ReplaySummary) -> Table:
    drawn = table(("order", "microseconds"), ("microseconds",))
    for nanoseconds, order in summary.slowest[:5]:
        drawn.add_row(screen.printable(order), f"{nanoseconds // 1_000:,}")
    return drawn


def _speed(replayed: Replayed) -> RenderableType:
    decided, timing = replayed.decided, replayed.timing
    speed = f"{timing.orders_per_second(decided):,} orders a second"
    processes = "1 process" if timing.workers == 1 else f"{timing.workers} processes"
    return Text(f"{decided:,} orders decided, {speed} in {processes} (without reading the tables)")


def _numbers(numbers: Iterable[int]) -> list[str]:
    return [f"{number:,}" for number in numbers]
