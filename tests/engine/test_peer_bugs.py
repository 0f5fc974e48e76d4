"""Mistakes other shops were reported to make, each as a ruleset and a cart: none of them may happen here."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from engine.facts.scenario import ScenarioContext, read_scenario
from engine.facts.vocabulary import Vocabulary, read_vocabulary
from engine.money import EXPONENTS
from engine.pipeline import check_ruleset, compile_book, evaluate, read_ruleset
from engine.runtime.decision import Decision
from engine.text.diagnostics import Diagnostic
from engine.text.load import load
from engine.text.source import Source

VOCABULARIES = Path(__file__).resolve().parents[2] / "rules" / "vocabularies"
FIRST_OF_MAY = 1_777_593_600_000_000  # 2026-05-01T00:00:00Z in microseconds


@cache
def vocabulary() -> Vocabulary:
    found, faults = read_vocabulary(Source("checkout-1", (VOCABULARIES / "checkout-1.yaml").read_text("utf-8")))
    assert found is not None, faults
    return found


def findings(kind: str, body: str, currency: str = "EUR") -> tuple[Diagnostic, ...]:
    return check_ruleset(_reading(kind, body, currency))


def decide(cart: str, currency: str = "EUR", **bodies: str) -> Decision:
    """Decide a cart under the given rulesets: keyword is the kind, value the document after its head."""
    documents = {}
    for kind, body in bodies.items():
        reading = _reading(kind, body, currency)
        assert reading.document is not None, reading.diagnostics
        documents[kind] = reading.document
    node = load(Source("cart", cart)).node
    assert node is not None
    context = ScenarioContext(vocabulary=vocabulary(), currency=currency, now=FIRST_OF_MAY)
    scenario, faults = read_scenario(node, context)
    assert scenario is not None, faults
    return evaluate(compile_book(documents, currency, vocabulary()), scenario.cart, trace=True)


def _reading(kind: str, body: str, currency: str):
    head = f"ruleset: {kind}\nname: t\nversion: 1\nvocabulary: checkout/1\n"
    head += "" if kind == "tax" else f"currency: {currency}\n"
    return read_ruleset(
        Source(f"{kind}.yaml", head + body),
        vocabularies={vocabulary().ref: vocabulary()},
        attachments=lambda path: None,
    )


def lines_of(*prices: str, quantity: int = 1) -> str:
    """A cart with one line for each price, ids L1, L2, …"""
    lines = [f'{{sku: S, price: "{price}", quantity: {quantity}, weight: 100g}}' for price in prices]
    return f"lines: [{', '.join(lines)}]"


def amount_off(amount: str) -> str:
    return f'lanes: [{{id: order}}]\nrules: [{{id: off, lane: order, then: {{amount_off: "{amount}", on: order}}}}]'


def percent_off(percent: str, rounding: str = "half_up") -> str:
    rule = f"{{id: off, lane: order, then: {{percent_off: {percent}, on: order}}}}"
    return f"rounding: {rounding}\nlanes: [{{id: order}}]\nrules: [{rule}]"


# sharing an amount over lines ----------------------------------------------------------------------------------


def test_four_cents_off_nine_euros_and_a_cent_are_four_cents() -> None:
    """Saleor: the last line takes the rest, so that only 0.01 of 0.04 was given."""
    decision = decide(lines_of(*["1.00"] * 9, "0.01"), promotions=amount_off("0.04"))
    assert decision.totals.discount == 4
    assert [line.discount for line in decision.lines] == [1, 1, 1, 1, 0, 0, 0, 0, 0, 0]


def test_six_cents_off_ten_euros_never_make_a_line_dearer() -> None:
    """Saleor: rounding each share up left the last line at 1.03."""
    decision = decide(lines_of(*["1.00"] * 10), promotions=amount_off("0.06"))
    assert decision.totals.discount == 6
    assert all(99 <= line.total <= 100 for line in decision.lines)


def test_a_percentage_of_the_order_is_rounded_once() -> None:
    """Chameleon #236: rounding line by line made the total differ by a cent."""
    decision = decide(lines_of(*["0.33"] * 3), promotions=percent_off("10"))
    assert decision.totals.discount == 10  # 10 % of 0.99 is 0.099; line by line it would be 3 × 0.03
    assert sum(line.discount for line in decision.lines) == 10


