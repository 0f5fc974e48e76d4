"""Promotions: lanes in order, inside a lane the best, all, or the first of the rules whose conditions hold.

Candidates come from an index, never from a scan, so the cost of a cart does not grow with the number of rules.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from heapq import heapify, heappop, heappush
from typing import Literal

import msgspec

from engine.documents.model import LaneStage, Limits
from engine.runtime.arithmetic import Rounder, spread
from engine.runtime.decision import Gift, Key, Origin, Posting, PostingKind
from engine.runtime.effects.delivery import GiftEffect, ShippingEffect
from engine.runtime.effects.groups import BundleEffect, BuyXGetYEffect, CheapestFreeEffect
from engine.runtime.effects.lines import LineAmount, LinePercent, LinePrice, LineTiers
from engine.runtime.effects.order import OrderAmount, OrderPercent, OrderTiers, shared
from engine.runtime.effects.shape import NOTHING, Proposal, Share
from engine.runtime.index import iter_bits
from engine.runtime.rule_index import RuleIndex
from engine.runtime.selection import Selected, Selections
from engine.runtime.working import Working

Single = LinePercent | LineAmount | LinePrice | LineTiers
Joint = OrderPercent | OrderAmount | OrderTiers | CheapestFreeEffect | BuyXGetYEffect | BundleEffect
CompiledEffect = Single | Joint | ShippingEffect | GiftEffect


@dataclass(frozen=True, slots=True)
class CompiledPromotion:
    """One rule, ready to run. `by_line`: the effect treats lines one by one and has no bound over all of them."""

    id: str
    lane: str
    priority: int
    effect: CompiledEffect
    by_line: bool
    cap: int | None
    limits: Limits
    exclusive_with: frozenset[str]
    origin: Origin

    def bound(self, spent: int) -> int | None:
        """The smaller of the cap and what is left of the budget when `spent` has been given away before."""
        if self.limits.budget is None:
            return self.cap
        left = max(0, self.limits.budget - spent)
        return left if self.cap is None else min(left, self.cap)

    @property
    def selection(self) -> int:
        """The selection whose lines the rule needs; all lines for effects that are not about lines."""
        return 0 if isinstance(self.effect, ShippingEffect | GiftEffect) else self.effect.selection


@dataclass(frozen=True, slots=True)
class CompiledLane:
    """Rules in order of precedence (priority, then id), so that the lowest bit of a match comes first.

    `anywhere` is the mask of the rules that need no particular line; `needing` gives each selection the mask of the
    rules that need one of its lines.
    """

    id: str
    pick: Literal["best", "all", "first"]
    stage: LaneStage
    rules: tuple[CompiledPromotion, ...]
    index: RuleIndex
    anywhere: int
    needing: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class PromotionsProgram:
    """A promotions ruleset, compiled. `lanes` of each stage run in document order."""

    hash: str
    rounder: Rounder
    timezone: str
    reads_calendar: bool
    selections: Selections
    set_facts: Mapping[str, frozenset[str]]
    lanes: Mapping[LaneStage, tuple[CompiledLane, ...]] = field(default_factory=dict)


class Context(msgspec.Struct, frozen=True, gc=False):
    """What conditions of one ruleset see in one evaluation."""

    values: Mapping[str, Key]
    touched: Mapping[str, Key | None]
    selected: Selected


def run_lanes(program: PromotionsProgram, stage: Literal["lines", "order"], work: Working, context: Context) -> None:
    """Apply the lanes of one stage: changes `work.amount`, posts every saving by line."""
    for lane in program.lanes.get(stage, ()):
        candidates = live_candidates(lane, work, context)
        if candidates:
            _PICK[lane.pick](lane, candidates, work, context.selected, program.rounder)


def live_candidates(lane: CompiledLane, work: Working, context: Context) -> list[CompiledPromotion]:
    """The rules of the lane whose conditions hold, that have a line to act on and whose limits leave something."""
    live = lane.anywhere
    needing = lane.needing
    for selection in context.selected.members:
        live |= needing.get(selection, 0)
    if not live:
        return []
    mask = lane.index.match(context.values, context.touched) & live
    if not mask:
        return []
    rules = lane.rules
    return [rule for rule in [rules[bit] for bit in iter_bits(mask)] if _within_limits(rule, work)]


def _within_limits(rule: CompiledPromotion, work: Working) -> bool:
    limits = rule.limits
    if limits.total is None and limits.per_customer is None and limits.budget is None:
        return True
    usage = work.usage(rule.id)
    if limits.total is not None and usage.total >= limits.total:
        work.skip(rule.id, "limit_total", {"limit": str(limits.total)})
    elif limits.per_customer is not None and usage.customer is None:
        work.skip(rule.id, "fact_missing", {"fact": "customer.id"})
    elif limits.per_customer is not None and usage.customer is not None and usage.customer >= limits.per_customer:
        work.skip(rule.id, "limit_customer", {"limit": str(limits.per_customer)})
    elif limits.budget is not None and usage.spent >= limits.budget:
        work.skip(rule.id, "budget")
    else:
        return True
    return False


# choosing inside a lane ----------------------------------------------------------------------------------------


def _pick_all(
    lane: CompiledLane,
    candidates: list[CompiledPromotion],
    work: Working,
    selected: Selected,
    rounder: Rounder,
) -> None:
    for rule in candidates:
        if not is_excluded(rule, work):
            _give(rule, propose(rule, work, selected, rounder), work)


def _pick_first(
    lane: CompiledLane,
    candidates: list[CompiledPromotion],
    work: Working,
    selected: Selected,
    rounder: Rounder,
) -> None:
    for position, rule in enumerate(candidates):
        if not is_excluded(rule, work) and _give(rule, propose(rule, work, selected, rounder), work):
            for other in candidates[position + 1 :]:
                work.skip(other.id, "not_first", {"rule": rule.id})
            return


def _pick_best(
    lane: CompiledLane,
    candidates: list[CompiledPromotion],
    work: Working,
    selected: Selected,
    rounder: Rounder,
) -> None:
    if lane.stage == "lines":
        _pick_best_by_line(candidates, work, selected, rounder)
        return
    best: tuple[CompiledPromotion, Proposal] | None = None
    most = 0
    for rule in candidates:
        if is_excluded(rule, work):
            continue
        proposal = propose(rule, work, selected, rounder)
        total = proposal.total
        if total > most or (best is None and isinstance(rule.effect, GiftEffect)):
            if best is not None:
                work.skip(best[0].id, "not_best", {"rule": rule.id})
            best, most = (rule, proposal), total
        elif best is not None:
            work.skip(rule.id, "not_best", {"rule": best[0].id})
    if best is not None:
        _give(*best, work)


def _pick_best_by_line(
    candidates: list[CompiledPromotion], work: Working, selected: Selected, rounder: Rounder
) -> None:
    """Give each line to the rule that saves most on it; group effects compete with all their lines at once.

    The largest saving is settled first; what it claims is gone for the others, whose saving is then worked out anew
    on what is left. Ties: precedence of the rule, then the earlier line.
    """
    # heap entries: (−saving, precedence, first line or −1 for all, tie-breaking only) → proposal
    heap: list[tuple[int, int, int]] = []
    proposals: dict[tuple[int, int], Proposal] = {}
    free = set(range(len(work.lines)))
    for precedence, rule in enumerate(candidates):
        if is_excluded(rule, work):
            continue
        for line, proposal in _separate(rule, work, selected, rounder):
            proposals[precedence, line] = proposal
            heap.append((-proposal.total, precedence, line))
    heapify(heap)
    given: dict[str, int] = {}
    while heap:
        _, precedence, line = heappop(heap)
        rule, proposal = candidates[precedence], proposals[precedence, line]
        if (rule.id not in given and is_excluded(rule, work)) or not proposal.shares:
            continue
        claimed = {place for place, _ in proposal.units} | {place for place, _ in proposal.shares}
        if not claimed <= free:
            if line < 0:  # a joint proposal: worked out anew on the lines still free
                again = propose(rule, work, selected, rounder, only=free)
                if again.shares:
                    proposals[precedence, line] = again
                    heappush(heap, (-again.total, precedence, line))
                    continue
            if rule.id not in given:
                work.skip(rule.id, "not_best")
            continue
        free -= claimed
        given[rule.id] = given.get(rule.id, 0) + 1
        _give(rule, proposal, work)


def _separate(
    rule: CompiledPromotion, work: Working, selected: Selected, rounder: Rounder
) -> list[tuple[int, Proposal]]:
    """A rule's proposals for a best lane: one per line where lines are independent, else one joint one (line −1)."""
    effect = rule.effect
    if rule.by_line and isinstance(effect, Single):
        positions = selected.members.get(effect.selection, ())
        savings = [(position, effect.saving(work, selected, position, rounder)) for position in positions]
        return [(position, Proposal([(position, saving)], [])) for position, saving in savings if saving > 0]
    proposal = propose(rule, work, selected, rounder)
    return [(-1, proposal)] if proposal.shares or isinstance(effect, GiftEffect) else []


