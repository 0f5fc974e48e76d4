"""Does a scenario become the cart it describes?"""

import json
from pathlib import Path

import pytest

from engine.facts.cart import Cart, CouponEntry, Usage
from engine.facts.scenario import Scenario, ScenarioContext, read_scenario
from engine.facts.vocabulary import Fact, Vocabulary, read_vocabulary
from engine.text.diagnostics import Diagnostic
from engine.text.load import load
from engine.text.nodes import Scalar
from engine.text.source import Source

CHECKOUT = Path(__file__).resolve().parents[3]
NOON = 1_795_262_400_000_000
"""2026-11-21T12:00:00Z."""

COMPLETE = """\
name: two pairs of socks
store: {currency: BRL, channel: web, locale: pt-BR,
        attributes: {line.attr.material: code, cart.attr.boxes: {type: count}}}
rules: rules/
at: 2026-11-21T12:00:00Z
customer: {id: c1, group: vip, email: a@example.org, orders_paid: 3, spent: "99.90",
           registered: 2026-01-01, tags: [press]}
cart: {tags: [gift, gift], attr: {boxes: 2}}
lines:
  - {sku: SOCK-1, quantity: 2, price: "19.90", sale_price: "15.00", cost: "8.00", floor_price: "9.00", name: Socks,
     category: clothing/socks, brand: acme, seller: s1, tags: [], weight: 120g, volume: 900cm3, attr: {material: wool}}
  - {id: A, sku: 85123, quantity: "1", price: 5, tax_class: books}
destination: {country: BR, region: SP, postcode: 01310-100, city: São Paulo}
coupon: " Welcome10 "
shipping_method: standard
payment: {method: card, cash_on_delivery_today: 0}
usage: {socks-3-for-2: {customer: 1, total: 20, spent: "312.00"}, other: {}}
catalogue: [{sku: PEN, price: "2.50", weight: 20g}]
expect: {total: "44.80"}
"""


def vocabulary() -> Vocabulary:
    source = Source("checkout-1.yaml", (CHECKOUT / "rules/vocabularies/checkout-1.yaml").read_text("utf-8"))
    found, _ = read_vocabulary(source)
    assert found is not None
    return found


CONTEXT = ScenarioContext(vocabulary=vocabulary(), currency="EUR", now=NOON)


def asked(text: str, context: ScenarioContext = CONTEXT) -> tuple[Scenario | None, tuple[Diagnostic, ...]]:
    loaded = load(Source("s.yaml", text))
    assert loaded.node is not None, loaded.diagnostics
    return read_scenario(loaded.node, context)


def cart_of(text: str, context: ScenarioContext = CONTEXT) -> Cart:
    scenario, faults = asked(text, context)
    assert faults == ()
    assert scenario is not None
    return scenario.cart


def codes_of(text: str, context: ScenarioContext = CONTEXT) -> list[str]:
    scenario, faults = asked(text, context)
    assert (scenario is None) == bool(faults)
    return [fault.code for fault in faults]


LINES = 'lines: [{sku: A, price: "9.90", quantity: 1}]\n'


def test_complete_scenario_says_what_is_asked() -> None:
    scenario, faults = asked(COMPLETE)
    assert faults == ()
    assert scenario is not None
    assert (scenario.name, scenario.at, scenario.source) == ("two pairs of socks", NOON, "s.yaml")
    assert isinstance(scenario.rules, Scalar)
    assert scenario.rules.text == "rules/"
    assert scenario.expect is not None
    assert scenario.expect.keys() == ("total",)


