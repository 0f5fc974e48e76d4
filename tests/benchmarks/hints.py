"""What do hints cost, counted in decisions? One run, every figure a ratio to deciding the same cart (`decide` = 1).

python tests/benchmarks/hints.py [--quick]
"""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Callable, Sequence
from cProfile import Profile
from importlib import resources
from pathlib import Path
from statistics import median
from time import process_time
from typing import TYPE_CHECKING

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

if TYPE_CHECKING:
    from engine.facts.cart import Cart
    from engine.runtime.book import Book

rulesets = importlib.import_module("tests.benchmarks.rulesets")
w1 = importlib.import_module("tests.benchmarks.workload")
pipeline = importlib.import_module("engine.pipeline")
texts = importlib.import_module("engine.text.source")

_ROUNDS = 9
_NOTHING_NEAR, _SOMETHING_NEAR = "nothing near", "something near"


def main() -> int:
    """Measure and print a table for the documentation."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="few rules: whether it runs, not how fast")
    sizes = (8, 100) if parser.parse_args().quick else w1.SIZES
    print("| cart of 10 lines | rules | changed carts decided | hints / decide | hints, µs |")
    print("|---|---:|---:|---:|---:|")
    _print("shipped rules, three goals near", "", shipped_book(), [shipped_cart()])
    for size in sizes:
        book = rulesets.book(rulesets.documents(rulesets.texts(size), _known()), _known())
        carts = [rulesets.cart(data) for data in w1.timed_carts(40)]
        for what, group in (
            (f"W1, {_NOTHING_NEAR}", [cart for cart in carts if not decided_for_hints(book, cart)]),
            (f"W1, {_SOMETHING_NEAR}", [cart for cart in carts if decided_for_hints(book, cart)]),
        ):
            _print(what, f"{size:,}", book, group)
    for size in sizes:
        _print(f"rules of every sort, {_NOTHING_NEAR}", f"{size:,}", far_book(size), [far_cart()])
    return 0


def _print(what: str, size: str, book: Book, carts: Sequence[Cart]) -> None:
    made = [decided_for_hints(book, cart) for cart in carts]
    decisions = [pipeline.evaluate(book, cart) for cart in carts]
    pairs = list(zip(carts, decisions, strict=True))
    ratios, micros = [], []
    for _ in range(_ROUNDS):
        one = _clocked(lambda: [pipeline.evaluate(book, cart) for cart in carts])
        hints = _clocked(lambda: [pipeline.hints(book, cart, decision) for cart, decision in pairs])
        ratios.append(hints / one)
        micros.append(hints / len(carts) * 1e6)
    span = f"{min(made)}" if min(made) == max(made) else f"{min(made)} to {max(made)}"
    print(f"| {what} | {size} | {span} | {median(ratios):.2g} | {median(micros):,.0f} |", flush=True)


def _clocked(run: Callable[[], object]) -> float:
    """Seconds of CPU for one run; short ones are repeated."""
    times = 1
    while True:
        started = process_time()
        for _ in range(times):
            run()
        took = process_time() - started
        if took > 0.005:
            return took / times
        times *= 4


def decided_for_hints(book: Book, cart: Cart) -> int:
    """How many changed carts are decided to tell the hints of this one."""
    decision = pipeline.evaluate(book, cart)
    profile = Profile()
    profile.runcall(pipeline.hints, book, cart, decision)
    return sum(entry.callcount for entry in profile.getstats() if entry.code is pipeline.evaluate.__code__)


# books and carts -----------------------------------------------------------------------------------------------


def _known() -> dict[str, object]:
    return rulesets.vocabularies()


def shipped_book() -> Book:
    """The rulesets this project comes with."""
    rules = resources.files("rules")

    def attachment(kind: str) -> Callable[[str], object]:
        return lambda path: texts.Source(path, (rules / kind / path).read_text(encoding="utf-8"))

    documents = {}
    for kind in ("pricing", "promotions", "coupons", "shipping", "tax", "checkout"):
        source = texts.Source(f"{kind}.yaml", (rules / kind / "v1.yaml").read_text(encoding="utf-8"))
        documents[kind] = pipeline.read_ruleset(
            source, vocabularies=_known(), attachments=attachment(kind), currency=rulesets.CURRENCY
        ).document
    return rulesets.book(documents, _known())


def shipped_cart() -> Cart:
    """Socks one short of three, one cookbook, and a sum below the bag and below free delivery."""
    goods = (
        ("clothing/socks", 1_990), ("clothing/socks", 2_490), ("kitchen/mugs", 3_990), ("books/cooking", 1_990),
        ("home/lamps", 1_250), ("home/lamps", 990), ("toys", 1_100), ("toys", 790), ("garden", 950), ("garden", 640),
    )  # fmt: skip
    lines = tuple(
        w1.CartLine(f"SKU-{number}", category, "acme", 1, price, 200) for number, (category, price) in enumerate(goods)
    )
    return rulesets.cart(w1.CartData(lines, "member", 3, "web", "BR", "SP", coupon=False))


def far_book(size: int) -> Book:
    """Rules no cart of W1 comes near, of every sort a condition can have: sum, product, count of a product, group,
    region, and a threshold that is near under a condition that does not hold.
    """
    rules = [_far_rule(number) for number in range(size)]
    given = {"promotions": rulesets.promotions_text(rules), **rulesets.other_texts()}
    del given["coupons"]
    return rulesets.book(rulesets.documents(given, _known()), _known())


def _far_rule(number: int) -> str:
    far = rulesets.money(100_000_000 + number)
    near = rulesets.money(60_000 + number)
    some = f"{{lines: {{where: {{line.category: {{under: dept{number}}}}}, quantity: {{at_least: 3}}}}}}"
    gives = "then: {percent_off: 5, on: order}"
    head = f"id: f{number}, lane: order"
    match number % 6:
        case 0:
            return f"{{{head}, when: {{subtotal.items: {{at_least: {far}}}}}, {gives}}}"
        case 1:
            free = f"cheapest_free: {{where: {{line.category: {{under: dept{number}}}}}, buy: 3, free: 1}}"
            return f"{{id: f{number}, lane: products, then: {{{free}}}}}"
        case 2:
            return f"{{{head}, when: {some}, {gives}}}"
        case 3:
            when = f"subtotal.items: {{at_least: {near}}}, customer.group: club{number % 50}"
            return f"{{{head}, when: {{{when}}}, {gives}}}"
        case 4:
            when = f"subtotal.items: {{at_least: {near}}}, destination.region: X{number % 90}"
            return f"{{{head}, when: {{{when}}}, {gives}}}"
        case _:
            gives = f"then: {{percent_off: 5, on: order, where: {{line.category: {{under: dept{number}}}}}}}"
            return f"{{{head}, when: {{subtotal.items: {{at_least: {near}}}}}, {gives}}}"


def far_cart() -> Cart:
    """Ten lines of 50.00 each, so that delivery is free and sums of 600.00 are within reach."""
    lines = tuple(w1.CartLine(f"SKU-{number}", "home", "acme", 1, 5_000, 100) for number in range(10))
    return rulesets.cart(w1.CartData(lines, "member", 3, "web", "BR", "SP", coupon=False))


if __name__ == "__main__":
    sys.exit(main())
