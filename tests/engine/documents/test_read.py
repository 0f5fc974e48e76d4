"""Does every kind of document become what it says?"""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from engine.documents.conditions import ALWAYS, All, Not, Test, facts_read
from engine.documents.effects import AmountOff, BuyXGetY, CheapestFree, FixedPrice, Gift, PercentOff, TieredPercent
from engine.documents.kinds import KINDS
from engine.documents.model import (
    AnyDocument,
    Bands,
    BaseStep,
    CheckoutDocument,
    CouponsDocument,
    Flat,
    PercentRate,
    PerItem,
    PricingDocument,
    PromotionsDocument,
    ShippingDocument,
    Step,
    Table,
    TaxDocument,
)
from engine.documents.read import ReadContext, read_document
from engine.text.diagnostics import Diagnostic
from engine.text.nodes import Node

Reading = tuple[AnyDocument | None, list[Diagnostic]]
Read = Callable[[str], Reading]


@pytest.fixture(scope="module")
def documents(examples: dict[str, Node], context: ReadContext) -> dict[str, AnyDocument]:
    found = {}
    for kind, node in examples.items():
        document, findings = read_document(node, context)
        assert document is not None, findings
        assert findings == []
        found[kind] = document
    return found


def microseconds(*parts: int) -> int:
    return int(datetime(*parts, tzinfo=UTC).timestamp()) * 1_000_000  # type: ignore[misc]


def test_there_is_an_example_of_every_kind(documents: dict[str, AnyDocument]) -> None:
    assert set(documents) == set(KINDS)
    assert all(document.head.kind == kind for kind, document in documents.items())


def test_every_example_keeps_the_spelling_of_ids_and_their_order(documents: dict[str, AnyDocument]) -> None:
    pricing = documents["pricing"]
    assert isinstance(pricing, PricingDocument)
    assert [rule.id for rule in pricing.rules] == ["sale", "flash-friday", "staff", "cheaper", "dozen"]


def test_dates_are_read_in_the_time_zone_of_the_document(documents: dict[str, AnyDocument]) -> None:
    pricing = documents["pricing"]
    assert isinstance(pricing, PricingDocument)
    flash = pricing.rules[1]
    assert flash.window.start == microseconds(2026, 11, 27, 3)  # São Paulo is three hours behind
    assert flash.window.end == microseconds(2026, 11, 28, 3)
    assert flash.percent == (3, 10)
    assert facts_read(flash.when) == ("now.weekday", "now.time")
    assert facts_read(flash.where) == ("line.category", "line.attr.material")
    assert flash.message == {"en": "Flash Friday", "pt-BR": "Sexta relâmpago"}


def test_pricing_rules_say_the_price_in_five_ways(documents: dict[str, AnyDocument]) -> None:
    pricing = documents["pricing"]
    assert isinstance(pricing, PricingDocument)
    sale, _, staff, cheaper, dozen = pricing.rules
    assert (sale.fact, staff.price, cheaper.amount) == ("line.sale_price", 1990, 500)
    assert [(tier.start, tier.percent, tier.price) for tier in dozen.tiers] == [(12, (1, 20), None), (48, None, 110)]
    assert (sale.marks_sale, dozen.marks_sale) == (True, False)
    assert pricing.guard.never_below_fact == "line.cost"
    assert (pricing.guard.never_below_plus, pricing.guard.max_change) == ((1, 20), (3, 5))
    assert set(pricing.attributes) == {"line.attr.material"}


def test_lanes_take_the_stage_of_their_rules(documents: dict[str, AnyDocument]) -> None:
    promotions = documents["promotions"]
    assert isinstance(promotions, PromotionsDocument)
    assert [(lane.id, lane.pick, lane.stage) for lane in promotions.lanes] == [
        ("products", "best", "lines"),
        ("order", "all", "order"),
        ("delivery", "first", "shipping"),
    ]


