"""Which rules moved the money between two decisions of one cart, and which of them mostly?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from engine.compare.rules import Rules
from engine.runtime.decision import Decision

RuleName = tuple[str, str]
"""Kind of the ruleset, and id of the rule (`standard.free_from` and the like included)."""

NOTHING: Final = ""
"""The cause of a difference that no rule posted: there is none as long as decisions balance."""

_TAX: Final = "tax"


def moved(before: Decision, after: Decision) -> dict[RuleName, tuple[int, int]]:
    """What each rule posted after − before, and what it taxed after − before, where one of them is not 0.

    The first numbers sum to the difference of the totals, because the postings of a decision sum to its total; the
    second to the difference of all tax, whether it is added (then the first holds it too) or contained in prices.
    """
    posted: dict[RuleName, int] = {}
    _add_postings(posted, after, 1)
    _add_postings(posted, before, -1)
    taxed: dict[RuleName, int] = {}
    _add_taxes(taxed, after, 1)
    _add_taxes(taxed, before, -1)
    found = {rule: (amount, taxed.pop(rule, 0)) for rule, amount in posted.items() if amount or taxed.get(rule)}
    found.update({rule: (0, tax) for rule, tax in taxed.items() if tax})
    return found


def main_cause(causes: Mapping[RuleName, tuple[int, int]], rules: Rules) -> str:
    """`kind/rule` of what moved most, one that itself differs between the books before one that only follows."""
    weighed = [
        (not rules.standing(*rule).changed, -abs(amount), -abs(tax), rule) for rule, (amount, tax) in causes.items()
    ]
    return "/".join(min(weighed)[3]) if weighed else NOTHING


def _add_postings(sums: dict[RuleName, int], decision: Decision, sign: int) -> None:
    for posting in decision.postings:
        if posting.kind != "item":  # list prices, which no book changes
            rule = posting.origin.kind, posting.origin.rule
            sums[rule] = sums.get(rule, 0) + sign * posting.amount


def _add_taxes(sums: dict[RuleName, int], decision: Decision, sign: int) -> None:
    for tax in decision.taxes:
        rule = _TAX, tax.rate
        sums[rule] = sums.get(rule, 0) + sign * tax.amount
