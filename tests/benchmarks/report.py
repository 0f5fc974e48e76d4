"""The page about the benchmark: what is measured, the figures beside what we promised, and what they say."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tests.benchmarks.contestants import (
    CEILING,
    EXPLAIN,
    FLOOR,
    JSON,
    OURS,
    SCAN,
    TRACE,
    ZEN,
    ZEN_COMPLETE,
    ZEN_PREFIX,
)
from tests.benchmarks.results import Results, versions
from tests.benchmarks.targets import MB, Target, targets

_ORDER = (CEILING, FLOOR, OURS, JSON, TRACE, EXPLAIN, ZEN, ZEN_COMPLETE, ZEN_PREFIX, SCAN)

_INTRODUCTION = """# What a decision costs

Written by `{command}` on {when}; do not edit. The same figures, with their spread, are in
[benchmarks.json](benchmarks.json).

{versions}. One process, one thread, {rounds} rounds; {load} other processes wanted one of the {cores} cores on average.

![time per decision over the number of rules](benchmarks.png)

## The workload

W1 is one checkout: a cart of 10 lines; N promotions in two lanes, each with `pick: best` (category percentages,
quantity tiers, amounts per unit, customer groups, order thresholds by group and region); one coupon with 6 conditions
and a cap; 5 zones of 6 weight bands with a free-shipping threshold; tax contained in the prices. Eight of the rules can
match the timed carts, the others have the same shapes and never do, so the work asked for is the same at every N.

Times are CPU time of the process, round robin over the contestants, the median over rounds; a ratio is the median of
the ratios inside the rounds. Nothing is timed before all contestants have given the same totals for the timed carts and
for random ones, which match rules out of all N ({compared}); where postings are given, those are the same too.

| contestant | what it gives |
|---|---|
| {ours} | everything: totals, lines with tax, every posting with its rule and place, options, coupon, facts |
| {json} | the same as bytes |
| {trace} | and why rules whose condition held gave nothing |
| {explain} | and of every rule why, why not, and how far from true: linear in the rules, made only when asked for |
| {ceiling} | five totals, by a program written for W1 alone, with dictionaries and bisection |
| {floor} | five totals, lines with tax and postings, by the same look-ups and a finish written for W1 alone |
| {scan} | five totals, the same program going through all rules |
| {zen} | five totals, one decision graph; the caller splits categories, so that columns ask for equality only |
| {zen_complete} | the same graph hands over its hits; Python chooses, shares, taxes and posts |
| {zen_prefix} | five totals; a cell asks whether the category starts with a path, as a tree of any depth needs |
"""

_NOTES = """## How to read it

- The ceiling gives five numbers and forgets how it came by them. `{floor}` shows what postings, shares by largest
  remainder and tax by line cost in Python at least; what we pay over that buys rules that are read from YAML, facts
  that may be missing, shipping options with reasons, and the place of every rule in every posting.
- zen-engine hardly grows with the rules while every column asks for equality, so it seems to index such columns; where
  a cell asks for anything else (a category tree of any depth, a postcode prefix), its time grows row by row. What we
  promised about zen was set when only an encoding that grows with the rows was known, so both encodings stand here.
- The index is answered in bit masks as long as there are rules, so a decision grows a little with them, by memory
  that is read, not by rules that are tried.