def test_effects_are_typed(documents: dict[str, AnyDocument]) -> None:
    promotions = documents["promotions"]
    assert isinstance(promotions, PromotionsDocument)
    effects = {rule.id: rule.then for rule in promotions.rules}
    socks, percent, steps = effects["socks-3-for-2"], effects["ten-off"], effects["steps"]
    assert isinstance(socks, CheapestFree)
    assert (socks.buy, socks.free) == (3, 1)
    assert isinstance(percent, PercentOff)
    assert (percent.percent, percent.on, percent.basis, percent.cap) == ((1, 8), "order", "initial", 4000)
    assert isinstance(steps, TieredPercent)
    assert [(row.start, row.percent) for row in steps.rows] == [(10_000, (1, 20)), (20_000, (1, 10))]
    assert isinstance(effects["half-price-second"], BuyXGetY)
    assert isinstance(effects["clearance"], FixedPrice)
    assert isinstance(effects["gift"], Gift)
    free = effects["free"]
    assert isinstance(free, PercentOff)
    assert (free.percent, free.on, free.methods) == ((1, 1), "shipping", ("standard",))


def test_amounts_are_read_for_the_currency_that_is_asked_for(examples: dict[str, Node], context: ReadContext) -> None:
    dollars = ReadContext(context.vocabularies, context.attachments, "USD")
    promotions, findings = read_document(examples["promotions"], dollars)
    assert isinstance(promotions, PromotionsDocument), findings
    less = promotions.rules[-1].then
    assert isinstance(less, AmountOff)
    assert less.amount == 100
    assert promotions.rules[0].limits.budget == 90_000
    assert (promotions.head.currency, promotions.head.currencies) == ("USD", ("BRL", "USD"))


def test_a_currency_the_document_does_not_have_is_refused(examples: dict[str, Node], context: ReadContext) -> None:
    yen = ReadContext(context.vocabularies, context.attachments, "JPY")
    document, findings = read_document(examples["checkout"], yen)
    assert document is None
    assert [finding.code for finding in findings] == ["RS317"]


def test_named_conditions_are_expanded_and_equal_sums_share_an_axis(documents: dict[str, AnyDocument]) -> None:
    promotions = documents["promotions"]
    assert isinstance(promotions, PromotionsDocument)
    ten_off = next(rule for rule in promotions.rules if rule.id == "ten-off")
    assert facts_read(ten_off.when) == (
        "customer.orders_paid",
        "subtotal.after_line_discounts",
        'lines[line.category under "electronics/"].quantity',
        "lines[].subtotal",
        "lines[].weight_g",
    )
    socks = 'lines[line.category under "clothing/socks/"].quantity'
    assert facts_read(promotions.rules[0].when) == ("customer.group", socks)
    assert promotions.aggregates[socks].measure == "quantity"


def test_coupon_codes_are_folded_in_lists_and_in_conditions(documents: dict[str, AnyDocument]) -> None:
    coupons = documents["coupons"]
    assert isinstance(coupons, CouponsDocument)
    welcome, refund = coupons.coupons
    assert welcome.codes == ("welcome10", "hello")
    assert isinstance(welcome.when, All)
    code_test = welcome.when.parts[1]
    assert isinstance(code_test, Test)
    assert code_test.operands == ("welcome10", "hello")
    assert (welcome.limits.per_code, welcome.user_bound, welcome.exclusive_with) == (1, True, ("ten-off",))
    assert (refund.codes, refund.campaign) == ((), "sorry")


def test_all_rate_strategies_are_read(documents: dict[str, AnyDocument]) -> None:
    shipping = documents["shipping"]
    assert isinstance(shipping, ShippingDocument)
    rates = {method.id: method.rates for method in shipping.methods}
    pickup, courier, share, units = (rates[name] for name in ("pickup", "courier", "share", "units"))
    assert isinstance(pickup[""], Flat)
    assert isinstance(courier[""], BaseStep)
    assert (courier[""].base, courier[""].per, courier[""].up_to) == (1320, 1000, 31_500)
    assert isinstance(share[""], PercentRate)
    assert share[""].of == "subtotal.after_discounts.net"
    assert isinstance(units[""], PerItem)
    assert (units[""].first, units[""].further) == (500, 150)
    assert isinstance(units["local"], PerItem)
    assert units["local"].further == 200


def test_a_band_starts_where_the_row_before_ended(documents: dict[str, AnyDocument]) -> None:
    shipping = documents["shipping"]
    assert isinstance(shipping, ShippingDocument)
    bands = shipping.methods[0].rates["local"]
    assert isinstance(bands, Bands)
    assert [(row.low, row.high, row.price) for row in bands.rows] == [
        (None, 500, 990),
        (500, 2001, 1490),  # up to 2 kg, that weight included
        (2001, None, 1490),
    ]
    assert bands.rows[2].step == Step(plus=250, per=1000, over=2000)


