"""Which rules can never give more than another one that holds wherever they do?

Where the best rule wins, such a rule is dead: 5 % off for members is never given beside 10 % off for everybody. The
other one has to give surely (nothing can exclude it or use it up) and at least as much on every line of every cart;
only effects that can be compared without a cart are compared. That two rules say the same is told elsewhere (RS451).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from engine.boxes.bits import iter_bits
from engine.boxes.box import Box, is_subset
from engine.boxes.effort import TooComplex
from engine.documents.effects import (
    AmountOff,
    Effect,
    FixedPrice,
    PercentOff,
    Ratio,
    TieredPercent,
    cap_of,
)
from engine.documents.model import UNLIMITED, PriceRule, PricingDocument, Promotion, PromotionsDocument
from engine.lint.findings import not_analysed
from engine.lint.merging import merged
from engine.lint.points import Points
from engine.lint.rule_boxes import price_boxes, promotion_boxes
from engine.lint.study import Boxes, Study
from engine.text.diagnostics import Diagnostic, Related, error
from engine.text.source import Span

Step = tuple[int, Ratio]
"""From a value of the fact that tiers are by on, a percentage."""


@dataclass(frozen=True, slots=True)
class _Rule:
    """A rule that competes. `surely`: where it holds it gives, so that it can be the one that always gives more."""

    rule: Promotion | PriceRule
    boxes: Boxes
    surely: bool


def dominated(study: Study) -> Iterator[Diagnostic]:
    """RS455 for a promotion or price rule that another one beats, or equals, wherever it holds."""
    match study.document:
        case PricingDocument(pick="best", rules=prices):
            rules = [_Rule(rule, merged(price_boxes(study, rule)), surely=True) for rule in prices]
            yield from _beaten(study, "price rule", rules, study.document.head.span)
        case PromotionsDocument(lanes=lanes, rules=promotions):
            silenced = {name for rule in promotions for name in rule.exclusive_with}
            for lane in lanes:
                if lane.pick == "best":
                    inside = [rule for rule in promotions if rule.lane == lane.id]
                    rules = [
                        _Rule(rule, merged(promotion_boxes(study, rule)), _surely(rule, silenced)) for rule in inside
                    ]
                    yield from _beaten(study, "promotion", rules, lane.span)
        case _:
            pass


def _surely(rule: Promotion, silenced: set[str]) -> bool:
    """Whether nothing can keep the rule from giving what it would; `silenced` are the ids that some rule excludes."""
    return rule.limits == UNLIMITED and not rule.exclusive_with and rule.id not in silenced


def _beaten(study: Study, noun: str, rules: Sequence[_Rule], span: Span) -> Iterator[Diagnostic]:
    try:
        for weak, strong in _pairs(study, rules):
            yield error(
                "RS455",
                f"{noun} '{weak.rule.id}' never gives more than '{strong.rule.id}', which holds wherever it does",
                weak.rule.span,
                hint="let it give more, take its customers away from the other one, or remove it",
                witness=study.words.cart(weak.boxes[0]),
                related=[Related(strong.rule.span, f"{noun} '{strong.rule.id}'")],
            )
    except TooComplex as limit:
        yield not_analysed(f"whether each {noun} is ever the best", str(limit), span)


def _pairs(study: Study, rules: Sequence[_Rule]) -> Iterator[tuple[_Rule, _Rule]]:
    """Each rule that is beaten, with the first one that beats it. Only rules that take a lonely point of it can."""
    strong = [rule for rule in rules if rule.surely and rule.boxes]
    owned = [(number, box) for number, rule in enumerate(strong) for box in rule.boxes]
    points = Points(study.domain, [box for _, box in owned])
    for weak in rules:
        if not weak.boxes:
            continue
        holders = iter_bits(points.taking(points.lonely(weak.boxes[0])))
        study.effort.spend(cuts=len(holders))
        candidates = dict.fromkeys(owned[holder][0] for holder in holders)
        beats = (strong[number] for number in candidates if _beats(study, strong[number], weak))
        found = next(beats, None)
        if found is not None:
            yield weak, found


def _beats(study: Study, strong: _Rule, weak: _Rule) -> bool:
    if strong.rule is weak.rule or not _gives_at_least(strong.rule, weak.rule):
        return False
    if not _holds_wherever(study, strong.boxes, weak.boxes):
        return False
    # Each at least the other: they say the same, of which one is told as a repetition.
    return not (_gives_at_least(weak.rule, strong.rule) and _holds_wherever(study, weak.boxes, strong.boxes))


def _holds_wherever(study: Study, wide: Sequence[Box], narrow: Sequence[Box]) -> bool:
    study.effort.spend(sides=len(wide) * len(narrow))
    return all(any(is_subset(inner, outer) for outer in wide) for inner in narrow)


# what gives at least as much, whatever the cart ------------------------------------------------------------------


def _gives_at_least(strong: Promotion | PriceRule, weak: Promotion | PriceRule) -> bool:
    if isinstance(strong, PriceRule) or isinstance(weak, PriceRule):
        return isinstance(strong, PriceRule) and isinstance(weak, PriceRule) and _is_as_cheap(strong, weak)
    one, two = strong.then, weak.then
    if isinstance(one, PercentOff | TieredPercent) and isinstance(two, PercentOff | TieredPercent):
        at_least = _percent_at_least(one, two)
    elif isinstance(one, AmountOff) and isinstance(two, AmountOff):
        at_least = _amount_at_least(one, two)
    elif isinstance(one, FixedPrice) and isinstance(two, FixedPrice):
        at_least = one.on == two.on and one.price <= two.price
    else:
        return False
    return at_least and _bounds_at_least(one, weak)


def _is_as_cheap(strong: PriceRule, weak: PriceRule) -> bool:
    """Two prices, two percentages or two amounts; the mark of a sale must be the same, since other rules read it."""
    if strong.marks_sale != weak.marks_sale:
        return False
    if strong.price is not None and weak.price is not None:
        return strong.price <= weak.price
    if strong.percent is not None and weak.percent is not None:
        return _is_less_or_equal(weak.percent, strong.percent)
    return strong.amount is not None and weak.amount is not None and strong.amount >= weak.amount


def _percent_at_least(one: PercentOff | TieredPercent, two: PercentOff | TieredPercent) -> bool:
    """A percentage of the price before discounts is never less than the same of what is left."""
    if one.on != two.on or not (one.basis == two.basis or one.basis == "initial"):
        return False
    if isinstance(one, TieredPercent) and isinstance(two, TieredPercent) and one.by != two.by:
        return _is_less_or_equal(max(_ratios(two), key=_exact), min(_ratios(one), key=_exact))
    starts = sorted({start for effect in (one, two) for start, _ in _steps(effect)})
    return all(_is_less_or_equal(_at(two, start), _at(one, start)) for start in starts if _applies(two, start))


def _amount_at_least(one: AmountOff, two: AmountOff) -> bool:
    """Amounts that are converted by the tax of each line are compared on lines only, where nothing is shared."""
    if (one.on, one.per, one.tax) != (two.on, two.per, two.tax) or one.amount < two.amount:
        return False
    return one.tax is None or (one.on == "lines" and one.per != "order")


def _bounds_at_least(strong: Effect, weak: Promotion) -> bool:
    """A rule on lines with a bound over all of them competes with all its lines at once, so neither may have one."""
    on_lines = isinstance(strong, FixedPrice) or getattr(strong, "on", "") == "lines"
    cap, weaker_cap = cap_of(strong), cap_of(weak.then)
    if on_lines and (cap, weaker_cap, weak.limits.per_order, weak.limits.budget) != (None, None, None, None):
        return False
    if on_lines and weak.exclusive_with:
        return False
    return cap is None or (weaker_cap is not None and weaker_cap <= cap)


def _steps(effect: PercentOff | TieredPercent) -> list[Step]:
    return (
        [(0, effect.percent)] if isinstance(effect, PercentOff) else [(row.start, row.percent) for row in effect.rows]
    )


def _ratios(effect: PercentOff | TieredPercent) -> list[Ratio]:
    return [ratio for _, ratio in _steps(effect)]


def _applies(effect: PercentOff | TieredPercent, value: int) -> bool:
    return value >= _steps(effect)[0][0]


def _at(effect: PercentOff | TieredPercent, value: int) -> Ratio:
    return next((ratio for start, ratio in reversed(_steps(effect)) if start <= value), (0, 1))


def _exact(ratio: Ratio) -> Fraction:
    return Fraction(*ratio)


def _is_less_or_equal(one: Ratio, two: Ratio) -> bool:
    return one[0] * two[1] <= two[0] * one[1]
