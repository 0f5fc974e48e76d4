"""Which lints concern shipping rates, zones and tax rates (RS41x to RS44x)?"""

from __future__ import annotations

from engine.text.codes.code import Code

_PRICES: tuple[Code, ...] = (
    Code(
        "RS410",
        "gap between bands or rows",
        "warning",
        "A value between two rows has no price: the method disappears for that parcel, without a reason.",
        '- {up_to: 500g, price: "9.90"}\n- {from: 600g, up_to: 2kg, price: "14.90"}',
        '- {up_to: 500g, price: "9.90"}\n- {up_to: 2kg, price: "14.90"}',
        "Leave out `from:`, so that a row begins where the one before ends; or refuse the values under `refuse:`.",
    ),
    Code(
        "RS411",
        "no price before the first row",
        "warning",
        "Values below the first row have no price. A row from 1g leaves out a parcel of no weight, such as a voucher.",
        'rows: [{from: 1g, up_to: 2kg, price: "9.90"}, {rest: {price: "19.90"}}]',
        'rows: [{up_to: 2kg, price: "9.90"}, {rest: {price: "19.90"}}]',
        "Leave out `from:` in the first row, or refuse the values under `refuse:`.",
    ),
    Code(
        "RS412",
        "no price after the last row",
        "warning",
        "Values above the last row have no price: a customer with a heavy cart finds no method and no reason.",
        'rows: [{up_to: 20kg, price: "29.90"}]',
        'rows: [{up_to: 20kg, price: "29.90"}, {rest: {price: "29.90", plus: "2.00", per: 1kg}}]',
        "End with a row `rest:`, or refuse the values under `refuse:`, which gives customers a reason.",
    ),
    Code(
        "RS413",
        "overlapping bands or rows",
        "warning",
        "Two rows claim the same values. The earlier one wins, which is rarely what both were written for.",
        '- {from: 11g, up_to: 20g, price: "7.40"}\n- {from: 20g, up_to: 100g, price: "8.10"}',
        '- {from: 11g, up_to: 20g, price: "7.40"}\n- {from: 21g, up_to: 100g, price: "8.10"}',
        "Begin the later row where the earlier one ends; `below:` leaves its value to the next row.",
    ),
    Code(
        "RS414",
        "band or row that is never used",
        "warning",
        "Earlier rows decide every value the row is for, so its price is never asked.",
        '- {up_to: 2kg, price: "9.90"}\n- {from: 500g, up_to: 1kg, price: "5.90"}',
        '- {up_to: 500g, price: "9.90"}\n- {up_to: 1kg, price: "5.90"}',
        "Remove the row, or put it before those that hide it.",
    ),
    Code(
        "RS415",
        "price that falls as a parcel grows",
        "warning",
        "A heavier, larger or fuller parcel costs less than a lighter one, mostly by a mistyped price. Rates by an "
        "amount of money are not compared.",
        '- {up_to: 1kg, price: "20.65"}\n- {up_to: 1250g, price: "20.55"}',
        '- {up_to: 1kg, price: "20.65"}\n- {up_to: 1250g, price: "21.55"}',
        "Correct one of the two prices, or accept the fall with `allow:` and a reason.",
    ),
    Code(
        "RS416",
        "steep step in what shipping costs",
        "warning",
        "Where goods reach an amount, shipping becomes cheaper by more than a quarter of that amount, so a cart far "
        "below it costs more than one that reaches it.",
        'rate: {flat: "24.90"}\nfree_from: {amount: "50.00", of: subtotal.after_discounts, tax: included}',
        'rate: {flat: "9.90"}\nfree_from: {amount: "50.00", of: subtotal.after_discounts, tax: included}',
        "Let the price fall in smaller steps, or at a greater amount.",
    ),
    Code(
        "RS417",
        "parcel that no method takes",
        "warning",
        "The place is served, but between the conditions of its methods lie weights, counts or sums that none of them "
        "takes. The customer finds no method and no reason.",
        "- {id: post, when: {shipment.weight_g: {at_most: 20kg}}, rate: {flat: 9}}\n"
        "- {id: freight, when: {shipment.weight_g: {at_least: 30kg}}, rate: {flat: 90}}",
        "- {id: post, when: {shipment.weight_g: {at_most: 20kg}}, rate: {flat: 9}}\n"
        "- {id: freight, when: {shipment.weight_g: {more_than: 20kg}}, rate: {flat: 90}}",
        "Let the conditions meet, or refuse what lies between under `refuse:`, which gives customers a reason.",
    ),
    Code(
        "RS418",
        "time at which nothing is shipped",
        "warning",
        "Between the windows or hours of the methods of a place, or after all of them, none is open, and customers are "
        "told no reason.",
        "- {id: old, until: 2026-12-31, rate: {flat: 9}}\n- {id: new, from: 2027-01-01, rate: {flat: 10}}",
        "- {id: old, until: 2027-01-01, rate: {flat: 9}}\n- {id: new, from: 2027-01-01, rate: {flat: 10}}",
        "Begin one where the other ends (`until` is excluded), or refuse the time between under `refuse:`.",
    ),
    Code(
        "RS420",
        "overlapping rows of a unique table",
        "error",
        "The table says that exactly one row holds for a cart, but two do and their prices differ.",
        "destination.country,shipment.weight_g:from,shipment.weight_g:up_to,price\nBR,0g,500g,9.90\nBR,500g,1kg,14.90",
        "destination.country,shipment.weight_g:from,shipment.weight_g:below,price\nBR,0g,500g,9.90\nBR,500g,1kg,14.90",
        "Narrow one of the rows, or let the first one win with `policy: first`.",
    ),
    Code(
        "RS421",
        "place without a row in a table",
        "warning",
        "The method is offered in a zone, but its table has no row at all for some carts from there.",
        "zones: [{id: south, where: {destination.country: {in: [BR, AR]}}}]  # the table has rows for BR only",
        "zones: [{id: south, where: {destination.country: BR}}]",
        "Add rows for them, or one row with empty cells for all others, or narrow the zone.",
    ),
)