_Pick = Callable[[CompiledLane, list[CompiledPromotion], Working, Selected, Rounder], None]
_PICK: dict[str, _Pick] = {"all": _pick_all, "first": _pick_first, "best": _pick_best}


# what one rule gives -------------------------------------------------------------------------------------------


def is_excluded(rule: CompiledPromotion, work: Working) -> bool:
    """Whether something that was applied before excludes the rule, or the rule excludes it. Both ways: first wins."""
    if not work.applied:
        return False
    if names(work.blocked, (rule.id,), (rule.lane,)):
        work.skip(rule.id, "exclusive")
        return True
    if names(rule.exclusive_with, work.applied, work.applied_lanes):
        work.skip(rule.id, "exclusive", {"rule": ", ".join(work.applied)})
        return True
    return False


def names(excluded: frozenset[str] | set[str], rules: Iterable[str], lanes: Iterable[str]) -> bool:
    """Whether `exclusive_with` names one of the rules or lanes, or all there are."""
    if not excluded:
        return False
    return "all" in excluded or not excluded.isdisjoint(rules) or not excluded.isdisjoint(lanes)


def propose(
    rule: CompiledPromotion,
    work: Working,
    selected: Selected,
    rounder: Rounder,
    only: set[int] | None = None,
    spent: int | None = None,
) -> Proposal:
    """What the rule gives now, after cap, budget and limits.

    `only` restricts it to some lines; `spent` is the money given away before, by default as the cart's usage says.
    """
    effect = rule.effect
    if isinstance(effect, ShippingEffect | GiftEffect):
        return NOTHING
    positions = selected.members.get(effect.selection, [])
    if only is not None:
        positions = [position for position in positions if position in only]
    if not positions:
        return NOTHING
    most = rule.limits.per_order
    if isinstance(effect, Single):
        proposal = _by_line(effect, work, selected, positions, rounder, most)
    else:
        proposal = effect.propose(work, selected, positions, rounder, most)
    bound = rule.bound(work.usage(rule.id).spent if spent is None else spent)
    if bound is None or proposal.total <= bound:
        return proposal
    if isinstance(effect, OrderPercent | OrderTiers):  # shared once, by what the lines have left
        return shared(work, positions, bound)
    return _capped(proposal, bound)


