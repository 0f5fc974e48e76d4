"""Choosing inside a lane: every rule, the first that gives anything, or the best for the customer.

In a lane on lines, `best` is decided line by line; rules that need several lines compete with all of them at once.
"""

from __future__ import annotations

from heapq import heapify, heappop, heappush

from engine.runtime.arithmetic import Rounder
from engine.runtime.effects.delivery import GiftEffect
from engine.runtime.effects.shape import Proposal, Share
from engine.runtime.exclusion import is_excluded
from engine.runtime.promotion_program import CompiledLane, CompiledPromotion, Single
from engine.runtime.proposals import give, order_saving, propose
from engine.runtime.selection import Selected
from engine.runtime.working import Working


def pick(
    lane: CompiledLane,
    candidates: list[CompiledPromotion],
    work: Working,
    selected: Selected,
    rounder: Rounder,
) -> None:
    """Apply what the lane picks of the candidates, which come in order of precedence."""
    if lane.pick == "all":
        for rule in candidates:
            if not is_excluded(rule, work):
                give(rule, propose(rule, work, selected, rounder), work)
    elif lane.pick == "first":
        _pick_first(candidates, work, selected, rounder)
    elif lane.stage != "lines":
        _pick_best_of_order(candidates, work, selected, rounder)
    elif all(rule.by_line and not rule.exclusive_with for rule in candidates) and not work.blocked:
        _pick_best_of_each_line(candidates, work, selected, rounder)
    else:
        _pick_best_of_lines_and_groups(candidates, work, selected, rounder)


def _pick_first(candidates: list[CompiledPromotion], work: Working, selected: Selected, rounder: Rounder) -> None:
    for position, rule in enumerate(candidates):
        if not is_excluded(rule, work) and give(rule, propose(rule, work, selected, rounder), work):
            for other in candidates[position + 1 :]:
                work.skip(other.id, "not_first", {"rule": rule.id})
            return


def _pick_best_of_order(
    candidates: list[CompiledPromotion], work: Working, selected: Selected, rounder: Rounder
) -> None:
    """The rule that saves most in all; only the winner's saving is shared over the lines."""
    best: CompiledPromotion | None = None
    most = 0
    for rule in candidates:
        if is_excluded(rule, work):
            continue
        total = order_saving(rule, work, selected, rounder)
        if total > most or (best is None and isinstance(rule.effect, GiftEffect)):
            if best is not None:
                work.skip(best.id, "not_best", {"rule": rule.id})
            best, most = rule, total
        elif best is not None:
            work.skip(rule.id, "not_best", {"rule": best.id})
    if best is not None:
        give(best, propose(best, work, selected, rounder), work)


def _pick_best_of_each_line(
    candidates: list[CompiledPromotion], work: Working, selected: Selected, rounder: Rounder
) -> None:
    """Every rule treats lines one by one and none shuts out another: the largest saving of each line, at once."""
    best = [0] * len(work.lines)
    winner = [-1] * len(work.lines)
    for precedence, rule in enumerate(candidates):
        effect = rule.effect
        if not isinstance(effect, Single):
            continue
        positions = selected.members.get(effect.selection, [])
        for position, saving in zip(positions, effect.savings(work, selected, positions, rounder), strict=True):
            if saving > best[position]:
                best[position] = saving
                winner[position] = precedence
    shares: dict[int, list[Share]] = {}
    for position, precedence in enumerate(winner):
        if precedence >= 0:
            shares.setdefault(precedence, []).append((position, best[position]))
    for precedence in sorted(shares):
        give(candidates[precedence], Proposal(shares[precedence], []), work)
    if work.skipped is not None:
        for precedence, rule in enumerate(candidates):
            if precedence not in shares:
                work.skip(rule.id, "not_best")


def _pick_best_of_lines_and_groups(
    candidates: list[CompiledPromotion], work: Working, selected: Selected, rounder: Rounder
) -> None:
    """The largest saving is settled first; what it claims is gone for the others.

    Their saving is then worked out anew on what is left. Ties: precedence of the rule, then the earlier line. A gift
    is given when the lane gives nothing else.
    """
    # heap entries: (−saving, precedence, line or −1 for all its lines together) → proposal
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
    given: set[str] = set()
    while heap:
        _, precedence, line = heappop(heap)
        rule, proposal = candidates[precedence], proposals[precedence, line]
        if rule.id not in given and is_excluded(rule, work):
            continue
        claimed = {place for place, _ in proposal.units} | {place for place, _ in proposal.shares}
        if not claimed <= free:
            again = propose(rule, work, selected, rounder, only=free) if line < 0 else None
            if again is not None and again.shares:
                proposals[precedence, line] = again
                heappush(heap, (-again.total, precedence, line))
            elif rule.id not in given:
                work.skip(rule.id, "not_best")
            continue
        free -= claimed
        given.add(rule.id)
        give(rule, proposal, work)
    if not given:
        _give_gift(candidates, work, selected, rounder)


def _separate(
    rule: CompiledPromotion, work: Working, selected: Selected, rounder: Rounder
) -> list[tuple[int, Proposal]]:
    """A rule's proposals for a best lane: one per line where lines are independent, else one joint one (line −1)."""
    effect = rule.effect
    if rule.by_line and isinstance(effect, Single):
        positions = selected.members.get(effect.selection, [])
        savings = zip(positions, effect.savings(work, selected, positions, rounder), strict=True)
        return [(position, Proposal([(position, saving)], [])) for position, saving in savings if saving > 0]
    proposal = propose(rule, work, selected, rounder)
    return [(-1, proposal)] if proposal.shares else []


def _give_gift(candidates: list[CompiledPromotion], work: Working, selected: Selected, rounder: Rounder) -> None:
    for rule in candidates:
        if isinstance(rule.effect, GiftEffect) and not is_excluded(rule, work):
            give(rule, propose(rule, work, selected, rounder), work)
            return
