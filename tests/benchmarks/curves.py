"""The time of one decision over the number of rules, drawn."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import matplotlib

from tests.benchmarks.contestants import CEILING, JSON, OURS, SCAN, ZEN, ZEN_PREFIX
from tests.benchmarks.timing import Timings

matplotlib.use("Agg")

from matplotlib import pyplot

_STYLES = {
    OURS: ("SOSTECH Store, complete with postings", "#0b6e4f", "-", 2.6),
    JSON: ("SOSTECH Store, as JSON", "#0b6e4f", "--", 1.6),
    ZEN: ("zen-engine, categories split by the caller", "#c1440e", "-", 1.8),
    ZEN_PREFIX: ("zen-engine, categories as prefixes", "#c1440e", "--", 1.8),
    SCAN: ("by hand, scan over all rules (totals only)", "#555555", "--", 1.8),
    CEILING: ("by hand, indexed (totals only): the ceiling", "#555555", "-", 1.8),
}


def draw(decisions: Mapping[int, Timings], path: Path, versions: Mapping[str, str]) -> None:
    """Write a PNG: microseconds per decision over the number of rules, both logarithmic."""
    figure, axes = pyplot.subplots(figsize=(8.4, 5.4), dpi=130)
    sizes = sorted(decisions)
    for name, (label, colour, line, width) in _STYLES.items():
        times = [decisions[size].of(name) for size in sizes]
        axes.plot(sizes, times, label=label, color=colour, linestyle=line, linewidth=width, marker="o", markersize=4)
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xticks(sizes, [f"{size:,}" for size in sizes])
    axes.minorticks_off()
    axes.set_xlabel("promotion rules")
    axes.set_ylabel("µs per decision (median, one core)")
    axes.set_title("One checkout of 10 lines: promotions, coupon, tariff, tax")
    axes.grid(True, which="major", color="#dddddd", linewidth=0.8)
    axes.legend(fontsize=8, frameon=False)
    figure.text(0.99, 0.01, f"{versions['python']}, zen-engine {versions['zen-engine']}", ha="right", fontsize=7)
    figure.tight_layout()
    figure.savefig(path, metadata={"Software": None})
    pyplot.close(figure)
