"""Hints are exact: what they say to add reaches the goal, a minor unit or a unit less does not, and `net` is true."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.pipeline import evaluate, hints
from engine.runtime.book import Book
from engine.runtime.decision import Decision, Hint
from tests.engine.runtime.books import Body, book, cart, line, lines
from tests.engine.runtime.generated import Draw

ORDER = "lanes: [{id: o, pick: all, stage: order}]\nrules:\n"
COUPON = """
coupons:
  - {{id: k, codes: [K], when: {{{fact}: {{at_least: '50.00'}}}}, then: {{amount_off: '{amount}', on: order}}}}
"""
FREE = "free_from: {amount: '50.00', of: subtotal.after_discounts, tax: included}"


def hinted(scenario: Body, **bodies: Body) -> list[Hint]:
    rules, asked = book(**bodies), cart(scenario)
    return list(hints(rules, asked, evaluate(rules, asked)))


def only(scenario: Body, **bodies: Body) -> Hint:
    (hint,) = hinted(scenario, **bodies)
    return hint


# the additions, made by hand -----------------------------------------------------------------------------------


def with_amount(scenario: dict[str, object], amount: int) -> dict[str, object]:
    """The cart and one more item of that price, which weighs nothing and is like the first line for tax and seller."""
    found = scenario["lines"]
    assert isinstance(found, list)
    like = {key: found[0][key] for key in ("seller", "tax_class") if key in found[0]}
    item = {
        "id": "~any",
        "sku": "~any",
        "quantity": 1,
        "price": f"{amount / 100:.2f}",
        "weight": "0g",
        "volume": "0cm3",
    }
    return {**scenario, "lines": [*found, {**item, **like}]}


def with_units(scenario: dict[str, object], hint: Hint, units: int) -> dict[str, object]:
    """The cart with so many more of the line, or of the item of the catalogue, the hint names."""
    found = [{"id": f"L{number}", **each} for number, each in enumerate(scenario["lines"], 1)]
    added = [_more(each, units) if each["id"] == hint.line else each for each in found]
    if hint.sku and not hint.line and units:
        item = next(each for each in scenario["catalogue"] if each["sku"] == hint.sku)
        added.append({**item, "id": f"+{hint.sku}", "quantity": units})
    return {key: value for key, value in scenario.items() if key != "catalogue"} | {"lines": added}


def _more(each: dict[str, object], units: int) -> dict[str, object]:
    return {**each, "quantity": each["quantity"] + units}


def goal_of(hint: Hint, before: Decision, tiers: tuple[int, ...]) -> Callable[[Decision], bool]:
    """Whether a later decision is what the hint promises."""
    if hint.kind in ("discount", "coupon"):
        return lambda later: hint.rule in later.applied
    if hint.kind == "free_shipping":
        return lambda later: later.totals.shipping == 0 and later.shipping_method == before.shipping_method
    if hint.kind == "minimum_order":
        return lambda later: all(refusal.code != "minimum_order" for refusal in later.refusals)
    if hint.at.startswith("pricing"):
        return lambda later: unit_price(later, hint.line) < unit_price(before, hint.line)
    if hint.kind == "tier":
        following = next(start for start in tiers if start > before.totals.items)
        return lambda later: later.totals.items >= following and saved(later, hint) > saved(before, hint)
    return lambda later: saved(later, hint) > saved(before, hint)


def unit_price(decision: Decision, line_id: str) -> int:
    return next(each.unit_price for each in decision.lines if each.id == line_id)


def saved(decision: Decision, hint: Hint) -> int:
    return -sum(each.amount for each in decision.postings if each.origin.rule == hint.rule and each.amount < 0)


# by chance -----------------------------------------------------------------------------------------------------


@st.composite
def nearly_there(draw: Draw[object]) -> tuple[dict[str, Body], dict[str, object], tuple[int, ...]]:
    """Rulesets full of thresholds and a cart below some of them; and where tiers begin."""
    amounts = st.integers(1, 90).map(lambda whole: f"{whole}.{whole % 7}0")
    rows = "[{up_to: 300g, price: '4.90'}, {rest: {price: '6.90', plus: '1.00', per: 1kg}}]"
    bands = f"{{bands: {{by: shipment.weight_g, rows: {rows}}}}}"
    second = draw(st.integers(50, 90))
    tiers = f"[{{from: '5.00', percent: 5}}, {{from: '{second}.00', percent: 10}}]"
    promotions = f"""
