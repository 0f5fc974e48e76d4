"""Which findings concern who is told what (RS38x, RS485 to RS487)?"""

from __future__ import annotations

from engine.text.codes.code import Code

NAMES: tuple[Code, ...] = (
    Code(
        "RS380",
        "unknown event",
        "error",
        "Rules wait for events of the vocabulary, and for those that the lifecycle and the signals of the store "
        "announce. One that nobody announces never comes, and nobody would notice.",
        "rules:\n  - {id: paid, on: OrderPayed, to: customer, channels: email, template: order-paid, category: order}",
        "rules:\n  - {id: paid, on: OrderPaid, to: customer, channels: email, template: order-paid, category: order}",
        "Correct the name. What a lifecycle announces besides is declared under `order_events:`, what signals "
        "announce under `signal_events:`.",
    ),
    Code(
        "RS381",
        "unknown template",
        "error",
        "The message would have no text. Templates come with the shop, or stand under `texts:` of the same document.",
        "rules:\n  - {id: paid, on: OrderPaid, to: customer, channels: email, template: order-payed, category: order}",
        "rules:\n  - {id: paid, on: OrderPaid, to: customer, channels: email, template: order-paid, category: order}",
        "Correct the name, or write the text under `texts:`.",
    ),
    Code(
        "RS382",
        "place in a text that cannot be filled in",
        "error",
        "A fact in braces is filled in when the message is written. One that no fact is called, that the event does "
        "not carry, or that is not known each time it happens, would leave a message that cannot be sent.",
        "signal_events: [CartAbandoned]\n"
        "texts:\n"
        "  come-back: {en: {subject: Your cart, heading: Your cart, body: 'Order {order.number} is waiting.'}}\n"
        "rules:\n"
        "  - {id: cart, on: CartAbandoned, to: customer, channels: email, template: come-back, category: reminders}",
        "signal_events: [CartAbandoned]\n"
        "texts:\n"
        "  come-back: {en: {subject: Your cart, heading: Your cart, body: 'It is waiting at {shop.name}.'}}\n"
        "rules:\n"
        "  - {id: cart, on: CartAbandoned, to: customer, channels: email, template: come-back, category: reminders}",
        "Name a fact the event carries; ask for one that is not always known, as in `when: {order.number: {known: "
        "true}}`.",
    ),
    Code(
        "RS383",
        "template that cannot tell of the event",
        "error",
        "Each template that comes with the shop needs something to tell of: an order, a cart, a reward. An event "
        "without it would leave a message that cannot be written. Sellers have a text of their own: the others would "
        "show them what other sellers sell in the same order.",
        "rules:\n  - {id: low, on: StockRanLow, to: staff, roles: [staff], channels: email, template: order-paid, "
        "category: staff}",
        "rules:\n  - {id: low, on: StockRanLow, to: staff, roles: [staff], channels: email, template: low-stock, "
        "category: staff}",
        "Take the template that fits the event, or write a text of your own under `texts:`.",
    ),
    Code(
        "RS384",
        "audience that cannot be found",
        "error",
        "Customers are found by the order, the cart or the customer of the event, staff by their roles. Where there "
        "is none of it, nobody would ever be told.",
        "rules:\n  - {id: low, on: StockRanLow, to: customer, channels: email, template: low-stock, category: order}",
        "rules:\n  - {id: low, on: StockRanLow, to: staff, roles: [staff], channels: email, template: low-stock, "
        "category: staff}",
        "Choose an audience the event says something of; name the roles of staff, and of staff only.",
    ),
    Code(
        "RS385",
        "settings of a rule that exclude each other",
        "error",
        "What staff are told has the category staff and nothing else has, so that it can be switched off as what it "
        "is. What has to come at once is not collected, what is collected has no delay of its own, and only what can "
        "come again happens once within a time.",
        "rules:\n  - {id: paid, on: OrderPaid, to: customer, channels: email, template: order-paid, category: order, "
        "digest: {every: 1d}}",
        "rules:\n  - {id: paid, on: OrderPaid, to: customer, channels: email, template: order-paid, category: order}",
        "Change one of the two, as the finding says.",
    ),
    Code(
        "RS386",
        "text that cannot be written",
        "error",
        "A text of the store's own has a subject of one line, a heading and a body in one language at least; a button "
        "leads somewhere. Braces hold facts and nothing else.",
        "texts:\n  hello: {en: {subject: Hello, heading: Hello, body: 'Order {order.number'}}\nrules: []",
        "texts:\n  hello: {en: {subject: Hello, heading: Hello, body: 'Order {order.number}'}}\nrules: []",
        "Correct the part that is pointed at.",
    ),
    Code(
        "RS387",
        "condition on what the event never carries",
        "error",
        "A fact the event does not carry is unknown, so the condition never holds and nobody is ever told.",
        "rules:\n  - {id: paid, on: OrderPaid, when: {cart.id: {known: true}}, to: customer, channels: email, "
        "template: order-paid, category: order}",
        'rules:\n  - {id: paid, on: OrderPaid, when: {order.total: {at_least: "1.00"}}, to: customer, '
        "channels: email, template: order-paid, category: order}",
        "Read a fact of the event; write two rules where only one of two events carries it.",
    ),
    Code(
        "RS388",
        "quiet hours of no length",
        "error",
        "Quiet hours last from `from` until before `until`, over midnight if need be. The same time twice could mean "
        "never or always.",
        'quiet_hours: {from: "22:00", until: "22:00"}\nrules: []',
        'quiet_hours: {from: "22:00", until: "08:00"}\nrules: []',
        "Correct one of the two, or leave quiet hours out.",
    ),
    Code(
        "RS389",
        "message that differs from the case",
        "error",
        "What the case says somebody is told is not what the rules tell them.",
        "cases:\n  - {given: {event: OrderPaid, facts: {order.id: a}}, expect: {told: []}}  # and a rule tells of it",
        "cases:\n  - {given: {event: OrderPaid, facts: {order.id: a}}, expect: {told: [order-paid]}}",
        "Correct the rule if the case is right, and the case if it is not.",
    ),
)
"""What a notifications ruleset can be wrong about."""

