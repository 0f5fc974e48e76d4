"""What does each claim mean? The judge that every verdict is held to, on carts below, at and above the limit."""

from __future__ import annotations

from msgspec.structs import replace

from engine.documents.model import Adding, Bound, Monotone, NeverMore, Splitting
from engine.facts.cart import Cart
from engine.pipeline import evaluate
from engine.proof.holds import contradicted_by, contradiction
from engine.proof.partners import first_part, second_part, splits_of, with_facts, with_less
from tests.engine.proof.claiming import claim, claiming
from tests.engine.runtime.books import book, cart, line

HALF = "lanes: [{id: order}]\nrules:\n  - {id: half, lane: order, then: {percent_off: 50, on: order}}\n"
TEN_OFF = """lanes: [{id: order}]
rules:
  - {id: ten, lane: order, when: {subtotal.items: {at_least: "50.00"}}, then: {amount_off: "10.00", on: order}}
"""
BANDS = """methods:
  - id: post
    rate: {bands: {by: shipment.weight_g, rows: [{below: 1kg, price: "5.00"}, {below: 2kg, price: "4.00"}]}}
"""


def carts(*lines: dict[str, object], **more: object) -> Cart:
    return cart({"lines": [{"id": f"L{number}", **each} for number, each in enumerate(lines, 1)], **more})


# always --------------------------------------------------------------------------------------------------------


def test_a_limit_is_kept_up_to_its_last_coin() -> None:
    shop = book(promotions=HALF)
    ten = carts(line("10.00"))
    assert contradiction(shop, claim(Bound(measure="discount", side="at_most", amount=500)), ten) is None
    found = contradiction(shop, claim(Bound(measure="discount", side="at_most", amount=499)), ten)
    assert found is not None
    assert found.said == "the discount is 5.00 EUR, claimed is at most 4.99 EUR"
    assert [(step.cart, step.measured) for step in found.steps] == [(ten, {"discount": 500})]
    assert contradiction(shop, claim(Bound(measure="total", side="at_least", amount=500)), ten) is None
    assert contradiction(shop, claim(Bound(measure="total", side="at_least", amount=501)), ten) is not None


def test_a_percentage_may_be_missed_by_its_tolerance() -> None:
    shop = book(promotions=HALF)
    cent = carts(line("0.01"))
    for tolerance, holds in ((0, False), (1, True)):
        made = Bound(measure="discount", side="at_most", percent=(1, 2), of="items", tolerance=tolerance)
        assert (contradiction(shop, claim(made), cent) is None) is holds
    found = contradiction(
        shop, claim(Bound(measure="discount", side="at_most", percent=(1, 8), of="items", tolerance=1)), cent
    )
    assert found is None  # half of 0.01 is 0.01, and an eighth of 0.01 and a coin is more
    dear = contradiction(
        shop,
        claim(Bound(measure="discount", side="at_most", percent=(1, 8), of="items", tolerance=1)),
        carts(line("9.00")),
    )
    assert dear is not None
    assert dear.said == (
        "the discount is 4.50 EUR, claimed is at most 12.5 % of the sum of the items (9.00 EUR), give or take 0.01 EUR"
    )


def test_a_claim_about_shipping_says_nothing_where_nothing_is_shipped() -> None:
    shop = book(shipping=BANDS)
    dear = claim(Bound(measure="shipping", side="at_least", amount=100_00))
    assert contradiction(shop, dear, carts(line("1.00", weight="3kg"))) is None
    assert contradiction(shop, dear, carts(line("1.00", weight="1kg"))) is not None


def test_a_cart_without_lines_is_nobodys_cart() -> None:
    assert contradiction(book(), claim(Bound(measure="total", side="at_least", amount=1)), carts()) is None


