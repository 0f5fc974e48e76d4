"""Which rulesets ruin trees and scans, and what do they cost here?

Every family has eight rules that hold for the cart and many more that do not; the growth is the time with all of them
over the time with the eight alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random

import msgspec

from engine.facts.cart import Cart
from engine.facts.vocabulary import Vocabulary
from engine.pipeline import evaluate
from engine.runtime.book import Book
from tests.benchmarks import rulesets
from tests.benchmarks import workload as w1
from tests.benchmarks.rulesets import BadBenchmark
from tests.benchmarks.timing import Contestant

HOLDING = 8

_REGIONS = [f"X{number}" for number in range(60)]
_GROUPS = [f"club{number}" for number in range(60)]
_CHANNELS = [f"channel{number}" for number in range(60)]


@dataclass(frozen=True, slots=True)
class Family:
    """`rule(number, holds, random)` writes one rule that does or does not hold for the cart."""

    name: str
    size: int
    rule: Callable[[int, bool, Random], str]


def cart() -> Cart:
    """The cart all families are asked about: its SKUs are S0 … S9, its tags t0 … t15."""
    whole = rulesets.cart(w1.timed_carts(1)[0])
    lines = tuple(
        msgspec.structs.replace(line, sku=f"S{number}", facts={**line.facts, "line.sku": f"S{number}"})
        for number, line in enumerate(whole.lines)
    )
    facts = {**whole.facts, "destination.region": "X0", "customer.group": "club0", "channel": "channel0"}
    tags = frozenset(f"t{number}" for number in range(16))
    return msgspec.structs.replace(whole, lines=lines, facts=facts, sets={"customer.tags": tags})


def contestants(family: Family, known: Mapping[str, Vocabulary], size: int) -> tuple[Contestant, Contestant]:
    """The family with its holding rules only, and with `size` rules; BadBenchmark when they do not decide the same."""
    few, many = _book(family, HOLDING, known), _book(family, size, known)
    given = cart()
    one, other = evaluate(few, given), evaluate(many, given)
    if one.totals != other.totals or len(one.postings) != len(other.postings) or not one.applied:
        raise BadBenchmark(f"{family.name}: {one.totals} with {HOLDING} rules, {other.totals} with {size}")
    return (
        Contestant("few", lambda asked: evaluate(few, asked), [given]),
        Contestant("many", lambda asked: evaluate(many, asked), [given]),
    )


def _book(family: Family, size: int, known: Mapping[str, Vocabulary]) -> Book:
    random = Random(7)
    rules = [family.rule(number, number < HOLDING, random) for number in range(size)]
    texts = {**rulesets.other_texts(), "promotions": rulesets.promotions_text(rules)}
    return rulesets.book(rulesets.documents(texts, known), known)


# the families --------------------------------------------------------------------------------------------------


def _order_rule(number: int, when: str) -> str:
    return f"{{id: r{number}, lane: order, when: {{{when}}}, then: {{amount_off: {_amount(number)}, on: order}}}}"


def _amount(number: int) -> str:
    return f'"{1 + number % 9}.00"'


def _not_in(number: int, holds: bool, random: Random) -> str:
    axes = {"destination.region": _REGIONS, "customer.group": _GROUPS, "channel": _CHANNELS}
    hit = random.randrange(3)
    tests = []
    for axis, (fact, values) in enumerate(axes.items()):
        refused = random.sample(values[1:], random.randint(5, 20))
        if not holds and axis == hit:
            refused.append(values[0])
        tests.append(f"{fact}: {{not_in: [{', '.join(refused)}]}}")
    return _order_rule(number, ", ".join(tests))


def _ranges(number: int, holds: bool, random: Random) -> str:
    """Ranges that overlap on three axes, each holding the cart on at least two of them."""
    asked = cart()
    values = {
        "subtotal.items": sum(line.list_price * line.quantity for line in asked.lines),
        "cart.item_count": sum(line.quantity for line in asked.lines),
        "cart.weight_g": sum((line.weight_g or 0) * line.quantity for line in asked.lines),
    }
    out = -1 if holds else random.randrange(3)
    tests = []
    for axis, (fact, value) in enumerate(values.items()):
        low, high = random.randint(0, value), random.randint(value + 1, 3 * value)
        if axis == out:
            low, high = random.choice(((value + 1 + low, value + 2 + low + high), (value // 4, value)))
        tests.append(f"{fact}: {{between: [{_written(fact, low)}, {_written(fact, high)}]}}")
    return _order_rule(number, ", ".join(tests))


def _written(fact: str, key: int) -> str:
    if fact == "subtotal.items":
        return rulesets.money(key)
    return f"{key}g" if fact == "cart.weight_g" else str(key)


def _aggregates(number: int, holds: bool, random: Random) -> str:
    sku = f"S{number}" if holds else f"N{number}"
    lines = f"lines: {{where: {{line.sku: {sku}}}, quantity: {{at_least: 1}}}}"
    then = f"{{amount_off: {_amount(number)}, on: order, where: {{line.sku: {sku}}}}}"
    return f"{{id: r{number}, lane: order, when: {{{lines}}}, then: {then}}}"


def _tags(number: int, holds: bool, random: Random) -> str:
    tag = f"t{number}" if holds else f"n{number}"
    return _order_rule(number, f"customer.tags: {{any_of: [{tag}]}}")


FAMILIES = (
    Family("3,000 rules with only `not_in`", 3_000, _not_in),
    Family("3,000 overlapping ranges in three dimensions", 3_000, _ranges),
    Family("10,000 different selections and aggregates", 10_000, _aggregates),
    Family("10,000 tags", 10_000, _tags),
)