lanes: [{{id: l, pick: {draw(st.sampled_from(["best", "all"]))}, stage: lines}}, {{id: o, pick: all, stage: order}}]
rules:
  - {{id: always, lane: o, priority: 9, then: {{percent_off: {draw(st.sampled_from([0, 10, 33]))}, on: order}}}}
  - id: threshold
    lane: o
    when: {{subtotal.after_line_discounts: {{at_least: '{draw(amounts)}'}}}}
    then: {{amount_off: '3.00', on: order}}
  - id: many
    lane: o
    when: {{any: [{{cart.item_count: {{at_least: 5}}}}, {{customer.group: vip}}]}}
    then: {{percent_off: 5, on: order}}
  - {{id: three, lane: l, then: {{cheapest_free: {{where: {{line.category: {{under: a}}}}, buy: 3, free: 1}}}}}}
  - {{id: tiered, lane: o, then: {{tiered_percent: {{by: subtotal.items, rows: {tiers}}}, on: order}}}}
"""
    bodies: dict[str, Body] = {
        "pricing": "rules: [{id: dozen, then: {tiers: [{from: 4, percent_off: 10}, {from: 12, percent_off: 20}]}}]",
        "promotions": promotions,
        "coupons": f"""
coupons:
  - id: code
    codes: [K]
    when: {{subtotal.after_order_discounts: {{at_least: '{draw(amounts)}'}}}}
    then: {{amount_off: '2.00', on: order}}
""",
        "shipping": f"""
methods:
  - {{id: m, rate: {bands}, free_from: {{amount: '{draw(amounts)}', of: subtotal.after_discounts, tax: included}}}}
