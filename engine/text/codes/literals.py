"""Which findings concern how single values are written (RS310 to RS316)?"""

from __future__ import annotations

from engine.text.codes.code import Code

CODES: tuple[Code, ...] = (
    Code(
        code="RS310",
        title="amount that cannot be read exactly",
        severity="error",
        why="Money is counted in whole minor units. An amount with more digits than its currency has would have to "
        "be rounded, and nobody said how.",
        bad='minimum_order: {amount: "20.005", of: subtotal.items}',
        good='minimum_order: {amount: "20.00", of: subtotal.items}',
        remedy='Write plain digits with at most the decimals of the currency: "12.50" in BRL, "1250" in JPY. No '
        "symbols, no separators between thousands, no exponent.",
    ),
    Code(
        code="RS311",
        title="percentage that cannot be read",
        severity="error",
        why="Percentages are kept as exact ratios; this text is not a plain number of at most six decimals.",
        bad="then: {percent_off: ten}",
        good="then: {percent_off: 12.5}",
        remedy='Write digits and a point, with or without the sign: 10, 12.5, "12.5%".',
    ),
    Code(
        code="RS312",
        title="weight or volume that cannot be read",
        severity="error",
        why="A weight or volume without unit may be meant in grams or kilograms, and a wrong guess ships a parcel at "
        "the price of a letter. Parts of a gram or a cubic centimetre are not kept.",
        bad="shipment.weight_g: {at_most: 2}",
        good="shipment.weight_g: {at_most: 2kg}",
        remedy="Write weights in g or kg, volumes in cm3, l or m3, so that a whole number of grams or cm3 results.",
    ),
    Code(
        code="RS313",
        title="duration that cannot be read",
        severity="error",
        why="A number alone does not say whether seconds, minutes or days are meant.",
        bad="price_lock: 15",
        good="price_lock: 15m",
        remedy="Write a number and one of s, m, h, d, w. A day is 24 hours.",
    ),
    Code(
        code="RS314",
        title="date or time that cannot be read",
        severity="error",
        why="Dates are read in one way only, year first, so that 3 April and 4 March cannot be confused; and the "
        "day has to exist.",
        bad="from: 27/11/2026",
        good="from: 2026-11-27",
        remedy='Write 2026-11-27, 2026-11-27T10:00 (local) or 2026-11-27T10:00:00Z; times of day as "18:30", '
        "weekdays as mon to sun.",
    ),
    Code(
        code="RS315",
        title="value of another type",
        severity="error",
        why="Every fact has a type; a value of another type can never be equal to it, so the rule would never fire.",
        bad="destination.country: Brazil",
        good="destination.country: BR",
        remedy="Write the value as the type asks; the page of the vocabulary names the type of every fact.",
    ),
    Code(
        code="RS316",
        title="amount in no currency, or not in this one",
        severity="error",
        why="An amount means nothing without its currency, and amounts are never converted.",
        bad='currency: [BRL, USD]\n# and further down\nprice: {BRL: "9.90"}',
        good='currency: [BRL, USD]\n# and further down\nprice: {BRL: "9.90", USD: "2.00"}',
        remedy="Name the currency in the head (or the store of a scenario) by its ISO 4217 code, and give the amount "
        "in every currency of the document.",
    ),
)