def test_a_line_that_costs_nothing_gets_no_share() -> None:
    """Vendure: a discount was split evenly when all weights were zero."""
    decision = decide(lines_of("0.00", "5.00"), promotions=amount_off("1.00"))
    assert [line.discount for line in decision.lines] == [0, 100]
    assert decide(lines_of("0.00", "0.00"), promotions=amount_off("1.00")).totals.discount == 0


# exact money ---------------------------------------------------------------------------------------------------


def test_thirty_three_less_twenty_two_is_eleven() -> None:
    """Easy Digital Downloads #3336: 10.99."""
    assert decide(lines_of("33.00"), promotions=amount_off("22.00")).totals.total == 1100


@pytest.mark.parametrize(("rounding", "total"), [("half_up", 1606), ("half_even", 1606), ("half_down", 1607)])
def test_half_a_cent_goes_where_the_ruleset_says(rounding: str, total: int) -> None:
    """PrestaShop #18274: 18.90 − 15 % is 2.835 off."""
    assert decide(lines_of("18.90"), promotions=percent_off("15", rounding)).totals.total == total


@pytest.mark.parametrize(("rounding", "total"), [("up", 1606), ("down", 1607)])
def test_rounding_up_or_down_is_stated_not_a_cast(rounding: str, total: int) -> None:
    """Sylius #14522: a cast to int truncated, whatever was wanted."""
    assert decide(lines_of("18.90"), promotions=percent_off("15", rounding)).totals.total == total


def test_two_and_a_half_of_a_cent_rounds_half_even_to_two() -> None:
    decision = decide(lines_of("0.05"), promotions=percent_off("50", "half_even"))
    assert decision.totals.discount == 2


@pytest.mark.parametrize("currency", ["JPY", "KRW", "CLF", "KWD", "EUR"])
def test_currencies_have_the_decimals_of_iso_4217(currency: str) -> None:
    """WooPayments #7724: a gateway's list of zero-decimal currencies is not the ISO list; JPY × 100."""
    decision = decide(lines_of("7"), currency=currency)
    assert decision.totals.total == 7 * 10 ** EXPONENTS[currency]


def test_too_many_digits_are_refused_and_not_rounded() -> None:
    faults = findings("promotions", amount_off("0.5"), currency="JPY")
    assert [fault.code for fault in faults] == ["RS310"]


# tax -----------------------------------------------------------------------------------------------------------

EXCLUDED = "prices: excluded\nlevel: {level}\nrates: [{{id: vat, percent: 19}}]"


@pytest.mark.parametrize(("level", "gross"), [("line", 386), ("total", 386), ("unit", 387)])
def test_three_units_at_108_with_19_percent(level: str, gross: int) -> None:
    """A unit level as commercetools has it: 1.08 × 1.19 = 1.29, three times 3.87; on the line it is 3.86."""
    decision = decide(lines_of("1.08", quantity=3), tax=EXCLUDED.format(level=level))
    assert decision.totals.total == gross


def test_no_part_of_a_cent_leaves_the_tax_stage() -> None:
    """Medusa #14817: a total of 34.116425 that the payment provider could not take."""
    decision = decide(lines_of("11.33", "9.07", "8.27"), tax=EXCLUDED.format(level="line"))
    assert decision.totals.tax == 215 + 172 + 157
    assert decision.totals.total == 2867 + 544


def test_a_discount_meant_without_tax_is_converted_before_it_is_capped() -> None:
    """Medusa #12226: a fixed amount without tax on prices with tax; the base went below zero."""
    rule = '{id: off, lane: order, then: {amount_off: "10.00", on: order, tax: excluded}}'
    promotions = f"lanes: [{{id: order}}]\nrules: [{rule}]"
    tax = "prices: included\nrates: [{id: vat, percent: 20}]"
    assert decide(lines_of("30.00"), promotions=promotions, tax=tax).totals.discount == 1200
    assert decide(lines_of("11.00"), promotions=promotions, tax=tax).totals.total == 0


@pytest.mark.parametrize(("target", "tax"), [("net", 167), ("tax", 166)])
def test_the_rounding_target_of_included_tax_is_a_setting(target: str, tax: int) -> None:
    """9.97 with 20 %: the net price is 8.308…, the tax 1.661…; rounding down shows which of them was rounded."""
    body = f"prices: included\ntarget: {target}\nrounding: down\nrates: [{{id: vat, percent: 20}}]"
    assert decide(lines_of("9.97"), tax=body).totals.tax == tax


# nothing below zero --------------------------------------------------------------------------------------------

