"""Are all faults of a scenario found at once, each at its place with a way out, and never more than can be read?"""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.facts.scenario import Scenario, ScenarioContext, read_scenario
from engine.facts.vocabulary import read_vocabulary
from engine.text.diagnostics import Diagnostic, render
from engine.text.load import load
from engine.text.source import Source

CHECKOUT = Path(__file__).resolve().parents[3]
VOCABULARY, _ = read_vocabulary(
    Source("checkout-1.yaml", (CHECKOUT / "rules/vocabularies/checkout-1.yaml").read_text("utf-8"))
)
NAUGHTY = CHECKOUT.parent / "shared" / "data" / "hostile" / "blns" / "blns.json"


def asked(source: Source, now: int | None = 0) -> tuple[Scenario | None, tuple[Diagnostic, ...]]:
    loaded = load(source)
    assert loaded.node is not None, loaded.diagnostics
    assert VOCABULARY is not None
    return read_scenario(loaded.node, ScenarioContext(vocabulary=VOCABULARY, currency="BRL", now=now))


BROKEN = """\
name: [x]
store: {currency: BRLL, timezone: Sao Paulo}
at: 2026-02-30
customer: {groop: vip, signed_in: true, orders_paid: many, id: ""}
cart: {attr: {boxes: 3}}
lines:
  - {id: a, sku: A, quantity: 0, price: "19.905"}
  - {id: a, quantity: 2, price: 1, weight: 3}
  - 7
destination: {country: Brazil}
coupon: [TEN, {code: ten, used: {total: 4}}]
usage: {r: {total: -1}}
"""

FINDINGS = """\
error[RS713]: name must be a text, got a list
 --> broken.yaml:1:7
  |
1 | name: [x]
  |       ^^^
error[RS716]: 'BRLL' is not an active ISO 4217 currency
 --> broken.yaml:2:19
  |
2 | store: {currency: BRLL, timezone: Sao Paulo}
  |                   ^^^^
  = hint: did you mean 'BRL'?
error[RS716]: there is no time zone 'Sao Paulo'
 --> broken.yaml:2:35
  |
2 | store: {currency: BRLL, timezone: Sao Paulo}
  |                                   ^^^^^^^^^
  = hint: did you mean 'America/Sao_Paulo'?
error[RS710]: at (instant): there is no 2026-02-30 in the calendar
 --> broken.yaml:3:5
  |
3 | at: 2026-02-30
  |     ^^^^^^^^^^
  = hint: check day, month, hour and minute
error[RS711]: customer has no 'groop'
 --> broken.yaml:4:12
  |
4 | customer: {groop: vip, signed_in: true, orders_paid: many, id: ""}
  |            ^^^^^
  = hint: did you mean 'group'?
error[RS720]: customer.signed_in is worked out from the rest of the cart
 --> broken.yaml:4:24
  |
4 | customer: {groop: vip, signed_in: true, orders_paid: many, id: ""}
  |                        ^^^^^^^^^
  = hint: leave it out
error[RS710]: customer.orders_paid (count): expected a whole number, got the text 'many'
 --> broken.yaml:4:54
  |
4 | customer: {groop: vip, signed_in: true, orders_paid: many, id: ""}
  |                                                      ^^^^
  = hint: write it as in 3
error[RS710]: customer.id (code): must not be empty
 --> broken.yaml:4:64
  |
4 | customer: {groop: vip, signed_in: true, orders_paid: many, id: ""}
  |                                                                ^^
  = hint: write it, or leave the key out
error[RS718]: nobody declared the attribute cart.attr.boxes
 --> broken.yaml:5:15
  |
5 | cart: {attr: {boxes: 3}}
  |               ^^^^^
  = hint: declare it: store: {attributes: {cart.attr.boxes: code}}
error[RS715]: line.quantity must be from 1 to 1000000, got 0
 --> broken.yaml:7:31
  |
7 |   - {id: a, sku: A, quantity: 0, price: "19.905"}
  |                               ^
error[RS710]: line.list_price (money): '19.905' has too many decimal digits (3), BRL allows at most 2
 --> broken.yaml:7:41
  |
7 |   - {id: a, sku: A, quantity: 0, price: "19.905"}
  |                                         ^^^^^^^^
  = hint: write the amount as in "12.50"; amounts are never rounded for you
error[RS712]: 'sku' is missing
 --> broken.yaml:8:5
  |
8 |   - {id: a, quantity: 2, price: 1, weight: 3}
  |     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
error[RS714]: there are two lines 'a'
 --> broken.yaml:8:10
  |
8 |   - {id: a, quantity: 2, price: 1, weight: 3}
  |          ^
 --> broken.yaml:7:10: the first one
  |
7 |   - {id: a, sku: A, quantity: 0, price: "19.905"}
  |          ^
  = hint: give one of them another id, or add up their quantities
error[RS710]: line.weight_g (weight): expected a weight, got the number 3
 --> broken.yaml:8:44
  |
8 |   - {id: a, quantity: 2, price: 1, weight: 3}
  |                                            ^
  = hint: add the unit: 3g or 3kg
error[RS713]: a line must be a map, got the number 7
 --> broken.yaml:9:5
  |
9 |   - 7
  |     ^
error[RS710]: destination.country (country): expected a country (two capital letters), got the text 'Brazil'
  --> broken.yaml:10:24
   |
10 | destination: {country: Brazil}
   |                        ^^^^^^
   = hint: use the ISO 3166-1 code, such as BR or GB
error[RS719]: the code 'ten' is given twice with different details
  --> broken.yaml:11:15
   |
11 | coupon: [TEN, {code: ten, used: {total: 4}}]
   |               ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  --> broken.yaml:11:10: the first one
   |
11 | coupon: [TEN, {code: ten, used: {total: 4}}]
   |          ^^^
error[RS715]: uses in total must be from 0 to 1000000000000, got -1
  --> broken.yaml:12:20
   |
12 | usage: {r: {total: -1}}
   |                    ^^"""