def test_a_condition_says_which_carts_are_meant() -> None:
    shop, invariant = claiming(
        "promotions",
        '{id: a, always: {discount: {at_most: "0.00"}}, '
        "when: {channel: web, lines: {where: {line.brand: x}, quantity: {at_least: 2}}}}",
        promotions=HALF,
    )
    web = {"store": {"channel": "web"}}
    assert contradiction(shop, invariant, carts(line("2.00", 2, brand="x"), **web)) is not None
    assert contradiction(shop, invariant, carts(line("2.00", 1, brand="x"), **web)) is None
    assert contradiction(shop, invariant, carts(line("2.00", 2, brand="y"), **web)) is None
    assert contradiction(shop, invariant, carts(line("2.00", 2, brand="x"))) is None


def test_days_are_those_of_the_ruleset_that_claims() -> None:
    shop, invariant = claiming(
        "promotions",
        '{id: a, always: {discount: {at_most: "0.00"}}, when: {now.weekday: fri, now.time: {at_least: "21:00"}}}',
        promotions=f"timezone: Asia/Tokyo\n{HALF}",
    )
    noon = carts(line("2.00"))  # Friday noon in UTC, nine in the evening in Tokyo
    assert contradiction(shop, invariant, noon) is not None
    assert contradiction(shop, invariant, replace(noon, now=noon.now - 60_000_000)) is None


# two carts -----------------------------------------------------------------------------------------------------


def test_a_fall_of_a_price_is_found_from_either_side() -> None:
    shop = book(shipping=BANDS)
    heavier = claim(Monotone(measure="shipping", growing="weight"))
    for grams in ("999g", "1kg"):
        found = contradiction(shop, heavier, carts(line("1.00", weight=grams)))
        assert found is not None
        assert [step.measured for step in found.steps] == [{"shipping": 500}, {"shipping": 400}]
        assert found.said == (
            "shipping falls from 5.00 EUR to 4.00 EUR when the weight of a line grows, by 1.00 EUR; "
            "claimed is at most 0.00 EUR"
        )
    assert contradiction(shop, heavier, carts(line("1.00", weight="998g"))) is None
    allowed = claim(Monotone(measure="shipping", growing="weight", falls_by_at_most=100))
    assert contradiction(shop, allowed, carts(line("1.00", weight="999g"))) is None


def test_a_parcel_that_cannot_be_sent_is_not_a_cheap_one() -> None:
    shop = book(shipping=BANDS)
    assert (
        contradiction(shop, claim(Monotone(measure="total", growing="weight")), carts(line("1.00", weight="1999g")))
        is None
    )


def test_the_same_cart_is_compared_with_other_facts() -> None:
    vip = HALF.replace("then:", "when: {customer.group: {not: vip}}, then:")
    invariant = claim(NeverMore(these={"customer.group": "vip"}, those={"customer.group": "member"}))
    found = contradiction(book(promotions=vip), invariant, carts(line("4.00")))
    assert found is not None
    assert [(step.says, step.measured["total"]) for step in found.steps] == [
        ("with customer.group vip", 400),
        ("with customer.group member", 200),
    ]
    assert "is 4.00 EUR with customer.group vip and 2.00 EUR with customer.group member, 2.00 EUR more" in found.said
    unknown = claim(NeverMore(these={"customer.group": "vip"}, those={"customer.group": None}))
    assert contradiction(book(promotions=vip), unknown, carts(line("4.00"))) is None
    assert contradiction(book(promotions=HALF), invariant, carts(line("4.00"))) is None


def test_who_the_customer_is_and_how_they_pay_goes_with_the_facts() -> None:
    claimed = NeverMore(
        these={"customer.id": "c1", "payment.method": "cash"}, those={"customer.id": None, "payment.method": None}
    )
    known, unknown = with_facts(carts(line("1.00"), customer={"id": "c9"}), claimed)
    assert (known.customer_id, known.payment_method) == ("c1", "cash")
    assert (unknown.customer_id, unknown.payment_method) == (None, None)


