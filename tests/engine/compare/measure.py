"""What does comparing cost against pricing once? `python -m tests.engine.compare.measure FOLDER` with the Olist tables.

Both are timed in one run, in turns, as processor time; the fastest of each counts.
"""

from __future__ import annotations

import gc
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from engine.cli.files import Files
from engine.cli.orders_in import orders_in
from engine.cli.replay_books import book_of, rulesets_of
from engine.compare import compare_carts
from engine.pipeline import evaluate
from engine.runtime.book import Book
from tests.conftest import CHECKOUT

ROUNDS = 7


def main(folder: Path) -> None:
    """Print carts a second of both, and the ratio."""
    files = Files()
    rules = CHECKOUT / "examples" / "replays" / "olist" / "rules"
    before = book_of(files, rulesets_of(files, rules, {}), "BRL")
    after = book_of(files, rulesets_of(files, rules, {"promotions": "none"}), "BRL")
    same_rules = replace(before, rulesets={**before.rulesets, "promotions": "0" * 64})
    orders = orders_in(files, "olist", folder, "BRL", complete=True).orders
    carts = [(item.id, item.cart) for item in orders if item.cart is not None]
    gc.freeze()

    def comparing(other: Book) -> Callable[[], object]:
        return lambda: compare_carts(before, other, carts)

    ways = {
        "priced once": lambda: [evaluate(before, cart) for _, cart in carts],
        "compared, no rule differs": comparing(same_rules),
        "compared, without promotions": comparing(after),
    }
    best = dict.fromkeys(ways, float("inf"))
    for _ in range(ROUNDS):
        for name, way in ways.items():
            best[name] = min(best[name], _seconds(way))
    for name, seconds in best.items():
        print(f"{name}: {len(carts) / seconds:,.0f} carts/s, {seconds / best['priced once']:.2f} times pricing once")


def _seconds(work: Callable[[], object]) -> float:
    started = time.process_time()
    work()
    return time.process_time() - started


if __name__ == "__main__":
    main(Path(sys.argv[1]))