def test_tables_come_from_files_and_from_the_document(documents: dict[str, AnyDocument]) -> None:
    shipping = documents["shipping"]
    assert isinstance(shipping, ShippingDocument)
    inland, abroad = shipping.methods[0].rates["inland"], shipping.methods[0].rates["abroad"]
    assert isinstance(inland, Table)
    assert isinstance(abroad, Table)
    assert [(row.price, row.days) for row in inland.rows] == [(990, (2, 4)), (1250, (3, 3)), (1990, (8, 8))]
    assert (inland.policy, inland.by) == ("unique", "shipment.weight_g")
    assert inland.rows[2].step == Step(plus=250, per=1000, over=2000)
    assert str(inland.rows[2].span) == "tariffs/inland.csv:5:1"
    assert facts_read(abroad.rows[0].where) == ("shipping.zone", "shipment.item_count")
    assert facts_read(abroad.rows[1].where) == ()


def test_thresholds_name_the_sum_with_or_without_tax(documents: dict[str, AnyDocument]) -> None:
    shipping, checkout = documents["shipping"], documents["checkout"]
    assert isinstance(shipping, ShippingDocument)
    assert isinstance(checkout, CheckoutDocument)
    assert shipping.methods[0].free_from is not None
    assert shipping.methods[0].free_from.of == "subtotal.after_discounts.gross"
    assert checkout.minimum_order is not None
    assert checkout.minimum_order.of == "subtotal.after_discounts.gross"


def test_tax_rates_read_cart_line_and_tax_class(documents: dict[str, AnyDocument]) -> None:
    tax = documents["tax"]
    assert isinstance(tax, TaxDocument)
    assert [rate.percent for rate in tax.rates] == [(0, 1), (33, 200), (17, 100)]
    assert facts_read(tax.rates[2].where) == ("destination.country", "line.category")
    assert (tax.level, tax.target, tax.shipping, tax.otherwise) == ("total", "tax", "pro_rata", "zero")
    assert tax.rates[1].window.end == tax.rates[2].window.start == microseconds(2026, 1, 1)


def test_a_document_without_optional_keys_has_the_documented_defaults(read: Read) -> None:
    document, findings = read("ruleset: checkout\nname: a\nversion: 1\nvocabulary: checkout/1\n")
    assert isinstance(document, CheckoutDocument), findings
    assert (document.head.timezone, document.head.rounding, document.head.currency) == ("UTC", "half_up", "")
    assert document.price_lock_seconds == 900


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ("{}", ALWAYS),
        ("{destination.country: NO}", ("is", ("NO",))),
        ("{customer.spent: '10.00'}", ("is", (1000,))),
        ("{customer.spent: {EUR: 10}}", ("is", (1000,))),
        ("{customer.spent: {at_least: {EUR: 10}}}", ("at_least", (1000,))),
        ("{coupon.present: false}", ("is", (0,))),
        ("{now.weekday: {in: [sat, sun]}}", ("in", (5, 6))),
        ("{destination.postcode: {starts_with: 'sw1a 1'}}", ("starts_with", ("SW1A1",))),
        ("{customer.group: {known: false}}", ("known", (0,))),
        ("{cart.weight_g: {between: [500g, 2kg]}}", ("between", (500, 2000))),
        ("{customer.tags: {none_of: [a, a, b]}}", ("none_of", ("a", "b"))),
    ],
)
def test_a_test_becomes_keys_of_its_fact(read: Read, when: str, expected: object) -> None:
    document, findings = read(
        "ruleset: checkout\nname: a\nversion: 1\nvocabulary: checkout/1\ncurrency: EUR\n"
        f"payment_methods: [{{id: card, when: {when}}}]\n"
    )
    assert isinstance(document, CheckoutDocument), findings
    condition = document.payment_methods[0].when
    found = (condition.operator, condition.operands) if isinstance(condition, Test) else condition
    assert found == expected or (found == All((), condition.span) and expected is ALWAYS)


def test_connectives_nest(read: Read) -> None:
    document, findings = read(
        "ruleset: checkout\nname: a\nversion: 1\nvocabulary: checkout/1\n"
        "payment_methods: [{id: card, when: {not: {any: [{channel: web}, {all: [{channel: app}]}]}, locale: en}}]\n"
    )
    assert isinstance(document, CheckoutDocument), findings
    condition = document.payment_methods[0].when
    assert isinstance(condition, All)
    assert isinstance(condition.parts[0], Not)
    assert facts_read(condition) == ("channel", "locale")
