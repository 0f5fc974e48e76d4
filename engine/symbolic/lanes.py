"""What does each lane of promotions on lines and on the order take off? All rules, the first, or the best."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass

from engine.money.rounding import Rounding
from engine.runtime.effects.delivery import GiftEffect
from engine.runtime.effects.lines import LinePercent, LineTiers
from engine.symbolic.book_plan import PlannedLane, Rule
from engine.symbolic.facts import View
from engine.symbolic.giving import Given, propose
from engine.symbolic.goods import Goods, OnOrder, Single, excludes, order_total, shares_of, single
from engine.symbolic.groups import Contest
from engine.symbolic.terms import Number, Truth
from engine.symbolic.usage import Uses


@dataclass(frozen=True, slots=True)
class Lanes:
    """What the lanes of one stage look at: the goods, the facts as they stand, earlier uses, the rounding."""

    goods: Goods
    view: View
    uses: Uses
    mode: Rounding

    def run(self, lane: PlannedLane) -> None:
        """Apply one lane: lowers what is left of the goods."""
        if lane.pick == "all" or len(lane.rules) == 1:
            self._all(lane.rules)
        elif lane.pick == "first":
            self._first(lane.rules)
        elif lane.stage != "lines" and all(isinstance(rule.effect, OnOrder | GiftEffect) for rule in lane.rules):
            self._best_of_order(lane.rules)
        elif lane.stage == "lines" and self._line_by_line(lane.rules):
            self._best_of_each_line(lane.rules)
        else:
            self._best_of_lines_and_groups(lane.rules)

    def active(self, rule: Rule) -> Truth:
        """Whether the rule is a candidate that nothing shuts out."""
        logic = self.goods.model.logic
        selection = 0 if isinstance(rule.effect, GiftEffect) else getattr(rule.effect, "selection", 0)
        present = True if selection == 0 else self.goods.present(selection)
        holds = logic.all([present, self.view.holds(rule.boxes), self.uses.within(rule.id, rule.limits)])
        return logic.all([holds, logic.no(self.goods.is_excluded(rule))])

    # every rule, and the first ---------------------------------------------------------------------------------

    def _all(self, rules: Sequence[Rule]) -> None:
        for rule in rules:
            self._give(rule, self.active(rule))

    def _first(self, rules: Sequence[Rule]) -> None:
        logic = self.goods.model.logic
        done: Truth = False
        for rule in rules:
            done = logic.any([done, self._give(rule, logic.all([self.active(rule), logic.no(done)]))])

    def _give(self, rule: Rule, active: Truth) -> Truth:
        """Give what the rule gives; whether it gave anything."""
        if isinstance(rule.effect, GiftEffect):
            gave: Truth = active
        else:
            given = self._propose(rule, active)
            self.goods.take(given.shares)
            gave = given.total > 0
        self.goods.note(rule, gave)
        return gave

    def _bound(self, rule: Rule) -> Number | None:
        return self.uses.bound(rule.id, rule.cap, rule.limits)

    # the best of the order -------------------------------------------------------------------------------------

    def _best_of_order(self, rules: Sequence[Rule]) -> None:
        """The rule that saves most in all, of equal ones the first; a gift where nothing saves anything."""
        goods, model, logic = self.goods, self.goods.model, self.goods.model.logic
        best: Number = 0
        gifted: Truth = False
        chances: list[tuple[Rule, Number, Truth]] = []
        for rule in rules:
            active = self.active(rule)
            if isinstance(rule.effect, GiftEffect):
                chances.append((rule, 0, logic.all([active, logic.no(gifted)])))
                gifted = logic.any([gifted, active])
            elif isinstance(rule.effect, OnOrder):
                whole = order_total(goods, rule.effect, self.view, self.mode, self._bound(rule))
                total = model.named("chance", logic.choose(active, whole, 0))
                chances.append((rule, total, total > best))
                best = model.most_of(best, total)
        taken: dict[int, Number] = {}
        for rule, total, leads in chances:
            if isinstance(rule.effect, GiftEffect):
                goods.note(rule, logic.all([leads, best == 0]))
            elif isinstance(rule.effect, OnOrder):
                wins = logic.all([leads, total == best])
                given = model.named("given", logic.choose(wins, total, 0))
                for place, share in shares_of(goods, rule.effect, self.mode, given).items():
                    taken[place] = logic.sum([taken.get(place, 0), share])
                goods.note(rule, wins)
        goods.take(taken)

    # the best of each line -------------------------------------------------------------------------------------

    def _line_by_line(self, rules: Sequence[Rule]) -> bool:
        """Whether rules of the lane can only be compared line by line: none is about several lines or excludes any."""
        blocked = any(each.excludes for each in self.goods.applied)
        return not blocked and all(rule.by_line and not rule.exclusive_with for rule in rules)

    def _best_of_each_line(self, rules: Sequence[Rule]) -> None:
        """Each line takes its largest saving. Percentages of one basis are in the same order on every line."""
        goods, model, logic = self.goods, self.goods.model, self.goods.model.logic
        chances: dict[int, list[tuple[Hashable, Number]]] = {}
        for rule in rules:
            active = self.active(rule)
            if not isinstance(rule.effect, Single):
                continue
            offered = []
            for place in goods.members[rule.effect.selection]:
                whole = single(goods, rule.effect, place, self.view, self.mode)
                saving = model.named("chance", logic.choose(active, whole, 0))
                chances.setdefault(place, []).append((_order_of(rule), saving))
                offered.append(saving)
            gave = model.undecided(f"gave {rule.id}")
            logic.tell(logic.implies(gave, logic.sum(offered) > 0))
            goods.note(rule, gave)
        goods.take({place: self._best_of(place, found) for place, found in chances.items()})

    def _best_of(self, place: int, chances: Sequence[tuple[Hashable, Number]]) -> Number:
        goods, model, logic = self.goods, self.goods.model, self.goods.model.logic
        savings = [saving for _, saving in chances]
        if len(savings) == 1:
            return savings[0]
        greatest = model.most_of(*savings)
        orders = dict.fromkeys(order for order, _ in chances)
        if len(orders) == 1 and None not in orders:
            return greatest

        def make() -> Number:
            made = model.unknown("best")
            logic.tell(made >= greatest)
            logic.tell(made <= goods.room(place))
            groups = [[saving for order, saving in chances if order == each] for each in orders if each is not None]
            alone = [saving for order, saving in chances if order is None]
            logic.tell(made <= logic.sum([*alone, *(model.most_of(*group) for group in groups)]))
            logic.tell(logic.implies(goods.cells[place].lines == 1, made == greatest))
            return made

        model.loosen("the best offer of each line, where there are several lines of a kind")
        return model.once(("best", place), [*savings, goods.room(place), goods.cells[place].lines], make)

    # the best of lines and groups ------------------------------------------------------------------------------

    def _best_of_lines_and_groups(self, rules: Sequence[Rule]) -> None:
        """Each rule gives at most what it could give alone; which one wins where is left open."""
        goods, model, logic = self.goods, self.goods.model, self.goods.model.logic
        model.loosen("which offers win in a lane of lines and groups")
        taken: dict[int, list[Number]] = {}
        gave: list[tuple[Rule, Truth]] = []
        actives = [self.active(rule) for rule in rules]
        bids = {
            number: self._propose(rule, active)
            for number, (rule, active) in enumerate(zip(rules, actives, strict=True))
            if isinstance(rule.effect, Single | OnOrder)
        }
        contest = self._contest(rules, actives, bids)
        for number, (rule, active) in enumerate(zip(rules, actives, strict=True)):
            if isinstance(rule.effect, GiftEffect):
                given: Truth = model.undecided(f"gave {rule.id}")
                logic.tell(logic.implies(given, active))
            else:
                alone = logic.all(
                    [active, *(logic.no(other) for place, other in enumerate(actives) if place != number)]
                )
                if number in bids:
                    shares = self._some_of(rule, bids[number], active, alone, contest)
                else:  # any share within what its units can be worth, of all lines or of some
                    shares = self._propose(rule, active, contest).shares
                for place, share in shares.items():
                    taken.setdefault(place, []).append(share)
                given = logic.sum(shares.values()) > 0
            gave.append((rule, given))
        for number, (rule, given) in enumerate(gave):
            for other, too in gave[:number]:
                if excludes(rule, other.id, other.lane, other.exclusive_with):
                    logic.tell(logic.any([logic.no(given), logic.no(too)]))
        together = {place: model.named("together", logic.sum(shares)) for place, shares in taken.items()}
        for place, share in together.items():
            logic.tell(share <= goods.room(place))
        goods.take(together)
        for rule, given in gave:
            goods.note(rule, given)

    def _contest(self, rules: Sequence[Rule], actives: Sequence[Truth], bids: Mapping[int, Given]) -> Contest:
        """What decides who wins: the rules, which of them hold, what they would give alone, and the lines."""
        goods = self.goods
        bounds = [bound for bound in map(self._bound, rules) if bound is not None]
        shares = [share for bid in bids.values() for share in bid.shares.values()]
        lines = [*goods.read_of(range(len(goods.cells))), *goods.groups_given()]
        named = tuple((rule.id, rule.lane, rule.content, rule.exclusive_with) for rule in rules)
        return Contest((named, self.mode), [*actives, *bounds, *shares, *lines])

    def _propose(self, rule: Rule, active: Truth, beside: Contest | None = None) -> Given:
        return propose(self.goods, rule, self.view, self.mode, active, self._bound(rule), beside)

    def _some_of(self, rule: Rule, bid: Given, active: Truth, alone: Truth, contest: Contest) -> dict[int, Number]:
        """What the rule may give when others compete with it: all it would give when nothing else is a candidate."""
        goods, model, logic = self.goods, self.goods.model, self.goods.model.logic

        def make() -> dict[int, Number]:
            shares = {place: model.unknown("some") for place in bid.shares}
            for place, share in shares.items():
                logic.tell(share <= (bid.shares[place] if rule.by_line else goods.room(place)))
                logic.tell(logic.implies(alone, share == bid.shares[place]))
                logic.tell(logic.any([active, share == 0]))
            bound = self._bound(rule)
            if bound is not None:
                logic.tell(logic.sum(shares.values()) <= bound)
            if isinstance(rule.effect, OnOrder):
                logic.tell(logic.sum(shares.values()) <= bid.total)
            return shares

        return model.once(("some", rule.id, contest.rules), contest.inputs, make)


def _order_of(rule: Rule) -> Hashable:
    """Rules of one order save more or less than each other on every line alike; None: that can differ by line."""
    effect = rule.effect
    return ("percent", effect.initial) if isinstance(effect, LinePercent | LineTiers) else None
