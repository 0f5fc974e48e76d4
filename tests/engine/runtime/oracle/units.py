"""Group offers, worked out with every unit of every line in hand.

A line of three units at 10.00 in all is units of 3.34, 3.33 and 3.33. Units that serve a group offer are the cheapest
of their line, so the dearest stay free for the next.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from typing import NamedTuple

from engine.documents.effects import Bundle, BuyXGetY, CheapestFree
from tests.engine.runtime.oracle.arithmetic import percent_of, shared_out
from tests.engine.runtime.oracle.state import Checkout, lines_where


class Unit(NamedTuple):
    """One free unit. Sorted: the cheapest first, equal prices in the order of lines."""

    price: int
    line: int
    number: int


class Offer(NamedTuple):
    """What an offer would take off each line, and how many units of it would then serve this offer."""

    savings: dict[int, int]
    units: dict[int, int]

    @property
    def total(self) -> int:
        return sum(self.savings.values())


NOTHING = Offer({}, {})


def free_units(checkout: Checkout, lines: Iterable[int]) -> list[Unit]:
    """Every unit no group offer uses yet."""
    found = []
    for line in lines:
        quantity = checkout.cart.lines[line].quantity
        worths = shared_out(checkout.left[line], [1] * quantity)
        dearest_first = sorted(worths, reverse=True)[: quantity - checkout.grouped[line]]
        found += [Unit(price, line, number) for number, price in enumerate(dearest_first)]
    return sorted(found)


def cheapest_free(effect: CheapestFree, checkout: Checkout, free: Collection[int], most: int | None) -> Offer:
    """Of every `buy` units `free` are free: the cheapest of all."""
    units = free_units(checkout, (line for line in lines_where(effect.where, checkout) if line in free))
    groups = _at_most(len(units) // effect.buy, most)
    given, rest = units[: groups * effect.free], units[groups * effect.free :]
    paid_for = rest[len(rest) - groups * (effect.buy - effect.free) :]
    return _offer(checkout, _worth_by_line(given), [*given, *paid_for])


def buy_x_get_y(effect: BuyXGetY, checkout: Checkout, free: Collection[int], most: int | None, mode: str) -> Offer:
    """As many groups as the units allow; got are the cheapest, bought the dearest of the others."""
    buyable = {line for line in lines_where(effect.buy_where, checkout) if line in free}
    gettable = {line for line in lines_where(effect.get_where, checkout) if line in free}
    units = free_units(checkout, sorted(buyable | gettable))
    groups = 0
    while (most is None or groups < most) and _enough(effect, units, buyable, gettable, groups + 1):
        groups += 1
    got: list[Unit] = []
    for unit in units:
        rest = [other for other in units if other not in got and other != unit and other.line in buyable]
        is_wanted = unit.line in gettable and len(got) < groups * effect.get_quantity
        if is_wanted and len(rest) >= groups * effect.buy_quantity:
            got.append(unit)
    others = [unit for unit in units if unit not in got and unit.line in buyable]
    bought = others[len(others) - groups * effect.buy_quantity :]
    saving = percent_of(sum(unit.price for unit in got), effect.percent, mode)
    return _offer(checkout, _shared_by_worth(saving, got), [*got, *bought])


def _enough(effect: BuyXGetY, units: list[Unit], buyable: set[int], gettable: set[int], groups: int) -> bool:
    only_buy = sum(unit.line in buyable - gettable for unit in units)
    only_get = sum(unit.line in gettable - buyable for unit in units)
    both = sum(unit.line in buyable & gettable for unit in units)
    missing_to_buy = max(0, groups * effect.buy_quantity - only_buy)
    missing_to_get = max(0, groups * effect.get_quantity - only_get)
    return missing_to_buy + missing_to_get <= both


def bundle(effect: Bundle, checkout: Checkout, free: Collection[int], most: int | None, mode: str) -> Offer:
    """As many bundles as can be filled, of the dearest units; of bundles at a price, as many as save most."""
    pools = [{line for line in lines_where(part.where, checkout) if line in free} for part in effect.parts]
    dearest_first = sorted(free_units(checkout, sorted(set().union(*pools))), key=lambda unit: (-unit.price, unit.line))
    best = NOTHING
    groups = 1
    while most is None or groups <= most:
        slots = [part for part, wanted in enumerate(effect.parts) for _ in range(wanted.quantity * groups)]
        chosen = _fill(slots, pools, dearest_first)
        if len(chosen) < len(slots):
            break
        worth = sum(unit.price for unit in chosen)
        if effect.price is not None:
            saving = worth - groups * effect.price
        elif effect.amount is not None:
            saving = min(worth, groups * effect.amount)
        else:
            saving = percent_of(worth, effect.percent or (0, 1), mode)
        if saving > 0 and (effect.price is None or saving > _gross(best)):
            best = Offer(_shared_by_worth(saving, chosen), Counter(unit.line for unit in chosen))
        groups += 1
    return _offer(checkout, best.savings, best.units)


def _gross(offer: Offer) -> int:
    return sum(offer.savings.values())


def _fill(slots: list[int], pools: list[set[int]], units: list[Unit]) -> list[Unit]:
    """Take unit after unit as long as all taken ones still find different slots."""
    holder: dict[int, Unit] = {}

    def place(unit: Unit, tried: set[int]) -> bool:
        for slot, part in enumerate(slots):
            if unit.line in pools[part] and slot not in tried:
                tried.add(slot)
                if slot not in holder or place(holder[slot], tried):
                    holder[slot] = unit
                    return True
        return False

    return [unit for unit in units if place(unit, set())]


def _at_most(groups: int, most: int | None) -> int:
    return groups if most is None else min(groups, most)


def _worth_by_line(units: Iterable[Unit]) -> dict[int, int]:
    worth: dict[int, int] = {}
    for unit in units:
        worth[unit.line] = worth.get(unit.line, 0) + unit.price
    return worth


def _shared_by_worth(saving: int, units: Iterable[Unit]) -> dict[int, int]:
    worth = sorted(_worth_by_line(units).items())
    parts = shared_out(saving, [value for _, value in worth])
    return {line: part for (line, _), part in zip(worth, parts, strict=True)}


def _offer(checkout: Checkout, savings: dict[int, int], used: Iterable[Unit] | dict[int, int]) -> Offer:
    bounded = {line: min(saving, checkout.room(line)) for line, saving in savings.items()}
    kept = {line: saving for line, saving in sorted(bounded.items()) if saving > 0}
    units = dict(used) if isinstance(used, dict) else Counter(unit.line for unit in used)
    return Offer(kept, units) if kept else NOTHING
