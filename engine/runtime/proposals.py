"""What one rule would give now, after cap, budget and limits, and how it is given: amounts, postings, exclusions."""

from __future__ import annotations

from engine.runtime.arithmetic import Rounder, spread
from engine.runtime.decision import Gift, Origin, Posting, PostingKind
from engine.runtime.effects.delivery import GiftEffect, ShippingEffect
from engine.runtime.effects.shape import NOTHING, Proposal, Share
from engine.runtime.promotion_program import CompiledPromotion, OnOrder, Single
from engine.runtime.selection import Selected
from engine.runtime.working import Working

_NOT_ON_GOODS = (ShippingEffect, GiftEffect)


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
    if isinstance(effect, _NOT_ON_GOODS):
        return NOTHING
    if only is not None:
        selected = _restricted(selected, only)
    positions = selected.members.get(effect.selection, [])
    if not positions:
        return NOTHING
    bound = rule.bound(work.usage(rule.id).spent if spent is None else spent)
    if isinstance(effect, OnOrder):
        return effect.propose(work, selected, positions, rounder, bound)
    if isinstance(effect, Single):
        proposal = _by_line(effect, work, selected, positions, rounder, rule.limits.per_order)
    else:
        proposal = effect.propose(work, selected, positions, rounder, rule.limits.per_order)
    return proposal if bound is None or proposal.total <= bound else _capped(proposal, bound)


def _restricted(selected: Selected, only: set[int]) -> Selected:
    """The selections without the lines that are taken: those of every part of a group effect, not only of the first."""
    members = selected.members.items()
    return Selected({each: [place for place in places if place in only] for each, places in members}, selected.touched)


def order_saving(rule: CompiledPromotion, work: Working, selected: Selected, rounder: Rounder) -> int:
    """What `propose` would give in all, without sharing it over the lines where that can be told beforehand."""
    effect = rule.effect
    if not isinstance(effect, OnOrder):
        return propose(rule, work, selected, rounder).total
    positions = selected.members.get(effect.selection, [])
    return effect.total(work, selected, positions, rounder, rule.bound(work.usage(rule.id).spent))


def _by_line(
    effect: Single,
    work: Working,
    selected: Selected,
    positions: list[int],
    rounder: Rounder,
    most: int | None,
) -> Proposal:
    savings = list(zip(positions, effect.savings(work, selected, positions, rounder), strict=True))
    if most is not None:
        savings = _of_dearest_units(work, savings, most)
    return Proposal([share for share in savings if share[1] > 0], [])


def _of_dearest_units(work: Working, savings: list[Share], most: int) -> list[Share]:
    """The savings of the `most` dearest units only; a line taken in part gives its units' share of the saving."""
    limited = []
    given = [share for share in savings if share[1] > 0]  # a unit that gets nothing does not count
    for position, saving in sorted(given, key=lambda share: (-work.unit[share[0]], share[0])):
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


def give(rule: CompiledPromotion, proposal: Proposal, work: Working) -> bool:
    """Apply a proposal: amounts, postings, units used; False when it gives nothing."""
    effect = rule.effect
    if isinstance(effect, GiftEffect):
        work.gifts.append(Gift(effect.sku, effect.quantity, rule.origin))
        note_applied(rule.id, rule.lane, rule.exclusive_with, work)
        return True
    if not proposal.shares:
        work.skip(rule.id, "nothing_left")
        return False
    kind: PostingKind = "order_discount" if isinstance(effect, OnOrder) else "line_discount"
    post_shares(kind, proposal, rule.origin, work)
    note_applied(rule.id, rule.lane, rule.exclusive_with, work)
    return True


def post_shares(kind: PostingKind, proposal: Proposal, origin: Origin, work: Working) -> None:
    """Take the shares off the lines and post each."""
    if work.amount is work.initial:
        work.amount = work.initial.copy()
    amount, lines, shares = work.amount, work.lines, proposal.shares
    for position, saving in shares:
        amount[position] -= saving
    work.postings += [Posting(kind, -saving, lines[position].id, origin) for position, saving in shares]
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
