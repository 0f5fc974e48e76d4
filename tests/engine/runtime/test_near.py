"""What is near is found by an index, and is what a full scan finds, in whatever order things are written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.pipeline import evaluate
from engine.runtime.goals import LEAST_UNITS, goals
from tests.engine.runtime.books import book, cart, line
from tests.engine.runtime.generated import Draw
from tests.engine.runtime.hinting import LANES, told


@dataclass(frozen=True)
class Asks:
    """One test of a condition: `fact` is a fact of the cart, or `quantity` or `subtotal` of a category."""

    fact: str
    operator: str
    value: object
    category: str = ""

    def written(self) -> str:
        value = f"'{self.value}.00'" if self.fact.startswith("subtotal") else self.value
        test = f"{self.fact}: {{{self.operator}: {value}}}"
        return f"lines: {{where: {{line.category: {{under: {self.category}}}}}, {test}}}" if self.category else test


@dataclass(frozen=True)
class Rule:
    """A rule that applies when all tests of one of the choices hold; it acts on a category, or on everything."""

    choices: tuple[tuple[Asks, ...], ...]
    acts_on: str

    def written(self, name: str) -> str:
        choices = ", ".join("{" + ", ".join(asks.written() for asks in choice) + "}" for choice in self.choices)
        where = f", where: {{line.category: {{under: {self.acts_on}}}}}" if self.acts_on else ""
        return f"  - {{id: {name}, lane: o, when: {{any: [{choices}]}}, then: {{percent_off: 1, on: order{where}}}}}\n"


@st.composite
def asked(draw: Draw[object]) -> Asks:
    kind = draw(st.sampled_from(["money", "units", "group", "pieces", "spent"]))
    if kind == "group":
        return Asks("customer.group", "is", draw(st.sampled_from(["vip", "member"])))
    if kind in ("money", "spent"):
        operator = draw(st.sampled_from(["at_least", "at_least", "at_most"]))
        fact = "subtotal.items" if kind == "money" else "subtotal"
        return Asks(fact, operator, draw(st.integers(1, 90)), "" if kind == "money" else draw(st.sampled_from("abc")))
    operator = draw(st.sampled_from(["at_least", "at_least", "less_than", "not"]))
    fact = "cart.item_count" if kind == "units" else "quantity"
    return Asks(fact, operator, draw(st.integers(1, 14)), "" if kind == "units" else draw(st.sampled_from("abc")))


def choice() -> st.SearchStrategy[tuple[Asks, ...]]:
    """Tests of different facts, since one fact is written once in a conjunction; one aggregate for the same reason."""
    distinct = st.lists(asked(), min_size=1, max_size=3, unique_by=lambda asks: "lines" if asks.category else asks.fact)
    return distinct.map(tuple)


rules_by_chance = st.lists(
    st.builds(Rule, st.lists(choice(), min_size=1, max_size=2).map(tuple), st.sampled_from(["", "", "a", "b"])),
    min_size=1,
    max_size=12,
)
carts_by_chance = st.lists(
    st.tuples(st.integers(1, 20), st.integers(1, 4), st.sampled_from("abc")), min_size=1, max_size=3
)


def scenario_of(lines: Sequence[tuple[int, int, str]]) -> dict[str, object]:
    found = [line(f"{price}.00", quantity, category=category) for price, quantity, category in lines]
    return {"customer": {"group": "vip"}, "lines": found}


def is_near(rule: Rule, lines: Sequence[tuple[int, int, str]]) -> bool:
    """By asking the rule itself: it does not hold, and what one choice lacks is within reach by one kind of item."""
    lacks = [_lacking(each, rule.acts_on, lines) for each in rule.choices]
    return all(each != [] for each in lacks) and any(each is not None for each in lacks)


def _lacking(
    asks: Sequence[Asks], acts_on: str, lines: Sequence[tuple[int, int, str]]
) -> list[tuple[Asks, int]] | None:
    """What each test is short of; None when more goods within reach do not help. Nothing to act on does not help."""
    money, units = sum(price * count for price, count, _ in lines), sum(count for _, count, _ in lines)
    lacking = []
    for each in asks:
        if each.fact == "customer.group":
            if each.value != "vip":
                return None
            continue
        counted = [(price, count) for price, count, category in lines if each.category in ("", category)]
        spent = each.fact.startswith("subtotal")
        value = sum(price * count if spent else count for price, count in counted)
        assert isinstance(each.value, int)
        wanted = {"at_least": max(value, each.value), "at_most": value, "less_than": value}.get(
            each.operator, value + (value == each.value)
        )
        fits = {"at_most": value <= each.value, "less_than": value < each.value}.get(each.operator, True)
        if (
            not fits
            or wanted - value > (money if spent else max(units, LEAST_UNITS))
            or (wanted > value and not counted)
        ):
            return None
        if wanted > value:
            lacking.append((each, wanted - value))
    nothing_to_act_on = acts_on and acts_on not in {category for _, _, category in lines}
    return None if lacking and nothing_to_act_on else lacking


@given(rules_by_chance, carts_by_chance)
@settings(max_examples=150)
def test_the_index_finds_what_a_full_scan_finds(rules: list[Rule], lines: list[tuple[int, int, str]]) -> None:
    written = LANES + "".join(rule.written(f"r{number}") for number, rule in enumerate(rules))
    compiled, given_cart = book(promotions=written), cart(scenario_of(lines))
    found = goals(compiled, given_cart, evaluate(compiled, given_cart))
    expected = {f"r{number}" for number, rule in enumerate(rules) if is_near(rule, lines)}
    assert {goal.rule for goal in found} == expected


@given(rules_by_chance, carts_by_chance, st.randoms(use_true_random=False))
@settings(max_examples=40)
def test_neither_the_order_of_rules_nor_of_lines_matters(
    rules: list[Rule], lines: list[tuple[int, int, str]], chance: Random
) -> None:
    written = [rule.written(f"r{number}") for number, rule in enumerate(rules)]
    scenario = scenario_of(lines)
    found = [{**each, "id": f"L{number}"} for number, each in enumerate(scenario["lines"])]
    expected = told(book(promotions=LANES + "".join(written)), {**scenario, "lines": found})
    chance.shuffle(written)
    chance.shuffle(found)
    assert told(book(promotions=LANES + "".join(written)), {**scenario, "lines": found}) == expected


@given(st.lists(st.integers(1, 40), min_size=1, max_size=40), st.integers(0, 41))
def test_a_ladder_gives_the_boxes_up_to_a_value(starts: list[int], value: int) -> None:
    rules = "".join(
        f"  - {{id: r{number:02}, lane: o, when: {{cart.item_count: {{at_least: {start}}}}}, "
        "then: {gift: {sku: G}}}\n"
        for number, start in enumerate(starts)
    )
    program = book(promotions=LANES + rules).promotions
    assert program is not None
    ladder = program.near.ladders["cart.item_count"]
    assert ladder.up_to(value) == sum(1 << number for number, start in enumerate(starts) if start <= value)
