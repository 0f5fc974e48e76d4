"""Faults planted into the shipped rulesets, one text each: a hunt has to find a cart that is decided differently."""

from __future__ import annotations

from typing import Final, NamedTuple

_BRAZIL: Final = "rules"
_ONCE: Final = "    limits: {per_customer: 1}\n"
_READERS: Final = """    when: {subtotal.after_order_discounts: {at_least: "100.00"}}
    then: {amount_off: "15.00", on: order}
    user_bound: true
    limits: {per_code: 1}
"""
_BRITAIN: Final = "examples/stores/uk/rules"


class Planted(NamedTuple):
    """What is planted, into which shop, what stands there, and what then stands there."""

    name: str
    folder: str
    was: str
    becomes: str


PLANTED: Final = (
    Planted("a threshold one cent higher", _BRAZIL, '"150.00"}}\n    then', '"150.01"}}\n    then'),
    Planted("a threshold one cent lower", _BRAZIL, '"300.00"}}\n    then', '"299.99"}}\n    then'),
    Planted(
        "at least becomes more than", _BRAZIL, 'discounts: {at_least: "299.00"}', 'discounts: {more_than: "299.00"}'
    ),
    Planted("a cap is missing", _BRAZIL, ', basis: remaining, cap: "40.00"', ", basis: remaining"),
    Planted("a cap one cent higher", _BRAZIL, ', basis: remaining, cap: "40.00"', ', basis: remaining, cap: "40.01"'),
    Planted("a limit per order is missing", _BRAZIL, "    limits: {per_order: 2}\n", ""),
    Planted("a limit per order is one higher", _BRAZIL, "limits: {per_order: 2}", "limits: {per_order: 3}"),
    Planted("a condition on the customer is missing", _BRAZIL, "    when: {customer.group: {in: [member, vip]}}\n", ""),
    Planted("a group is missing from a list", _BRAZIL, "{in: [member, vip]}", "{in: [vip]}"),
    Planted("three for two becomes four for three", _BRAZIL, "buy: 3, free: 1", "buy: 4, free: 1"),
    Planted(
        "a lane that took one rule takes all", _BRAZIL, "{id: products, pick: best} ", "{id: products, pick: all} "
    ),
    Planted("the other delivery discount comes first", _BRAZIL, "    priority: 10\n", "    priority: -10\n"),
    Planted(
        "a bundle costs one cent more",
        _BRAZIL,
        '        price: "59.90"\n    message',
        '        price: "59.91"\n    message',
    ),
    Planted(
        "a delivery discount one cent less",
        _BRAZIL,
        '{amount_off: "5.00", on: shipping}',
        '{amount_off: "4.99", on: shipping}',
    ),
    Planted("a window begins a second late", _BRAZIL, "    from: 2026-11-27\n", "    from: 2026-11-27T00:00:01\n"),
    Planted("a window ends a day late", _BRAZIL, "    until: 2026-11-28\n", "    until: 2026-11-29\n"),
    Planted(
        "a lunch hour ends a minute late", _BRAZIL, '{between: ["12:00", "14:00"]}', '{between: ["12:00", "14:01"]}'
    ),
    Planted("a weekday is missing", _BRAZIL, "in: [mon, tue, wed, thu, fri]", "in: [mon, tue, wed, thu]"),
    Planted("a tier of prices one unit later", _BRAZIL, "{from: 48, percent_off: 12}", "{from: 49, percent_off: 12}"),
    Planted("a wider category", _BRAZIL, "{under: shoes}}   #", "{under: sho}}   #"),
    Planted("a rail lets more through", _BRAZIL, "max_change: 60", "max_change: 61"),
    Planted("a rail at cost plus 4 %", _BRAZIL, "{fact: line.cost, plus: 5}", "{fact: line.cost, plus: 4}"),
    Planted(
        "a coupon also for later orders", _BRAZIL, "    first_order_only: true\n    limits: {per_customer: 1}\n", _ONCE
    ),
    Planted("a coupon that anybody may use", _BRAZIL, _READERS, _READERS.replace("    user_bound: true\n", "")),
    Planted("a coupon that can be used again", _BRAZIL, _READERS, _READERS.replace("    limits: {per_code: 1}\n", "")),
    Planted("a coupon that ends an hour late", _BRAZIL, "    until: 2026-12-25\n", "    until: 2026-12-25T01:00\n"),
    Planted("codes can be combined", _BRAZIL, "stacking: none\n\n", "stacking: all\n\n"),
    Planted("a band one gram wider", _BRAZIL, '{below: 500g, price: "9.90"}', '{up_to: 500g, price: "9.90"}'),
    Planted(
        "a step counts from elsewhere", _BRAZIL, '"22.90", plus: "2.50", per: 1kg', '"22.90", plus: "2.50", per: 2kg'
    ),
    Planted("free delivery from one cent more", _BRAZIL, '{amount: "199.00"', '{amount: "199.01"'),
    Planted("free delivery in every zone", _BRAZIL, "tax: included, zones: [local]}", "tax: included}"),
    Planted("a zone that ends earlier", _BRAZIL, '{less_than: "10000-000"}}}\n', '{less_than: "09999-999"}}}\n'),
    Planted("a parcel of 30 kg is too heavy", _BRAZIL, "{more_than: 30kg}", "{at_least: 30kg}"),
    Planted(
        "fragile goods go by express",
        _BRAZIL,
        "{any_of: [fragile]}}, count: {at_least: 1}",
        "{any_of: [fragile]}}, count: {at_least: 2}",
    ),
    Planted(
        "a tax rate elsewhere",
        _BRAZIL,
        '{destination.postcode: {between: ["30000-000", "40000-000"]}}',
        '{destination.postcode: {between: ["30000-000", "39000-000"]}}',
    ),
    Planted("the tax is rounded, not the net price", _BRAZIL, "target: net ", "target: tax "),
    Planted("the smallest order is one cent more", _BRAZIL, '{amount: "20.00"', '{amount: "20.01"'),
    Planted("201 pieces are no large order", _BRAZIL, "{more_than: 200}", "{more_than: 201}"),
    Planted("guests may order anything", _BRAZIL, "        - {customer.group: {known: false}}\n", ""),
    Planted("a bank slip from one cent more", _BRAZIL, '{total: {at_least: "30.00"}}', '{total: {at_least: "30.01"}}'),
    Planted("cash up to one cent less", _BRAZIL, 'total: {at_most: "500.00"}', 'total: {at_most: "499.99"}'),
    Planted("a fourth order paid in cash", _BRAZIL, "{less_than: 3}", "{less_than: 4}"),
    Planted("cash is rounded for all", _BRAZIL, ", methods: [cash_on_delivery]}", "}"),
    Planted("a tea set with one cup", _BRITAIN, "home/tea/cups}}, quantity: 2}", "home/tea/cups}}, quantity: 1}"),
    Planted("every fourth candle free", _BRITAIN, "home/candles}}, quantity: 2}", "home/candles}}, quantity: 3}"),
    Planted("the price of two dozen candles", _BRITAIN, '{from: 24, price: "8.50"}', '{from: 24, price: "8.51"}'),
    Planted("no least price", _BRITAIN, 'guard: {never_below: "0.50"}\n', ""),
    Planted("a prefix is missing", _BRITAIN, "[HS, IV, KW, ZE]", "[HS, IV, ZE]"),
    Planted("20 kg may not go by the faster way", _BRITAIN, "up_to: 20kg}", "up_to: 19999g}"),
    Planted("a tax class is missing", _BRITAIN, "[books, food, childrens_clothes]", "[books, childrens_clothes]"),
    Planted("the tax of delivery", _BRITAIN, "shipping: pro_rata ", "shipping: standard "),
)
