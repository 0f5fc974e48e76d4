"""Pricing: what one unit of each line costs, before any promotion."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from engine.runtime.arithmetic import Rounder
from engine.runtime.decision import Key, Origin, Posting
from engine.runtime.index import iter_bits
from engine.runtime.rule_index import Matcher
from engine.runtime.selection import Selected, Selections
from engine.runtime.working import Working

CATALOGUE = Origin("catalogue", "list_price")


@dataclass(frozen=True, slots=True)
class CompiledPrice:
    """Exactly one of price, ratio (off), amount (off), fact, and tiers (starts with price or ratio each) is set."""

    id: str
    price: int | None
    ratio: tuple[int, int] | None
    amount: int | None
    fact: str | None
    tier_starts: tuple[int, ...]
    tiers: tuple[tuple[int | None, tuple[int, int] | None], ...]
    marks_sale: bool
    origin: Origin

    def unit_price(self, list_price: int, quantity: int, facts: Mapping[str, Key], rounder: Rounder) -> int | None:
        """The price this rule gives; None when its tier or fact gives none. Never negative."""
        if self.fact is not None:
            value = facts.get(self.fact)
            return max(0, value) if isinstance(value, int) else None
        price, ratio = self.price, self.ratio
        if self.tiers:
            row = bisect_right(self.tier_starts, quantity)
            if not row:
                return None
            price, ratio = self.tiers[row - 1]
        if price is not None:
            return price
        if ratio is not None:
            return list_price - rounder(list_price * ratio[0], ratio[1])
        return max(0, list_price - (self.amount or 0))


@dataclass(frozen=True, slots=True)
class Guard:
    """Bounds of a unit price; see `engine.documents.model.GuardRails`."""

    never_below: int | None
    fact: str | None
    plus: tuple[int, int]
    max_change: tuple[int, int] | None
    origin: Origin

    def bounded(self, price: int, list_price: int, facts: Mapping[str, Key], rounder: Rounder) -> int:
        """`price` moved inside the bounds; never above the list price because of a lower bound."""
        lowest = 0
        if self.never_below is not None:
            lowest = min(self.never_below, list_price)
        if self.fact is not None:
            value = facts.get(self.fact)
            if isinstance(value, int):
                lowest = max(lowest, min(list_price, value + rounder(value * self.plus[0], self.plus[1])))
        if self.max_change is not None:
            change = rounder(list_price * self.max_change[0], self.max_change[1])
            lowest = max(lowest, list_price - change)
            price = min(price, list_price + change)
        return max(price, lowest)


@dataclass(frozen=True, slots=True)
class PricingProgram:
    """A pricing ruleset, compiled. Rules are in order of precedence; bit r of both indexes is rule r.

    `rules_of_selection` gives the rules of each selection as a mask, `tiered` is the mask of those with tiers; the cart
    side is `index`.
    """

    hash: str
    rounder: Rounder
    timezone: str
    reads_calendar: bool
    pick: Literal["best", "first"]
    rules: tuple[CompiledPrice, ...]
    index: Matcher
    selections: Selections
    set_facts: Mapping[str, frozenset[str]]
    rules_of_selection: Mapping[int, int]
    tiered: int
    guard: Guard | None


def run_pricing(
    program: PricingProgram,
    work: Working,
    values: Mapping[str, Key],
    touched: Mapping[str, Key | None],
    selected: Selected,
) -> None:
    """Set `work.unit`, `initial`, `amount`, `on_sale`; post what differs from the list price."""
    holding = program.index.match(values, touched)
    if not holding:
        return
    masks = _masks_by_line(program, selected, len(work.lines), holding)
    unit, on_sale = list(work.unit), work.on_sale
    changed = False
    for position, mask in enumerate(masks):
        chosen = _choose(program, mask, work, position) if mask else None
        if chosen is None:
            continue
        price, rule, origin = chosen
        if price != unit[position]:
            changed = True
            on_sale[position] = rule.marks_sale and price < unit[position]
            difference = (price - unit[position]) * work.quantity[position]
            unit[position] = price
            work.postings.append(Posting("pricing", difference, work.lines[position].id, origin))
    if changed:
        work.unit = unit
        work.initial = [price * quantity for price, quantity in zip(unit, work.quantity, strict=True)]
        work.amount = work.initial


def _masks_by_line(program: PricingProgram, selected: Selected, lines: int, holding: int) -> list[int]:
    masks = [0] * lines
    for selection, positions in selected.members.items():
        rules = program.rules_of_selection.get(selection, 0) & holding
        if rules:
            for position in positions:
                masks[position] |= rules
    return masks


def _choose(
    program: PricingProgram, mask: int, work: Working, position: int
) -> tuple[int, CompiledPrice, Origin] | None:
    """The chosen price with its rule and the place to name: the guard's, where it moved the price."""
    list_price, quantity, facts = (
        work.list_price[position],
        work.quantity[position],
        work.lines[position].facts,
    )
    best: tuple[int, CompiledPrice] | None = None
    for bit in iter_bits(mask):
        rule = program.rules[bit]
        price = rule.unit_price(list_price, quantity, facts, program.rounder)
        if price is None:
            continue
        if best is None or price < best[0]:
            best = (price, rule)
        if program.pick == "first":
            break
    if best is None or (program.pick == "best" and best[0] >= list_price):
        return None
    if program.guard is None:
        return best[0], best[1], best[1].origin
    guarded = program.guard.bounded(best[0], list_price, facts, program.rounder)
    return guarded, best[1], best[1].origin if guarded == best[0] else program.guard.origin
