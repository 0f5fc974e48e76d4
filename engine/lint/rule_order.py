"""Which promotions and price rules never get their turn because others always come first?

Only where the first rule wins (`pick: first`): precedence is priority (greater first), then id. A rule hides
another only if it surely gives something: not when its uses or its budget can run out, when an exclusion can
silence it, or when it needs more than one matching line.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from engine.boxes.effort import TooComplex
from engine.documents.effects import AmountOff, Effect, Gift, PercentOff, TieredPercent
from engine.documents.model import PriceRule, PricingDocument, Promotion, PromotionsDocument
from engine.lint.findings import not_analysed
from engine.lint.precedence import Entry, unreachable
from engine.lint.rule_boxes import price_boxes, promotion_boxes
from engine.lint.study import Study
from engine.lint.wording import quoted
from engine.text.diagnostics import Diagnostic, Related, error
from engine.text.source import Span


def rule_order(study: Study) -> Iterator[Diagnostic]:
    """RS450 for rules that earlier ones hide, together or alone."""
    match study.document:
        case PricingDocument(pick="first", rules=rules):
            ordered = sorted(rules, key=lambda rule: (-rule.priority, rule.id))
            yield from _hidden(
                study, "price rule", [_price_entry(study, rule) for rule in ordered], study.document.head.span
            )
        case PromotionsDocument(lanes=lanes, rules=promotions):
            silenced = {name for rule in promotions for name in rule.exclusive_with}
            for lane in lanes:
                if lane.pick == "first":
                    inside = sorted(
                        (rule for rule in promotions if rule.lane == lane.id),
                        key=lambda rule: (-rule.priority, rule.id),
                    )
                    entries = [_entry(study, rule, silenced) for rule in inside]
                    yield from _hidden(study, "promotion", entries, lane.span)
        case _:
            pass


def _hidden(study: Study, noun: str, entries: Sequence[Entry], span: Span) -> Iterator[Diagnostic]:
    try:
        hidden = unreachable(study, entries)
    except TooComplex as limit:
        yield not_analysed(f"whether each {noun} gets its turn", str(limit), span)
        return
    for rule, by in hidden.found:
        names = quoted(other.name for other in by)
        yield error(
            "RS450",
            f"{noun} '{rule.name}' never gets its turn: every cart of it is decided by {names} first",
            rule.span,
            hint="give it a greater `priority`, narrow the others, or remove it",
            witness=study.words.cart(rule.boxes[0]),
            related=[Related(other.span, f"{noun} '{other.name}'") for other in by[:3]],
        )
    if hidden.undecided:
        names = quoted(entry.name for entry in hidden.undecided)
        why = "the rules overlap in too many ways"
        yield not_analysed(f"whether {noun} {names} ever gets its turn", why, hidden.undecided[0].span)


def _price_entry(study: Study, rule: PriceRule) -> Entry:
    return Entry(rule.id, rule.span, price_boxes(study, rule))


def _entry(study: Study, rule: Promotion, silenced: set[str]) -> Entry:
    return Entry(rule.id, rule.span, promotion_boxes(study, rule), may_pass=may_pass(rule, silenced))


def may_pass(rule: Promotion, silenced: set[str]) -> bool:
    """Whether the rule can hold and still give nothing; `silenced` are the ids that some rule excludes."""
    limits = rule.limits
    can_run_out = any(limit is not None for limit in (limits.per_customer, limits.total, limits.budget))
    return can_run_out or bool(rule.exclusive_with) or rule.id in silenced or not _surely_gives(rule.then)


def _surely_gives(effect: Effect) -> bool:
    """Whether the effect gives something on any one matching line (or on shipping)."""
    match effect:
        case PercentOff():
            return effect.percent[0] > 0 and effect.cap != 0
        case AmountOff():
            return effect.amount > 0 and effect.cap != 0
        case TieredPercent():
            return effect.cap != 0 and all(row.percent[0] > 0 for row in effect.rows)
        case Gift():
            return True
        case _:
            return False
