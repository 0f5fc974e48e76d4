"""How do the lints grow with a document? Time and memory at 1,000 and 10,000 rules, for each kind of document.

    python tests/benchmarks/lints.py [--sizes 1000 10000] [--json]

Each document is linted in a process of its own. What is promised: at most 30 s and 500 MB at 10,000 rules. Fails when
that is not kept.
"""

from __future__ import annotations

import argparse
import importlib
import json
import resource
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from math import log
from pathlib import Path
from time import process_time

ROOT = Path(__file__).resolve().parents[2]

SECONDS, MEGABYTES = 30, 500
"""What linting 10,000 rules may take."""


@dataclass(frozen=True, slots=True)
class Cost:
    """Linting one document: seconds of CPU, memory of the whole process at its worst moment, findings."""

    family: str
    rules: int
    seconds: float
    megabytes: int
    findings: int


def promotions(count: int) -> str:
    """Workload W1: rules on lines and on the order, the best one wins."""
    rulesets = importlib.import_module("tests.benchmarks.rulesets")
    return str(rulesets.texts(count)["promotions"])


def stacked(count: int) -> str:
    """All rules of one lane give, at the same priority, and fifty to a customer group may meet."""
    rules = (
        f"{{id: r{n}, lane: order, when: {{customer.group: g{n % 50}, subtotal.after_line_discounts: "
        f"{{at_least: {_money(100 + n)}}}}}, then: {{percent_off: {1 + n % 20}, on: order}}}}"
        for n in range(count)
    )
    return _head("promotions") + "lanes: [{id: order, pick: all}]\nrules:\n" + _items(rules)


def competing(count: int) -> str:
    """Rules on lines of which the best wins, with many that another one beats."""
    rules = (
        f"{{id: r{n}, lane: l, when: {{customer.group: g{n % 500}}}, then: {{percent_off: {1 + n % 20}, where: "
        f"{{line.category: {{under: c{n % 1000}}}, line.quantity: {{at_least: {1 + n % 7}}}}}}}}}"
        for n in range(count)
    )
    return _head("promotions") + "lanes: [{id: l, pick: best, stage: lines}]\nrules:\n" + _items(rules)


def coupons(count: int) -> str:
    """Coupons that stand together, each from a sum of its own on."""
    some = (
        f"{{id: c{n}, codes: [C{n}], when: {{subtotal.after_order_discounts: {{at_least: {_money(1000 + n)}}}}}, "
        f"then: {{percent_off: {10 + n % 30}, on: order}}}}"
        for n in range(count)
    )
    return _head("coupons") + "stacking: all\ncoupons:\n" + _items(some)


def methods(count: int) -> str:
    """Zones, each with two methods that share the weights between them and leave out the night."""
    zones = (
        f"{{id: z{n}, where: {{destination.country: BR, destination.postcode: "
        f'{{between: ["{10_000 + 8 * n}", "{10_008 + 8 * n}"]}}}}}}'
        for n in range(count // 2)
    )
    rates = "".join(f"      z{n}: {{flat: {_money(500 + n)}}}\n" for n in range(count // 2))
    two = "".join(
        f'  - id: m{number}\n    when: {{shipment.weight_g: {{{weights}}}, now.time: {{at_least: "06:00"}}}}\n'
        f"    rates:\n{rates}"
        for number, weights in enumerate(("at_most: 20kg", "more_than: 20kg"))
    )
    return _head("shipping") + "zones:\n" + _items(zones) + "methods:\n" + two


FAMILIES: Mapping[str, Callable[[int], str]] = {
    "promotions (W1)": promotions,
    "stacked": stacked,
    "competing": competing,
    "coupons": coupons,
    "zones and methods": methods,
}


def cost(family: str, count: int) -> Cost:
    """Read one document in this process and lint it."""
    rulesets = importlib.import_module("tests.benchmarks.rulesets")
    lint = importlib.import_module("engine.lint").lint
    reading = rulesets.read(FAMILIES[family](count), rulesets.vocabularies())
    started = process_time()
    findings = lint(reading.document, reading.vocabulary)
    seconds = process_time() - started
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return Cost(family, count, round(seconds, 2), memory, len(findings))


def exponent(small: Cost, large: Cost) -> float:
    """e, where the time grows as n to the e."""
    return log(max(large.seconds, 1e-2) / max(small.seconds, 1e-2)) / log(large.rules / small.rules)


def main() -> int:
    """Measure every family at every size and say whether the promise is kept."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[1_000, 10_000])
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--one", nargs=2, metavar=("FAMILY", "RULES"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    sys.path.insert(0, str(ROOT))
    if arguments.one:
        print(json.dumps(asdict(cost(arguments.one[0], int(arguments.one[1])))))
        return 0
    costs = [[_alone(family, size) for size in arguments.sizes] for family in FAMILIES]
    if arguments.json:
        print(json.dumps([asdict(each) for some in costs for each in some], indent=1))
    else:
        _table(costs)
    worst = [each for some in costs for each in some if each.seconds > SECONDS or each.megabytes > MEGABYTES]
    return 1 if worst else 0


def _alone(family: str, count: int) -> Cost:
    command = [sys.executable, __file__, "--one", family, str(count)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    return Cost(**json.loads(done.stdout))


def _table(costs: list[list[Cost]]) -> None:
    print("| document | rules | s | MB | findings | exponent |\n|---|--:|--:|--:|--:|--:|")
    for some in costs:
        for before, each in zip([None, *some], some, strict=False):
            growth = "" if before is None else f"{exponent(before, each):.2f}"
            row = f"{each.rules:,} | {each.seconds} | {each.megabytes} | {each.findings:,} | {growth}"
            print(f"| {each.family} | {row} |")


def _head(kind: str) -> str:
    return f"ruleset: {kind}\nname: bench\nversion: 1\nvocabulary: checkout/1\ncurrency: BRL\n"


def _items(rows: Iterable[str]) -> str:
    return "".join(f"  - {row}\n" for row in rows)


def _money(minor: int) -> str:
    return f'"{minor // 100}.{minor % 100:02}"'


if __name__ == "__main__":
    sys.exit(main())