_ZONES: tuple[Code, ...] = (
    Code(
        "RS430",
        "overlapping zones",
        "error",
        "With `policy: unique` a destination lies in one zone at most; here it lies in two.",
        "policy: unique\nzones:\n  - {id: br, where: {destination.country: BR}}\n"
        "  - {id: south, where: {destination.country: {in: [BR, AR]}}}",
        "policy: unique\nzones:\n  - {id: br, where: {destination.country: BR}}\n"
        "  - {id: ar, where: {destination.country: AR}}",
        "Narrow one of the zones, or let the first one win with `policy: first`.",
    ),
    Code(
        "RS431",
        "zone that is never reached",
        "warning",
        "Earlier zones, together or alone, take every destination of this one, so its rates are never asked.",
        "zones:\n  - {id: inland, where: {destination.country: BR}}\n"
        "  - {id: sp, where: {destination.country: BR, destination.region: SP}}",
        "zones:\n  - {id: sp, where: {destination.country: BR, destination.region: SP}}\n"
        "  - {id: inland, where: {destination.country: BR}}",
        "Put the narrower zone before the wider one.",
    ),
    Code(
        "RS432",
        "zone without a rate",
        "warning",
        "A destination in this zone is offered no method at all.",
        "zones: [{id: br, where: {destination.country: BR}}, {id: ar, where: {destination.country: AR}}]\n"
        'methods: [{id: standard, rates: {br: {flat: "9.90"}}}]',
        "zones: [{id: br, where: {destination.country: BR}}, {id: ar, where: {destination.country: AR}}]\n"
        'methods: [{id: standard, rates: {br: {flat: "9.90"}, ar: {flat: "19.90"}}}]',
        "Give a method a rate for the zone, or remove the zone.",
    ),
    Code(
        "RS433",
        "hole between zones",
        "warning",
        "Values between two zones that differ in one range only lie in none of them; the end of a range is excluded.",
        'zones:\n  - {id: a, where: {destination.postcode: {between: ["01000", "05999"]}}}\n'
        '  - {id: b, where: {destination.postcode: {between: ["06000", "10000"]}}}',
        'zones:\n  - {id: a, where: {destination.postcode: {between: ["01000", "06000"]}}}\n'
        '  - {id: b, where: {destination.postcode: {between: ["06000", "10000"]}}}',
        "Let one zone begin where the other ends, or add a zone for the rest.",
    ),
    Code(
        "RS434",
        "rate that is never used",
        "warning",
        "With `policy: all` a method takes its first matching zone, and earlier ones take all of this one.",
        "policy: all\nzones:\n  - {id: eu, where: {destination.country: {in: [DE, FR]}}}\n"
        "  - {id: de, where: {destination.country: DE}}\nmethods: [{id: dhl, rates: {eu: {flat: 9}, de: {flat: 5}}}]",
        "policy: all\nzones:\n  - {id: de, where: {destination.country: DE}}\n"
        "  - {id: eu, where: {destination.country: {in: [DE, FR]}}}\n"
        "methods: [{id: dhl, rates: {eu: {flat: 9}, de: {flat: 5}}}]",
        "Put the narrower zone before the wider one, or remove the rate.",
    ),
)

_TAX: tuple[Code, ...] = (
    Code(
        "RS440",
        "overlapping tax rates",
        "error",
        "With `policy: unique` one rate at most may hold; two that differ leave the tax open.",
        "policy: unique\nrates:\n  - {id: br-17, where: {destination.country: BR}, percent: 17}\n"
        "  - {id: br-18, where: {destination.country: BR}, percent: 18, from: 2026-07-01}",
        "policy: unique\nrates:\n  - {id: br-17, where: {destination.country: BR}, percent: 17, until: 2026-07-01}\n"
        "  - {id: br-18, where: {destination.country: BR}, percent: 18, from: 2026-07-01}",
        "End the earlier rate with `until`, narrow one of them, or choose `policy: first`.",
    ),
    Code(
        "RS441",
        "tax rate that is never used",
        "warning",
        "Earlier rates decide every case of this one, so the tax it names is never charged.",
        "rates:\n  - {id: br, where: {destination.country: BR}, percent: 17}\n"
        "  - {id: books, where: {destination.country: BR, tax.class: books}, percent: 0}",
        "rates:\n  - {id: books, where: {destination.country: BR, tax.class: books}, percent: 0}\n"
        "  - {id: br, where: {destination.country: BR}, percent: 17}",
        "Put the narrower rate before the wider one, or end the earlier one with `until`.",
    ),
    Code(
        "RS442",
        "hole between tax rates",
        "warning",
        "Between two editions of a rate there are days on which none holds.",
        "rates:\n  - {id: old, where: {destination.country: BR}, percent: 17, until: 2026-06-30}\n"
        "  - {id: new, where: {destination.country: BR}, percent: 18, from: 2026-07-01}",
        "rates:\n  - {id: old, where: {destination.country: BR}, percent: 17, until: 2026-07-01}\n"
        "  - {id: new, where: {destination.country: BR}, percent: 18, from: 2026-07-01}",
        "Begin the later rate where the earlier one ends; the instant of `until` is excluded.",
    ),
)

RATES: tuple[Code, ...] = (*_PRICES, *_ZONES, *_TAX)
