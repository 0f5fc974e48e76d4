"""Which findings concern what the rules mean together (RS4xx)?"""

from __future__ import annotations

from engine.text.codes.access import MEANING
from engine.text.codes.code import Code
from engine.text.codes.lint_rates import RATES
from engine.text.codes.lint_rules import RULES
from engine.text.codes.notices import MEANING as NOTICES

_CONDITIONS: tuple[Code, ...] = (
    Code(
        "RS401",
        "contradictory condition",
        "error",
        "No cart can satisfy the condition, so the rule it belongs to is dead, and looks alive.",
        'when:\n  subtotal.items: {at_least: "200.00", less_than: "100.00"}',
        'when:\n  subtotal.items: {at_least: "100.00", less_than: "200.00"}',
        "Correct the part that is pointed at; alternatives belong under `any:`.",
    ),
    Code(
        "RS402",
        "condition that always holds",
        "warning",
        "A test that every cart passes looks like a restriction and is none. Often a bound is mistyped.",
        "when: {cart.item_count: {at_least: 0}}",
        "when: {cart.item_count: {at_least: 10}}",
        "Remove the test or correct its value; write `known: true` to ask whether a fact is known.",
    ),
    Code(
        "RS403",
        "alternative that never holds",
        "warning",
        "One alternative of a choice can never be true, so the choice is narrower than it looks.",
        "when:\n  any:\n    - {cart.item_count: {less_than: 0}}\n    - {customer.group: vip}",
        "when: {customer.group: vip}",
        "Correct the alternative, or remove it.",
    ),
)

_REFUSED: tuple[Code, ...] = (
    Code(
        "RS470",
        "method that is always refused",
        "warning",
        "Refusals take every cart the method is for, so no customer is ever offered it.",
        "methods: [{id: heavy, when: {shipment.weight_g: {more_than: 30kg}}, rate: {flat: 90}}]\n"
        "refuse: [{id: too-heavy, when: {shipment.weight_g: {more_than: 30kg}}, code: too_heavy}]",
        "methods: [{id: heavy, when: {shipment.weight_g: {more_than: 30kg}}, rate: {flat: 90}}]\n"
        "refuse: [{id: too-heavy, when: {shipment.weight_g: {more_than: 70kg}}, code: too_heavy}]",
        "Narrow the refusal, or remove the method.",
    ),
    Code(
        "RS471",
        "zone that is always refused",
        "warning",
        "Refusals take every destination of the zone, so nothing is ever shipped there.",
        "zones: [{id: ar, where: {destination.country: AR}}]\n"
        "refuse: [{id: embargo, when: {destination.country: {in: [AR, KP]}}, code: destination_blocked}]",
        "zones: [{id: ar, where: {destination.country: AR}}]\n"
        "refuse: [{id: embargo, when: {destination.country: KP}, code: destination_blocked}]",
        "Narrow the refusal, or remove the zone.",
    ),
    Code(
        "RS490",
        "not analysed",
        "warning",
        "A proof was not attempted or not finished, so the rule may have faults that no finding tells.",
        "when:  # nine choices among twenty conditions each\n  all: [{any: […]}, {any: […]}, …]",
        "when: {customer.group: vip}",
        "Split the rule into simpler ones, or accept the finding with `allow:` and test the rule with `cases:`.",
    ),
    Code(
        "RS491",
        "allowance without a finding",
        "warning",
        "An allowance that accepts nothing hides the next finding of its kind, which nobody has looked at.",
        'allow: [{code: RS412, because: "we ship at most 30kg"}]  # but every band has a rest',
        "allow: []",
        "Remove the allowance, or correct its code or rule. Errors cannot be accepted.",
    ),
)

CODES: tuple[Code, ...] = (*_CONDITIONS, *RATES, *RULES, *_REFUSED, *MEANING, *NOTICES)