def test_all_faults_of_a_scenario_are_reported_at_once() -> None:
    source = Source("broken.yaml", BROKEN)
    scenario, faults = asked(source)
    assert scenario is None
    assert "\n".join(render(fault, {"broken.yaml": source}) for fault in faults) == FINDINGS


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[]", "a scenario must be a map, got a list"),
        ("lines: {a: 1}", "lines must be a list, got a map"),
        ("lines: [null]", "a line must be a map, got nothing"),
        ("lines: []\nlinse: []", "a scenario has no 'linse'"),
        ("{lines: [], customer: vip}", "customer must be a map, got the text 'vip'"),
        ("{lines: [], customer: {tags: press}}", "customer.tags must be a list, got the text 'press'"),
        ("{lines: [], customer: {tags: [[a]]}}", "customer.tags (codes): expected a code (text), got a list"),
        ("{lines: [], customer: {group: true}}", "customer.group (code): expected a code (text), got true"),
        ("{lines: [], cart: {item_count: 3}}", "cart.item_count is worked out from the rest of the cart"),
        ("{lines: [], destination: {attr: {}}}", "destination has no 'attr'"),
        ("{lines: [], coupon: {}}", "'code' is missing"),
        ("{lines: [], coupon: {code: A, known: perhaps}}", "known must be true or false, got the text 'perhaps'"),
        ("{lines: [], coupon: ' '}", "coupon code must not be empty"),
        ("{lines: [], usage: [a]}", "usage must be a map, got a list"),
        (
            "{lines: [], catalogue: [{sku: A, price: 1, quantity: 2}]}",
            "line.quantity is worked out from the rest of the cart",
        ),
        ("{lines: [], catalogue: [{sku: A, price: 1}, {sku: A, price: 2}]}", "there are two lines '+A'"),
        (
            "{lines: [{sku: A, price: 1, quantity: 1, unit_price: 1}]}",
            "line.unit_price is worked out from the rest of the cart",
        ),
        ('{lines: [{sku: "", price: 1, quantity: 1}]}', "line.sku (code): must not be empty"),
        ('{lines: [{id: "", sku: A, price: 1, quantity: 1}]}', "id must not be empty"),
        (
            "{lines: [{sku: A, price: 1, quantity: 1}, {id: L1, sku: A, price: 1, quantity: 1}]}",
            "there are two lines 'L1'",
        ),
        ("{lines: [], store: {attributes: {material: code}}}", "'material' is not the name of an attribute"),
        ("{lines: [], store: {attributes: {line.attr.m: {about: x}}}}", "the attribute line.attr.m has no type ''"),
        ("{lines: [], expect: all}", "expect must be a map, got the text 'all'"),
    ],
)
def test_fault_says_what_is_wrong(text: str, message: str) -> None:
    scenario, faults = asked(Source("s", text))
    assert scenario is None
    assert [fault.message for fault in faults] == [message]
    assert faults[0].span is not None


