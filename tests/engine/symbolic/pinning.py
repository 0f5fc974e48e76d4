"""A model with every unknown of real carts set to what the carts say: only the book's own freedom is left."""

from __future__ import annotations

from collections.abc import Sequence

from engine.boxes.box import Box
from engine.boxes.build import is_member_axis
from engine.documents.model import Invariant
from engine.facts.cart import Cart, Key, Line
from engine.runtime.book import Book
from engine.runtime.decision import Decision, LineResult
from engine.runtime.evaluate import evaluate
from engine.runtime.reasons import with_calendar
from engine.runtime.working import request_facts
from engine.symbolic.book_plan import BookPlan, LineKinds, plan_book
from engine.symbolic.cells import Cell, cells_of
from engine.symbolic.codes import code_on_cart
from engine.symbolic.facts import Stated
from engine.symbolic.kinds import kinds_of
from engine.symbolic.model import Model
from engine.symbolic.questions import Question, ask_of, renamed
from engine.symbolic.run import Asked, Outcome, run_book
from engine.symbolic.terms import Logic

MEASURES = ("items", "discount", "shipping", "shipping_discount", "tax", "total")
Decided = tuple[Line, LineResult]
EFFORT = 20_000_000


def admits(book: Book, cart: Cart, *, copies: int | None = None) -> str:
    """The solver's answer to: can the cart be decided as the evaluator decides it?"""
    decision = evaluate(book, cart)
    lines = LineKinds()
    plan = plan_book(book, lines)
    kinds = kinds_of(lines.boxes, book.vocabulary, priced=book.pricing is not None)
    model = Model(Logic(), book.vocabulary)
    cells = cells_of(model, kinds, copies)
    outcome = run_book(model, plan, Asked(cells))
    model.statements.close()
    pin_cells(model, cells, [decided(cart, decision)], lines.boxes)
    _pin_run(model, plan, outcome, cart, decision)
    pin_facts(model, cart)
    return model.logic.ask(EFFORT)


def admits_all(book: Book, invariant: Invariant, carts: Sequence[Cart]) -> str:
    """The same of the carts that a claim compares, which differ in facts alone."""
    question = ask_of(book, invariant, None)
    decisions = [evaluate(book, cart) for cart in carts]
    sides = [decided(cart, decision) for cart, decision in zip(carts, decisions, strict=True)]
    pin_cells(question.model, question.cells, sides, selections_of(question))
    return admitted(question, carts, decisions)


def admitted(question: Question, carts: Sequence[Cart], decisions: Sequence[Decision]) -> str:
    """The answer once every run is pinned to its cart; the cells of the lines are pinned already."""
    for plan, asked, outcome, cart, decision in zip(
        question.plans, question.asked, question.runs, carts, decisions, strict=True
    ):
        _pin_run(question.model, plan, outcome, cart, decision, asked.shopper, asked.mark)
    pin_facts(question.model, carts[0])
    return question.model.logic.ask(EFFORT)


def decided(cart: Cart, decision: Decision) -> list[Decided]:
    """The lines of a cart with what was decided of them."""
    return list(zip(cart.lines, decision.lines, strict=True))


def _pin_run(
    model: Model, plan: BookPlan, outcome: Outcome, cart: Cart, decision: Decision, shopper: str = "", mark: str = ""
) -> None:
    pin_prices(model, outcome.cells, decided(cart, decision), mark)
    pin_uses(model, plan, cart, decision, shopper)
    for name in MEASURES:
        model.logic.tell(outcome.measures[name] == getattr(decision.totals, name))  # type: ignore[index]


# lines ---------------------------------------------------------------------------------------------------------


def pin_cells(
    model: Model, cells: Sequence[Cell], sides: Sequence[Sequence[Decided]], selections: Sequence[tuple[Box, ...]]
) -> None:
    """Say how many lines of each kind there are, and their sums at list prices; the sides have the same lines."""
    free = {cell.name: cell for cell in cells}
    sums = {cell.name: [0] * 8 for cell in cells}
    for place in sorted(range(len(sides[0])), key=lambda place: -_listed(sides[0][place][0])):
        facts = dict(line_facts(sides[0][place]))
        for side in sides[1:]:
            facts |= {f"{axis}'": value for axis, value in _priced(side[place][1]).items()}
        members = members_of(facts, selections)
        cell = next(cell for cell in free.values() if cell.kind.members == members and _has_room(cell, sums))
        sums[cell.name] = [one + two for one, two in zip(sums[cell.name], numbers_of(sides[0][place][0]), strict=True)]
    for cell in cells:
        for term, value in zip(terms_of(cell), sums[cell.name], strict=True):
            model.logic.tell(term == value)


def terms_of(cell: Cell) -> tuple[object, ...]:
    """What `numbers_of` gives for one line."""
    return (cell.lines, cell.units, cell.listed, cell.weight, cell.weightless, cell.volume, cell.volumeless, cell.floor)


