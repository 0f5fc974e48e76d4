"""Which rules shut each other out, by names that mean the same in both books?

Ids say nothing by themselves, except where `exclusive_with` names them. A rule that was renamed keeps the name it had,
when nothing else of it changed.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator

from engine.documents.model import Coupon, Promotion
from engine.equivalence.places import content
from engine.equivalence.sides import Side, Sides

Rule = Promotion | Coupon


class Exclusions:
    """`any`: whether anything excludes anything at all, in either book."""

    def __init__(self, sides: Sides) -> None:
        self._named = {name for side in sides.both for rule in _rules(side) for name in rule.exclusive_with}
        self.any = bool(self._named)
        self._new_to_old = _renamed(sides)
        self._old_to_new = {old: new for new, old in self._new_to_old.items()}

    def old_name(self, new: str) -> str:
        """What a rule of NEW was called in OLD."""
        return self._new_to_old.get(new, new)

    def new_name(self, old: str) -> str:
        """What a rule of OLD is called in NEW."""
        return self._old_to_new.get(old, old)

    def of_promotion(self, rule: Promotion, is_old: bool) -> tuple[Hashable, Hashable]:
        """What a promotion excludes, and the names under which others exclude it."""
        return self._of(rule, is_old, rule.lane)

    def of_coupon(self, coupon: Coupon, is_old: bool) -> tuple[Hashable, Hashable]:
        """The same of a coupon."""
        return self._of(coupon, is_old, "coupons")

    def _of(self, rule: Rule, is_old: bool, lane: str) -> tuple[Hashable, Hashable]:
        if not self.any:
            return frozenset(), frozenset()
        named = {self._common(name, is_old) for name in self._named} | self._named
        known_as = {self._common(rule.id, is_old), lane} & named
        return frozenset(self._common(name, is_old) for name in rule.exclusive_with), frozenset(known_as)

    def _common(self, name: str, is_old: bool) -> str:
        return name if is_old else self._new_to_old.get(name, name)


def _rules(side: Side) -> Iterator[Rule]:
    if side.promotions is not None:
        yield from side.promotions.rules
    if side.coupons is not None:
        yield from side.coupons.coupons


def _renamed(sides: Sides) -> dict[str, str]:
    """New id to old id of rules that are only called otherwise."""
    old = {rule.id: rule for rule in _rules(sides.old)}
    new = {rule.id: rule for rule in _rules(sides.new)}
    gone = _by_content(rule for name, rule in old.items() if name not in new)
    come = _by_content(rule for name, rule in new.items() if name not in old)
    return {names[0]: gone[said][0] for said, names in come.items() if len(names) == 1 and len(gone.get(said, ())) == 1}


def _by_content(rules: Iterator[Rule]) -> dict[Hashable, list[str]]:
    found: dict[Hashable, list[str]] = {}
    for rule in rules:
        found.setdefault(_said(rule), []).append(rule.id)
    return found


def _said(rule: Rule) -> Hashable:
    """All of a rule but its name, and the names it excludes, which may have changed with it."""
    codes = (rule.codes, rule.campaign) if isinstance(rule, Coupon) else rule.lane
    return (type(rule).__name__, codes, content((rule.when, rule.then, rule.window, rule.limits)), rule.priority)
