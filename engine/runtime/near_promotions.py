"""Which promotions does a cart nearly reach, or could give it more than they do?"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import groupby

from engine.boxes.truth import truth
from engine.boxes.values import ValueSet
from engine.documents.conditions import Aggregate, AnyOf, Condition, facts_read
from engine.documents.effects import BuyXGetY, CheapestFree, TieredPercent, line_conditions
from engine.documents.model import Coupon, Promotion
from engine.runtime.decision import Decision, Key, Reason
from engine.runtime.goal import Goal, Target, saved_by, units_for
from engine.runtime.nearness import NearBox, NearRules, Reach
from engine.runtime.promotion_program import PromotionsProgram
from engine.runtime.reasons import failing, with_calendar
from engine.runtime.selection import touched_members
from engine.runtime.shortfall import Shortfall, shortfall
from engine.runtime.ways import Ways


def promotion_goals(program: PromotionsProgram, ways: Ways, reach: Reach) -> Iterator[Goal]:
    """Goals of the promotions within reach, found by the index of the program, not by asking every rule."""
    if program.near.boxes:
        yield from _Promotions(program, ways, reach).goals()


@dataclass(frozen=True)
class _Promotions:
    """One cart and the promotions it may be near to."""

    program: PromotionsProgram
    ways: Ways
    reach: Reach

    def goals(self) -> Iterator[Goal]:
        near = self.near
        for number, boxes in groupby(self._candidates(), key=lambda box: box.rule):
            yield from self._of_rule(near.rules[number], list(boxes))

    @property
    def near(self) -> NearRules:
        return self.program.near

    def _candidates(self) -> list[NearBox]:
        values, touched = self._matched
        near, lifted = self.near, self._lifted
        mask = near.candidates(values, touched, lifted, self.reach)
        if mask & ~near.anywhere:
            selections = self.program.selections
            mask = near.acting_on(mask, {*self.ways.members(selections), *self.ways.in_catalogue(selections)})
        return [near.boxes[bit] for bit in near.nearest(mask, lifted)]

    @cached_property
    def values(self) -> Mapping[str, Key]:
        """The facts of the decision in the calendar of the ruleset."""
        decision, program = self.ways.decision, self.program
        return with_calendar(decision.facts, decision.now, program.timezone, program.reads_calendar)

    @property
    def _matched(self) -> tuple[Mapping[str, Key], Mapping[str, Key | None]]:
        """What the index of the rest looks at: facts, members of sets, and aggregates that are not 0."""
        values, sets = self.values, self.program.set_facts
        sparse = self.near.rest.sparse
        touched: dict[str, Key | None] = {}
        if sparse is not None:
            touched = {axis: values[axis] for axis in values.keys() & sparse.gates.keys()}
        if sets:
            values = dict(values)
            touched |= touched_members(sets, self.ways.decision.sets, values)
        return values, touched

    @cached_property
    def _lifted(self) -> dict[str, int]:
        """The facts that more goods lift: those of the cart, and of aggregates those it has or may get lines of."""
        ladders, facts = self.near.ladders, self.ways.decision.facts
        lifted = {axis: value for axis in facts.keys() & ladders.keys() if isinstance(value := facts[axis], int)}
        if self.ways.cart.catalogue:
            selections = self.program.selections
            for selection in self.ways.in_catalogue(selections):
                for axis, _ in selections.aggregates.get(selection, ()):
                    if axis in ladders:
                        lifted.setdefault(axis, 0)
        return lifted

    def _of_rule(self, rule: Promotion, boxes: Sequence[NearBox]) -> Iterator[Goal]:
        facts, decision = self._facts_for(rule), self.ways.decision
        if truth(rule.when, facts, decision.sets) is True:
            yield from self._next_step(rule, facts)
        elif rule.id not in decision.applied:
            missing = [shortfall(box.lifted, facts, self.near.aggregates, self.reach) for box in boxes]
            reasons = tuple(failing(rule.when, facts, decision.sets))
            yield from to_apply("discount", "promotions", rule, missing, reasons, self.ways)

    def _facts_for(self, rule: Promotion) -> Mapping[str, Key]:
        """The facts the rule reads, its aggregates included."""
        read = (*facts_read(rule.when), *((rule.then.by,) if isinstance(rule.then, TieredPercent) else ()))
        return with_aggregates(self.values, read, self.near.aggregates, self.ways)

    # what a rule that holds may give besides

    def _next_step(self, rule: Promotion, facts: Mapping[str, Key]) -> Iterator[Goal]:
        """The next tier of a tiered percentage, or the next group of a group effect."""
        effect = rule.then
        if isinstance(effect, TieredPercent):
            yield from self._next_tier(rule, effect, facts)
        elif isinstance(effect, CheapestFree):
            there = self.ways.units(effect.where) % effect.buy
            if there:
                yield from self._next_group(rule, effect.where, effect.buy - there, most=effect.buy - there)
        elif isinstance(effect, BuyXGetY):
            either = AnyOf((effect.buy_where, effect.get_where))
            if self.ways.units(either):
                yield from self._next_group(rule, either, 1, most=effect.buy_quantity + effect.get_quantity)

    def _next_tier(self, rule: Promotion, effect: TieredPercent, facts: Mapping[str, Key]) -> Iterator[Goal]:
        value = facts.get(effect.by)
        following = next((row.start for row in effect.rows if isinstance(value, int) and row.start > value), None)
        if following is None:
            return
        wanted = ((effect.by, ValueSet.interval(following, None)),)
        missing = shortfall(wanted, facts, self.near.aggregates, self.reach)
        before = saved_by("promotions", rule.id, self.ways.decision)
        target = Target(effect.by, following)

        def is_reached(later: Decision) -> bool:
            """A better saving because the tier is reached, not because more is bought."""
            left = target.missing(later.facts)
            return left is not None and left <= 0 and saved_by("promotions", rule.id, later) > before

        if missing is not None:
            kind = "tier" if missing.money else "quantity"
            goal = _goal(kind, "promotions", rule, missing, is_reached, self.ways)
            yield from () if goal is None else (goal,)

    def _next_group(self, rule: Promotion, where: Condition, units: int, most: int) -> Iterator[Goal]:
        if units > self.reach.units:
            return
        before = saved_by("promotions", rule.id, self.ways.decision)
        missing = Shortfall(0, units, new_line=False, targets=(), where=(where,))
        goal = _goal(
            "quantity",
            "promotions",
            rule,
            missing,
            lambda later: saved_by("promotions", rule.id, later) > before,
            self.ways,
        )
        if goal is not None:
            yield replace(goal, most_units=most)


def with_aggregates(
    facts: Mapping[str, Key], read: Iterable[str], aggregates: Mapping[str, Aggregate], ways: Ways
) -> Mapping[str, Key]:
    """`facts` and those aggregates among the facts read that they lack; 0 where no line counts."""
    sums = {axis: ways.sum_of(aggregates[axis]) for axis in read if axis in aggregates and axis not in facts}
    return {**facts, **{axis: value for axis, value in sums.items() if value is not None}} if sums else facts


def to_apply(
    kind: str,
    ruleset: str,
    rule: Promotion | Coupon,
    missing: Iterable[Shortfall | None],
    reasons: tuple[Reason, ...],
    ways: Ways,
) -> Iterator[Goal]:
    """To make a rule apply whose condition only lacks more of something: by the nearest of its boxes with a way."""
    near = sorted((each for each in missing if each is not None), key=lambda each: (each.money, each.units))
    for each in near:
        goal = _goal(kind, ruleset, rule, each, lambda later: rule.id in later.applied, ways)
        if goal is not None:
            yield replace(goal, reasons=reasons)
            return


def _goal(
    kind: str,
    ruleset: str,
    rule: Promotion | Coupon,
    missing: Shortfall,
    reached: Callable[[Decision], bool],
    ways: Ways,
) -> Goal | None:
    """The goal, if there is something to add that counts; what the effect acts on must then be in the cart."""
    idle = tuple(where for where in line_conditions(rule.then) if not ways.units(where))
    where = (*missing.where, *(() if isinstance(rule.then, BuyXGetY) and not missing.targets else idle))
    cheapest = ways.cheapest(where, lambda price: units_for(missing.money, missing.units, price), new=missing.new_line)
    any_item = missing.money > 0 and missing.units <= 1 and ways.any_item_counts(where, missing.money)
    if not cheapest and not any_item:
        return None
    return Goal(
        kind=kind,
        rule=rule.id,
        at=str(rule.span),
        money=missing.money,
        units=missing.units,
        reached=reached,
        saved=lambda decision: saved_by(ruleset, rule.id, decision),
        ways=tuple(cheapest),
        any_item=any_item,
        targets=missing.targets,
    )
