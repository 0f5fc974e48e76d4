"""Is a cart that is written down read as the same cart again?"""

import json
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.facts.cart import Cart, CatalogueItem, CouponEntry, Key, Line, Usage
from engine.facts.cart_plain import cart_as_plain
from engine.facts.line_order import in_order
from engine.facts.literals import fold_code, fold_postcode
from engine.facts.scenario import ScenarioContext, read_scenario
from engine.facts.vocabulary import Fact, FactType, Scope, read_vocabulary
from engine.text.load import load
from engine.text.source import Source

PUBLISHED, _ = read_vocabulary(
    Source(
        "checkout-1.yaml",
        (Path(__file__).resolve().parents[3] / "rules/vocabularies/checkout-1.yaml").read_text("utf-8"),
    )
)
assert PUBLISHED is not None


def attribute(name: str, fact_type: FactType, scope: Scope) -> Fact:
    return Fact(name, fact_type, scope, "request", True, "")


ATTRIBUTES = [
    attribute("line.attr.material", "code", "line"),
    attribute("line.attr.deposit", "money", "line"),
    attribute("line.attr.labels", "codes", "line"),
    attribute("customer.attr.member", "boolean", "cart"),
    attribute("cart.attr.pickup", "time", "cart"),
    attribute("cart.attr.day", "weekday", "cart"),
]
VOCABULARY = PUBLISHED.with_attributes({fact.name: fact for fact in ATTRIBUTES})

texts = st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1, max_size=8).filter(str.strip)
amounts = st.integers(0, 10**6)
known_sets = st.frozensets(texts, max_size=3)
postcodes = texts.map(fold_postcode).filter(bool)
categories = st.lists(st.sampled_from(["clothing", "socks", "São"]), min_size=1).map(lambda path: "/".join(path) + "/")


@st.composite
def lines(draw: st.DrawFn, line_id: str | None) -> Line:
    sku, price = draw(texts), draw(amounts)
    quantity = 1 if line_id is None else draw(st.integers(1, 1000))
    optional: dict[str, Key] = draw(
        st.fixed_dictionaries(
            {},
            optional={
                "line.attr.deposit": st.integers(-500, 500),
                "line.attr.material": texts,
                "line.brand": texts,
                "line.category": categories,
                "line.cost": amounts,
                "line.floor_price": amounts,
                "line.seller": texts,
                "line.tax_class": texts,
                "line.volume_cm3": amounts,
                "line.weight_g": amounts,
            },
        )
    )
    facts = {"line.tax_class": "standard", **optional}
    facts |= {"line.sku": sku, "line.list_price": price, "line.quantity": quantity}
    sets = draw(st.fixed_dictionaries({}, optional={"line.tags": known_sets, "line.attr.labels": known_sets}))
    return Line(
        id=f"+{sku}" if line_id is None else line_id,
        sku=sku,
        quantity=quantity,
        list_price=price,
        facts=facts,
        sets=sets,
        weight_g=optional.get("line.weight_g"),
        volume_cm3=optional.get("line.volume_cm3"),
        floor_price=optional.get("line.floor_price"),
        seller=str(optional.get("line.seller", "")),
        tax_class=str(facts["line.tax_class"]),
        name=draw(st.just("") | texts),
    )


uses = st.none() | st.integers(0, 1000)


@st.composite
def carts(draw: st.DrawFn) -> Cart:
    facts: dict[str, Key] = draw(
        st.fixed_dictionaries(
            {},
            optional={
                "cart.attr.day": st.integers(0, 6),
                "cart.attr.pickup": st.integers(0, 1440),
                "channel": texts,
                "customer.attr.member": st.integers(0, 1),
                "customer.email": st.text("a@. é", max_size=5),
                "customer.id": texts,
                "customer.orders_paid": st.integers(0, 100),
                "customer.registered": st.integers(0, 2 * 10**15),
                "customer.spent": amounts,
                "destination.country": st.sampled_from(["BR", "NO"]),
                "destination.postcode": postcodes,
                "locale": texts,
                "payment.method": texts,
                "shipping.method": texts,
            },
        )
    )
    ids = draw(st.lists(texts.filter(lambda text: not text.startswith("+")), unique=True, max_size=4))
    items = draw(st.lists(lines(None), unique_by=lambda line: line.id, max_size=2))
    codes = draw(st.lists(texts.map(fold_code).filter(bool), unique=True, max_size=2))
    currency = draw(st.sampled_from(["BRL", "JPY", "KWD"]))
    counted = {"used_code": uses, "used_customer": uses, "used_total": uses, "spent": amounts}
    told = {"campaign": st.none() | texts, "owner": st.none() | texts, "known": st.booleans()}
    coupon = {**counted, **told}
    return Cart(
        currency=currency,
        now=draw(st.integers(-(10**15), 10**16)),
        lines=in_order(draw(lines(line_id)) for line_id in ids),
        facts={**facts, "currency": currency},
        sets=draw(st.fixed_dictionaries({}, optional={"customer.tags": known_sets, "cart.tags": known_sets})),
        coupons=tuple(CouponEntry(code=code, **draw(st.fixed_dictionaries(coupon))) for code in sorted(codes)),
        usage=draw(st.dictionaries(texts, st.builds(Usage, uses, st.integers(0, 99), amounts), max_size=2)),
        shipping_method=facts.get("shipping.method"),
        payment_method=facts.get("payment.method"),
        customer_id=facts.get("customer.id"),
        catalogue=tuple(CatalogueItem(line) for line in in_order(items)),
        locale=str(facts.get("locale", "en")),
    )


@settings(max_examples=100)
@given(carts())
def test_cart_written_as_a_scenario_is_read_as_the_same_cart(cart: Cart) -> None:
    written = json.dumps(cart_as_plain(cart, VOCABULARY))
    node = load(Source("s", written)).node
    assert node is not None
    scenario, faults = read_scenario(node, ScenarioContext(vocabulary=PUBLISHED))
    assert faults == ()
    assert scenario is not None
    assert scenario.cart == cart


def test_written_cart_reads_like_a_scenario_by_hand() -> None:
    line = Line(
        id="L1",
        sku="SOCK",
        quantity=2,
        list_price=1990,
        facts={
            "line.sku": "SOCK",
            "line.quantity": 2,
            "line.list_price": 1990,
            "line.weight_g": 1200,
            "line.category": "clothing/socks/",
            "line.attr.material": "wool",
            "line.unheard_of": 1,
        },
    )
    cart = Cart(currency="BRL", now=0, lines=(line,), facts={"currency": "BRL", "destination.country": "BR"})
    assert json.loads(json.dumps(cart_as_plain(cart, VOCABULARY))) == {
        "store": {"currency": "BRL", "attributes": {"line.attr.material": "code"}},
        "at": "1970-01-01T00:00Z",
        "destination": {"country": "BR"},
        "lines": [
            {
                "id": "L1",
                "sku": "SOCK",
                "quantity": 2,
                "price": "19.90",
                "weight": "1.2kg",
                "category": "clothing/socks",
                "attr": {"material": "wool"},
            }
        ],
    }
