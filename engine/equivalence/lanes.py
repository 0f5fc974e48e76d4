"""Where do two promotions rulesets put different promotions in force? Lane by lane, in the order in which they run.

In a lane where every rule acts line by line and nothing excludes anything, each line goes by the rules that hold for
the cart and the line together. In any other lane it is the rules that hold for the cart, whatever they select.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final

from engine.boxes.box import Box
from engine.diff.pairing import paired
from engine.documents.conditions import ALWAYS
from engine.documents.effects import Effect, line_condition, units_of
from engine.documents.model import Lane, LaneStage, Promotion, PromotionsDocument
from engine.equivalence.algebra import Boxes
from engine.equivalence.clauses import Clause, Unlike, unlike_sets
from engine.equivalence.exclusions import Exclusions
from engine.equivalence.gives import Part, acts_by_line, given, parts_of
from engine.equivalence.model import Gap, Stage
from engine.equivalence.places import content, responsible
from engine.equivalence.sides import Side, Sides
from engine.equivalence.taking import adds, gives_at_least, is_simple, share_alike

_STAGES: Final[dict[LaneStage, Stage]] = {
    "lines": "line promotions",
    "order": "order promotions",
    "shipping": "shipping promotions",
}
_EVERYTHING: Final = Box()
_MOST_TOGETHER: Final = 200
_MOST_OUTDONE: Final = 200


def promotion_gaps(sides: Sides, exclusions: Exclusions) -> Iterator[Gap]:
    """The gaps of all lanes, by stage."""
    for stage in _STAGES:
        for old, new in _lanes(sides.old.promotions, sides.new.promotions, stage):
            yield from _Lanes(sides, exclusions, stage, old, new).gaps()


def _lanes(
    old: PromotionsDocument | None, new: PromotionsDocument | None, stage: LaneStage
) -> list[tuple[Lane | None, Lane | None]]:
    """Which lane of one side is which of the other: by id, or by place when as many are left; empty ones are none."""
    ours, theirs = _with_rules(old, stage), _with_rules(new, stage)
    found = paired([lane.id for lane in ours], [lane.id for lane in theirs], replace=True)
    pairs: list[tuple[Lane | None, Lane | None]] = [
        (ours[first], theirs[second]) for first, second in sorted([*found.kept, *found.replaced])
    ]
    # A lane that runs at another place is another lane: its rules go from here to there.
    pairs += [(ours[place], None) for place in (*found.removed, *(first for first, _ in found.moved))]
    pairs += [(None, theirs[place]) for place in (*found.added, *(second for _, second in found.moved))]
    return pairs


def _with_rules(document: PromotionsDocument | None, stage: LaneStage) -> list[Lane]:
    if document is None:
        return []
    used = {rule.lane for rule in document.rules}
    return [lane for lane in document.lanes if lane.stage == stage and lane.id in used]


@dataclass(frozen=True, slots=True)
class _Gives:
    """What a promotion gives: the effect, its limits, what it excludes and under which name others exclude it."""

    effect: Hashable
    limits: Hashable
    excludes: Hashable
    known_as: Hashable
    raw: Effect
    by_line: bool

    def __hash__(self) -> int:
        return hash((self.effect, self.limits, self.excludes, self.known_as))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Gives) and self._identity == other._identity

    @property
    def _identity(self) -> tuple[Hashable, ...]:
        return self.effect, self.limits, self.excludes, self.known_as


class _Lanes:
    """One lane of each side; None where a side has no such lane."""

    def __init__(
        self, sides: Sides, exclusions: Exclusions, stage: LaneStage, old: Lane | None, new: Lane | None
    ) -> None:
        self._sides = sides
        self._exclusions = exclusions
        self._stage = stage
        self._old, self._new = old, new
        self._rules = _rules(sides.old, old), _rules(sides.new, new)
        self._by_line = stage == "lines" and not exclusions.any and self._acts_by_line()
        self._cheaper = self._is_cheaper()

    def gaps(self) -> Iterator[Gap]:
        """Where the lanes put different rules in force."""
        old = self._clauses(self._sides.old, self._rules[0], True)
        new = self._clauses(self._sides.new, self._rules[1], False)
        free = self._pick == "best" and self._by_line and not self._exclusions.any
        swaps = None if free else self._swaps
        found = unlike_sets(old, new, self._sides.algebra, repeats=self._repeats, swaps=swaps)
        yield from self._gathered([*self._not_outdone(found, old, new)])
        if self._old is not None and self._new is not None and self._old.pick != self._new.pick:
            yield from self._picked_otherwise(old, new)

    def _not_outdone(self, found: list[Unlike], old: list[Clause], new: list[Clause]) -> Iterator[Unlike]:
        """Without where another rule, in force on both sides, surely takes off as much: there it wins, or is equal."""
        picks = {lane.pick for lane in (self._old, self._new) if lane is not None}
        settled = picks == {"best"} and not self._exclusions.any and (self._stage != "lines" or self._by_line)
        there = {clause.gives for clause in old} & {clause.gives for clause in new}
        for unlike in found:
            if unlike.turned or not settled or len(found) > _MOST_OUTDONE:
                yield unlike
                continue
            gives = (*unlike.old, *unlike.new)[0].gives
            better = [clause for clause in (*old, *new) if clause.gives in there and self._outdoes(clause.gives, gives)]
            both = [box for clause in better for box in clause.boxes if self._on_both(box, clause, old, new)]
            pieces = tuple(self._sides.algebra.only_in(unlike.boxes, both)) if both else unlike.boxes
            if pieces:
                yield Unlike(pieces, unlike.old, unlike.new)

    def _outdoes(self, one: Hashable, other: Hashable) -> bool:
        assert isinstance(one, _Gives)
        assert isinstance(other, _Gives)
        unlimited = one.limits == (None, None) and one != other
        alike = self._by_line or self._stage == "shipping" or share_alike(one.raw, other.raw)
        return unlimited and alike and gives_at_least(other.raw, one.raw)

    def _on_both(self, box: Box, clause: Clause, old: list[Clause], new: list[Clause]) -> bool:
        return all(
            any(box in other.boxes for other in clauses if other.gives == clause.gives) for clauses in (old, new)
        )

    # clauses ---------------------------------------------------------------------------------------------------

    def _clauses(self, side: Side, rules: Sequence[Promotion], is_old: bool) -> list[Clause]:
        return [clause for rule in rules for clause in self._clauses_of(side, rule, is_old)]

    def _clauses_of(self, side: Side, rule: Promotion, is_old: bool) -> Iterator[Clause]:
        document = side.promotions
        assert document is not None, "a rule has its ruleset"
        for part in parts_of(rule.then):
            where = line_condition(part.effect) if self._by_line else ALWAYS
            boxes = _inside(side, side.boxes("promotions", rule.window, rule.when, where), part)
            if boxes:
                effect = given(part.effect, self._sides.wheres, document.head.rounding, by_line=self._by_line)
                excludes, known_as = self._exclusions.of_promotion(rule, is_old)
                gives = _Gives(effect, _limits(rule), excludes, known_as, part.effect, acts_by_line(rule))
                yield Clause(rule.id, gives, boxes)

    def _acts_by_line(self) -> bool:
        return all(acts_by_line(rule) for rules in self._rules for rule in rules) and not any(
            lane is not None and lane.pick == "first" for lane in (self._old, self._new)
        )

    @property
    def _pick(self) -> str:
        lane = self._new or self._old
        return "best" if lane is None else lane.pick

    def _repeats(self, gives: Hashable) -> bool:
        """Where one rule wins, a copy gives nothing more. On lines several win, and each looks at what is left."""
        assert isinstance(gives, _Gives)
        if self._pick != "best" or self._stage != "lines":
            return self._pick == "all"
        return not gives.by_line

    def _swaps(self, one: Hashable, other: Hashable) -> bool:
        """Whether it makes no difference which of two clauses comes first."""
        assert isinstance(one, _Gives)
        assert isinstance(other, _Gives)
        if self._exclusions.any:
            return False
        if self._pick == "best":
            return self._by_line or self._stage == "shipping" or share_alike(one.raw, other.raw)
        if self._pick == "all":
            return (self._by_line or self._stage == "shipping") and adds(one.raw) and adds(other.raw)
        return False

    # gaps ------------------------------------------------------------------------------------------------------

    def _gathered(self, found: Sequence[Unlike]) -> Iterator[Gap]:
        """One gap for each rule, and one for each pair that comes in another order."""
        old = {rule.id: rule for rule in self._rules[0]}
        new = {rule.id: rule for rule in self._rules[1]}
        groups: dict[str, list[Unlike]] = {}
        for unlike in found:
            if unlike.turned:
                yield self._turned(unlike, old, new)
                continue
            clause = (*unlike.old, *unlike.new)[0]
            name = clause.rule if unlike.old else self._exclusions.old_name(clause.rule)
            groups.setdefault(name, []).append(unlike)
        for name, unlikes in groups.items():
            ours, theirs = old.get(name), new.get(self._exclusions.new_name(name)) or new.get(name)
            yield self._gap(name, unlikes, ours, theirs)

    def _gap(self, name: str, unlikes: Sequence[Unlike], old: Promotion | None, new: Promotion | None) -> Gap:
        places = responsible(old, new)
        rules = [rule for rule in (new, old) if rule is not None]
        boxes = tuple(dict.fromkeys(box for unlike in unlikes for box in unlike.boxes))
        return Gap(
            stage=_STAGES[self._stage],
            kind="promotions",
            rule=name,
            boxes=boxes,
            about=_about(old, new),
            old=places.old,
            new=places.new,
            needs=tuple(need for rule in rules[:1] for need in units_of(rule.then)),
            cheaper=self._cheaper,
        )

    def _turned(self, unlike: Unlike, old: dict[str, Promotion], new: dict[str, Promotion]) -> Gap:
        ours = [old[clause.rule] for clause in unlike.old if clause.rule in old]
        names = [self._exclusions.new_name(clause.rule) for clause in unlike.old]
        theirs = [new[name] for name in names if name in new]
        return Gap(
            stage=_STAGES[self._stage],
            kind="promotions",
            rule=" and ".join(f"{rule.id}" for rule in ours[:2]),
            boxes=unlike.boxes,
            about="the same promotions come in another order",
            old=tuple(rule.span for rule in ours[:2]),
            new=tuple(rule.span for rule in theirs[:2]),
            needs=tuple(need for rule in ours[:2] for need in units_of(rule.then)),
        )

    def _picked_otherwise(self, old: Sequence[Clause], new: Sequence[Clause]) -> Iterator[Gap]:
        """A lane that picks in another way differs where two of its rules can hold together."""
        assert self._old is not None
        assert self._new is not None
        boxes: dict[Box, None] = {}
        for clauses in (old, new):
            for one, other in combinations(clauses, 2):
                boxes.update(dict.fromkeys(self._sides.algebra.meet(one.boxes, other.boxes)))
                if len(boxes) > _MOST_TOGETHER:
                    boxes = {_EVERYTHING: None}
                    break
        if boxes:
            yield Gap(
                stage=_STAGES[self._stage],
                kind="promotions",
                rule=f"lane {self._new.id}",
                boxes=tuple(boxes),
                about=f"the lane picks {self._new.pick} instead of {self._old.pick}",
                old=(self._old.span,),
                new=(self._new.span,),
                needs=tuple(need for rule in self._rules[1][:2] for need in units_of(rule.then)),
            )

    def _is_cheaper(self) -> bool:
        """Whether the lane, given the same amounts, takes off at least as much as before: each rule by itself does.

        Not in a lane where several rules share lines, where one more offer for one line can keep a better one for
        several from being taken; and not where the first rule wins.
        """
        if self._exclusions.any or (self._stage == "lines" and not self._by_line):
            return False
        picks = {lane.pick for lane in (self._old, self._new) if lane is not None}
        if len(picks) > 1 or "first" in picks:
            return False
        after = {rule.id: rule for rule in self._rules[1]}
        return all(self._takes_as_much(rule, after.get(self._exclusions.new_name(rule.id))) for rule in self._rules[0])

    def _takes_as_much(self, old: Promotion, new: Promotion | None) -> bool:
        if new is None:
            return False
        if content((old.then, old.limits)) != content((new.then, new.limits)):
            simple = is_simple(old) and is_simple(new) and gives_at_least(old.then, new.then)
            if not simple or not (self._by_line or self._same_lines(old.then, new.then)):
                return False
        where = [line_condition(rule.then) if self._by_line else ALWAYS for rule in (old, new)]
        ours = self._sides.old.boxes("promotions", old.window, old.when, where[0])
        theirs = self._sides.new.boxes("promotions", new.window, new.when, where[1])
        return not self._sides.algebra.only_in(ours, theirs)

    def _same_lines(self, old: Effect, new: Effect) -> bool:
        number = self._sides.wheres.number
        return number(line_condition(old)) == number(line_condition(new))


def _rules(side: Side, lane: Lane | None) -> tuple[Promotion, ...]:
    """The rules of a lane in order of precedence."""
    document = side.promotions
    if lane is None or document is None:
        return ()
    inside = (rule for rule in document.rules if rule.lane == lane.id)
    return tuple(sorted(inside, key=lambda rule: (-rule.priority, rule.id)))


def _inside(side: Side, boxes: Boxes, part: Part) -> Boxes:
    """The boxes where the tier of a part is reached."""
    if not part.by:
        return boxes
    return side.algebra.meet(boxes, (Box({side.axis("promotions", part.by): part.values}),))


def _limits(rule: Promotion) -> Hashable:
    """Uses of a rule are counted under its id, so that a counted rule is another one under another id."""
    limits = rule.limits
    counted = (limits.total, limits.per_customer, limits.budget)
    return limits.per_order, None if counted == (None, None, None) else (rule.id, counted)


def _about(old: Promotion | None, new: Promotion | None) -> str:
    if old is None:
        return "the promotion is only in NEW"
    if new is None:
        return "the promotion is only in OLD"
    if content(old.then) != content(new.then):
        return "the promotion gives something else"
    if content(old.limits) != content(new.limits):
        return "the promotion has other limits"
    if content((old.when, old.window)) != content((new.when, new.window)):
        return "the promotion holds for other carts"
    return "the promotion is in force otherwise"