""",
        "checkout": f"minimum_order: {{amount: '{draw(amounts)}', of: subtotal.after_discounts, tax: included}}",
    }
    if draw(st.booleans()):
        bodies["tax"] = f"prices: {draw(st.sampled_from(['included', 'excluded']))}\nrates: [{{id: t, percent: 20}}]"
    found = [
        line(
            f"{draw(st.integers(0, 30))}.{draw(st.integers(10, 99))}",
            draw(st.integers(1, 4)),
            category=draw(st.sampled_from("ab")),
        )
        for _ in range(draw(st.integers(1, 3)))
    ]
    scenario = {
        "lines": found,
        "coupon": "K",
        "catalogue": [{"sku": "PEN", "price": "2.50", "weight": "20g", "category": "a"}],
    }
    return bodies, scenario, (500, second * 100)


@given(nearly_there())
@settings(max_examples=60)
def test_what_a_hint_says_to_add_reaches_the_goal_and_less_does_not(
    asked: tuple[dict[str, Body], dict[str, object], tuple[int, ...]],
) -> None:
    bodies, scenario, tiers = asked
    rules = book(**bodies)
    before = evaluate(rules, cart(scenario))
    for hint in hints(rules, cart(scenario), before):
        reached = goal_of(hint, before, tiers)
        assert not reached(before)
        if hint.add is not None:
            assert reached(evaluate(rules, cart(with_amount(scenario, hint.add))))
            assert not reached(evaluate(rules, cart(with_amount(scenario, hint.add - 1))))
        if hint.units:
            after = evaluate(rules, cart(with_units(scenario, hint, hint.units)))
            assert reached(after)
            assert not reached(evaluate(rules, cart(with_units(scenario, hint, hint.units - 1))))
            check_worth(rules, scenario, hint, before, after)


def check_worth(rules: Book, scenario: dict[str, object], hint: Hint, before: Decision, after: Decision) -> None:
    """`net` is what the customer is better off than when paying for the addition at its list price."""
    listed = sum(each.list_price * each.quantity for each in after.lines)
    addition = listed - sum(each.list_price * each.quantity for each in before.lines)
    assert hint.net == before.totals.total + addition - after.totals.total


# by example ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("items", "add"), [("46.80", 320), ("49.99", 1), ("50.00", None), ("50.01", None)])
def test_an_order_threshold(items: str, add: int | None) -> None:
    rule = "  - {id: r, lane: o, when: {subtotal.items: {at_least: '50.00'}}, then: {amount_off: '4.00', on: order}}"
    found = hinted(lines(items), promotions=ORDER + rule)
    assert [(hint.kind, hint.rule, hint.add, hint.saves) for hint in found] == (
        [] if add is None else [("discount", "r", add, 400)]
    )


def test_a_percentage_on_the_way_eats_part_of_what_is_added() -> None:
    """3.20 are missing after 10 % off, and 3.56 more of goods are needed: 10 % of 55.56 is 5.556, so 5.56 are off."""
    rules = """  - {id: ten, lane: o, priority: 1, then: {percent_off: 10, on: order}}"""
    shipping = f"methods: [{{id: m, rate: {{flat: '4.90'}}, {FREE}}}]"
    hint = only(lines("52.00"), promotions=ORDER + rules, shipping=shipping)
    assert (hint.kind, hint.add) == ("free_shipping", 356)


def test_a_cent_below_free_delivery() -> None:
    hint = only(lines("49.99"), shipping=f"methods: [{{id: m, rate: {{flat: '4.90'}}, {FREE}}}]")
    assert (hint.kind, hint.rule, hint.add, hint.saves) == ("free_shipping", "m.free_from", 1, 490)


def test_what_is_added_may_lift_the_parcel_into_a_dearer_band_and_the_hint_says_so() -> None:
    """4.90 are saved on delivery by the coupon, but the parcel moves to a band that costs 2.00 more."""
    rate = "{bands: {by: shipment.weight_g, rows: [{up_to: 2kg, price: '4.90'}, {up_to: 5kg, price: '6.90'}]}}"
    coupons = COUPON.format(fact="subtotal.items", amount="4.90")
    scenario = {
        **lines("46.80", weight="1900g"),
        "coupon": "K",
        "catalogue": [{"sku": "MUG", "price": "3.20", "weight": "300g"}],
    }
    found = hinted(scenario, coupons=coupons, shipping=f"methods: [{{id: m, rate: {rate}}}]")
    assert [(hint.kind, hint.add, hint.sku, hint.units, hint.saves, hint.net) for hint in found] == [
        ("coupon", 320, "MUG", 1, 490, 290)
    ]
    assert found[0].side_effects == ("shipping price 4.90 → 6.90",)


def test_an_addition_that_costs_more_than_it_saves_says_so() -> None:
    rate = "{bands: {by: shipment.weight_g, rows: [{up_to: 1kg, price: '4.00'}, {rest: {price: '9.00'}}]}}"
    rule = "  - {id: r, lane: o, when: {subtotal.items: {at_least: '50.00'}}, then: {amount_off: '2.00', on: order}}"
    hint = only(lines("40.00", weight="900g"), promotions=ORDER + rule, shipping=f"methods: [{{id: m, rate: {rate}}}]")
    assert (hint.units, hint.saves, hint.net) == (1, 200, -300)


@pytest.mark.parametrize(
    ("quantity", "units"), [(5, None), (6, 6), (11, 1), (12, None), (23, None), (24, 24), (47, 1), (48, None)]
)
def test_the_next_tier_of_quantity_when_it_is_near(quantity: int, units: int | None) -> None:
    pricing = "rules: [{id: dozen, then: {tiers: [{from: 12, percent_off: 5}, {from: 48, price: '0.80'}]}}]"
    found = hinted(lines("1.00", quantity=quantity), pricing=pricing)
    assert [(hint.kind, hint.line, hint.units) for hint in found] == ([] if units is None else [("tier", "L1", units)])


@pytest.mark.parametrize(
    ("items", "add"),
    [("24.99", None), ("25.00", 2500), ("49.99", 1), ("50.00", 5000), ("99.00", 100), ("100.00", None)],
)
def test_the_next_tier_of_a_percentage_and_not_a_cent_more_of_this_one(items: str, add: int | None) -> None:
    rows = "[{from: '50.00', percent: 5}, {from: '100.00', percent: 10}]"
    rule = f"  - {{id: r, lane: o, then: {{tiered_percent: {{by: subtotal.items, rows: {rows}}}, on: order}}}}"
    assert [hint.add for hint in hinted(lines(items), promotions=ORDER + rule)] == ([] if add is None else [add])


def test_one_more_for_three_for_two() -> None:
    promotions = "lanes: [{id: l}]\nrules: [{id: r, lane: l, then: {cheapest_free: {buy: 3, free: 1}}}]"
    hint = only(lines("2.00", quantity=2), promotions=promotions)
    assert (hint.kind, hint.line, hint.units, hint.saves, hint.net) == ("quantity", "L1", 1, 200, 200)


def test_the_other_half_of_an_offer_is_found_in_the_catalogue() -> None:
    got = "{where: {line.category: {under: b}}, percent_off: 50}"
    effect = f"{{buy_x_get_y: {{buy: {{where: {{line.category: {{under: a}}}}}}, get: {got}}}}}"
    promotions = f"lanes: [{{id: l}}]\nrules: [{{id: r, lane: l, then: {effect}}}]"
    scenario = {**lines("10.00", category="a"), "catalogue": [{"sku": "B", "price": "4.00", "category": "b"}]}
    hint = only(scenario, promotions=promotions)
    assert (hint.kind, hint.sku, hint.units, hint.net) == ("quantity", "B", 1, 200)


def test_a_coupon_that_waits_for_more() -> None:
    coupons = COUPON.format(fact="subtotal.after_order_discounts", amount="5.00")
    hint = only({**lines("46.80"), "coupon": "K"}, coupons=coupons)
    assert (hint.kind, hint.rule, hint.add, hint.saves) == ("coupon", "k", 320, 500)
    assert [(reason.code, reason.distance) for reason in hint.reasons] == [("condition", 320)]


def test_one_of_several_ways_is_enough() -> None:
    when = "{any: [{subtotal.items: {at_least: '50.00'}}, {customer.group: vip}]}"
    rule = f"  - {{id: r, lane: o, when: {when}, then: {{amount_off: '5.00', on: order}}}}"
    assert only(lines("46.80"), promotions=ORDER + rule).add == 320


def test_what_more_goods_cannot_mend_gives_no_hint() -> None:
    when = "{subtotal.items: {at_least: '50.00'}, customer.group: vip}"
    rule = f"  - {{id: r, lane: o, when: {when}, then: {{amount_off: '5.00', on: order}}}}"
    assert hinted(lines("46.80"), promotions=ORDER + rule) == []


def test_the_smallest_order() -> None:
    hint = only(lines("9.00"), checkout="minimum_order: {amount: '20.00', of: subtotal.after_discounts, tax: included}")
    assert (hint.kind, hint.add, hint.line, hint.units, hint.saves) == ("minimum_order", 1100, "L1", 2, 0)


def test_added_items_stand_where_their_id_puts_them() -> None:
    """The odd cent goes to the line that comes first, and `~any` comes before `line-1`."""
    rule = "  - {id: r, lane: o, when: {subtotal.items: {at_least: '2.00'}}, then: {amount_off: '0.01', on: order}}"
    scenario = {"lines": [{**line("1.00"), "id": "line-1"}]}
    rules = book(promotions=ORDER + rule)
    (hint,) = hints(rules, cart(scenario), evaluate(rules, cart(scenario)))
    assert hint.add == 100
    after = evaluate(rules, cart(with_amount(scenario, 100)))
    assert [each.id for each in after.lines] == ["~any", "line-1"]


def test_an_empty_cart_gets_no_hints() -> None:
    checkout = "minimum_order: {amount: '20.00', of: subtotal.after_discounts, tax: included}"
    assert hinted({"lines": []}, checkout=checkout) == []
