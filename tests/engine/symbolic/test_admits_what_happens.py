"""Does the model admit every decision the evaluator makes? What it excluded could be proved, and be false."""

from __future__ import annotations

import os
from collections.abc import Sequence

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from engine.documents.model import Adding, Invariant, Monotone, NeverMore, Splitting
from engine.facts.cart import Cart, Line
from engine.proof.partners import with_facts
from engine.runtime.book import Book
from engine.runtime.evaluate import evaluate
from engine.symbolic.kinds import TooManyKinds
from engine.symbolic.model import NotModelled
from engine.symbolic.questions import ask_of
from tests.engine.runtime.books import book, cart
from tests.engine.runtime.generated import COUNTRIES, GROUPS
from tests.engine.runtime.generated_books import Asked, whole_books
from tests.engine.symbolic.claims import claimed
from tests.engine.symbolic.pinning import (
    admits,
    admits_all,
    admitted,
    decided,
    numbers_of,
    pin_cells,
    selections_of,
    terms_of,
)

pytest.importorskip("z3")

IS_SOAK = os.environ.get("HYPOTHESIS_PROFILE") == "soak"
some = settings(max_examples=500 if IS_SOAK else 4, deadline=None, suppress_health_check=list(HealthCheck))


def made(asked: Asked) -> tuple[Book, Cart]:
    found = cart(asked.cart, asked.currency)
    assume(found.lines)
    return book(asked.currency, **asked.bodies), found


@some
@given(whole_books())
def test_whatever_a_book_decides_about_a_cart_the_model_admits(asked: Asked) -> None:
    try:
        answer = admits(*made(asked))
    except (NotModelled, TooManyKinds):
        assume(False)
    assert answer != "unsat"


@settings(some, max_examples=300 if IS_SOAK else 3)
@given(whole_books())
def test_a_model_of_few_lines_admits_it_too(asked: Asked) -> None:
    rules, found = made(asked)
    assume(len(found.lines) <= 3)
    try:
        answer = admits(rules, found, copies=3)
    except (NotModelled, TooManyKinds):
        assume(False)
    assert answer != "unsat"


FACTS = {"customer.group": (None, *GROUPS), "destination.country": (None, *COUNTRIES)}


@some
@given(whole_books(), st.sampled_from(sorted(FACTS)), st.data())
def test_one_cart_with_these_facts_and_with_those(asked: Asked, fact: str, data: st.DataObject) -> None:
    rules, found = made(asked)
    one, two = (data.draw(st.sampled_from(FACTS[fact])) for _ in range(2))
    claim = NeverMore(these={fact: one}, those={fact: two})
    carts = with_facts(found, claim)
    assume(same_parts(rules, carts))
    try:
        answer = admits_all(rules, claimed(claim), carts)
    except (NotModelled, TooManyKinds):
        assume(False)
    assert answer != "unsat"


@some
@given(
    whole_books(),
    st.integers(0, 5),
    st.integers(1, 3),
    st.sampled_from(["weight", "quantity", "price", "adding", "new"]),
)
def test_two_carts_that_differ_in_one_line(asked: Asked, place: int, more: int, how: str) -> None:
    rules, found = made(asked)
    line = found.lines[place % len(found.lines)]
    grown = grow(line, how, more)
    assume(grown is not None)
    assert grown is not None
    rest = tuple(each for each in found.lines if each.id != line.id)
    assume(rest or how != "new")
    less = () if how == "new" else (line,)
    carts = [with_lines(found, (*rest, *less)), with_lines(found, (*rest, grown))]
    assume(same_parts(rules, carts))
    growing = {"adding": None, "new": None}.get(how, how)
    claim = (
        Adding(lowers_by_at_most=0) if growing is None else Monotone(measure="total", growing=growing)  # type: ignore[arg-type]
    )
    try:
        answer = admits_grown(rules, claimed(claim), carts, line.id)
    except (NotModelled, TooManyKinds):
        assume(False)
    assert answer != "unsat"


@some
@given(whole_books(), st.data())
def test_one_cart_and_two_that_share_its_units(asked: Asked, data: st.DataObject) -> None:
    bodies = {kind: body for kind, body in asked.bodies.items() if kind not in ("pricing", "coupons")}
    rules = book(asked.currency, **bodies)
    found = cart({**asked.cart, "coupon": [], "usage": {}}, asked.currency)
    assume(found.lines)
    taken = [data.draw(st.integers(0, line.quantity)) for line in found.lines]
    parts = [
        with_lines(found, tuple(of(line, units) for line, units in zip(found.lines, some_units, strict=True) if units))
        for some_units in (taken, [line.quantity - units for line, units in zip(found.lines, taken, strict=True)])
    ]
    assume(all(part.lines for part in parts))
    carts = [found, *parts]
    assume(same_parts(rules, carts))
    try:
        question = ask_of(rules, claimed(Splitting(saves_at_most=0)), None)
    except (NotModelled, TooManyKinds):
        assume(False)
    decisions = [evaluate(rules, each) for each in carts]
    for run, each, decision in zip(question.asked, carts, decisions, strict=True):
        pin_cells(question.model, list(run.cells), [decided(each, decision)], selections_of(question))
    assert admitted(question, carts, decisions) != "unsat"


# carts that are compared ---------------------------------------------------------------------------------------


def with_lines(found: Cart, lines: tuple[Line, ...]) -> Cart:
    return replace(found, lines=tuple(sorted(lines, key=lambda line: line.id)))


def grow(line: Line, how: str, more: int) -> Line | None:
    if how == "weight":
        if line.weight_g is None:
            return None
        weight = line.weight_g + 37 * more
        return replace(line, weight_g=weight, facts={**line.facts, "line.weight_g": weight})
    if how == "price":
        price = line.list_price + 53 * more
        return replace(line, list_price=price, facts={**line.facts, "line.list_price": price})
    return line if how == "new" else of(line, line.quantity + more)


def of(line: Line, units: int) -> Line:
    return replace(line, quantity=units, facts={**line.facts, "line.quantity": units})


def same_parts(rules: Book, carts: Sequence[Cart]) -> bool:
    """Whether shipping is decided in all of them or in none: only such carts are compared."""
    return len({evaluate(rules, each).shipping_method is None for each in carts}) == 1


def admits_grown(rules: Book, invariant: Invariant, carts: list[Cart], changed: str) -> str:
    question = ask_of(rules, invariant, None)
    logic = question.model.logic
    decisions = [evaluate(rules, each) for each in carts]
    sides = [
        [found for found in decided(each, decision) if found[0].id != changed]
        for each, decision in zip(carts, decisions, strict=True)
    ]
    pin_cells(question.model, question.cells, sides, selections_of(question))
    assert question.extra is not None
    for each, line_cell in zip(carts, question.extra.lines, strict=True):
        line = next((line for line in each.lines if line.id == changed), None)
        for term, value in zip(terms_of(line_cell), [0] * 8 if line is None else numbers_of(line), strict=True):
            logic.tell(term == value)
    return admitted(question, carts, decisions)