FREE = "{{id: {id}, lane: delivery, then: {{free_shipping: true}}}}"
FLAT = 'methods: [{id: standard, rate: {flat: "4.90"}}]'


def test_two_promotions_of_free_shipping_make_it_free_once() -> None:
    """Vendure, Sylius #862: the second took the price below zero."""
    rules = f"[{FREE.format(id='a')}, {FREE.format(id='b')}]"
    promotions = f"lanes: [{{id: delivery, pick: all}}]\nrules: {rules}"
    decision = decide(lines_of("10.00"), promotions=promotions, shipping=FLAT)
    assert (decision.totals.shipping, decision.totals.shipping_discount) == (0, 490)
    assert decision.totals.total == 1000


def test_free_shipping_is_a_posting_and_not_an_absent_price() -> None:
    promotions = f"lanes: [{{id: delivery}}]\nrules: [{FREE.format(id='a')}]"
    decision = decide(lines_of("10.00"), promotions=promotions, shipping=FLAT)
    kinds = {posting.kind: posting.amount for posting in decision.postings}
    assert (kinds["shipping"], kinds["shipping_discount"]) == (490, -490)


def test_discounts_larger_than_the_cart_leave_zero() -> None:
    """Solidus #2741, django-oscar #2463: negative totals."""
    promotions = """
lanes: [{id: products, pick: all, stage: lines}, {id: order, pick: all}]
rules:
  - {id: a, lane: products, then: {amount_off: "8.00", on: lines, per: unit}}
  - {id: b, lane: products, then: {percent_off: 60}}
  - {id: c, lane: order, then: {amount_off: "50.00", on: order}}
"""
    decision = decide(lines_of("10.00", "3.00"), promotions=promotions)
    assert decision.totals.total == 0
    assert all(line.total == 0 for line in decision.lines)


# stages, bands, zones ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fact", ["total", "shipping.price", "tax.total", "shipping.after_discounts"])
def test_a_fee_cannot_ask_about_a_sum_it_is_part_of(fact: str) -> None:
    """In owebia #23 the shipping fee itself lifted the total over the free-shipping threshold."""
    body = f'methods: [{{id: a, when: {{{fact}: {{at_least: "50.00"}}}}, rate: {{flat: "4.90"}}}}]'
    assert [fault.code for fault in findings("shipping", body)] == ["RS305"]


def test_a_threshold_with_money_has_to_say_before_or_after_tax() -> None:
    """WooCommerce #28752: free shipping before or after tax was anybody's guess."""
    free = '{amount: "50.00", of: subtotal.after_discounts}'
    body = f'methods: [{{id: a, rate: {{flat: "4.90"}}, free_from: {free}}}]'
    assert [fault.severity for fault in findings("shipping", body)] == ["error"]


BANDS = """
methods:
  - id: a
    rate:
      bands:
        by: shipment.weight_g
        rows: [{up_to: 2kg, price: "4.00"}, {up_to: 5kg, price: "6.00"}, {rest: {price: "9.00"}}]
"""


@pytest.mark.parametrize(("weight", "price"), [("1999g", 400), ("2kg", 400), ("2001g", 600), ("5kg", 600)])
def test_touching_bands_have_one_owner_for_every_gram(weight: str, price: int) -> None:
    cart = f'lines: [{{sku: S, price: "1.00", quantity: 1, weight: {weight}}}]'
    assert decide(cart, shipping=BANDS).totals.shipping == price


def test_the_last_band_holds_however_heavy_the_parcel() -> None:
    """Saleor #6925, Shopp #3300: no upper limit meant no method."""
    assert decide('lines: [{sku: S, price: "1.00", quantity: 1, weight: 900kg}]', shipping=BANDS).totals.shipping == 900


def test_where_the_last_band_ends_nothing_is_offered_and_the_reason_is_told() -> None:
    shipping = BANDS.replace(', {rest: {price: "9.00"}}', "")
    decision = decide('lines: [{sku: S, price: "1.00", quantity: 1, weight: 5001g}]', shipping=shipping)
    assert decision.shipping_method is None
    assert [reason.code for reason in decision.options[0].reasons] == ["no_band"]


def test_a_missing_weight_is_never_taken_for_zero() -> None:
    cart = 'lines: [{sku: S, price: "1.00", quantity: 1, weight: 1kg}, {sku: T, price: "1.00", quantity: 1}]'
    option = decide(cart, shipping=BANDS).options[0]
    assert option.price is None
    assert option.reasons[0].code == "fact_missing"
    assert option.reasons[0].params["line"] == "L2"


