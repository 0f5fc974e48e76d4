"""The page about the benchmark: what is measured, the figures beside what we promised and what peers say."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from operator import methodcaller
from pathlib import Path
from typing import Final

from tests.benchmarks.shop.checkout import steps
from tests.benchmarks.shop.contest import CARTS, LEFT
from tests.benchmarks.shop.results import BARE, HELLO, ORDER, Results, Series, machine
from tests.benchmarks.shop.targets import Target, targets
from tests.benchmarks.shop.workloads import WORKLOADS

QUIET: Final = 0.2
"""With more cores than this busy with something else, operations a second and their ratios say little."""
BEGINNING: Final = "<!-- figures: written by make bench-shop -->"
END: Final = "<!-- end of the figures -->"

_SHARED: Final = """
**The machine was shared while this was measured.** Operations a second, times and their ratios depend on what else ran
at that moment; only round trips can be relied on, and CPU times roughly. Measure again on a quiet machine.
"""

_PEERS: Final = (
    ("A, a list of 20 with prices", "14/s (its search index 202/s)", "70/s", "50/s", "A"),
    ("B, add to cart, 5 promotions", "40/s", "5.7/s", "4.7/s", "B"),
    ("B with 100 promotions", "27/s", "0.9/s", "4.0/s", "B100"),
    ("C, coupon on and off", "34/s", "1.2/s", "3.1/s", "C"),
    ("D, a whole checkout", "4.0/s", "1.7/s", "0.5/s", "D"),
)
_PEERS_F: Final = (f"F, orders for the last {LEFT} units, {CARTS} carts at once", "16", "6, two processes", "5")
_PEERS_E: Final = (
    ("0", "30 ms", "3.5 ms", "332 ms"),
    ("100", "49 ms", "5.3 s", "430 ms"),
    ("1000", "198 ms", "—", "4,837 ms"),
)


_FLOOR_TITLES: Final = {
    HELLO: "hello in JSON, one process",
    ORDER: "the bare order transaction, by asyncpg alone",
    BARE: "the round trips of an add, by asyncpg alone",
}


def page(results: Results, existing: str) -> str:
    """The page with the figures of this run between its markers; the text around them stays."""
    before, _, rest = existing.partition(BEGINNING)
    after = rest.partition(END)[2]
    return f"{before}{BEGINNING}\n{figures(results)}\n{END}{after}"


def write(results: Results, path: Path) -> None:
    """Put the figures into the page."""
    path.write_text(page(results, path.read_text(encoding="utf-8")), encoding="utf-8")


def figures(results: Results) -> str:
    """Everything that changes from run to run, Markdown."""
    parts = [_about(results), "### What we promised\n", *_promises(results)]
    parts += ["\n### Beside the floors\n", *_floors(results)]
    for processes in results.series:
        parts += [f"\n### {processes} server process{'es' if processes > 1 else ''}\n", *_workloads(results, processes)]
        parts += [f"\nE, one change to a 10-line cart, by number of promotions, {processes} processes:\n"]
        parts += _changes(results, processes)
        parts += [f"\nD, request by request, {processes} process{'es' if processes > 1 else ''}:\n"]
        parts += _steps(results.of(processes, "D"))
    parts += [f"\n### The last {LEFT} units\n", *_contests(results)]
    return "\n".join((*parts, "\n### Beside others\n", _PEERS_TEXT, *_peers(results)))


_PEERS_TEXT: Final = """Their figures were measured elsewhere, on other hardware than ours, with the same workload,
8 guest clients and PostgreSQL 15 on two cores: read them as orders of magnitude.
"""


def summary(results: Results) -> str:
    """The promises and the workloads, for the terminal."""
    kept = [
        f"{'kept  ' if each.kept else 'MISSED'} {_number(each.measured):>8}{each.unit:2} of {_number(each.wanted):>6}"
        f"  {each.what}"
        for each in targets(results)
    ]
    tables = [line for processes in results.series for line in _workloads(results, processes)]
    wrong = [
        f"{name}, {processes} processes, {series.errors} errors, such as: {series.first_error}"
        for processes, by_name in results.series.items()
        for name, series in by_name.items()
        if series.errors
    ]
    wrong += [
        f"F, {at} processes: {other}" for at, all in results.contests.items() for one in all for other in one.others
    ]
    busy = f"cores busy with something else: {results.busy_others():.1f}"
    return "\n".join((*kept, "", *tables, "", busy, f"errors: {results.errors}", *wrong))


def _about(results: Results) -> str:
    about = machine()
    versions = about["versions"]
    assert isinstance(versions, dict)
    named = ", ".join(f"{name} {value}" for name, value in versions.items())
    return (
        f"Written by `{results.command}` on {results.when}; do not edit between the markers. "
        f"{about['python']}, {named}, PostgreSQL {results.postgres} on {results.file_system} with default durability. "
        f"{about['cpu']}, {about['cores']} cores for clients, server and database; other processes kept "
        f"{results.busy_others():.1f} of them busy. {results.clients} clients; {results.rounds} rounds of "
        f"{results.warm_up_seconds:g} s warm-up and {results.measured_seconds / results.rounds:g} s each, medians over "
        f"the rounds. Wrong answers: {results.errors}.\n{_SHARED if results.busy_others() > QUIET else ''}"
    )


def _promises(results: Results) -> Iterator[str]:
    yield from _table(("measure", "promised", "measured", "kept"), map(_promise, targets(results)))


def _promise(target: Target) -> tuple[str, ...]:
    bound = "at least" if target.at_least else "at most"
    kept = "yes" if target.kept else "**no**"
    return (
        target.what,
        f"{bound} {_number(target.wanted)}{target.unit}",
        f"{_number(target.measured)}{target.unit}",
        kept,
    )


def _floors(results: Results) -> Iterator[str]:
    """What a request costs beside the least it could; by throughput, and by the CPU time of server and PostgreSQL."""
    fewest = min(results.series)
    rows = []
    for name, floor in (("A", HELLO), ("P", ORDER), ("B", ORDER), ("C", ORDER), ("B", BARE)):
        series, least = results.of(fewest, name), results.of(fewest, floor)
        rows.append(
            (
                name,
                _FLOOR_TITLES[floor],
                f"{_number(series.ratio(least, lambda each: each.per_second))}×",
                f"{series.median(lambda each: each.total_ms):.2f} : {least.median(lambda each: each.total_ms):.2f}",
                f"{_number(series.ratio(least, lambda each: each.total_ms))}×",
            )
        )
    yield from _table(("workload", "floor", "operations/s over the floor's", "CPU, ms", "CPU over the floor's"), rows)


def _workloads(results: Results, processes: int) -> Iterator[str]:
    heads = (
        "workload", "operations/s", "p50, ms", "p99, ms", "server CPU, ms", "PostgreSQL CPU, ms", "client CPU, ms",
        "statements", "errors",
    )  # fmt: skip
    titles = {each.name: f"{each.name}: {each.title}" for each in WORKLOADS}
    titles |= {name: f"floor: {title}" for name, title in _FLOOR_TITLES.items()}
    by_name = results.series[processes]
    yield from _table(heads, (_row(titles[name], series) for name, series in by_name.items() if name != "E"))


def _row(title: str, series: Series) -> tuple[str, ...]:
    return (
        title,
        _number(series.median(lambda each: each.per_second)),
        _by_label(series, lambda label: f"{series.p50_ms(label):.2f}"),
        _by_label(series, lambda label: f"{series.p99_ms(label):.2f}"),
        f"{series.median(lambda each: each.server_ms):.2f}",
        f"{series.median(lambda each: each.postgres_ms):.2f}",
        f"{series.median(lambda each: each.client_ms):.2f}",
        _by_label(series, lambda label: str(series.statements(label) or "—")),
        str(series.errors),
    )


def _by_label(series: Series, shown: object) -> str:
    """One value, or one for each kind of request where they differ."""
    assert callable(shown)
    values = [str(shown(label)) for label in series.labels]
    return values[0] if len(set(values)) == 1 else " / ".join(values)


def _changes(results: Results, processes: int) -> Iterator[str]:
    series = results.of(processes, "E")
    first = series.p50_ms(series.labels[0])
    rows = [
        (
            label.removesuffix(" promotions"),
            f"{series.p50_ms(label):.2f}",
            f"{series.p50_ms(label) / first:.2f}×",
            f"{series.p99_ms(label):.2f}",
            str(series.statements(label) or "—"),
        )
        for label in series.labels
    ]
    yield from _table(("promotions", "p50, ms", "over none", "p99, ms", "statements"), rows)
    yield f"\nErrors: {series.errors}."


def _steps(series: Series) -> Iterator[str]:
    """What a checkout consists of; with those under way at the end, it may seem to be a little more than it is."""
    heads = ("request", "of each checkout", "p50, ms", "p99, ms", "statements")
    rows = [
        (
            label.removeprefix("D "),
            f"{series.median(methodcaller('times_per_operation', label)):.1f}",
            f"{series.p50_ms(label):.2f}",
            f"{series.p99_ms(label):.2f}",
            str(series.statements(label) or "—"),
        )
        for label in steps()
        if series.has(label)
    ]
    yield from _table(heads, rows)
    requests = series.median(lambda each: each.requests_per_operation)
    yield f"\nRequests of each checkout: {requests:.1f}. Errors: {series.errors}."


def _contests(results: Results) -> Iterator[str]:
    """F: a round with more orders than units would have sold what is not there; one with fewer, refused what is."""
    heads = ("server processes", "rounds", "orders in a round", "refused as sold out", "other answers")
    rows = [
        (
            str(processes),
            str(len(contests)),
            _span([each.orders for each in contests]),
            _span([each.refusals for each in contests]),
            str(sum(len(each.others) for each in contests)),
        )
        for processes, contests in results.contests.items()
    ]
    yield from _table(heads, rows)


def _peers(results: Results) -> Iterator[str]:
    fewest = min(results.series)
    heads = ("workload", "Vendure 3.7", "django-oscar 4.2", "Medusa 2.15", "ours, here")
    rows = [
        (*told, f"{_number(results.of(fewest, name).median(lambda each: each.per_second))}/s") for *told, name in _PEERS
    ]
    series = results.of(fewest, "E")
    for count, *theirs in _PEERS_E:
        label = f"{count} promotions"
        ours = f"{series.p50_ms(label):.1f} ms" if label in series.labels else "—"
        rows.append((f"E, one change at {int(count):,} promotions", *theirs, ours))
    rows.append((*_PEERS_F, _span([each.orders for contests in results.contests.values() for each in contests])))
    yield from _table(heads, rows)


def _span(counts: list[int]) -> str:
    return str(min(counts)) if min(counts) == max(counts) else f"{min(counts)} to {max(counts)}"


def _number(value: float) -> str:
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}".rstrip("0").rstrip(".")


def _table(heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    yield f"| {' | '.join(heads)} |"
    yield "|" + "---|" * len(heads)
    for row in rows:
        yield f"| {' | '.join(row)} |"
