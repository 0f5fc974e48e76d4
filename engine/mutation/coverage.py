"""Which conditions and boundaries of a checkout ruleset do its cases show from both sides?

A test is covered when it is true in some case and false in another one; a boundary when some case has the last value
below it, and another one the first value above. Values are those the facts have when the decision is made, whichever
rule they belong to: what a case shows of a rule's effect is the business of mutants.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from engine.boxes.truth import truth
from engine.cases.coverage import reached, rules_of
from engine.cases.read_case import read_cases
from engine.cases.run import BookFor
from engine.cases.watching import Watching
from engine.documents.conditions import Key, Test
from engine.documents.effects import TieredPercent
from engine.documents.model import (
    AccessDocument,
    AnyDocument,
    Bands,
    FreeFrom,
    MinimumOrder,
    OrdersDocument,
    PriceRule,
    TableRow,
    Window,
)
from engine.facts.cart import Cart
from engine.facts.scenario import ScenarioContext, read_scenario
from engine.facts.vocabulary import Vocabulary
from engine.mutation.conditions import UNITS
from engine.mutation.places import Path, at, parts
from engine.mutation.said import Said
from engine.pipeline import evaluate
from engine.runtime.book import Book
from engine.runtime.decision import Decision
from engine.runtime.reasons import with_calendar
from engine.text.source import Span

_ORDERED: Final = frozenset({"at_least", "more_than", "at_most", "less_than", "between"})

Facts = Mapping[str, Key]
Sets = Mapping[str, frozenset[str]]


@dataclass(frozen=True, slots=True)
class Covered:
    """Something that has two sides, and on which of them a case stands: for a test true and false, for a boundary its
    first value above and its last below. For a rule: whether a case shows its effect (then both are the same).
    """

    what: str
    span: Span
    above: bool
    below: bool

    @property
    def is_covered(self) -> bool:
        """Whether both sides are shown."""
        return self.above and self.below


@dataclass(frozen=True, slots=True)
class Coverage:
    """By place in the text. `conditions` and `boundaries` are empty for lifecycles and access."""

    rules: tuple[Covered, ...]
    conditions: tuple[Covered, ...]
    boundaries: tuple[Covered, ...]


@dataclass(frozen=True, slots=True)
class _View:
    """What the conditions of a case see: the facts of the cart, of a parcel, or of a line."""

    facts: Facts
    sets: Sets


@dataclass(slots=True)
class _Sides:
    what: str
    span: Span
    sides: set[bool] = field(default_factory=set)

    def covered(self) -> Covered:
        return Covered(self.what, self.span, True in self.sides, False in self.sides)


def coverage(document: AnyDocument, vocabulary: Vocabulary, book_for: BookFor, context: ScenarioContext) -> Coverage:
    """What the cases that can be run show. `vocabulary` is that of the document, `book_for` and `context` as for its
    cases.
    """
    if isinstance(document, OrdersDocument | AccessDocument | Watching):
        return Coverage((), (), ())
    decided = list(_decided(document, book_for, context))
    seen = {key for _, _, decision in decided for key in reached(decision)}
    rules = (
        Covered(f"{rule.what} {rule.id}", rule.span, rule.key in seen, rule.key in seen) for rule in rules_of(document)
    )
    said = Said(document, vocabulary)
    views = [view for book, cart, decision in decided for view in _views(document, book, cart, decision)]
    conditions, boundaries = _conditions(document, views, said), _boundaries(document, views, said)
    return Coverage(tuple(rules), tuple(conditions), tuple(boundaries))


def _decided(
    document: AnyDocument, book_for: BookFor, context: ScenarioContext
) -> Iterator[tuple[Book, Cart, Decision]]:
    for case in read_cases(document.cases)[0]:
        scenario, _ = read_scenario(case.given, context)
        book = None if scenario is None else book_for(case.rulesets, scenario.cart.currency)[0]
        # Amounts of another currency have limits of their own.
        if scenario is not None and book is not None and document.head.currency in ("", scenario.cart.currency):
            yield book, scenario.cart, evaluate(book, scenario.cart)


# what conditions see -------------------------------------------------------------------------------------------


def _views(document: AnyDocument, book: Book, cart: Cart, decision: Decision) -> Iterator[_View]:
    facts = dict(with_calendar(decision.facts, cart.now, document.head.timezone, reads=True))
    yield _View({**facts, **_sums(document, cart, decision)}, {**cart.sets, **decision.sets})
    for line, result in zip(cart.lines, decision.lines, strict=True):
        priced: dict[str, Key] = {
            "line.unit_price": result.unit_price,
            "line.on_sale": int(result.on_sale),
            "line.subtotal": result.subtotal,
            "tax.class": line.tax_class,
        }
        yield _View({**facts, **line.facts, **priced}, {**cart.sets, **decision.sets, **line.sets})
    for parcel in _parcels(cart, decision):
        yield _View({**facts, **parcel}, {**cart.sets, **decision.sets})


def _sums(document: AnyDocument, cart: Cart, decision: Decision) -> Facts:
    """The aggregates of the document."""
    found: dict[str, Key] = {}
    for axis, aggregate in document.aggregates.items():
        chosen = [
            (line, result)
            for line, result in zip(cart.lines, decision.lines, strict=True)
            if truth(aggregate.where, {**line.facts, "line.unit_price": result.unit_price}, line.sets)
        ]
        if aggregate.measure == "weight_g" and any(line.weight_g is None for line, _ in chosen):
            continue
        found[axis] = sum(
            {
                "count": 1,
                "quantity": line.quantity,
                "subtotal": result.subtotal,
                "weight_g": (line.weight_g or 0) * line.quantity,
            }[aggregate.measure]
            for line, result in chosen
        )
    return found


def _parcels(cart: Cart, decision: Decision) -> Iterator[Facts]:
    """The whole order as one parcel, and each seller's."""
    yield from (_parcel(cart, decision, seller) for seller in (None, *sorted({line.seller for line in cart.lines})))


