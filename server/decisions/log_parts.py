"""Which rules took part in a decision, and with how much? Pure."""

from __future__ import annotations

from collections import Counter
from typing import Final, NamedTuple

from engine import Decision
from engine.runtime.decision import Origin
from server.decisions.log_repo import CODE

CATALOGUE: Final = "catalogue"
"""Where list prices come from; no rule."""


class Part(NamedTuple):
    """A rule, or a coupon code (kind `code`), with the hash of its ruleset and what it added to the total.

    `amount` is minor units, negative for a saving; of tax it is all tax, contained in prices or added.
    """

    kind: str
    rule: str
    ruleset: str
    amount: int


def parts_of(decision: Decision) -> list[Part]:
    """Every rule that priced, gave, charged or refused something, and every code that was on the cart; each once."""
    amounts: Counter[tuple[str, str]] = Counter()
    rulesets: dict[tuple[str, str], str] = {}

    def took_part(origin: Origin, amount: int = 0) -> None:
        if origin.kind != CATALOGUE:
            rulesets[origin.kind, origin.rule] = origin.ruleset
            amounts[origin.kind, origin.rule] += amount

    for posting in decision.postings:
        # Tax that is added is told by `taxes` as well.
        took_part(posting.origin, 0 if posting.kind == "tax" else posting.amount)
    for tax in decision.taxes:
        took_part(tax.origin, tax.amount)
    for gift in decision.gifts:
        took_part(gift.origin)
    for refusal in decision.refusals:
        took_part(refusal.origin)
    for option in decision.options:
        for reason in option.reasons:
            if "rule" in reason.params:  # a refusal takes the method away, and is no refusal of the checkout
                took_part(Origin("shipping", reason.params["rule"], ruleset=decision.rulesets["shipping"]))
    for coupon in decision.coupons:
        rulesets[CODE, coupon.code] = decision.rulesets.get("coupons", "")
        amounts[CODE, coupon.code] -= coupon.amount
    return [Part(kind, rule, ruleset, amounts[kind, rule]) for (kind, rule), ruleset in rulesets.items()]
