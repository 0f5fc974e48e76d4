"""Explanations as people read them, word by word, at three levels and in three languages."""

from __future__ import annotations

from textwrap import dedent

import pytest

from engine.pipeline import explain
from engine.runtime.json import to_plain
from engine.runtime.phrases import _PHRASES, LANGUAGES
from tests.engine.runtime.books import Body, book, cart, decide, line, lines

RULES: dict[str, Body] = {
    "pricing": "rules:\n  - {id: sale, where: {line.category: {under: socks}}, then: {use: line.sale_price}}",
    "promotions": """
lanes: [{id: products, pick: best, stage: lines}, {id: order, pick: first, stage: order}]
rules:
  - id: three
    lane: products
    then: {cheapest_free: {where: {line.category: {under: socks}}, buy: 3, free: 1}}
    message: {en: Three for two, pt-BR: Leve 3 pague 2, ja: 3足で2足分}
  - {id: members, lane: order, when: {customer.group: {in: [member, vip]}}, then: {percent_off: 10, on: order}}
  - {id: b, lane: order, when: {subtotal.items: {at_least: "50.00"}}, then: {amount_off: "5.00", on: order}}
""",
    "coupons": """
coupons:
  - id: hello
    codes: [WELCOME]
    when: {subtotal.items: {at_least: "49.00"}}
    then: {percent_off: 10, on: order}
""",
    "shipping": """
zones: [{id: home, where: {destination.country: BR}}]
methods:
  - id: standard
    name: {en: Standard, pt-BR: Normal, ja: 通常便}
    rates: {home: {flat: "4.90"}}
    free_from: {amount: "99.00", of: subtotal.after_discounts, tax: included}
  - {id: express, when: {shipment.weight_g: {at_most: 1kg}}, rates: {home: {flat: "19.90"}}}
""",
    "tax": "prices: included\nrates: [{id: vat, percent: 20}]",
    "checkout": 'minimum_order: {amount: "30.00", of: subtotal.after_discounts, tax: included}',
}
SOCKS = {
    "lines": [line("10.00", 4, category="socks", sale_price="9.00", weight="300g")],
    "destination": {"country": "BR"},
    "coupon": "WELCOME",
}


def said(level: str, locale: str, scenario: Body = SOCKS) -> str:
    return "\n".join(explain(book("BRL", **RULES), cart(scenario, "BRL"), level, locale=locale).sentences)


def golden(text: str) -> str:
    return dedent(text).strip()


@pytest.mark.parametrize("locale", ["en", "en-GB", "de"])
def test_what_a_shopper_is_told_in_english_and_where_no_language_fits(locale: str) -> None:
    assert said("shopper", locale) == golden("""
        Three for two: you save 9.00
        Coupon WELCOME is not active yet: spend 13.00 more
        Delivery (Standard): 4.90
        Includes 5.32 tax
        This order cannot be placed: spend 3.00 more
        You pay 31.90 BRL
    """)


@pytest.mark.parametrize("locale", ["pt-BR", "pt", "pt-PT"])
def test_what_a_shopper_is_told_in_portuguese(locale: str) -> None:
    assert said("shopper", locale) == golden("""
        Leve 3 pague 2: você economiza 9.00
        O cupom WELCOME ainda não vale: faltam 13.00 em compras
        Entrega (Normal): 4.90
        Inclui 5.32 de impostos
        Este pedido não pode ser feito: faltam 3.00 em compras
        Você paga 31.90 BRL
    """)


def test_what_a_shopper_is_told_in_japanese() -> None:
    assert said("shopper", "ja") == golden("""
        3足で2足分：9.00 お得です
        クーポン WELCOME はまだ使えません：あと 13.00 のお買い上げが必要です
        配送（通常便）：4.90
        うち消費税 5.32
        ご注文いただけません：あと 3.00 のお買い上げが必要です
        お支払い 31.90 BRL
    """)


REFUSED = "minimum 30.00, value 27.00, add 3.00, fact subtotal.after_discounts.gross"
ADMIN = f"""
    pricing sale (pricing.yaml:7:5): applied, -4.00 on L1
    promotions three (promotions.yaml:9:5): applied, -9.00 on L1
    promotions members (promotions.yaml:13:5): not applied: customer.group is not known
    promotions b (promotions.yaml:14:5): not applied: subtotal.items must be at least 50.00; it is 36.00, short by 14.00
    coupons hello (coupons.yaml:8:5): not applied: subtotal.items must be at least 49.00; it is 36.00, short by 13.00
    shipping standard: 4.90 in zone home
    shipping express: not offered: shipment.weight_g must be at most 1kg; it is 1.2kg, over by 200g
    refused minimum_order (checkout.yaml:6:16): {REFUSED}
"""


