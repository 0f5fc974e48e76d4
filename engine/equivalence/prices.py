"""Where do two pricing rulesets let different price rules act? Line by line, by the cart and the line together."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from engine.boxes.box import Box
from engine.boxes.values import ValueSet
from engine.documents.model import GuardRails, PriceRule, PricingDocument
from engine.equivalence.algebra import Boxes
from engine.equivalence.clauses import Clause, Unlike, unlike_lists, unlike_sets
from engine.equivalence.model import Gap
from engine.equivalence.places import content, heads, responsible
from engine.equivalence.sides import Side, Sides

_NO_GUARD: Final = GuardRails()


@dataclass(frozen=True, slots=True)
class _Price:
    """Exactly one of a price, a percentage off (with its rounding), an amount off and a fact."""

    price: int | None
    percent: Hashable
    amount: int | None
    fact: str | None
    marks_sale: bool


def pricing_gaps(sides: Sides) -> Iterator[Gap]:
    """The gaps of pricing. A ruleset that is not there is one without rules."""
    old, new = (_clauses(side) for side in sides.both)
    best = all(document is None or document.pick == "best" for document in (sides.old.pricing, sides.new.pricing))
    first = all(document is None or document.pick == "first" for document in (sides.old.pricing, sides.new.pricing))
    if best:
        found = unlike_sets(old, new, sides.algebra, repeats=lambda _: False, swaps=_same_mark)
    else:
        found = unlike_lists(old, new, sides.algebra)
    yield from _by_rule(found, sides, is_best=best)
    yield from _by_settings(sides, old, new, picks_alike=best or first)


def _clauses(side: Side) -> list[Clause]:
    document = side.pricing
    if document is None:
        return []
    ordered = sorted(document.rules, key=lambda rule: (-rule.priority, rule.id))
    return [clause for rule in ordered for clause in _clauses_of(side, document, rule)]


def _clauses_of(side: Side, document: PricingDocument, rule: PriceRule) -> Iterator[Clause]:
    boxes = side.boxes("pricing", rule.window, rule.when, rule.where)
    rounding = document.head.rounding
    if rule.tiers:
        tiers = sorted(rule.tiers, key=lambda tier: tier.start)
        for tier, end in zip(tiers, [*(tier.start for tier in tiers[1:]), None], strict=True):
            price = _Price(tier.price, tier.percent and (tier.percent, rounding), None, None, rule.marks_sale)
            reached = Box({"line.quantity": ValueSet.interval(tier.start, end)})
            yield from _clause(rule, price, side.algebra.meet(boxes, (reached,)))
        return
    price = _Price(rule.price, rule.percent and (rule.percent, rounding), rule.amount, rule.fact, rule.marks_sale)
    if rule.fact is not None:
        boxes = side.algebra.meet(boxes, (Box({rule.fact: ValueSet.known()}),))
    yield from _clause(rule, price, boxes)


def _clause(rule: PriceRule, price: _Price, boxes: Boxes) -> Iterator[Clause]:
    if boxes:
        yield Clause(rule.id, price, boxes)


def _same_mark(one: Hashable, other: Hashable) -> bool:
    """The lowest price wins; of two equal ones the first says whether it is a sale."""
    assert isinstance(one, _Price)
    assert isinstance(other, _Price)
    return one.marks_sale == other.marks_sale


def _by_rule(found: Sequence[Unlike], sides: Sides, *, is_best: bool) -> Iterator[Gap]:
    old = {rule.id: rule for rule in _rules(sides.old)}
    new = {rule.id: rule for rule in _rules(sides.new)}
    groups: dict[tuple[str, str], list[Unlike]] = {}
    for unlike in found:
        names = [clauses[0].rule if clauses else "" for clauses in (unlike.old, unlike.new)]
        if unlike.turned:
            names = [unlike.old[0].rule, unlike.old[-1].rule]
        elif is_best:  # a rule of one side goes with that of the same name on the other
            names = [names[0] or names[1]] * 2
        groups.setdefault((names[0], names[1]), []).append(unlike)
    for (before, after), unlikes in groups.items():
        ours, theirs = old.get(before), new.get(after)
        places = responsible(ours, theirs)
        rules = [rule for rule in (theirs, ours) if rule is not None]
        yield Gap(
            stage="pricing",
            kind="pricing",
            rule=after or before,
            boxes=tuple(dict.fromkeys(box for unlike in unlikes for box in unlike.boxes)),
            about=_about(ours, theirs),
            old=places.old,
            new=places.new,
            needs=tuple((rule.where, rule.tiers[0].start if rule.tiers else 1) for rule in rules[:1]),
            cheaper=is_best and _is_cheaper(unlikes),
        )


def _rules(side: Side) -> tuple[PriceRule, ...]:
    return () if side.pricing is None else side.pricing.rules


def _by_settings(sides: Sides, old: Sequence[Clause], new: Sequence[Clause], *, picks_alike: bool) -> Iterator[Gap]:
    """Guard rails bound every price a rule makes; another way to pick concerns every line that rules hold for."""
    boxes = tuple(dict.fromkeys(box for clause in (*old, *new) for box in clause.boxes))
    if not boxes or sides.old.pricing is None or sides.new.pricing is None:
        return
    guards = sides.old.pricing.guard, sides.new.pricing.guard
    rounding = sides.old.pricing.head.rounding, sides.new.pricing.head.rounding
    at = heads(sides.old.pricing, sides.new.pricing)
    if content(guards[0]) != content(guards[1]) or (content(guards[0]) != content(_NO_GUARD) and len({*rounding}) > 1):
        places = responsible(*guards, at.old[0], at.new[0])
        yield Gap(
            stage="pricing", kind="pricing", rule="guard", boxes=boxes, about="the guard rails are others",
            old=places.old, new=places.new,
        )  # fmt: skip
    if not picks_alike:
        yield Gap(
            stage="pricing", kind="pricing", rule="pick", boxes=boxes, about="of several prices another one is taken",
            old=at.old, new=at.new,
        )  # fmt: skip


def _is_cheaper(unlikes: Sequence[Unlike]) -> bool:
    """Whether NEW has a price at least as low wherever OLD has one that NEW has not."""
    lost = [unlike for unlike in unlikes if unlike.old and not unlike.turned]
    come = [unlike for unlike in unlikes if unlike.new and not unlike.turned]
    return all(
        any(set(one.boxes) <= set(other.boxes) and _lowers(one.old[0].gives, other.new[0].gives) for other in come)
        for one in lost
    )


def _lowers(old: Hashable, new: Hashable) -> bool:
    assert isinstance(old, _Price)
    assert isinstance(new, _Price)
    if old.price is not None and new.price is not None:
        return new.price <= old.price
    if old.amount is not None and new.amount is not None:
        return new.amount >= old.amount
    return _more_percent(old.percent, new.percent)


def _more_percent(old: Hashable, new: Hashable) -> bool:
    if not (isinstance(old, tuple) and isinstance(new, tuple)) or old[1] != new[1]:
        return False
    return bool(new[0][0] * old[0][1] >= old[0][0] * new[0][1])


def _about(old: PriceRule | None, new: PriceRule | None) -> str:
    if old is None:
        return "the price rule is only in NEW"
    if new is None:
        return "the price rule is only in OLD"
    if content((old.when, old.where, old.window)) != content((new.when, new.where, new.window)):
        return "the price rule holds for other carts or lines"
    return "the price rule gives another price"