def test_adding_to_a_cart_lowers_its_total_by_a_threshold() -> None:
    shop = book(promotions=TEN_OFF)
    full = carts(line("49.99"), line("0.01"))
    found = contradiction(shop, claim(Adding(lowers_by_at_most=998)), full)
    assert found is not None
    assert [step.measured["total"] for step in found.steps] == [4999, 4000]
    assert contradiction(shop, claim(Adding(lowers_by_at_most=999)), full) is None


def test_less_of_a_cart_is_never_nothing() -> None:
    assert list(with_less(carts(line("1.00")))) == []
    quantities = [[each.quantity for each in less.lines] for less in with_less(carts(line("1.00", 4), line("2.00")))]
    assert quantities == [[1, 1], [2, 1], [3, 1], [1], [4]]


def test_two_carts_may_be_cheaper_than_one() -> None:
    shop = book(promotions=TEN_OFF)
    hundred = carts(line("50.00", 2))
    found = contradiction(shop, claim(Splitting(saves_at_most=999)), hundred)
    assert found is not None
    assert [step.measured["total"] for step in found.steps] == [9000, 4000, 4000]
    assert found.said == (
        "the total is 90.00 EUR in one cart and 40.00 EUR and 40.00 EUR in two, 10.00 EUR less; "
        "claimed is at most 9.99 EUR"
    )
    assert contradiction(shop, claim(Splitting(saves_at_most=1000)), hundred) is None


def test_what_may_be_used_once_is_not_used_in_both_carts() -> None:
    once = TEN_OFF.replace("on: order}}", "on: order}, limits: {per_customer: 1}}")
    hundred = carts(line("50.00", 2), customer={"id": "c1"})
    assert contradiction(book(promotions=once), claim(Splitting(saves_at_most=0)), hundred) is None


def test_a_code_goes_with_the_first_cart() -> None:
    shop = book(coupons='coupons: [{id: five, codes: [FIVE], then: {amount_off: "5.00", on: order}}]\n')
    two = carts(line("10.00", 2), coupon="FIVE")
    take = {"L1": 1}
    first = first_part(two, take)
    second = second_part(two, take, evaluate(shop, first))
    assert ([entry.code for entry in first.coupons], second.coupons) == (["five"], ())
    assert contradiction(shop, claim(Splitting(saves_at_most=0)), two) is None


def test_few_units_are_split_in_every_way() -> None:
    assert sorted(tuple(take.values()) for take in splits_of(carts(line("1.00", 2), line("2.00")))) == [
        (0, 1), (1, 0), (1, 1), (2, 0),
    ]  # fmt: skip


# carts from elsewhere ------------------------------------------------------------------------------------------


def test_carts_are_judged_in_whatever_order_they_come() -> None:
    shop = book(shipping=BANDS)
    light, heavy = (carts(line("1.00", weight=weight)) for weight in ("10g", "1500g"))
    heavier = claim(Monotone(measure="shipping", growing="weight"))
    assert contradiction(shop, heavier, light) is None  # too far from the fall to see it
    for pair in ((light, heavy), (heavy, light)):
        found = contradicted_by(shop, heavier, pair)
        assert found is not None
        assert [step.cart for step in found.steps] == [light, heavy]


def test_carts_that_differ_otherwise_contradict_nothing() -> None:
    shop = book(shipping=BANDS)
    light, other = carts(line("1.00", weight="10g")), carts(line("2.00", weight="1500g"))
    assert contradicted_by(shop, claim(Monotone(measure="shipping", growing="weight")), (light, other)) is None
    full, less = carts(line("49.99"), line("0.01")), carts(line("49.99"))
    shop = book(promotions=TEN_OFF)
    assert contradicted_by(shop, claim(Adding(lowers_by_at_most=0)), (less, full)) is not None
    assert contradicted_by(shop, claim(Adding(lowers_by_at_most=0)), (less, carts(line("40.00")))) is None
