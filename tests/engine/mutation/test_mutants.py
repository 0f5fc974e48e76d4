"""Which faults are planted, and is each one change at one place that can be compiled?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from hypothesis import given, settings

from engine.boxes.build import TooManyBoxes
from engine.documents.model import AnyDocument
from engine.mutation.mutants import chosen, mutants_of
from engine.mutation.places import at, parts, put
from engine.pipeline import compile_book, evaluate
from tests.engine.mutation.judged import document, vocabulary
from tests.engine.runtime.books import cart, documents
from tests.engine.runtime.books import vocabulary as checkout_vocabulary
from tests.engine.runtime.generated_books import Asked, whole_books

PROMOTIONS = """\
ruleset: promotions
name: default
version: 1
vocabulary: checkout/1
currency: EUR
lanes: [{id: order, pick: best}]
define:
  big: {subtotal.items: {at_least: "150.00"}}
rules:
  - id: ten-off
    lane: order
    when: {condition: big, customer.group: {in: [member, vip]}}
    then: {percent_off: 10, on: order, cap: "40.00"}
    from: 2026-11-01
  - {id: tote, lane: order, when: {condition: big}, then: {gift: {sku: TOTE, quantity: 1}}}
"""


def told(found: AnyDocument, of: str = "checkout") -> list[str]:
    """Line and change of every mutant."""
    return [f"{mutant.span.line} {mutant.said}" for mutant in mutants_of(found, vocabulary(of))]


def test_the_faults_of_a_promotions_ruleset() -> None:
    assert told(document(PROMOTIONS)) == [
        "1 rounding half_up → half_even",
        "1 rounding half_up → down",
        "6 lane order: pick best → first",
        "6 lane order: pick best → all",
        "8 condition dropped: subtotal.items at_least 150.00",
        "8 all of these → any of these",
        "8 subtotal.items at_least 150.00 → 150.01",
        "8 subtotal.items at_least 150.00 → 149.99",
        "8 subtotal.items at_least 150.00 → less_than 150.00",
        "8 condition dropped: subtotal.items at_least 150.00",
        "10 rule ten-off removed",
        "10 ten-off and tote in the other order of priority",
        "10 from 2026-11-01T00:00, a second later",
        "10 from 2026-11-01T00:00, a second earlier",
        "12 condition dropped: customer.group in [member, vip]",
        "12 customer.group in [member, vip], without member",
        "12 customer.group in [member, vip], without vip",
        "12 customer.group in [member, vip] → not_in [member, vip]",
        "13 percent_off 10 % → 11 %",
        "13 percent_off 10 % → 9 %",
        "13 cap 40.00 → 40.01",
        "13 cap 40.00 → 39.99",
        "13 cap 40.00 removed",
        "13 basis remaining → initial",
        "15 rule tote removed",
        "15 quantity 1 → 2",
    ]


def test_a_condition_with_a_name_is_spoilt_for_all_that_use_it() -> None:
    found = document(PROMOTIONS)
    raised = next(mutant for mutant in mutants_of(found, vocabulary()) if mutant.said.endswith("→ 150.01"))
    assert len(raised.edits) == 2
    assert {at(found, path).operands for path, _ in raised.edits} == {(15000,)}
    assert {at(raised.of(found), path).operands for path, _ in raised.edits} == {(15001,)}


def test_a_limit_between_two_bands_moves_for_both() -> None:
    found = document("""\
ruleset: shipping
name: default
version: 1
vocabulary: checkout/1
currency: EUR
zones: [{id: all, where: {destination.country: {known: true}}}]
methods:
  - id: parcel
    rates: {all: {bands: {by: shipment.weight_g, rows: [{below: 500g, price: "1.00"}, {rest: {price: "2.00"}}]}}}
""")
    raised = next(mutant for mutant in mutants_of(found, vocabulary()) if "501g" in mutant.said)
    rows = at(raised.of(found), ("methods", 0, "rates", "all")).rows
    assert [(row.low, row.high) for row in rows] == [(None, 501), (501, None)]


def test_few_of_many_are_spread_over_the_document() -> None:
    mutants = mutants_of(document(PROMOTIONS), vocabulary())
    few = chosen(mutants, 5)
    assert [mutant.span.line for mutant in few] == [1, 8, 10, 12, 13]
    assert chosen(mutants, None) == chosen(mutants, 1000) == mutants


@settings(max_examples=12)
@given(whole_books())
def test_every_mutant_compiles_and_differs_only_at_its_place(asked: Asked) -> None:
    for found in documents(asked.bodies, asked.currency).values():
        mutants = mutants_of(found, checkout_vocabulary())
        assert len({mutant.key for mutant in mutants}) == len(mutants)
        for mutant in mutants:
            spoilt = mutant.of(found)
            assert spoilt != found
            assert _repaired(spoilt, found, [path for path, _ in mutant.edits]) == found
            assert all(_is_at(found, path, mutant.span.line) for path, _ in mutant.edits)
            try:
                compile_book({found.head.kind: spoilt}, asked.currency, checkout_vocabulary())
            except TooManyBoxes:
                continue


@settings(max_examples=12)
@given(whole_books())
def test_every_mutant_decides_a_cart(asked: Asked) -> None:
    found = documents(asked.bodies, asked.currency)
    book = compile_book(found, asked.currency, checkout_vocabulary())
    wanted = cart(asked.cart, asked.currency)
    for kind, each in found.items():
        for mutant in chosen(mutants_of(each, checkout_vocabulary()), 15):
            spoilt = {kind: mutant.of(each)}
            try:
                program = getattr(compile_book(spoilt, asked.currency, checkout_vocabulary()), kind)
            except TooManyBoxes:
                continue
            decision = evaluate(replace(book, documents={**found, **spoilt}, **{kind: program}), wanted)
            assert decision.totals.total >= 0


@settings(max_examples=12)
@given(whole_books())
def test_replacing_a_part_by_itself_changes_nothing(asked: Asked) -> None:
    for found in documents(asked.bodies, asked.currency).values():
        for path, part in parts(found):
            assert at(found, path) is part
            assert put(found, path, part) == found


def _repaired(spoilt: Any, right: Any, paths: list[tuple[str | int, ...]]) -> Any:
    for path in paths:
        spoilt = put(spoilt, path, at(right, path))
    return spoilt


def _is_at(found: Any, path: tuple[str | int, ...], line: int) -> bool:
    """Whether something inside the part, or around it, stands in that line."""
    return any(span.line <= line <= span.end_line for span in _spans(found, path))


def _spans(found: Any, path: tuple[str | int, ...]) -> Iterator[Any]:
    yield found.head.span
    for steps in range(len(path) + 1):
        span = getattr(at(found, path[:steps]), "span", None)
        if span is not None:
            yield span
    for _, part in parts(at(found, path)):
        span = getattr(part, "span", None)
        if span is not None:
            yield span
