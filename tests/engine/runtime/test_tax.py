"""Tax: rates of lines, levels, targets, shipping, exemptions, and what happens when no rate is known."""

from __future__ import annotations

import pytest

from tests.engine.runtime.books import decide, line, lines

SHIP = "methods: [{id: m, rate: {flat: '10.00'}}]"


@pytest.mark.parametrize(("level", "tax"), [("line", 62), ("unit", 63), ("total", 62)])
def test_three_units_at_108_with_19_percent_added(level: str, tax: int) -> None:
    body = f"prices: excluded\nlevel: {level}\nrates: [{{id: t, percent: 19}}]"
    decision = decide(lines("1.08", quantity=3), tax=body)
    assert (decision.totals.tax, decision.totals.total) == (tax, 324 + tax)


def test_the_total_of_a_rate_is_rounded_once_and_shared_over_its_lines() -> None:
    body = "prices: excluded\nlevel: total\nrates: [{id: t, percent: 10}]"
    decision = decide(lines("0.14", "0.14", "0.14"), tax=body)
    assert [each.tax for each in decision.lines] == [2, 1, 1]  # 10 % of 0.42 is 0.042; line by line it would be 0.03
    assert decision.totals.tax == 4


def test_units_of_a_discounted_line_are_taxed_as_they_are_worth() -> None:
    """1.00 on three units: 0.34, 0.33 and 0.33, of which 10 % are 0.03 each; on the line it is 0.10."""
    promotions = "lanes: [{id: l}]\nrules: [{id: r, lane: l, then: {amount_off: '0.20', per: line}}]"
    unit = "prices: excluded\nlevel: unit\nrates: [{id: t, percent: 10}]"
    assert decide(lines("0.40", quantity=3), promotions=promotions, tax=unit).totals.tax == 9
    assert decide(lines("0.40", quantity=3), promotions=promotions, tax=unit.replace("unit", "line")).totals.tax == 10


@pytest.mark.parametrize(("target", "expected"), [("net", (830, 167)), ("tax", (831, 166))])
def test_included_tax_rounds_the_net_price_or_the_tax(target: str, expected: tuple[int, int]) -> None:
    body = f"prices: included\ntarget: {target}\nrounding: down\nrates: [{{id: t, percent: 20}}]"
    (result,) = decide(lines("9.97"), tax=body).lines
    assert (result.net, result.tax) == expected
    assert result.gross == 997


def test_included_tax_never_changes_what_is_paid() -> None:
    body = "prices: included\nrates: [{id: t, percent: 20}]"
    decision = decide(lines("54.00"), tax=body)
    assert (decision.totals.total, decision.totals.tax, decision.totals.tax_added) == (5400, 900, 0)
    assert (decision.taxes[0].base, decision.taxes[0].amount) == (4500, 900)


RATES = """
rates:
  - {id: books, where: {tax.class: books}, percent: 7}
  - {id: standard, percent: 20}
"""
MIXED = {"lines": [line("30.00", tax_class="books"), line("10.00")]}


@pytest.mark.parametrize(
    ("shipping", "books", "standard"),
    [
        ("standard", 210, 200 + 200),
        ("books", 210 + 70, 200),
        ("pro_rata", 210 + 53, 200 + 50),  # 7.50 at 7 % is 0.525
        ("none", 210, 200),
    ],
)
def test_delivery_is_taxed_at_its_own_class_or_in_proportion_or_not(shipping: str, books: int, standard: int) -> None:
    decision = decide(MIXED, shipping=SHIP, tax=f"prices: excluded\nshipping: {shipping}\n{RATES}")
    assert {tax.rate: tax.amount for tax in decision.taxes} == {"books": books, "standard": standard}
    assert decision.totals.total == 4000 + 1000 + books + standard


def test_delivery_of_goods_that_cost_nothing_can_be_taxed_in_proportion() -> None:
    decision = decide(
        lines("0.00"), shipping=SHIP, tax="prices: excluded\nshipping: pro_rata\nrates: [{id: t, percent: 20}]"
    )
    assert decision.totals.total == 1200


# which rate ----------------------------------------------------------------------------------------------------


def test_the_first_rate_that_matches_is_taken() -> None:
    body = "prices: excluded\nrates: [{id: a, percent: 10}, {id: b, percent: 20}]"
    assert [tax.rate for tax in decide(lines("1.00"), tax=body).taxes] == ["a"]