@pytest.mark.parametrize("locale", ["en", "pt-BR", "ja"])
@pytest.mark.parametrize("level", ["admin", "full"])
def test_what_an_admin_is_told_is_the_same_in_every_language(level: str, locale: str) -> None:
    assert said(level, locale) == golden(ADMIN)


def test_the_full_level_carries_the_decision_and_every_rule() -> None:
    rules, asked = book("BRL", **RULES), cart(SOCKS, "BRL")
    full = explain(rules, asked, "full")
    assert full.data == to_plain(decide(SOCKS, "BRL", trace=True, **RULES))
    assert [(rule.kind, rule.rule, rule.state, rule.amount, rule.lines) for rule in full.rules] == [
        ("pricing", "sale", "applied", -400, ("L1",)),
        ("promotions", "three", "applied", -900, ("L1",)),
        ("promotions", "members", "not_applied", 0, ()),
        ("promotions", "b", "not_applied", 0, ()),
        ("coupons", "hello", "not_applied", 0, ()),
    ]


def test_lower_levels_carry_less() -> None:
    rules, asked = book("BRL", **RULES), cart(SOCKS, "BRL")
    assert explain(rules, asked, "shopper").rules == ()
    assert explain(rules, asked, "admin").data is None


def test_free_delivery_gifts_added_tax_and_a_used_coupon() -> None:
    bodies: dict[str, Body] = {
        "promotions": "lanes: [{id: l}]\nrules: [{id: bag, lane: l, then: {gift: {sku: TOTE, quantity: 2}}}]",
        "coupons": "coupons: [{id: k, codes: [K], then: {free_shipping: true}, message: {en: Free delivery}}]",
        "shipping": "methods: [{id: m, rate: {flat: '4.90'}}]",
        "tax": "prices: excluded\nrates: [{id: t, percent: 10}]",
    }
    sentences = explain(book(**bodies), cart({**lines("10.00"), "coupon": "k"}), "shopper").sentences
    assert "\n".join(sentences) == golden("""
        Free delivery: you save 4.90
        Delivery (m) is free; you save 4.90
        Plus 1.00 tax
        A gift for you: 2 × TOTE
        You pay 11.00 EUR
    """)


def test_an_open_choice_of_delivery_is_said() -> None:
    shipping = "choose: none\nmethods: [{id: m, rate: {flat: '4.90'}}]"
    assert explain(book(shipping=shipping), cart(lines("1.00")), "shopper").sentences == (
        "Delivery is not decided yet",
        "You pay 1.00 EUR",
    )


@pytest.mark.parametrize(
    ("extra", "more", "said"),
    [
        ("until: 2026-05-01", {}, "Coupon K cannot be used: expired at 2026-05-01T00:00"),
        ("from: 2026-05-02", {}, "Coupon K is not active yet: valid from 2026-05-02T00:00"),
        ("user_bound: true", {}, "Coupon K is not active yet: sign in first"),
        ("user_bound: true", {"customer": {"id": "c"}}, "Coupon K cannot be used: it belongs to somebody else"),
        (
            "first_order_only: true",
            {"customer": {"orders_paid": 2}},
            "Coupon K cannot be used: it is for first orders only",
        ),
        ("limits: {per_customer: 1}", {}, "Coupon K is not active yet: give your e-mail address first"),
        ("when: {cart.item_count: {at_least: 3}}", {}, "Coupon K is not active yet: 2 more items are needed"),
        ("when: {customer.group: vip}", {}, "Coupon K is not active yet: this order does not qualify"),
        (
            "when: {cart.item_count: {at_least: 3}, customer.group: vip}",
            {"customer": {"group": "member"}},
            "Coupon K is not active yet: 2 more items are needed; this order does not qualify",
        ),
    ],
)
def test_what_a_shopper_is_told_of_a_coupon_that_does_nothing(extra: str, more: dict[str, object], said: str) -> None:
    coupons = f"coupons: [{{id: k, codes: [K], then: {{percent_off: 10}}, {extra}}}]"
    sentences = explain(book(coupons=coupons), cart({**lines("1.00"), "coupon": "K", **more}), "shopper").sentences
    assert sentences[0] == said


def test_every_language_says_everything_with_the_same_details() -> None:
    english = _PHRASES["en"]
    for language in LANGUAGES:
        assert _PHRASES[language].keys() == english.keys()
        for key, sentence in _PHRASES[language].items():
            assert _details(sentence) == _details(english[key]), (language, key)


def _details(sentence: str) -> set[str]:
    return {part.partition("}")[0] for part in sentence.split("{")[1:]}