# unknown facts, orders of entry, time --------------------------------------------------------------------------


@pytest.mark.parametrize("test", ['{starts_with: "vip@"}', '{not: "a@example.org"}'])
def test_a_missing_e_mail_is_unknown_and_never_an_exception(test: str) -> None:
    """Medusa #15823: a promotion failed with a 500 when the cart had no e-mail."""
    rule = f"{{id: a, lane: order, when: {{customer.email: {test}}}, then: {{percent_off: 10, on: order}}}}"
    decision = decide(lines_of("10.00"), promotions=f"lanes: [{{id: order}}]\nrules: [{rule}]")
    assert decision.applied == ()


EXCLUSIVE = """
stacking: all
coupons:
  - {id: alone, codes: [ALONE], priority: 5, then: {amount_off: "3.00", on: order}, exclusive_with: [all]}
  - {id: other, codes: [OTHER], then: {amount_off: "2.00", on: order}}
"""


@pytest.mark.parametrize("codes", ["[ALONE, OTHER]", "[OTHER, ALONE]"])
def test_an_exclusive_voucher_is_exclusive_in_whatever_order_codes_are_typed(codes: str) -> None:
    """django-oscar #4016: the result depended on which code was added first."""
    decision = decide(f"{lines_of('10.00')}\ncoupon: {codes}", coupons=EXCLUSIVE)
    assert {coupon.code: coupon.state for coupon in decision.coupons} == {"alone": "applied", "other": "pending"}
    assert decision.totals.discount == 300


def test_the_same_code_twice_counts_once() -> None:
    coupons = 'coupons: [{id: a, codes: [TEN], then: {amount_off: "2.00", on: order}}]'
    once = decide(f"{lines_of('10.00')}\ncoupon: TEN", coupons=coupons)
    typed = decide(f"{lines_of('10.00')}\ncoupon: ' ten '", coupons=coupons)
    assert once.totals.total == typed.totals.total == 800


def test_a_code_that_does_not_qualify_yet_says_why_and_how_far() -> None:
    """Spree #14569: "valid" code, no discount, no reason."""
    when = '{subtotal.after_order_discounts: {at_least: "50.00"}}'
    coupons = f'coupons: [{{id: a, codes: [TEN], when: {when}, then: {{amount_off: "2.00", on: order}}}}]'
    (coupon,) = decide(f"{lines_of('46.80')}\ncoupon: TEN", coupons=coupons).coupons
    assert coupon.state == "pending"
    assert [(reason.code, reason.distance) for reason in coupon.reasons] == [("condition", 320)]


WINDOW = """
timezone: America/Sao_Paulo
lanes: [{id: order}]
rules: [{id: a, lane: order, then: {percent_off: 10, on: order}, from: 2026-11-01, until: 2026-12-01}]
"""


@pytest.mark.parametrize(
    ("at", "applied"),
    [
        ("2026-11-01T02:59:59Z", ()),
        ("2026-11-01T03:00:00Z", ("a",)),
        ("2026-12-01T02:59:59Z", ("a",)),
        ("2026-12-01T03:00:00Z", ()),
    ],
)
def test_days_begin_and_end_where_the_shop_is(at: str, applied: tuple[str, ...]) -> None:
    """VirtoCommerce #956, EDD #7492: offers that ended a day early, or in the server's time zone."""
    assert decide(f"at: {at}\n{lines_of('10.00')}", promotions=WINDOW).applied == applied


@pytest.mark.parametrize(("at", "applied"), [("2026-03-29T00:59:59Z", ("a",)), ("2026-03-29T01:00:00Z", ())])
def test_an_hour_that_summer_time_skips_is_in_no_offer(at: str, applied: tuple[str, ...]) -> None:
    """In Berlin, 02:00 to 03:00 does not exist on that day: 01:59:59 is followed by 03:00:00."""
    night = '{now.time: {between: ["01:00", "03:00"]}}'
    rule = f"{{id: a, lane: order, when: {night}, then: {{percent_off: 10, on: order}}}}"
    promotions = f"timezone: Europe/Berlin\nlanes: [{{id: order}}]\nrules: [{rule}]"
    assert decide(f"at: {at}\n{lines_of('10.00')}", promotions=promotions).applied == applied


def test_an_offer_that_ends_before_it_begins_is_an_error() -> None:
    body = WINDOW.replace("until: 2026-12-01", "until: 2026-11-01")
    assert [fault.severity for fault in findings("promotions", body)] == ["error"]