def _by_line(
    effect: Single,
    work: Working,
    selected: Selected,
    positions: list[int],
    rounder: Rounder,
    most: int | None,
) -> Proposal:
    savings = [(position, effect.saving(work, selected, position, rounder)) for position in positions]
    if most is not None:
        savings = _of_dearest_units(work, savings, most)
    return Proposal([share for share in savings if share[1] > 0], [])


def _of_dearest_units(work: Working, savings: list[Share], most: int) -> list[Share]:
    """The savings of the `most` dearest units only; a line taken in part gives its units' share of the saving."""
    limited = []
    for position, saving in sorted(savings, key=lambda share: (-work.unit[share[0]], share[0])):
        quantity = work.quantity[position]
        count = min(quantity, most)
        most -= count
        if count:
            limited.append((position, _part(saving, count, quantity)))
    return sorted(limited)


def _part(saving: int, count: int, quantity: int) -> int:
    """What `count` of `quantity` equal units get of a saving: the units that get the odd cents come first."""
    each, odd = divmod(saving, quantity)
    return each * count + min(odd, count)


def _capped(proposal: Proposal, bound: int) -> Proposal:
    parts = spread(bound, [saving for _, saving in proposal.shares])
    shares = [(place, part) for (place, _), part in zip(proposal.shares, parts, strict=True) if part]
    return Proposal(shares, proposal.units)


def _give(rule: CompiledPromotion, proposal: Proposal, work: Working) -> bool:
    """Apply a proposal: amounts, postings, units used; False when it gives nothing."""
    effect = rule.effect
    if isinstance(effect, GiftEffect):
        work.gifts.append(Gift(effect.sku, effect.quantity, rule.origin))
        note_applied(rule.id, rule.lane, rule.exclusive_with, work)
        return True
    if not proposal.shares:
        work.skip(rule.id, "nothing_left")
        return False
    kind: PostingKind = (
        "order_discount" if isinstance(effect, OrderPercent | OrderAmount | OrderTiers) else "line_discount"
    )
    post_shares(kind, proposal, rule.origin, work)
    note_applied(rule.id, rule.lane, rule.exclusive_with, work)
    return True


def post_shares(kind: PostingKind, proposal: Proposal, origin: Origin, work: Working) -> None:
    """Take the shares off the lines and post each."""
    if work.amount is work.initial:
        work.amount = work.initial.copy()
    amount, lines, postings = work.amount, work.lines, work.postings
    for position, saving in proposal.shares:
        amount[position] -= saving
        postings.append(Posting(kind, -saving, lines[position].id, origin))
    if proposal.units:
        if work.grouped is None:
            work.grouped = [0] * len(lines)
        for position, count in proposal.units:
            work.grouped[position] += count


def note_applied(rule: str, lane: str, excludes: frozenset[str], work: Working) -> None:
    """Remember that a rule gave something, and what it shuts out from now on."""
    if rule not in work.applied:
        work.applied.append(rule)
        work.applied_lanes.add(lane)
        work.blocked |= excludes
