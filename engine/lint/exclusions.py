"""Of which two rules that shut each other out do only the names decide which one gives?

`exclusive_with` lets the first rule win that gives something. Between lanes that is the order of the lanes, and a lane
with `pick: best` or `first` chooses itself. Where all rules of a lane give, or several coupons stand together, the
greater priority goes first; at the same priority it is the smaller id, which nobody chose.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from engine.boxes.bits import iter_bits
from engine.boxes.box import Box, intersect
from engine.boxes.effort import TooComplex
from engine.boxes.overlap import meeting
from engine.documents.model import Coupon, CouponsDocument, Promotion, PromotionsDocument
from engine.lint.findings import not_analysed
from engine.lint.study import Study
from engine.text.diagnostics import Diagnostic, Related, error
from engine.text.source import Span

COUPONS = "coupons"
"""The lane in which coupons stand, as `exclusive_with` may name it."""


@dataclass(frozen=True, slots=True)
class Group:
    """Rules whose turn is decided by priority, then id."""

    noun: str
    lane: str
    rules: Sequence[Promotion | Coupon]
    span: Span


def groups_of(study: Study) -> Iterator[Group]:
    """The lanes in which every rule gives, and coupons that may stand together."""
    match study.document:
        case PromotionsDocument(lanes=lanes, rules=promotions):
            for lane in lanes:
                if lane.pick == "all":
                    inside = tuple(rule for rule in promotions if rule.lane == lane.id)
                    yield Group("promotion", lane.id, inside, lane.span)
        case CouponsDocument(coupons=coupons, stacking="all"):
            yield Group("coupon", COUPONS, coupons, study.document.head.span)
        case _:
            pass


def exclusions(study: Study) -> Iterator[Diagnostic]:
    """RS454 for two rules that exclude each other, hold for one cart, and have the same priority."""
    for group in groups_of(study):
        try:
            yield from _undecided(study, group)
        except TooComplex as limit:
            yield not_analysed(f"whether each {group.noun} that excludes another has a turn", str(limit), group.span)


def exclude(one: Promotion | Coupon, two: Promotion | Coupon, lane: str) -> bool:
    """Whether one of two rules of a lane shuts out the other; it works both ways."""
    return any(not {other.id, lane, "all"}.isdisjoint(rule.exclusive_with) for rule, other in ((one, two), (two, one)))


def _undecided(study: Study, group: Group) -> Iterator[Diagnostic]:
    """For each rule the first one before it with which it clashes."""
    if not any(rule.exclusive_with for rule in group.rules):
        return
    rules = sorted(group.rules, key=lambda rule: (-rule.priority, rule.id))
    owned = [(number, box) for number, rule in enumerate(rules) for box in study.boxes(rule.window, rule.when) or ()]
    told: set[int] = set()
    for (number, box), mask in zip(owned, meeting([box for _, box in owned]), strict=True):
        if number not in told:
            found = _clash(study, group, rules, owned, number, box, mask)
            if found is not None:
                told.add(number)
                yield found


def _clash(
    study: Study,
    group: Group,
    rules: Sequence[Promotion | Coupon],
    owned: Sequence[tuple[int, Box]],
    number: int,
    box: Box,
    mask: int,
) -> Diagnostic | None:
    later = rules[number]
    for place in iter_bits(mask):
        first, other = owned[place]
        earlier = rules[first]
        if first >= number:
            return None
        study.effort.spend(cuts=1)
        both = intersect(box, other) if earlier.priority == later.priority else None
        if both is not None and exclude(earlier, later, group.lane):
            return _finding(study, group, earlier, later, both)
    return None


def _finding(
    study: Study, group: Group, earlier: Promotion | Coupon, later: Promotion | Coupon, both: Box
) -> Diagnostic:
    when = both["now"].intervals[0] if "now" in both else (None, None)
    during = f" ({study.words.stretch('now', when)})" if when != (None, None) else ""
    return error(
        "RS454",
        f"{group.noun}s '{earlier.id}' and '{later.id}' exclude each other and hold together{during}: "
        f"'{earlier.id}' wins by its name alone",
        later.span,
        hint="give the one that should win a greater `priority`, end one before the other begins, or use `pick: best`",
        witness=study.words.cart(both),
        related=[Related(earlier.span, f"{group.noun} '{earlier.id}'")],
    )