def test_complete_scenario_becomes_its_cart() -> None:
    cart = cart_of(COMPLETE)
    assert (cart.currency, cart.now, cart.locale, cart.customer_id) == ("BRL", NOON, "pt-BR", "c1")
    assert (cart.shipping_method, cart.payment_method) == ("standard", "card")
    assert cart.facts == {
        "cart.attr.boxes": 2,
        "channel": "web",
        "currency": "BRL",
        "customer.email": "a@example.org",
        "customer.group": "vip",
        "customer.id": "c1",
        "customer.orders_paid": 3,
        "customer.registered": 1_767_225_600_000_000,
        "customer.spent": 9990,
        "destination.city": "São Paulo",
        "destination.country": "BR",
        "destination.postcode": "01310100",
        "destination.region": "SP",
        "locale": "pt-BR",
        "payment.cash_on_delivery_today": 0,
        "payment.method": "card",
        "shipping.method": "standard",
    }
    assert cart.sets == {"cart.tags": frozenset({"gift"}), "customer.tags": frozenset({"press"})}
    assert cart.coupons == (CouponEntry(code="welcome10"),)
    assert cart.usage == {"other": Usage(0, 0, 0), "socks-3-for-2": Usage(1, 20, 31200)}


def test_complete_scenario_has_its_lines() -> None:
    book, socks = cart_of(COMPLETE).lines
    assert (book.id, book.sku, book.list_price, book.tax_class) == ("A", "85123", 500, "books")
    assert socks.facts == {
        "line.attr.material": "wool",
        "line.brand": "acme",
        "line.category": "clothing/socks/",
        "line.cost": 800,
        "line.floor_price": 900,
        "line.list_price": 1990,
        "line.quantity": 2,
        "line.sale_price": 1500,
        "line.seller": "s1",
        "line.sku": "SOCK-1",
        "line.tax_class": "standard",
        "line.volume_cm3": 900,
        "line.weight_g": 120,
    }
    assert socks.sets == {"line.tags": frozenset()}
    assert (socks.id, socks.quantity, socks.list_price, socks.floor_price) == ("L1", 2, 1990, 900)
    assert (socks.weight_g, socks.volume_cm3, socks.seller, socks.name) == (120, 900, "s1", "Socks")


def test_catalogue_item_is_the_line_it_would_become() -> None:
    (item,) = cart_of(COMPLETE).catalogue
    assert (item.line.id, item.line.quantity, item.line.list_price) == ("+PEN", 1, 250)
    assert item.line.facts["line.quantity"] == 1


def test_smallest_scenario_takes_currency_and_instant_from_the_caller() -> None:
    cart = cart_of("lines: []")
    assert (cart.currency, cart.now, cart.lines, cart.locale) == ("EUR", NOON, (), "en")
    assert cart.facts == {"currency": "EUR"}


def test_missing_weight_stays_unknown() -> None:
    (line,) = cart_of(LINES).lines
    assert line.weight_g is None
    assert "line.weight_g" not in line.facts


def test_null_is_as_good_as_left_out() -> None:
    nulls = "customer: {group: null, tags: ~}\ndestination:\ncoupon: null\nusage: null\nexpect:\nat:\nname: null\n"
    assert cart_of(LINES + nulls) == cart_of(LINES)


def test_lines_are_called_by_position_and_stand_in_canonical_order() -> None:
    lines = ", ".join(f"{{sku: S{number}, price: 1, quantity: 1}}" for number in range(1, 13))
    assert [line.id for line in cart_of(f"lines: [{lines}]").lines] == [f"L{number}" for number in range(1, 13)]


def test_order_of_lines_with_ids_does_not_matter() -> None:
    one, other = "{id: b, sku: A, price: 1, quantity: 1}", "{id: a, sku: B, price: 2, quantity: 1}"
    assert cart_of(f"lines: [{one}, {other}]") == cart_of(f"lines: [{other}, {one}]")


def test_local_times_are_read_in_the_zone_of_the_store() -> None:
    store = "store: {timezone: America/Sao_Paulo}\nat: 2018-11-04\n"
    assert cart_of(LINES + store).now == 1_541_300_400_000_000  # 03:00 UTC: that day began at one o'clock
    inherited = ScenarioContext(vocabulary=CONTEXT.vocabulary, currency="EUR", timezone="America/Sao_Paulo")
    assert cart_of(LINES + "at: 2018-11-04", inherited).now == 1_541_300_400_000_000