MEANING: tuple[Code, ...] = (
    Code(
        "RS485",
        "text that no rule writes",
        "warning",
        "It looks as if somebody were told, and nobody is.",
        "texts:\n  hello: {en: {subject: Hello, heading: Hello, body: Hello}}\nrules: []",
        "texts:\n  hello: {en: {subject: Hello, heading: Hello, body: Hello}}\n"
        "rules:\n  - {id: hello, on: CustomerRegistered, to: customer, channels: inbox, template: hello, "
        "category: account}",
        "Write a rule for it, or remove it.",
    ),
    Code(
        "RS486",
        "told twice of the same",
        "warning",
        "Two rules tell the same people of the same event with the same text by the same channel, and both may hold. "
        "They would get it twice.",
        "rules:\n"
        "  - {id: a, on: OrderPaid, to: customer, channels: email, template: order-paid, category: order}\n"
        "  - {id: b, on: OrderPaid, to: customer, channels: [email, inbox], template: order-paid, category: order}",
        "rules:\n"
        "  - {id: a, on: OrderPaid, to: customer, channels: [email, inbox], template: order-paid, category: order}",
        "Remove one of the rules, or give them conditions of which only one can hold.",
    ),
    Code(
        "RS487",
        "text that is missing in a language",
        "warning",
        "Other texts of the document are written in this language. Whoever reads it gets this one in the first "
        "language of the text instead.",
        "texts:\n"
        "  a: {en: {subject: A, heading: A, body: A}, pt-BR: {subject: A, heading: A, body: A}}\n"
        "  b: {en: {subject: B, heading: B, body: B}}\nrules: []",
        "texts:\n"
        "  a: {en: {subject: A, heading: A, body: A}, pt-BR: {subject: A, heading: A, body: A}}\n"
        "  b: {en: {subject: B, heading: B, body: B}, pt-BR: {subject: B, heading: B, body: B}}\nrules: []",
        "Write it in that language too.",
    ),
)
"""What its rules can mean together that their author can hardly want."""
