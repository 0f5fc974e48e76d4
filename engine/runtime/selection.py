"""Which lines does each selection of a ruleset take, and what do its aggregates add up to?

A selection is one distinct `where`. Number 0 takes all lines and needs no index; the others are found by one
look-up per line, so their number does not matter, only how many of them a line satisfies.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import msgspec

from engine.documents.conditions import Measure
from engine.runtime.decision import Key
from engine.runtime.index import iter_bits
from engine.runtime.rule_index import Matcher
from engine.runtime.working import Working, weight_of

ALL_LINES = 0


@dataclass(frozen=True, slots=True)
class Selections:
    """The selections of one ruleset. `index` answers for numbers 1 … size − 1 (bit r is selection r + 1).

    `aggregates` gives each selection the axes computed over it. `set_facts` are the set-valued line facts some
    selection looks into, with the members it asks for.
    """

    size: int
    index: Matcher | None
    reads_prices: bool
    aggregates: Mapping[int, tuple[tuple[str, Measure], ...]]
    set_facts: Mapping[str, frozenset[str]]


class Selected(msgspec.Struct, frozen=True, gc=False):
    """`members`: positions of the lines of every selection that has any; `touched`: aggregates that are not 0."""

    members: Mapping[int, list[int]]
    touched: dict[str, Key | None]


def select(selections: Selections, work: Working) -> Selected:
    """Find the lines of every selection, and every aggregate that is not zero, from the line facts as they are now."""
    members: dict[int, list[int]] = {ALL_LINES: list(range(len(work.lines)))}
    if selections.index is not None:
        for position, mask in enumerate(_masks(selections, selections.index, work)):
            for bit in iter_bits(mask):
                found = members.get(bit + 1)
                if found is None:
                    members[bit + 1] = [position]
                else:
                    found.append(position)
    return Selected(members, _aggregates(selections, members, work) if selections.aggregates else {})


def _masks(selections: Selections, index: Matcher, work: Working) -> list[int]:
    """The selections each line satisfies, as a mask per line."""
    if not (selections.reads_prices or selections.set_facts):
        return index.match_each([line.facts for line in work.lines])
    return [index.match(*_line_values(selections, work, position)) for position in range(len(work.lines))]


def _line_values(selections: Selections, work: Working, position: int) -> tuple[dict[str, Key], dict[str, Key | None]]:
    """What the index looks at besides plain facts: prices where they are read, and members of sets."""
    line = work.lines[position]
    values = priced_facts(work, position) if selections.reads_prices else dict(line.facts)
    return values, touched_members(selections.set_facts, line.sets, values)


def _aggregates(selections: Selections, members: Mapping[int, list[int]], work: Working) -> dict[str, Key | None]:
    """Only selections that have lines are looked at: the others keep the default 0 of their axes."""
    found: dict[str, Key | None] = {}
    axes_of = selections.aggregates
    for selection, positions in members.items():
        for axis, measure in axes_of.get(selection, ()):
            found[axis] = aggregate(measure, positions, work)
    return found


def with_sums(selections: Selections, selected: Selected, values: Mapping[str, Key]) -> Mapping[str, Key]:
    """`values` and every aggregate that is known, for those who look at single facts: 0 where no line is selected."""
    if not selections.aggregates:
        return values
    sums: dict[str, Key | None] = {axis: 0 for axes in selections.aggregates.values() for axis, _ in axes}
    sums |= selected.touched
    return {**values, **{axis: value for axis, value in sums.items() if value is not None}}


def priced_facts(work: Working, position: int) -> dict[str, Key]:
    """The facts of a line after the pricing stage."""
    facts = dict(work.lines[position].facts)
    facts["line.unit_price"] = work.unit[position]
    facts["line.on_sale"] = 1 if work.on_sale[position] else 0
    facts["line.subtotal"] = work.initial[position]
    return facts


def touched_members(
    wanted: Mapping[str, frozenset[str]], sets: Mapping[str, frozenset[str]], values: dict[str, Key]
) -> dict[str, Key | None]:
    """The member axes a document has, of the set-valued facts `wanted`; see `engine.boxes.build.member_axis`.

    Whether a set is known at all is a dense axis of its own: it is answered through `values`, which gets the keys
    `fact∋` and `fact` (what `known` asks for) for each known set.
    """
    touched: dict[str, Key | None] = {}
    for fact, members in wanted.items():
        known = sets.get(fact)
        if known is not None:
            values[f"{fact}∋"] = values[fact] = 1
            for member in known & members:
                touched[f"{fact}∋{member}"] = 1
    return touched


def aggregate(measure: Measure, positions: list[int], work: Working) -> int | None:
    """Add up one measure over the lines at `positions`; None when a weight is missing."""
    if measure == "quantity":
        quantity = work.quantity
        return sum([quantity[position] for position in positions])
    if measure == "count":
        return len(positions)
    if measure == "subtotal":
        initial = work.initial
        return sum([initial[position] for position in positions])
    return weight_of([work.lines[position] for position in positions])