@pytest.mark.parametrize(("otherwise", "refused"), [("refuse", ["tax_not_decided"]), ("zero", [])])
def test_a_line_without_rate_is_refused_or_not_taxed(otherwise: str, refused: list[str]) -> None:
    body = f"prices: excluded\notherwise: {otherwise}\nrates: [{{id: a, where: {{tax.class: books}}, percent: 10}}]"
    decision = decide(MIXED, tax=body)
    assert [refusal.code for refusal in decision.refusals] == refused
    assert decision.totals.tax == (0 if refused else 300)
    assert all((result.net is None) is bool(refused) for result in decision.lines)


@pytest.mark.parametrize("prices", ["included", "excluded"])
def test_delivery_whose_class_has_no_rate_leaves_all_tax_undecided(prices: str) -> None:
    body = f"prices: {prices}\nshipping: parcels\nrates: [{{id: a, where: {{tax.class: standard}}, percent: 10}}]"
    decision = decide(lines("10.00"), shipping=SHIP, tax=body)
    assert [refusal.code for refusal in decision.refusals] == ["tax_not_decided"]
    assert (decision.totals.total, decision.taxes) == (2000, ())


def test_an_exemption_may_look_at_the_sum_after_discounts() -> None:
    exempt = "[{id: small, when: {subtotal.after_discounts: {less_than: '22.00'}}}]"
    body = f"prices: excluded\nexempt: {exempt}\nrates: [{{id: t, percent: 20}}]"
    assert decide(lines("21.99"), tax=body).totals.tax == 0
    assert decide(lines("22.00"), tax=body).totals.tax == 440
    promotions = "lanes: [{id: l}]\nrules: [{id: r, lane: l, then: {amount_off: '0.01', per: line}}]"
    assert decide(lines("22.00"), tax=body, promotions=promotions).totals.tax == 0


def test_a_rate_may_look_at_a_sum_that_a_threshold_with_tax_needs_before() -> None:
    """The rate decides the sum with tax, which decides delivery: all of them see the sum after discounts."""
    tax = """
prices: excluded
rates:
  - {id: small, where: {subtotal.after_discounts: {less_than: '50.00'}}, percent: 0}
  - {id: large, percent: 20}
"""
    free = "{amount: '60.00', of: subtotal.after_discounts, tax: included}"
    shipping = f"methods: [{{id: m, rate: {{flat: '4.00'}}, free_from: {free}}}]"
    assert decide(lines("50.00"), tax=tax, shipping=shipping).totals.total == 6000
    assert decide(lines("49.99"), tax=tax, shipping=shipping).totals.total == 5399


@pytest.mark.parametrize(("quantity", "tax"), [(2, 40), (3, 0)])
def test_an_exemption_may_count_lines(quantity: int, tax: int) -> None:
    when = "{lines: {where: {line.category: {under: books}}, quantity: {at_least: 3}}}"
    body = f"prices: excluded\nexempt: [{{id: e, when: {when}}}]\nrates: [{{id: t, percent: 20}}]"
    assert decide(lines("1.00", quantity=quantity, category="books"), tax=body).totals.tax == tax


def test_an_exempt_customer_pays_prices_as_they_are() -> None:
    body = "prices: {}\nexempt: [{{id: e, when: {{customer.group: embassy}}}}]\nrates: [{{id: t, percent: 20}}]"
    cart = {**lines("12.00"), "customer": {"group": "embassy"}}
    for prices in ("included", "excluded"):
        decision = decide(cart, tax=body.format(prices))
        assert (decision.totals.total, decision.totals.tax, decision.refusals) == (1200, 0, ())


@pytest.mark.parametrize(("tags", "tax"), [(["food"], 0), (["food", "raw"], 0), ([], 20), (None, 20)])
def test_a_rate_may_look_into_the_labels_of_a_line(tags: list[str] | None, tax: int) -> None:
    body = (
        "prices: excluded\nrates: [{id: zero, where: {line.tags: {any_of: [food]}}, percent: 0}, {id: t, percent: 20}]"
    )
    cart = lines("1.00") if tags is None else lines("1.00", tags=tags)
    assert decide(cart, tax=body).totals.tax == tax
