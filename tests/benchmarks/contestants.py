"""Who decides W1, and do they all decide the same?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from engine.facts.vocabulary import Vocabulary
from engine.pipeline import evaluate, explain
from engine.runtime.book import Book
from engine.runtime.decision import Decision
from engine.runtime.json import to_json
from tests.benchmarks import rulesets
from tests.benchmarks import workload as w1
from tests.benchmarks.by_hand import hand_cart, indexed, scanning
from tests.benchmarks.by_hand_complete import indexed_complete
from tests.benchmarks.complete import Complete
from tests.benchmarks.rulesets import BadBenchmark
from tests.benchmarks.timing import Contestant
from tests.benchmarks.workload import CartData, Totals
from tests.benchmarks.zen_graph import zen_complete, zen_context, zen_totals

CEILING, SCAN, FLOOR = "by hand, indexed", "by hand, scan", "by hand, indexed, with postings"
ZEN, ZEN_COMPLETE, ZEN_PREFIX = "zen", "zen, with postings", "zen, categories as prefixes"
OURS, JSON, TRACE, EXPLAIN = "ours", "ours, as JSON", "ours, with trace", "ours, explained in full"

TIMED_CARTS = 20


def book_of(size: int, known: Mapping[str, Vocabulary]) -> Book:
    """W1 at a size, through the whole pipeline."""
    return rulesets.book(rulesets.documents(rulesets.texts(size), known), known)


def contestants(size: int, book: Book) -> list[Contestant]:
    """Everybody at one size, each with the same carts in the form it likes best."""
    rules = w1.rules(size)
    data = w1.timed_carts(TIMED_CARTS)
    carts = [rulesets.cart(cart) for cart in data]
    by_hand = [hand_cart(cart) for cart in data]
    contexts = [zen_context(cart) for cart in data]
    return [
        Contestant(CEILING, indexed(rules), by_hand),
        Contestant(FLOOR, indexed_complete(rules), by_hand),
        Contestant(OURS, lambda cart: evaluate(book, cart), carts),
        Contestant(JSON, lambda cart: to_json(evaluate(book, cart)), carts),
        Contestant(TRACE, lambda cart: evaluate(book, cart, trace=True), carts),
        Contestant(EXPLAIN, lambda cart: explain(book, cart, "full"), carts),
        Contestant(ZEN, zen_totals(rules), contexts),
        Contestant(ZEN_COMPLETE, zen_complete(rules), contexts),
        Contestant(ZEN_PREFIX, zen_totals(rules, "prefix"), contexts),
        Contestant(SCAN, scanning(rules), by_hand),
    ]


def check_agreement(size: int, book: Book, count: int) -> int:
    """Compare everybody on the timed carts and on `count` random ones; returns how many. Raises BadBenchmark."""
    rules = w1.rules(size)
    by_hand = {CEILING: indexed(rules), SCAN: scanning(rules)}
    by_zen = {ZEN: zen_totals(rules), ZEN_PREFIX: zen_totals(rules, "prefix")}
    with_zen, with_hand = zen_complete(rules), indexed_complete(rules)
    carts: Sequence[CartData] = (*w1.timed_carts(TIMED_CARTS), *w1.random_carts(count, size))
    for data in carts:
        decision = evaluate(book, rulesets.cart(data))
        wanted = totals_of(decision)
        found = {name: totals(hand_cart(data)) for name, totals in by_hand.items()}
        found |= {name: totals(zen_context(data)) for name, totals in by_zen.items()}
        for name, totals in found.items():
            if totals != wanted:
                raise BadBenchmark(f"{size} rules: {name} says {totals}, ours {wanted}, for {data}")
        _same_result(ZEN_COMPLETE, with_zen(zen_context(data)), decision, data)
        _same_result(FLOOR, with_hand(hand_cart(data)), decision, data)
    return len(carts)


def totals_of(decision: Decision) -> Totals:
    """The totals all engines have in common."""
    totals = decision.totals
    return Totals(totals.items, totals.discount, totals.shipping, totals.tax, totals.total)


def _same_result(name: str, complete: Complete, decision: Decision, data: CartData) -> None:
    postings = sorted((each.kind, each.amount, each.line, each.origin.rule) for each in decision.postings)
    lines = [(line.id, line.net, line.tax, line.gross) for line in decision.lines]
    same = complete.totals == totals_of(decision) and sorted(complete.postings) == postings
    if not same or complete.lines != lines:
        raise BadBenchmark(f"{name} says {complete}, ours {postings}, {lines}, for {data}")
