"""Which findings concern vocabularies, scenarios and facts (RS7xx)?"""

from __future__ import annotations

from engine.text.codes.code import Code

_LINE = '{sku: A, price: "9.90", quantity: 1}'

_VOCABULARIES = (
    Code(
        code="RS701",
        title="vocabulary that is not complete",
        severity="error",
        why="A vocabulary tells rulesets what they may read. Every fact needs a type, a scope, a stage, "
        "a sentence, and whether it can be missing.",
        bad="facts: {cart.item_count: {type: count}}",
        good="facts:\n  cart.item_count: {type: count, scope: cart, stage: request, missing: false, about: Units.}",
        remedy="Add what the finding names.",
    ),
    Code(
        code="RS702",
        title="word a vocabulary does not have",
        severity="error",
        why="Types, scopes and stages are fixed, because the engine knows what each of them means.",
        bad="facts: {cart.item_count: {type: number, scope: cart, stage: request, missing: false, about: Units.}}",
        good="facts: {cart.item_count: {type: count, scope: cart, stage: request, missing: false, about: Units.}}",
        remedy="Use one of the words the finding lists.",
    ),
    Code(
        code="RS703",
        title="attribute that is declared wrongly",
        severity="error",
        why="An attribute of the store is a fact like any other: it belongs to a line, a customer or the cart, and has "
        "a type.",
        bad="store: {currency: BRL, attributes: {material: code}}",
        good="store: {currency: BRL, attributes: {line.attr.material: code}}",
        remedy="Write line.attr.NAME, customer.attr.NAME or cart.attr.NAME in lower case, and a type of facts.",
    ),
)

_SCENARIOS = (
    Code(
        code="RS710",
        title="value that does not fit its fact",
        severity="error",
        why="Every fact has a type and a unit. A value that does not fit would be compared with nothing, or rounded.",
        bad='lines: [{sku: A, price: "9.905", quantity: 1, weight: 400}]',
        good='lines: [{sku: A, price: "9.90", quantity: 1, weight: 400g}]',
        remedy="Write the value as the type of the fact asks: the finding names the fact, its type and what it got.",
    ),
    Code(
        code="RS711",
        title="unknown key",
        severity="error",
        why="A misspelt key would be passed over, and the cart would be decided without it.",
        bad="customer: {groop: vip}",
        good="customer: {group: vip}",
        remedy="Correct the key. What is not part of the vocabulary is an attribute: customer: {attr: {tier: gold}}.",
    ),
    Code(
        code="RS712",
        title="missing key",
        severity="error",
        why="Without it no price can be computed, and nothing is guessed.",
        bad='lines: [{sku: A, price: "9.90"}]',
        good=f"lines: [{_LINE}]",
        remedy="Add the key the finding names.",
    ),
    Code(
        code="RS713",
        title="part of another shape",
        severity="error",
        why="A list stands where a map belongs, or a map where a text belongs.",
        bad=f"lines: {_LINE}",
        good=f"lines: [{_LINE}]",
        remedy="Write the part as the reference of scenarios shows it.",
    ),
    Code(
        code="RS714",
        title="line id given twice",
        severity="error",
        why="Amounts are reported and refunded by line id. Lines without an id are called L1, L2 … by their position.",
        bad='lines: [{id: a, sku: A, price: "9.90", quantity: 1}, {id: a, sku: B, price: "5.00", quantity: 1}]',
        good='lines: [{id: a, sku: A, price: "9.90", quantity: 1}, {id: b, sku: B, price: "5.00", quantity: 1}]',
        remedy="Give each line an id of its own, or leave all ids out.",
    ),
    Code(
        code="RS715",
        title="number out of range",
        severity="error",
        why="Quantities are 1 to 1,000,000, prices are not negative, and the whole cart has to stay within what every "
        "reader of our numbers can hold.",
        bad='lines: [{sku: A, price: "-9.90", quantity: 0}]',
        good=f"lines: [{_LINE}]",
        remedy="Correct the number. A return is not a cart line with a negative quantity; a gift is a promotion.",
    ),
    Code(
        code="RS716",
        title="unknown currency or time zone",
        severity="error",
        why="Without the currency nobody knows how many digits an amount has; without the zone no local date "
        "can be read.",
        bad="store: {currency: REAL, timezone: Sao Paulo}",
        good="store: {currency: BRL, timezone: America/Sao_Paulo}",
        remedy="Use the ISO 4217 code of the currency and the IANA name of the time zone.",
    ),
    Code(
        code="RS717",
        title="no instant to decide at",
        severity="error",
        why="Rules begin and end. The engine has no clock, so that the same question always gets the same answer.",
        bad=f"lines: [{_LINE}]",
        good=f"at: 2026-11-21T12:00:00Z\nlines: [{_LINE}]",
        remedy="Add `at:`, or give the time when you call (dry-run --at).",
    ),
    Code(
        code="RS718",
        title="attribute nobody declared",
        severity="error",
        why="Without a type the value cannot be compared with anything.",
        bad="customer: {attr: {tier: gold}}",
        good="store: {currency: BRL, attributes: {customer.attr.tier: code}}\ncustomer: {attr: {tier: gold}}",
        remedy="Declare the attribute and its type under store, or in the ruleset that reads it.",
    ),
    Code(
        code="RS719",
        title="one coupon code with two stories",
        severity="error",
        why="Codes are compared trimmed, folded and without case. The same code twice counts once, but then both "
        "entries have to say the same.",
        bad="coupon: [{code: TEN, used: {total: 3}}, {code: ten, used: {total: 4}}]",
        good="coupon: {code: TEN, used: {total: 4}}",
        remedy="Remove one of the two.",
    ),
    Code(
        code="RS720",
        title="fact that is worked out",
        severity="error",
        why="The engine derives it from the rest of the cart. A second, stated value could contradict the first.",
        bad="cart: {item_count: 3}",
        good='lines: [{sku: A, price: "9.90", quantity: 3}]',
        remedy="Leave it out. A customer with an id is signed in.",
    ),
    Code(
        code="RS721",
        title="more entries than are read",
        severity="error",
        why="How long a cart takes is bounded: at most 5,000 lines, 1,000 items in the catalogue, 20 coupon codes, "
        "10,000 rules under usage, 1,000 attributes, and 1,000 members of a set such as tags.",
        bad="coupon: [{}]".format(", ".join(f"A{number}" for number in range(1, 22))),
        good="coupon: [A1, A2]",
        remedy="Leave out what no rule asks for, or split the cart.",
    ),
)

CODES: tuple[Code, ...] = (*_VOCABULARIES, *_SCENARIOS)