@pytest.mark.parametrize(
    ("written", "coupons"),
    [
        ("TEN", [CouponEntry(code="ten")]),
        ("[TEN, ten, ' Ten ']", [CouponEntry(code="ten")]),
        ("[B, A]", [CouponEntry(code="a"), CouponEntry(code="b")]),
        ("[]", []),
        ("{code: TEN, known: false}", [CouponEntry(code="ten", known=False)]),
        (
            '{code: TEN, campaign: ten, owner: c2, used: {code: 0, customer: 1, total: 12}, spent: "5.00"}',
            [CouponEntry(code="ten", campaign="ten", owner="c2", used_customer=1, used_total=12, spent=500)],
        ),
        ("{code: TEN, used: {code: null, total: null}}", [CouponEntry(code="ten", used_code=None, used_total=None)]),
    ],
)
def test_coupon_is_read_in_all_its_spellings(written: str, coupons: list[CouponEntry]) -> None:
    assert list(cart_of(f"{LINES}coupon: {written}").coupons) == coupons


def test_use_by_a_customer_nobody_knows_is_unknown() -> None:
    usage = "usage: {a: {total: 3}}"
    assert cart_of(LINES + usage).usage == {"a": Usage(None, 3, 0)}
    assert cart_of(f"{LINES}{usage}\ncustomer: {{id: c}}").usage == {"a": Usage(0, 3, 0)}


def test_attributes_of_the_rulesets_need_no_declaration_in_the_store() -> None:
    tier = Fact("customer.attr.tier", "code", "cart", "request", True, "")
    context = ScenarioContext(
        vocabulary=CONTEXT.vocabulary.with_attributes({tier.name: tier}), currency="EUR", now=NOON
    )
    assert cart_of(LINES + "customer: {attr: {tier: gold}}", context).facts["customer.attr.tier"] == "gold"
    assert codes_of(LINES + "customer: {attr: {tier: gold}}") == ["RS718"]


@pytest.mark.parametrize(
    ("quantity", "codes"),
    [("0", ["RS715"]), ("1", []), ("1000000", []), ("1000001", ["RS715"]), ("-1", ["RS715"]), ("1.5", ["RS713"])],
)
def test_quantity_below_at_and_above_its_limits(quantity: str, codes: list[str]) -> None:
    assert codes_of(f"lines: [{{sku: A, price: 1, quantity: {quantity}}}]") == codes


@pytest.mark.parametrize(
    ("price", "codes"),
    [
        ("-0.01", ["RS715"]),
        ("0", []),
        ('"9.99"', []),
        ('"9.999"', ["RS710"]),
        ("10000000000000.00", []),
        ("10000000000000.01", ["RS710"]),
    ],
)
def test_price_below_at_and_above_its_limits(price: str, codes: list[str]) -> None:
    assert codes_of(f"lines: [{{sku: A, price: {price}, quantity: 1}}]") == codes


@pytest.mark.parametrize(
    ("line", "codes"),
    [
        ("price: 10000000, quantity: 1000000", []),
        ("price: 10000000.01, quantity: 1000000", ["RS715"]),
        ("price: 1, quantity: 1000000, weight: 1000000000g", []),
        ("price: 1, quantity: 1000000, weight: 1000000001g", ["RS715"]),
        ("price: 1, quantity: 1000000, volume: 1000000001cm3", ["RS715"]),
    ],
)
def test_whole_cart_at_and_above_its_limits(line: str, codes: list[str]) -> None:
    assert codes_of(f"lines: [{{sku: A, {line}}}]") == codes


def test_no_currency_and_no_instant_are_two_faults() -> None:
    nothing = ScenarioContext(vocabulary=CONTEXT.vocabulary)
    assert sorted(codes_of("lines: []", nothing)) == ["RS712", "RS717"]


def test_json_is_read_like_yaml() -> None:
    scenario = {"at": "2026-11-21T12:00:00Z", "lines": [{"sku": "A", "price": "9.90", "quantity": 1}]}
    assert cart_of(json.dumps(scenario)) == cart_of(LINES)


def test_unknown_zone_of_the_caller_is_the_callers_mistake() -> None:
    with pytest.raises(ValueError, match="no time zone 'Mars'"):
        asked("lines: []", ScenarioContext(vocabulary=CONTEXT.vocabulary, timezone="Mars"))
