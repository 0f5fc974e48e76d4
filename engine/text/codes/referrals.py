"""Which findings concern invites, milestones and rewards (RS37x)?"""

from __future__ import annotations

from engine.text.codes.code import Code

_GIVE = "give: {campaign: welcome-gift}, once: customer"

NAMES: tuple[Code, ...] = (
    Code(
        "RS370",
        "event that does not exist",
        "error",
        "A reward that waits for an event nobody announces is never given, and looks as if it were.",
        f"rewards: [{{id: hello, on: CustomerRegisterd, {_GIVE}}}]",
        f"rewards: [{{id: hello, on: CustomerRegistered, {_GIVE}}}]",
        "Correct the name. What the lifecycle of your store announces is declared under `order_events:`, what your "
        "signals announce under `signal_events:`.",
    ),
    Code(
        "RS371",
        "event that concerns no customer",
        "error",
        "A code belongs to somebody. This event does not say whom it is about.",
        f"rewards: [{{id: hello, on: StockRanLow, {_GIVE}}}]",
        f"rewards: [{{id: hello, on: OrderDelivered, {_GIVE}}}]",
        "Wait for an event that carries `customer.id`; the page of the vocabulary lists them.",
    ),
    Code(
        "RS372",
        "milestones that do not rise",
        "error",
        "Progress goes from milestone to milestone. One that asks for as many friends as the one before it, or fewer, "
        "would be reached together with it or never be seen.",
        "milestones:\n  - {id: ten, at: 10, give: {campaign: ten}}\n  - {id: five, at: 5, give: {campaign: five}}",
        "milestones:\n  - {id: five, at: 5, give: {campaign: five}}\n  - {id: ten, at: 10, give: {campaign: ten}}",
        "Write them from the smallest number of friends to the greatest, each number once.",
    ),
    Code(
        "RS373",
        "milestones that nothing leads to",
        "error",
        "Without `qualifies` no invite counts, and nobody reaches a milestone.",
        "milestones: [{id: five, at: 5, give: {campaign: five}}]",
        "qualifies: {when: {friend.orders_paid: {at_least: 1}}}\n"
        "milestones: [{id: five, at: 5, give: {campaign: five}}]",
        "Say when an invite counts, or remove the milestones.",
    ),
    Code(
        "RS374",
        "campaign without a coupon",
        "error",
        "What a code gives is written in the coupons ruleset, under its campaign. There is no such campaign, so the "
        "code would be worth nothing.",
        "milestones: [{id: five, at: 5, give: {campaign: referal-30}}]",
        "milestones: [{id: five, at: 5, give: {campaign: referral-30}}]",
        "Correct the name, or publish a coupon with this campaign first. Before a coupon is removed, remove what gives "
        "its codes out.",
    ),
    Code(
        "RS375",
        "coupon for everybody who gets the code",
        "error",
        "A reward is for the one who earned it. The coupon of this campaign works for whoever types the code, so it "
        "would be passed on.",
        "coupons: [{id: thirty, campaign: referral-30, then: {percent_off: 30, on: order}}]",
        "coupons: [{id: thirty, campaign: referral-30, then: {percent_off: 30, on: order}, user_bound: true,\n"
        "           limits: {per_code: 1}}]",
        "Add `user_bound: true` to the coupon, and `limits: {per_code: 1}` so that it works once.",
    ),
    Code(
        "RS376",
        "nothing qualifies",
        "error",
        "Every invite that would count is refused by a guard, so none ever does.",
        "qualifies: {when: {friend.orders_paid: {at_least: 1}}}\n"
        "refuse: [{id: busy, when: {friend.orders_paid: {at_least: 1}}}]",
        "qualifies: {when: {friend.orders_paid: {at_least: 1}}}\n"
        "refuse: [{id: same-phone, when: {invite.same_phone: true}}]",
        "Let the guards hold for fewer invites.",
    ),
    Code(
        "RS377",
        "reversed as soon as it counts",
        "error",
        "Whatever makes an invite count also takes it back, so it never counts for long.",
        'qualifies: {when: {friend.spent: {at_least: "20.00"}}}\nreversed: {when: {friend.spent: {at_least: "10.00"}}}',
        'qualifies: {when: {friend.spent: {at_least: "20.00"}}}\n'
        'reversed: {when: {friend.spent: {less_than: "20.00"}}}',
        "Correct one of the two conditions.",
    ),
    Code(
        "RS378",
        "guard that never decides",
        "error",
        "Earlier guards refuse every invite that this one would, so its reason is never given.",
        "refuse:\n  - {id: many, when: {inviter.invites_today: {at_least: 5}}}\n"
        "  - {id: more, when: {inviter.invites_today: {at_least: 9}}}",
        "refuse:\n  - {id: more, when: {inviter.invites_today: {at_least: 9}}}\n"
        "  - {id: many, when: {inviter.invites_today: {at_least: 5}}}",
        "Remove it, or put it before the guard that covers it.",
    ),
    Code(
        "RS379",
        "invite or reward that differs from the case",
        "error",
        "The ruleset judges an invite in another way than the case says, or gives another reward. Either a rule is "
        "wrong, or the case is out of date.",
        "given: {facts: {friend.orders_paid: 0}}\nexpect: {state: counted}",
        "given: {facts: {friend.orders_paid: 1}}\nexpect: {state: counted}",
        "Read what is missing below the finding; correct the rule or the case.",
    ),
)
"""What a referrals document can be wrong about."""
