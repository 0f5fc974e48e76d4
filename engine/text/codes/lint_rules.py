"""Which lints concern promotions, coupons and price rules together, and their tiers (RS45x, RS46x)?"""

from __future__ import annotations

from engine.text.codes.code import Code

_RULES: tuple[Code, ...] = (
    Code(
        "RS450",
        "rule that never gets its turn",
        "warning",
        "Where the first rule wins, rules of greater precedence, together or alone, take every cart of this one.",
        "lanes: [{id: order, pick: first}]\nrules:\n"
        "  - {id: a-all, lane: order, then: {percent_off: 5, on: order}}\n"
        "  - {id: vip, lane: order, when: {customer.group: vip}, then: {percent_off: 10, on: order}}",
        "lanes: [{id: order, pick: first}]\nrules:\n"
        "  - {id: a-all, lane: order, then: {percent_off: 5, on: order}}\n"
        "  - {id: vip, lane: order, priority: 1, when: {customer.group: vip}, then: {percent_off: 10, on: order}}",
        "Give the rule a greater `priority`, narrow the others, use `pick: best`, or remove it.",
    ),
    Code(
        "RS451",
        "rule that repeats another",
        "warning",
        "Two rules with the same condition and effect: one is idle, or in a lane with `pick: all` both give.",
        "- {id: a, lane: order, then: {percent_off: 5, on: order}}\n"
        "- {id: b, lane: order, then: {percent_off: 5, on: order}}",
        "- {id: a, lane: order, then: {percent_off: 5, on: order}}",
        "Remove one of them, or correct the copy.",
    ),
    Code(
        "RS452",
        "campaign of two coupons",
        "error",
        "A code the shop issued is looked up by its campaign, which can lead to one coupon only; the other is dead.",
        "coupons:\n  - {id: a, campaign: welcome, then: {percent_off: 5, on: order}}\n"
        "  - {id: b, campaign: welcome, then: {percent_off: 10, on: order}}",
        "coupons:\n  - {id: a, campaign: welcome, then: {percent_off: 5, on: order}}\n"
        "  - {id: b, campaign: welcome-back, then: {percent_off: 10, on: order}}",
        "Give each coupon a campaign of its own, also when one follows the other in time.",
    ),
    Code(
        "RS453",
        "order that only names decide",
        "warning",
        "Both rules give, and what the customer pays depends on which comes first. At the same priority that is the "
        "smaller id, so that renaming a rule changes prices.",
        "lanes: [{id: order, pick: all}]\nrules:\n"
        '  - {id: five-off, lane: order, then: {amount_off: "5.00", on: order}}\n'
        "  - {id: ten-percent, lane: order, then: {percent_off: 10, on: order}}",
        "lanes: [{id: order, pick: all}]\nrules:\n"
        '  - {id: five-off, lane: order, then: {amount_off: "5.00", on: order}}\n'
        "  - {id: ten-percent, lane: order, priority: 1, then: {percent_off: 10, on: order}}",
        "Give the one that should come first a greater `priority`, put them into two lanes, let only one of them win "
        "(`pick: best`, `exclusive_with`), or take both percentages of the `initial` price.",
    ),
    Code(
        "RS454",
        "exclusion that only names decide",
        "warning",
        "Two rules exclude each other while both are open, and have the same priority: the smaller id wins. Two "
        "exclusive campaigns that overlap in time are the usual case.",
        "lanes: [{id: order, pick: all}]\nrules:\n"
        "  - {id: autumn, lane: order, until: 2026-11-30, then: {percent_off: 10, on: order}}\n"
        "  - {id: black-friday, lane: order, from: 2026-11-27, until: 2026-11-30, exclusive_with: [autumn],\n"
        "     then: {percent_off: 20, on: order}}",
        "lanes: [{id: order, pick: all}]\nrules:\n"
        "  - {id: autumn, lane: order, until: 2026-11-27, then: {percent_off: 10, on: order}}\n"
        "  - {id: black-friday, lane: order, from: 2026-11-27, until: 2026-11-30, exclusive_with: [autumn],\n"
        "     then: {percent_off: 20, on: order}}",
        "Give the one that should win a greater `priority`, end one where the other begins, or use `pick: best`.",
    ),
    Code(
        "RS455",
        "rule that is never the best",
        "warning",
        "Another rule holds wherever this one does and gives at least as much, so this one never gives a customer "
        "anything more.",
        "lanes: [{id: order, pick: best}]\nrules:\n"
        "  - {id: everybody, lane: order, then: {percent_off: 10, on: order}}\n"
        "  - {id: members, lane: order, when: {customer.group: member}, then: {percent_off: 5, on: order}}",
        "lanes: [{id: order, pick: best}]\nrules:\n"
        "  - {id: everybody, lane: order, then: {percent_off: 10, on: order}}\n"
        "  - {id: members, lane: order, when: {customer.group: member}, then: {percent_off: 15, on: order}}",
        "Let it give more, narrow the rule that beats it, or remove it.",
    ),
    Code(
        "RS456",
        "coupon that outlives its campaign",
        "warning",
        "The conditions of the coupon end before its window. From then on the code gives nothing, and customers are "
        "told to wait instead of that it has expired.",
        "- {id: bf, codes: [BF20], until: 2027-01-01, when: {now: {less_than: 2026-11-30}},\n"
        "   then: {percent_off: 20, on: order}}",
        "- {id: bf, codes: [BF20], until: 2026-11-30, then: {percent_off: 20, on: order}}",
        "Write the end as `until`, or correct the condition.",
    ),
    Code(
        "RS457",
        "time at a change of clocks",
        "note",
        "On that day the local clock skips the time or shows it twice. A skipped time is read as the instant of the "
        "change, one that occurs twice as its first occurrence; hours of the day hold whenever the clock shows them.",
        "timezone: Europe/Berlin\n…\n  from: 2026-10-25T02:30  # occurs twice",
        "timezone: Europe/Berlin\n…\n  from: 2026-10-25T02:30+02:00",
        "Choose a time that occurs once, or write the instant with its offset; leave it if it is meant so.",
    ),
)

