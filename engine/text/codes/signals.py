"""Which findings concern patterns over time (RS395 to RS399, RS67x)?"""

from __future__ import annotations

from engine.text.codes.code import Code

_THEN = "then: [{announce: ManyOrders}]"
_MANY = f"- {{id: many, repeated: {{events: OrderPlaced, at_least: 3, within: 10m}}, {_THEN}}}"

NAMES: tuple[Code, ...] = (
    Code(
        "RS395",
        "event that no signal can wait for",
        "error",
        "Nobody announces an event of that name, so the pattern would never be seen, and nobody would notice.",
        "repeated: {events: OrderPlacd, at_least: 3, within: 10m}",
        "repeated: {events: OrderPlaced, at_least: 3, within: 10m}",
        "Correct the name. What only the lifecycle of your store announces is declared under `order_events:`.",
    ),
    Code(
        "RS396",
        "fact that is not known there",
        "error",
        "Every event tells some facts and not others, and a cart, an order and a customer have their own. What is "
        "missing is equal to nothing and satisfies no condition, so this could never be seen.",
        "repeated: {events: CouponRefused, same: customer.phone, at_least: 5, within: 10m}",
        "repeated: {events: CouponRefused, same: device.id, at_least: 5, within: 10m}",
        "Use a fact that all the events tell; the reference of the vocabulary lists them.",
    ),
    Code(
        "RS397",
        "effect that cannot be done",
        "error",
        "An effect needs somebody to concern: the last event of the pattern, or the subject, has to tell which order, "
        "cart or customer it is. And a tag that follows from `tags:` is given and taken there alone.",
        "repeated: {events: CouponRefused, same: device.id, at_least: 5, within: 10m}\n  then: [{hold: order}]",
        "repeated: {events: CouponRefused, same: device.id, at_least: 5, within: 10m}\n  then: [{flag: customer}]",
        "Choose an effect on what the last event tells of.",
    ),
    Code(
        "RS398",
        "derived fact that cannot be",
        "error",
        "A derived fact has a name of its own and values of one type, and it must not follow from itself: otherwise it "
        "would depend on the order in which rules are looked at.",
        "derive:\n- {fact: customer.tier, is: gold, when: {customer.class: a}}\n"
        "- {fact: customer.class, is: a, when: {customer.tier: gold}}",
        'derive:\n- {fact: customer.tier, is: gold, when: {customer.spent: {at_least: "1000.00"}}}\n'
        "- {fact: customer.class, is: a, when: {customer.tier: gold}}",
        "Give it a name that the vocabulary does not have, and let it follow from facts that are given.",
    ),
    Code(
        "RS399",
        "name that a signal must not announce",
        "error",
        "The name of an event says what happened. A signal that announces `OrderPaid` would make others believe that "
        "an order was paid; one that waits for what follows from it would never end.",
        "then: [{announce: OrderPaid}]",
        "then: [{announce: ManyOrders}]",
        "Choose a name of its own, and let no signal wait for what it causes.",
    ),
)

SEEN: tuple[Code, ...] = (
    Code(
        "RS670",
        "signals that differ from the case",
        "error",
        "The ruleset sees something else in what happened than the case says. Either a signal is wrong, or the case is "
        "out of date.",
        "expect: {fires: {cash-velocity: [2]}}   # but it takes three orders",
        "expect: {fires: {cash-velocity: [3]}}",
        "Read what was expected and what came; below it stands how near each pattern came.",
    ),
    Code(
        "RS671",
        "pattern that looks further back than events are kept",
        "warning",
        "The shop keeps events for 90 days at least. A pattern over a longer time may miss what was removed.",
        "repeated: {events: OrderPlaced, at_least: 3, within: 200d}",
        "repeated: {events: OrderPlaced, at_least: 3, within: 60d}",
        "Shorten `within`, or count with a fact of the customer, as in `customer.orders_paid`.",
    ),
    Code(
        "RS672",
        "pattern of one event",
        "warning",
        "One event without a condition is no pattern: the signal fires each time it happens, whatever came before.",
        f"- {{id: every, repeated: {{events: OrderPlaced, within: 10m}}, {_THEN}}}",
        _MANY,
        "Say how many there have to be (`at_least`), what has to hold (`where`), or what comes first (`sequence`).",
    ),
    Code(
        "RS673",
        "derivation that never decides",
        "warning",
        "Derivations of one fact are read from the top, and the first that holds gives the value. The ones above hold "
        "wherever this one does, so its value is never given.",
        'derive:\n- {fact: customer.tier, is: silver, when: {customer.spent: {at_least: "500.00"}}}\n'
        '- {fact: customer.tier, is: gold, when: {customer.spent: {at_least: "1000.00"}}}',
        'derive:\n- {fact: customer.tier, is: gold, when: {customer.spent: {at_least: "1000.00"}}}\n'
        '- {fact: customer.tier, is: silver, when: {customer.spent: {at_least: "500.00"}}}',
        "Write the narrower condition first.",
    ),
    Code(
        "RS674",
        "ruleset that is evaluated without a network",
        "note",
        "A network of joins takes 400 rules (each alternative of a pattern or of a condition is one) and "
        "conditions with up to 64 alternatives. Beyond, the chainer evaluates the ruleset and sees the same.",
        "same_any: [customer.phone, order.address, device.id]   # in each of 200 signals",
        "same: customer.phone",
        "Nothing has to be done. Fewer alternatives make it smaller.",
    ),
    Code(
        "RS679",
        "signals whose network cannot be built",
        "error",
        "Before signals go live their network is built in a process of its own. It took too long, or ended the "
        "process; the shop would have gone the same way.",
        "signals: [...]  # two hundred of them, each with long lists of alternatives",
        "signals: [...]  # fewer, and what does not depend on time as a condition of the cart or the order",
        "Ask for less in one ruleset: fewer signals, alternatives and conditions.",
    ),
)
