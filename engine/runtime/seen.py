"""What did the conditions of a ruleset see in a checkout that is decided: facts of the cart, sums, lines?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from engine.boxes.truth import truth
from engine.documents.conditions import Aggregate, Condition, Measure
from engine.documents.model import Document
from engine.facts.cart import Cart, Line
from engine.runtime.decision import Decision, Key, LineResult
from engine.runtime.reasons import with_calendar


def facts_of(document: Document, cart: Cart, decision: Decision) -> Mapping[str, Key]:
    """The facts of the cart in the calendar of the document, its aggregates included (0 where no line matches)."""
    facts = dict(with_calendar(decision.facts, cart.now, document.head.timezone, reads=True))
    for axis, aggregate in document.aggregates.items():
        value = _aggregate(aggregate, cart, decision)
        if value is not None:
            facts[axis] = value
    return facts


def line_matches(where: Condition, cart: Cart, decision: Decision, number: int) -> bool:
    """Whether the line at that position, as priced, satisfies the condition."""
    line = cart.lines[number]
    return truth(where, priced_line(line, decision.lines[number]), line.sets) is True


def priced_line(line: Line, result: LineResult) -> dict[str, Key]:
    """The facts of a line after the pricing stage."""
    return {
        **line.facts,
        "line.unit_price": result.unit_price,
        "line.on_sale": int(result.on_sale),
        "line.subtotal": result.subtotal,
    }


def _aggregate(aggregate: Aggregate, cart: Cart, decision: Decision) -> int | None:
    matching = [number for number in range(len(cart.lines)) if line_matches(aggregate.where, cart, decision, number)]
    return measured(aggregate.measure, matching, cart, decision)


def measured(measure: Measure, positions: Sequence[int], cart: Cart, decision: Decision) -> int | None:
    """One measure added up over the lines at `positions`; None when a weight is missing."""
    match measure:
        case "count":
            return len(positions)
        case "quantity":
            return sum(cart.lines[number].quantity for number in positions)
        case "subtotal":
            return sum(decision.lines[number].subtotal for number in positions)
        case "weight_g":
            weights = [cart.lines[number].weight_g for number in positions]
            if None in weights:
                return None
            return sum((cart.lines[number].weight_g or 0) * cart.lines[number].quantity for number in positions)