@pytest.mark.parametrize(
    "text",
    [
        "lines: [" + ", ".join("{sku: A}" for _ in range(5000)) + "]",
        "{lines: [], customer: {" + ", ".join(f"groupp{number}: 1" for number in range(5000)) + "}}",
        "{lines: [], customer: {attr: {" + ", ".join(f"a{number}: 1" for number in range(900)) + "}}}",
        "{lines: [], usage: {" + ", ".join(f"a{number}: 1" for number in range(5000)) + "}}",
        "{lines: [], store: {attributes: {" + ", ".join(f"a{number}: 1" for number in range(900)) + "}}}",
    ],
    ids=["lines", "keys", "attributes", "usage", "declarations"],
)
def test_thousands_of_faults_are_cut_after_fifty(text: str) -> None:
    scenario, faults = asked(Source("s", text))
    assert scenario is None
    assert len(faults) == 51
    assert faults[-1].code == "RS145"


def listed(entry: str, count: int) -> str:
    return ", ".join(entry.format(number) for number in range(count))


@pytest.mark.parametrize(
    ("begin", "entry", "most", "end", "what"),
    [
        ("lines: [", "{{sku: A, price: 1, quantity: 1}}", 5_000, "]", "lines"),
        ("lines: []\ncatalogue: [", "{{sku: A{}, price: 1}}", 1_000, "]", "catalogue"),
        ("lines: []\ncoupon: [", "A{}", 20, "]", "coupon"),
        ("lines: []\nusage: {", "r{}: {{total: 1}}", 10_000, "}", "usage"),
        ("lines: []\ncustomer: {tags: [", "t{}", 1_000, "]}", "customer.tags"),
        ("lines: []\nstore: {attributes: {", "line.attr.a{}: code", 1_000, "}}", "attributes"),
    ],
    ids=["lines", "catalogue", "coupons", "usage", "tags", "declarations"],
)
def test_what_costs_time_is_counted_before_it_is_read(begin: str, entry: str, most: int, end: str, what: str) -> None:
    assert asked(Source("s", begin + listed(entry, most) + end))[1] == ()
    scenario, faults = asked(Source("s", begin + listed(entry, most + 1) + end))
    assert scenario is None
    (fault,) = faults
    assert (fault.code, fault.hint) == ("RS721", "leave some out")
    assert fault.message == f"{what} has {most + 1:,} entries, at most {most:,} are read"


KEYS = (
    "lines store customer coupon usage attr sku price quantity id tags used code attributes catalogue at currency cart"
)
leaves = st.none() | st.booleans() | st.integers() | st.text("aL1-. é", max_size=5)
anything = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS.split()), inner, max_size=4),
    max_leaves=20,
)


@given(anything)
def test_no_scenario_makes_the_reader_raise(value: object) -> None:
    loaded = load(Source("s", json.dumps({"lines": value} if not isinstance(value, dict) else value)))
    if loaded.node is not None:
        assert VOCABULARY is not None
        scenario, faults = read_scenario(loaded.node, ScenarioContext(vocabulary=VOCABULARY, currency="BRL", now=0))
        assert (scenario is None) == bool(faults)


@pytest.mark.skipif(not NAUGHTY.is_file(), reason="needs ../shared/data")
def test_naughty_strings_are_kept_as_values_or_refused_with_a_finding() -> None:
    for text in json.loads(NAUGHTY.read_text("utf-8")):
        line = {
            "sku": text,
            "price": "1.00",
            "quantity": 1,
            "name": text,
            "brand": text,
            "tags": [text],
            "category": text,
        }
        cart = {
            "customer": {"email": text, "group": text},
            "destination": {"postcode": text, "city": text},
            "coupon": text,
        }
        loaded = load(Source("s", json.dumps({"lines": [line], **cart}, ensure_ascii=False)))
        if loaded.node is None:
            assert loaded.diagnostics
            continue
        assert VOCABULARY is not None
        scenario, faults = read_scenario(loaded.node, ScenarioContext(vocabulary=VOCABULARY, currency="BRL", now=0))
        if scenario is None:
            assert {fault.code for fault in faults} <= {"RS710", "RS713"}
        else:
            assert scenario.cart.lines[0].sku == text
            assert scenario.cart.facts["customer.email"] == text