def _parcel(cart: Cart, decision: Decision, seller: str | None) -> Facts:
    lines = [line for line in cart.lines if seller is None or line.seller == seller]
    amounts = {result.id: result.total for result in decision.lines}
    facts: dict[str, Key] = {
        "shipment.item_count": sum(line.quantity for line in lines),
        "shipment.subtotal": sum(amounts[line.id] for line in lines),
    }
    if seller:
        facts["shipment.seller"] = seller
    if all(line.weight_g is not None for line in lines):
        facts["shipment.weight_g"] = sum((line.weight_g or 0) * line.quantity for line in lines)
        facts["shipment.chargeable_weight_g"] = facts["shipment.weight_g"]
    if all(line.volume_cm3 is not None for line in lines):
        facts["shipment.volume_cm3"] = sum((line.volume_cm3 or 0) * line.quantity for line in lines)
    return facts


# tests and boundaries ------------------------------------------------------------------------------------------


def _conditions(document: AnyDocument, views: Sequence[_View], said: Said) -> list[Covered]:
    found: dict[tuple[Span, Test], _Sides] = {}
    for path, part in parts(document):
        if not isinstance(part, Test) or _in_a_row(document, path) or (part.span, part) in found:
            continue
        sides = found[part.span, part] = _Sides(f"{said.fact(part.fact)} {said.operand(part)}", part.span)
        sides.sides |= {answer for view in views if (answer := truth(part, view.facts, view.sets)) is not None}
    return sorted((sides.covered() for sides in found.values()), key=lambda covered: covered.span)


def _boundaries(document: AnyDocument, views: Sequence[_View], said: Said) -> list[Covered]:
    values: dict[str, set[Key]] = {}
    for view in views:
        for fact, value in view.facts.items():
            values.setdefault(fact, set()).add(value)
    found: dict[tuple[Span, str, int], Covered] = {}
    for _, part in parts(document):
        for fact, above, unit, span in _limits(part, said):
            shown = f"{said.fact(fact)} {said.value(fact, above)}"
            here = values.get(fact, set())
            found.setdefault((span, fact, above), Covered(shown, span, above in here, above - unit in here))
    return sorted(found.values(), key=lambda covered: (covered.span, covered.what))


def _limits(part: Any, said: Said) -> Iterator[tuple[str, int, int, Span]]:
    """Fact, its first value above a limit, its smallest step, and the place; for each limit the part itself has."""
    match part:
        case Test() if part.operator in _ORDERED and said.type_of(part.fact) in UNITS:
            unit = UNITS[said.type_of(part.fact) or "count"]
            for operand in part.operands:
                if isinstance(operand, int):
                    after = unit if part.operator in ("more_than", "at_most") else 0
                    yield part.fact, operand + after, unit, part.span
        case Bands():
            yield from ((part.by, row.high, 1, row.span) for row in part.rows if row.high is not None)
        case FreeFrom() | MinimumOrder():
            yield part.of, part.amount, 1, part.span
        case TieredPercent():
            yield from ((part.by, tier.start, 1, tier.span) for tier in part.rows)
        case PriceRule():
            yield from (("line.quantity", tier.start, 1, tier.span) for tier in part.tiers)
    window = getattr(part, "window", None)
    if isinstance(window, Window):
        ends = (end for end in (window.start, window.end) if end is not None)
        yield from (("now", end, UNITS["instant"], part.span) for end in ends)


def _in_a_row(document: AnyDocument, path: Path) -> bool:
    return any(isinstance(at(document, path[:steps]), TableRow) for steps in range(len(path)))
