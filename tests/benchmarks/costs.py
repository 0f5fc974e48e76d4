"""What does a ruleset cost before it decides anything: reading, lints, compiling, memory?"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import log
from pathlib import Path

from engine.facts.vocabulary import Vocabulary
from engine.pipeline import check_ruleset
from tests.benchmarks import rulesets
from tests.benchmarks.timing import clocked


@dataclass(frozen=True, slots=True)
class SizeCosts:
    """Seconds and bytes for W1 at one size."""

    read_s: float
    lint_s: float
    compile_s: float
    kept_bytes: int
    peak_bytes: int
    pickled_bytes: int


@dataclass(frozen=True, slots=True)
class Growth:
    """Reading and linting one thing in two sizes; `exponent` e: the lints' time grows as n to the e."""

    sizes: tuple[int, int]
    read_s: tuple[float, float]
    lint_s: tuple[float, float]

    @property
    def exponent(self) -> float:
        return log(max(self.lint_s[1], 1e-6) / max(self.lint_s[0], 1e-6)) / log(self.sizes[1] / self.sizes[0])


def costs_at(size: int, known: Mapping[str, Vocabulary]) -> SizeCosts:
    """Read, lint and compile W1; memory in a process of its own."""
    text = rulesets.texts(size)["promotions"]
    read_s, lint_s = _read_and_lint(text, known)
    documents = rulesets.documents(rulesets.texts(size), known)
    compile_s = clocked(lambda: rulesets.book(documents, known))
    memory = _memory(size)
    return SizeCosts(read_s, lint_s, compile_s, memory["kept"], memory["peak"], memory["pickled"])


def tariff_growth(known: Mapping[str, Vocabulary], sizes: tuple[int, int]) -> dict[str, Growth]:
    """Reading and lints where only bands, or only zones, are involved."""
    return {
        "weight bands": _growth(bands_text, known, sizes),
        "postcode zones": _growth(zones_text, known, sizes),
    }


def bands_text(count: int) -> str:
    """A tariff with one zone and so many weight bands."""
    rows = ", ".join(
        f"{{up_to: {50 * number}g, price: {rulesets.money(500 + number)}}}" for number in range(1, count + 1)
    )
    zones = "zones:\n  - {id: all, where: {destination.country: BR}}\n"
    return (
        rulesets.head("shipping")
        + zones
        + "methods:\n  - id: m\n    name: {en: M}\n    rates:\n      all: {bands: {by: shipment.weight_g, rows: ["
        + rows
        + "]}}\n"
    )


def zones_text(count: int) -> str:
    """A tariff with so many zones, each a stretch of postcodes."""
    zones, rates = [], []
    for number in range(count):
        where = f'destination.postcode: {{between: ["{10_000 + 8 * number}", "{10_000 + 8 * number + 8}"]}}'
        zones.append(f"  - {{id: z{number}, where: {{destination.country: BR, {where}}}}}\n")
        rates.append(f"      z{number}: {{flat: {rulesets.money(500 + number)}}}\n")
    return (
        rulesets.head("shipping")
        + "zones:\n"
        + "".join(zones)
        + "methods:\n  - id: m\n    name: {en: M}\n    rates:\n"
        + "".join(rates)
    )


def _growth(text: Callable[[int], str], known: Mapping[str, Vocabulary], sizes: tuple[int, int]) -> Growth:
    small, large = (_read_and_lint(text(size), known) for size in sizes)
    return Growth(sizes, (small[0], large[0]), (small[1], large[1]))


def _read_and_lint(text: str, known: Mapping[str, Vocabulary]) -> tuple[float, float]:
    """Seconds of CPU for reading, and for the lints on what was read."""
    read_s = clocked(lambda: rulesets.read(text, known), times=1)
    reading = rulesets.read(text, known)
    return read_s, clocked(lambda: check_ruleset(reading), times=1)


def _memory(size: int) -> dict[str, int]:
    script = Path(__file__).with_name("memory.py")
    done = subprocess.run([sys.executable, str(script), str(size)], capture_output=True, text=True, check=True)
    found = json.loads(done.stdout)
    return {name: int(found[name]) for name in ("kept", "peak", "pickled")}