_TIERS: tuple[Code, ...] = (
    Code(
        "RS460",
        "tier that gives less for more",
        "warning",
        "A customer who buys more gets less off; whoever notices will split the order.",
        "tiers: [{from: 12, percent_off: 10}, {from: 48, percent_off: 5}]",
        "tiers: [{from: 12, percent_off: 5}, {from: 48, percent_off: 10}]",
        "Correct one of the two tiers, or accept it with `allow:` and a reason.",
    ),
    Code(
        "RS461",
        "tier that no cart reaches",
        "warning",
        "The conditions of the rule leave out every cart of the tier, so nobody ever gets what it promises.",
        "when: {cart.item_count: {less_than: 10}}\nthen:\n  tiered_percent:\n    by: cart.item_count\n"
        "    rows: [{from: 3, percent: 5}, {from: 12, percent: 10}]\n  on: order",
        "when: {cart.item_count: {at_least: 3}}\nthen:\n  tiered_percent:\n    by: cart.item_count\n"
        "    rows: [{from: 3, percent: 5}, {from: 12, percent: 10}]\n  on: order",
        "Correct the start of the tier or the condition, or remove the tier.",
    ),
    Code(
        "RS462",
        "steep step in the total",
        "warning",
        "At a threshold the goods become cheaper by more than a quarter of it. Carts far below the threshold then cost "
        "more than one that reaches it, and customers fill up only to pay less.",
        'when: {subtotal.after_line_discounts: {at_least: "100.00"}}\nthen: {percent_off: 40, on: order}',
        "then:\n  tiered_percent:\n    by: subtotal.after_line_discounts\n"
        '    rows: [{from: "50.00", percent: 15}, {from: "100.00", percent: 30}]\n  on: order',
        "Let the discount rise in smaller steps (`tiered_percent`), or bound it with `cap`.",
    ),
)

RULES: tuple[Code, ...] = (*_RULES, *_TIERS)
