"""Which findings concern what a ruleset claims of every decision (RS35x, RS65x)?"""

from __future__ import annotations

from engine.text.codes.code import Code

NAMES: tuple[Code, ...] = (
    Code(
        "RS350",
        "percentage of nothing",
        "error",
        "Sixty percent of what? Of the goods, of shipping and of the total are three different claims, and the engine "
        "never guesses. A sum compared with itself says nothing.",
        'always: {discount: {at_most: {percent: 60}, tolerance: "0.01"}}',
        'always: {discount: {at_most: {percent: 60, of: items}, tolerance: "0.01"}}',
        "Add `of:` with one of items, discount, shipping, shipping_discount, tax, total.",
    ),
    Code(
        "RS351",
        "percentage without a tolerance",
        "error",
        "Discounts are rounded to the smallest coin: half off an item of 0.01 is 0.01, which is all of it. Without a "
        "tolerance nearly every such claim is false, and the cart that shows it is of no interest.",
        "always: {discount: {at_most: {percent: 50, of: items}}}",
        'always: {discount: {at_most: {percent: 50, of: items}, tolerance: "0.05"}}',
        "Add `tolerance:`: half of the smallest coin for each rounding, or a few coins to be generous.",
    ),
    Code(
        "RS352",
        "two groups that cannot be compared",
        "error",
        "One cart is decided twice, with these facts and with those. What one side leaves out would stay as it is in "
        "the cart, so the two would differ in more than was meant, or in nothing.",
        "never_more: {these: {customer.group: vip}, those: {channel: web}}",
        "never_more: {these: {customer.group: vip}, those: {customer.group: {known: false}}}",
        "Name the same facts on both sides, with another value for at least one; `{known: false}` means it is missing.",
    ),
    Code(
        "RS353",
        "fact that cannot be replaced",
        "error",
        "The weight, the number of units or the present instant follow from the cart itself; another value would need "
        "another cart, and the two could not be compared. Lists such as tags cannot be replaced either.",
        "never_more: {these: {cart.item_count: 1}, those: {cart.item_count: 2}}",
        "never_more: {these: {customer.group: vip}, those: {customer.group: member}}",
        "Compare facts that are told of customer, destination or payment. For growing carts use `monotone:`.",
    ),
    Code(
        "RS354",
        "tolerance of an amount",
        "error",
        "A tolerance is there because percentages are rounded. An amount is exact, and beside it nobody could say "
        "which of the two is the limit.",
        'always: {shipping: {at_most: "50.00", tolerance: "1.00"}}',
        'always: {shipping: {at_most: "51.00"}}',
        "Remove the tolerance and write the amount that is still right.",
    ),
    Code(
        "RS355",
        "claim without an amount",
        "error",
        "That an added item never lowers the total is refuted by any discount with a threshold: who reaches it pays "
        "less. The question is by how much, so the claim has to say it.",
        "adding_an_item: {}",
        'adding_an_item: {lowers_total_by_at_most: "40.00"}',
        'Write the amount: the largest discount that a threshold gives, or "0.00" for none at all.',
    ),
)
"""What a claim can lack."""

VERDICTS: tuple[Code, ...] = (
    Code(
        "RS650",
        "refuted invariant",
        "error",
        "The ruleset claims something of every decision, and the cart shown was decided otherwise. A customer may find "
        "that cart too.",
        "rules: [{id: half, lane: order, then: {percent_off: 50, on: order}}]\n"
        'invariants: [{id: at-most-40, always: {discount: {at_most: {percent: 40, of: items}, tolerance: "0.01"}}}]',
        "rules: [{id: third, lane: order, then: {percent_off: 33, on: order}}]\n"
        'invariants: [{id: at-most-40, always: {discount: {at_most: {percent: 40, of: items}, tolerance: "0.01"}}}]',
        "Change the rule that decides the cart so, or claim what you mean. `sostech dry-run` with the cart shows how "
        "its amounts came about.",
    ),
    Code(
        "RS651",
        "invariant that is not decided",
        "warning",
        "No cart was found that contradicts the claim, and no proof that there is none. It is checked again with every "
        "decision while the shop runs.",
        'invariants: [{id: split, splitting: {saves_at_most: "0.00"}}]  # with rounding of each line',
        'invariants: [{id: split, splitting: {saves_at_most: "0.05"}}]',
        "Allow a larger amount or tolerance, narrow the claim with `when:`, or search longer with `--limit`.",
    ),
    Code(
        "RS652",
        "unknown invariant",
        "error",
        "The claim to look at is not among those of the rulesets, so nothing was looked at.",
        "sostech prove --only never-negativ rules",
        "sostech prove --only never-negative rules",
        "Correct the id; `sostech prove` without `--only` lists all claims.",
    ),
)
"""What came out when a claim was looked at."""
