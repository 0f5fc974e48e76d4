"""The order of a run: agree first, then race, then everything around it; files at the end."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from engine.pipeline import evaluate
from engine.runtime.book import Book
from tests.benchmarks import adversarial, contestants, rulesets
from tests.benchmarks import workload as w1
from tests.benchmarks.costs import costs_at, tariff_growth
from tests.benchmarks.curves import draw
from tests.benchmarks.replaying import rates
from tests.benchmarks.report import page
from tests.benchmarks.results import Results, versions
from tests.benchmarks.timing import Contestant, race

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Plan:
    """How thorough a run is. `families` bounds the rules of an adversarial family."""

    sizes: tuple[int, ...]
    rounds: int
    compared: int
    families: int
    tariffs: tuple[int, int]
    replayed: int
    processes: int


FULL = Plan(w1.SIZES, rounds=25, compared=200, families=10_000, tariffs=(500, 4_000), replayed=4_000, processes=2)
QUICK = Plan((8, 100), rounds=2, compared=40, families=60, tariffs=(10, 40), replayed=40, processes=1)


def measure(plan: Plan, results: Results, say: Say) -> None:
    """Run everything in the plan; fills `results`."""
    known = rulesets.vocabularies()
    books: dict[int, Book] = {}
    for size in plan.sizes:
        say(f"{size:,} rules: reading, comparing answers")
        books[size] = contestants.book_of(size, known)
        # A scan or zen take long over many rules; each of their answers is worth the same.
        count = plan.compared if size < 10_000 else plan.compared // 4
        results.compared[size] = contestants.check_agreement(size, books[size], count)
        say(f"{size:,} rules: racing")
        results.decisions[size] = race(contestants.contestants(size, books[size]), plan.rounds)
    say("growth, all sizes in one round robin")
    results.growth = race([_ours(size, book) for size, book in books.items()], plan.rounds)
    results.load, results.cores = os.getloadavg()[1], os.cpu_count() or 1
    for family in adversarial.FAMILIES:
        say(family.name)
        few_and_many = adversarial.contestants(family, known, min(family.size, plan.families))
        results.families[family.name] = race(few_and_many, plan.rounds)
    for size in plan.sizes:
        say(f"{size:,} rules: reading, lints, compiling, memory")
        results.costs[size] = costs_at(size, known)
    say("lints of tariffs")
    results.tariffs = tariff_growth(known, plan.tariffs)
    say("replaying")
    results.replay = rates(books[plan.sizes[-1]], plan.replayed, plan.processes)


def write(results: Results, folder: Path) -> tuple[Path, ...]:
    """Write the page, its picture and the JSON file into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    text, picture, figures = (folder / f"benchmarks.{suffix}" for suffix in ("md", "png", "json"))
    text.write_text(page(results), encoding="utf-8")
    draw(results.decisions, picture, versions())
    figures.write_text(json.dumps(results.as_plain(), indent=1) + "\n", encoding="utf-8")
    return text, picture, figures


def _ours(size: int, book: Book) -> Contestant:
    carts = [rulesets.cart(cart) for cart in w1.timed_carts(contestants.TIMED_CARTS)]
    return Contestant(str(size), lambda cart: evaluate(book, cart), carts)
