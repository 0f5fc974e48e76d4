"""What does it cost to look for patterns in a window of events? Prints a table for docs/explanation/signals.md.

    python -m tests.benchmarks.signals.run

Promised: under 20 ms for a window of 1,000 events. The shipped ruleset looks at windows of several sorts, the network
of durable-rules and the chainer in turn. Time of the processor counts, the median of nine runs.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from random import Random
from statistics import median
from time import process_time

from engine.documents.model.signals import SignalsDocument
from engine.documents.read import ReadContext, read_document
from engine.facts.vocabulary import read_vocabulary
from engine.signals import Chainer, Evaluator, Given, Happened, Program, Subject, compile_signals
from engine.signals.network import Network
from engine.text.load import load
from engine.text.source import Source

ROOT = Path(__file__).resolve().parents[3]
SECOND = 1_000_000
RUNS = 9


def program() -> Program:
    """The shipped one."""
    vocabulary, _ = read_vocabulary(_source("rules/vocabularies/event-1.yaml"))
    node = load(_source("rules/signals/v1.yaml")).node
    assert vocabulary is not None
    assert node is not None
    document, findings = read_document(node, ReadContext({vocabulary.ref: vocabulary}, lambda _path: None))
    assert isinstance(document, SignalsDocument), findings
    return compile_signals(document)


def windows(events: int) -> Iterator[tuple[str, Given]]:
    """Orders on delivery of many phones and of one, refused codes of many devices and of one, and carts."""
    chance = Random(7)
    yield "orders of as many phones", Given(now=0, events=tuple(_orders(events, events, chance)))
    yield "orders of 50 phones", Given(now=0, events=tuple(_orders(events, 50, chance)))
    yield "orders of one phone, most of them held", Given(now=0, events=tuple(_orders(events, 1, chance)))
    yield "codes on 50 devices, one in ten accepted", Given(now=0, events=tuple(_codes(events, 50, chance)))
    yield "codes on one device, one in ten accepted", Given(now=0, events=tuple(_codes(events, 1, chance)))
    facts = {"cart.item_count": 2, "cart.reachable": True}
    carts = tuple(Subject("cart", str(number), number * 100 * SECOND, facts) for number in range(events))
    yield "carts instead of events, one in seven abandoned", Given(now=events * 115 * SECOND, subjects=carts)


def main() -> None:
    """Print the table."""
    shipped = program()
    evaluators: list[Evaluator] = [Network(shipped), Chainer(shipped)]
    print("| window | events | seen | durable-rules | chainer |")
    print("| --- | ---: | ---: | ---: | ---: |")
    for size in (100, 1_000, 5_000):
        for what, given in windows(size):
            found = [evaluator.evaluate(given) for evaluator in evaluators]
            assert found[0] == found[1], what
            times = " | ".join(f"{_milliseconds(evaluator, given):.1f} ms" for evaluator in evaluators)
            print(f"| {what} | {size:,} | {len(found[0].firings):,} | {times} |")


def _milliseconds(evaluator: Evaluator, given: Given) -> float:
    taken = []
    for _ in range(RUNS):
        start = process_time()
        evaluator.evaluate(given)
        taken.append(1000 * (process_time() - start))
    return median(taken)


def _orders(count: int, phones: int, chance: Random) -> Iterator[Happened]:
    for number in range(count):
        phone = f"{chance.randrange(phones):032x}"
        yield Happened(
            f"{number:032x}",
            number * 20 * SECOND,
            "OrderPlaced",
            {
                "order.id": f"{number:032x}",
                "order.payment_method": "cash_on_delivery",
                "order.total": 9_990,
                "customer.phone": phone,
                "order.address": phone,
            },
        )


def _codes(count: int, devices: int, chance: Random) -> Iterator[Happened]:
    for number in range(count):
        name = "CouponRefused" if chance.randrange(10) else "CouponAccepted"
        device = f"{chance.randrange(devices):032x}"
        yield Happened(f"{number:032x}", number * 2 * SECOND, name, {"device.id": device, "cart.id": device})


def _source(path: str) -> Source:
    return Source(path, (ROOT / path).read_text("utf-8"))


if __name__ == "__main__":
    main()
