"""Which rules say the same as another rule?

Two rules of one lane with the same carts and the same effect were copied by mistake: of `best` and `first` only one can
ever win, of `all` both give, so the customer gets it twice.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import fields, is_dataclass

from engine.documents.axes import canonical_text
from engine.documents.conditions import All, AnyOf, Not, Test
from engine.documents.model import PriceRule, PricingDocument, Promotion, PromotionsDocument
from engine.lint.merging import merged
from engine.lint.rule_order import may_pass
from engine.lint.study import Study
from engine.text.diagnostics import Diagnostic, Related, error
from engine.text.source import Span

_NAMES_ONLY = frozenset({"id", "span", "when_span", "then_span", "message", "priority", "when", "window"})


def duplicate_rules(study: Study) -> Iterator[Diagnostic]:
    """RS451 for a promotion or price rule that repeats an earlier one."""
    match study.document:
        case PricingDocument(pick="best", rules=prices):
            yield from _repeated(study, "price rule", prices, "only one of them can ever decide a price")
        case PromotionsDocument(lanes=lanes, rules=promotions):
            silenced = {name for rule in promotions for name in rule.exclusive_with}
            for lane in lanes:
                effect = "both apply" if lane.pick == "all" else "only one of them can ever win"
                inside = tuple(rule for rule in promotions if rule.lane == lane.id)
                if lane.pick == "first":  # there a rule that surely gives hides the other, which is told already
                    inside = tuple(rule for rule in inside if may_pass(rule, silenced))
                yield from _repeated(study, "promotion", inside, effect)
        case _:
            pass


def what_is_said(value: object) -> Hashable:
    """What a rule gives, as a value that does not depend on where or under which name it was written."""
    if isinstance(value, Test | All | AnyOf | Not):
        return canonical_text(value)
    if is_dataclass(value):
        names = (field.name for field in fields(value) if field.name not in _NAMES_ONLY)
        return (type(value).__name__, *(what_is_said(getattr(value, name)) for name in names))
    if isinstance(value, tuple):
        return tuple(what_is_said(item) for item in value)
    if isinstance(value, Span):
        return None
    assert isinstance(value, Hashable)
    return value


def _repeated(
    study: Study, noun: str, rules: tuple[PriceRule, ...] | tuple[Promotion, ...], effect: str
) -> Iterator[Diagnostic]:
    first: dict[Hashable, PriceRule | Promotion] = {}
    for rule in rules:
        boxes = study.boxes(rule.window, rule.when)
        if not boxes:
            continue
        earlier = first.setdefault((frozenset(merged(boxes)), what_is_said(rule)), rule)
        if earlier is not rule:
            yield error(
                "RS451",
                f"{noun} '{rule.id}' says the same as '{earlier.id}': {effect}",
                rule.span,
                hint="remove one of them, or correct the one that was copied",
                witness=study.words.cart(boxes[0]),
                related=[Related(earlier.span, f"{noun} '{earlier.id}'")],
            )
