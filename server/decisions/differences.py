"""What is different when two rule books decide the same basket? Amounts, and the rules they come from. Pure."""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

import msgspec

from engine import Decision
from engine.money import formatter
from server.decisions.books import LiveBook
from server.decisions.shapes import Label, Money
from server.web.binding import View

_MEASURES = ("total", "discount", "shipping", "tax")


class ChangedAmount(View, frozen=True, kw_only=True):
    """An amount under both rule books; `difference` is after − before."""

    before: Money
    after: Money
    difference: Money


class ChangedRule(View, frozen=True, kw_only=True):
    """What a rule adds to the total under both: negative is a saving, zero where it does nothing or is not there."""

    ruleset: str
    rule: str
    label: Label
    before: Money
    after: Money
    difference: Money


class DifferencesView(View, frozen=True, kw_only=True):
    """What changes: `changed` is false when the customer sees and pays exactly the same amounts for the same reasons.

    The differences of `rules` add up to that of `total`; tax that is contained in prices is in `tax` alone.
    """

    changed: bool
    total: ChangedAmount
    discount: ChangedAmount
    shipping: ChangedAmount
    tax: ChangedAmount
    rules: tuple[ChangedRule, ...]
    refusals_gained: tuple[str, ...]
    refusals_lost: tuple[str, ...]


class Side(NamedTuple):
    """A rule book and what it decided."""

    live: LiveBook
    decision: Decision


def differences(before: Side, after: Side, locale: str) -> DifferencesView:
    """From one decision to the other; both are of the same basket, in the same currency."""
    measures = {name: _measure(before.decision, after.decision, name) for name in _MEASURES}
    rules = tuple(_rules(before, after, locale))
    codes = [{refusal.code for refusal in side.decision.refusals} for side in (before, after)]
    gained, lost = sorted(codes[1] - codes[0]), sorted(codes[0] - codes[1])
    amounts = [each.before != each.after for each in measures.values()]
    return DifferencesView(
        changed=any(amounts) or bool(rules or gained or lost),
        **measures,
        rules=rules,
        refusals_gained=tuple(gained),
        refusals_lost=tuple(lost),
    )


def _measure(before: Decision, after: Decision, name: str) -> ChangedAmount:
    return _amounts(getattr(before.totals, name), getattr(after.totals, name), before.currency)


def _amounts(before: int, after: int, currency: str) -> ChangedAmount:
    money = formatter(currency)
    return ChangedAmount(before=money(before), after=money(after), difference=money(after - before))


def _rules(before: Side, after: Side, locale: str) -> list[ChangedRule]:
    """Rules whose amounts differ, the largest difference first."""
    was, is_now = _by_rule(before.decision), _by_rule(after.decision)
    changed = [(is_now[rule] - was[rule], rule) for rule in {**was, **is_now} if is_now[rule] != was[rule]]
    found = []
    for _, (kind, rule) in sorted(changed, key=lambda each: (-abs(each[0]), each[1])):
        label = after.live.wording.label(kind, rule, locale) or before.live.wording.label(kind, rule, locale) or rule
        amounts = _amounts(was[kind, rule], is_now[kind, rule], before.decision.currency)
        found.append(ChangedRule(ruleset=kind, rule=rule, label=label, **msgspec.structs.asdict(amounts)))
    return found


def _by_rule(decision: Decision) -> Counter[tuple[str, str]]:
    amounts: Counter[tuple[str, str]] = Counter()
    for posting in decision.postings:
        amounts[posting.origin.kind, posting.origin.rule] += posting.amount
    return amounts