"""


def page(results: Results) -> str:
    """The whole page, Markdown."""
    compared = ", ".join(f"{count} carts at {size:,} rules" for size, count in results.compared.items())
    introduction = _INTRODUCTION.format(
        command=results.command,
        when=results.when,
        versions=", ".join(f"{name} {value}" for name, value in versions().items()),
        rounds=results.rounds,
        load=f"{max(0.0, results.load - 1):.1f}",
        cores=results.cores,
        compared=compared,
        ours=OURS,
        json=JSON,
        trace=TRACE,
        explain=EXPLAIN,
        ceiling=CEILING,
        scan=SCAN,
        floor=FLOOR,
        zen=ZEN,
        zen_complete=ZEN_COMPLETE,
        zen_prefix=ZEN_PREFIX,
    )
    return "\n".join(
        (
            introduction,
            "## What we promised\n",
            *_table(("measure", "promised", "measured", "kept"), map(_target, targets(results))),
            "\n## One decision, in microseconds (times the ceiling)\n",
            *_decisions(results),
            "\n## Rulesets that ruin trees and scans\n",
            *_families(results),
            "\n## Before the first decision\n",
            *_costs(results),
            "",
            *_tariffs(results),
            "\n## Replays\n",
            *_replay(results),
            "",
            _NOTES.format(floor=FLOOR),
        )
    )


def _target(target: Target) -> tuple[str, ...]:
    bound = "at least" if target.at_least else "at most"
    kept = "yes" if target.kept else f"**no**, by {_missed_by(target):.1f}×"
    return target.what, f"{bound} {_number(target.wanted)}{_unit(target)}", _measured(target), kept


def _missed_by(target: Target) -> float:
    return target.wanted / target.measured if target.at_least else target.measured / target.wanted


def _measured(target: Target) -> str:
    return f"{_number(target.measured)}{_unit(target)}"


def _unit(target: Target) -> str:
    return target.unit if target.unit in ("", "×", "/s") else f" {target.unit}"


def _number(value: float) -> str:
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}".rstrip("0").rstrip(".")


def _decisions(results: Results) -> Iterator[str]:
    sizes = sorted(results.decisions)
    rows = []
    for name in _ORDER:
        row = [name]
        for size in sizes:
            timings = results.decisions[size]
            row.append(f"{_number(timings.of(name))} ({_number(timings.ratio(name, CEILING))}×)")
        rows.append(tuple(row))
    yield from _table(("contestant", *[f"{size:,} rules" for size in sizes]), rows)
    if results.growth is not None:
        grown = ", ".join(f"{int(name):,}: {results.growth.of(name):.0f} µs" for name in results.growth.rounds)
        yield f"\nOurs at all sizes in one round robin, by number of rules: {grown}."


def _families(results: Results) -> Iterator[str]:
    rows = [
        (name, _number(timings.of("few")), _number(timings.of("many")), f"{_number(timings.ratio('many', 'few'))}×")
        for name, timings in results.families.items()
    ]
    yield from _table(("family", "8 rules, µs", "all rules, µs", "growth"), rows)


def _costs(results: Results) -> Iterator[str]:
    heads = ("rules", "read, s", "lints, s", "compile, s", "memory, MB", "peak, MB", "pickled, MB")
    rows = [
        (
            f"{size:,}",
            f"{costs.read_s:.3f}",
            f"{costs.lint_s:.3f}",
            f"{costs.compile_s:.3f}",
            f"{costs.kept_bytes / MB:.2f}",
            f"{costs.peak_bytes / MB:.2f}",
            f"{costs.pickled_bytes / MB:.2f}",
        )
        for size, costs in results.costs.items()
    ]
    yield from _table(heads, rows)


def _tariffs(results: Results) -> Iterator[str]:
    rows = [
        (
            name,
            f"{each.sizes[0]:,} → {each.sizes[1]:,}",
            f"{each.read_s[0]:.2f} → {each.read_s[1]:.2f}",
            f"{each.lint_s[0]:.2f} → {each.lint_s[1]:.2f}",
            f"{each.exponent:.2f}",
        )
        for name, each in results.tariffs.items()
    ]
    yield from _table(("tariff of", "how many", "read, s", "lints, s", "exponent of the lints"), rows)


def _replay(results: Results) -> Iterator[str]:
    replay = results.replay
    if replay is not None:
        yield (
            f"{replay.decided:,.0f} carts a second on one core, {replay.added_up:,.0f} with the summary a replay "
            f"keeps. {replay.processes} processes at once, which share nothing, give {replay.speedup:.2f} times as "
            f"much by the CPU time each of them needs, {replay.speedup_wall:.2f} times by the clock on the wall, "
            f"where they wait for whatever else runs."
        )


def _table(heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    yield f"| {' | '.join(heads)} |"
    yield "|" + "---|" * len(heads)
    for row in rows:
        yield f"| {' | '.join(row)} |"


def summary(results: Results) -> str:
    """The promises and the decisions, for the terminal."""
    kept = [f"{'kept  ' if each.kept else 'MISSED'} {_measured(each):>10}  {each.what}" for each in targets(results)]
    return "\n".join((*kept, "", *_decisions(results)))