def numbers_of(line: Line) -> list[int]:
    """What one line adds to its cell, at list prices."""
    quantity = line.quantity
    return [
        1,
        quantity,
        _listed(line),
        (line.weight_g or 0) * quantity,
        int(line.weight_g is None),
        (line.volume_cm3 or 0) * quantity,
        int(line.volume_cm3 is None),
        0 if line.floor_price is None else min(line.floor_price * quantity, _listed(line)),
    ]


def line_facts(found: Decided) -> dict[str, Key]:
    """Every axis a line condition may look at."""
    line, result = found
    facts: dict[str, Key] = {**line.facts, **_priced(result)}
    for name, members in line.sets.items():
        facts[name] = facts[f"{name}∋"] = 1
        facts |= {f"{name}∋{member}": 1 for member in members}
    return facts


def pin_prices(model: Model, cells: Sequence[Cell], lines: Sequence[Decided], mark: str) -> None:
    """Say what all lines cost after pricing, and what stays below; by kind where the cells are sums."""
    initial = sum(result.subtotal for _, result in lines)
    floor = sum(
        0 if line.floor_price is None else min(line.floor_price * line.quantity, result.subtotal)
        for line, result in lines
    )
    model.logic.tell(model.logic.sum(cell.initial for cell in cells) == initial)
    model.logic.tell(model.logic.sum(cell.floor for cell in cells) == floor)


def _priced(result: LineResult) -> dict[str, Key]:
    return {
        "line.unit_price": result.unit_price,
        "line.on_sale": int(result.on_sale),
        "line.subtotal": result.subtotal,
    }


def _listed(line: Line) -> int:
    return line.list_price * line.quantity


def members_of(facts: dict[str, Key], selections: Sequence[tuple[Box, ...]]) -> frozenset[int]:
    """The numbers of the selections a line with these facts is in."""
    axes = {axis for boxes in selections for box in boxes for axis in box if is_member_axis(axis)}
    whole = {**dict.fromkeys(axes, 0), **facts}
    return frozenset(number for number, boxes in enumerate(selections) if any(box.holds(whole) for box in boxes))


def selections_of(question: Question) -> list[tuple[Box, ...]]:
    """The selections that the kinds of a question tell apart: those of the first run, then those of the second."""
    selections = list(question.plans[0].kinds.boxes)
    for asked in question.asked:
        for number, place in sorted(asked.numbers.items(), key=lambda pair: pair[1]):
            if place == len(selections):
                selections.append(tuple(renamed(box) for box in question.plans[0].kinds.boxes[number]))
    return selections


def _has_room(cell: Cell, sums: dict[str, list[int]]) -> bool:
    return "." not in cell.name.rpartition("kind")[2] or sums[cell.name][0] == 0


# facts and uses ------------------------------------------------------------------------------------------------


def pin_facts(model: Model, cart: Cart) -> None:
    """Say every fact of the request that some condition asked about."""
    values = request_facts(cart)
    for name, stated in sorted(model.statements.stated.items()):
        fact, _, zone = name.partition("@")
        if zone:
            pin(model, stated, with_calendar(values, cart.now, zone, True)[fact])
        elif is_member_axis(name):
            whole, _, member = name.partition("∋")
            pin(model, stated, int(member in cart.sets.get(whole, ())))
        elif name.endswith("∋"):
            pin(model, stated, 1 if name[:-1] in cart.sets else None)
        else:
            pin(model, stated, values.get(name))


def pin(model: Model, stated: Stated, value: Key | None) -> None:
    """Say what one fact is."""
    logic = model.logic
    logic.tell(logic.same(stated.missing, value is None))
    if isinstance(value, int) and stated.number is not None:
        logic.tell(stated.number == value)
    if isinstance(value, str):
        for cut, reached in stated.cuts.items():
            logic.tell(logic.same(reached, value >= cut))


def pin_uses(model: Model, plan: BookPlan, cart: Cart, decision: Decision, shopper: str = "") -> None:
    """Say how often rules were used, and which codes are on the cart."""
    logic = model.logic
    for lane in plan.lanes:
        for rule in lane.rules:
            usage = cart.usage.get(rule.id)
            customer = usage.customer if usage is not None else None if cart.customer_id is None else 0
            logic.tell(logic.whole(f"used {rule.id}.total") == (0 if usage is None else usage.total))
            logic.tell(logic.whole(f"used {rule.id}.spent") == (0 if usage is None else usage.spent))
            logic.tell(logic.same(logic.either(f"used {rule.id} by known{shopper}"), customer is not None))
            if customer is not None:
                logic.tell(logic.whole(f"used {rule.id}.customer{shopper}") == customer)
    applied = {result.rule for result in decision.coupons if result.state == "applied"}
    entered = {result.rule for result in decision.coupons}
    for each in plan.admitted:
        if each.coupon.id in applied or each.coupon.id not in entered:
            logic.tell(logic.same(code_on_cart(model, each.coupon.id, shopper), each.coupon.id in applied))
