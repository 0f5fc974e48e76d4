"""Which runs does a claim compare, and what would contradict it?

Every cart of the claim has at least one line, and is worth at most `MOST_AMOUNT`, at list prices and after pricing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from engine.boxes.box import Box
from engine.boxes.build import conjunction
from engine.documents.model import Adding, Bound, Claim, Growing, Invariant, Monotone, NeverMore, Splitting
from engine.documents.model.invariants import breaks, most_between
from engine.facts.vocabulary import Vocabulary
from engine.runtime.book import Book
from engine.symbolic.book_plan import BookPlan, LineKinds, plan_book
from engine.symbolic.cells import Cell, cells_of, hold_together
from engine.symbolic.kinds import Kind, kinds_of
from engine.symbolic.model import Model, NotModelled
from engine.symbolic.run import Asked, Outcome, run_book, within
from engine.symbolic.terms import Logic, Number, Truth

MOST_AMOUNT: Final = 100_000_000
"""The most a cart is worth, in minor units: a million of a currency with two decimals."""

_PRICED: Final = frozenset({"line.unit_price", "line.on_sale", "line.subtotal"})
_GROWS: Final[dict[Growing, frozenset[str]]] = {
    "weight": frozenset({"line.weight_g"}),
    "quantity": frozenset({"line.quantity", *_PRICED}),
    "price": frozenset({"line.list_price", *_PRICED}),
}
_CHANGES: Final[dict[Growing, tuple[str, ...]]] = {
    "weight": ("weight",),
    "quantity": ("units", "listed", "weight", "volume", "floor"),
    "price": ("listed", "floor"),
}
_SHIPPING: Final = frozenset({"shipping", "shipping_discount"})
_SECOND: Final = "'"


@dataclass
class Extra:
    """The one line in which two carts differ; `places` says for each run in which cell it is, if it is there."""

    lines: list[Cell] = field(default_factory=list)
    places: list[list[Truth]] = field(default_factory=list)


@dataclass
class Question:
    """A model with the runs of a claim; `contradiction` is what would contradict it, `cells` those the runs share."""

    model: Model
    plans: list[BookPlan]
    asked: list[Asked]
    runs: list[Outcome]
    cells: list[Cell]
    extra: Extra | None = None
    contradiction: Truth = False
    of_shipping: bool = False  # the claim is about shipping alone

    def close(self, boxes: Sequence[Box], lines: int | None) -> None:
        """Tell what holds of every cart: it has lines (at most so many), is not worth too much, and `when` holds."""
        logic = self.model.logic
        for run in self.runs:
            count = logic.sum(cell.lines for cell in run.cells)
            logic.tell(count >= 1)
            if lines is not None:
                logic.tell(count <= lines)
                for cell in run.cells:
                    logic.tell(cell.lines <= 1)
            within(self.model, run.cells, MOST_AMOUNT)
            logic.tell(run.view.holds(boxes))

    def compare_same_parts(self) -> None:
        """Tell that shipping is decided in all runs or in none: a claim compares no others."""
        for run in self.runs[1:]:
            self.model.logic.tell(self.model.logic.same(run.shipped, self.runs[0].shipped))


def ask_of(book: Book, invariant: Invariant, copies: int | None) -> Question:
    """The question whether some carts contradict the claim; with `copies`, of carts of up to so many lines."""
    claim = invariant.claim
    maker = _Maker([book], invariant, copies)
    if isinstance(claim, Bound):
        question = maker.one()
    elif isinstance(claim, NeverMore):
        question = maker.with_facts(claim)
    elif isinstance(claim, Monotone | Adding):
        question = maker.growing(claim)
    else:
        question = maker.splitting()
    question.model.statements.close()
    question.of_shipping = isinstance(claim, Bound | Monotone) and claim.measure in _SHIPPING
    question.compare_same_parts()
    question.contradiction = _contradicts(question, claim)
    return question


def ask_of_books(old: Book, new: Book, boxes: Sequence[Box], copies: int | None) -> Question:
    """Two books decide the same cart, in a region of facts; what is asked of them is not told yet."""
    return _Maker([old, new], None, copies, boxes).books()


class _Maker:
    def __init__(
        self, books: Sequence[Book], invariant: Invariant | None, copies: int | None, boxes: Sequence[Box] = (Box(),)
    ) -> None:
        self._books = books
        self._copies = copies
        self._claim: Claim | None = None if invariant is None else invariant.claim
        self._boxes = tuple(boxes) if invariant is None else conjunction(invariant.when)
        self._lines = LineKinds()
        self._plans = [plan_book(book, self._lines) for book in books]
        for axis, aggregate in {} if invariant is None else sorted(invariant.aggregates.items()):
            if aggregate.measure == "subtotal":
                raise NotModelled("a claim about a sum of prices of lines")
            self._plans[0].aggregates[axis] = (aggregate, self._lines.number(aggregate.where))
        vocabulary: Vocabulary | None = books[0].vocabulary
        self._model = Model(Logic(), vocabulary)
        self._numbers: dict[int, int] = {}
        self._kinds = self._kinds_of(vocabulary)

    # the kinds of lines ----------------------------------------------------------------------------------------

    def _kinds_of(self, vocabulary: Vocabulary | None) -> list[Kind]:
        """The kinds that all runs tell apart. After pricing, a line may be of another kind in the second run."""
        priced = any(book.pricing is not None for book in self._books)
        selections = list(self._lines.boxes)
        if priced and not isinstance(self._claim, Bound):
            for number, boxes in enumerate(self._lines.boxes):
                if any(axis in _PRICED for box in boxes for axis in box):
                    self._numbers[number] = len(selections)
                    selections.append(tuple(renamed(box) for box in boxes))
        return kinds_of(selections, vocabulary, priced=priced)

    def _reads(self, axes: frozenset[str]) -> bool:
        return any(axis in axes for boxes in self._lines.boxes for box in boxes for axis in box)

    def _second(self, cells: Sequence[Cell]) -> Asked:
        return Asked(cells, mark=_SECOND if self._numbers else "", numbers=self._numbers)

    def _question(self, asked: Sequence[Asked], cells: list[Cell], extra: Extra | None = None) -> Question:
        plans = [self._plans[min(number, len(self._plans) - 1)] for number in range(len(asked))]
        runs = [run_book(self._model, plan, each) for plan, each in zip(plans, asked, strict=True)]
        question = Question(self._model, plans, list(asked), runs, cells, extra)
        question.close(self._boxes, self._copies)
        return question

    # the claims ------------------------------------------------------------------------------------------------

    def one(self) -> Question:
        """One run."""
        cells = cells_of(self._model, self._kinds, self._copies)
        return self._question([Asked(cells)], cells)

    def books(self) -> Question:
        """Two books, one cart."""
        cells = cells_of(self._model, self._kinds, self._copies)
        return self._question([Asked(cells), self._second(cells)], cells)

    def with_facts(self, claim: NeverMore) -> Question:
        """One cart, with these facts and with those."""
        cells = cells_of(self._model, self._kinds, self._copies)
        asked = [Asked(cells), self._second(cells)]
        named = [dict(claim.these), dict(claim.those)]
        stranger = "customer.id" in claim.these
        return self._question(
            [
                replace(each, facts=facts, shopper=f" {number}" if stranger else "")
                for number, (each, facts) in enumerate(zip(asked, named, strict=True))
            ],
            cells,
        )

    def growing(self, claim: Monotone | Adding) -> Question:
        """Two carts that differ in one line."""
        cells = cells_of(self._model, self._kinds, self._copies)
        extra = self._adding(cells) if isinstance(claim, Adding) else self._grown(cells, claim.growing)
        asked = []
        for number, (line, there) in enumerate(zip(extra.lines, extra.places, strict=True)):
            whole = [_with_line(self._model, cell, line, is_in) for cell, is_in in zip(cells, there, strict=True)]
            self._tell_sums(cells, whole, line)
            asked.append(Asked(whole) if number == 0 else self._second(whole))
        return self._question(asked, cells, extra)

    def _tell_sums(self, cells: Sequence[Cell], whole: Sequence[Cell], line: Cell) -> None:
        """Tell what follows, and what the solver would search for: the sums grow by the line, wherever it is."""
        logic = self._model.logic
        for name in ("lines", "units", "listed", "weight", "weightless", "volume", "volumeless"):
            before = logic.sum(getattr(cell, name) for cell in cells)
            logic.tell(logic.sum(getattr(cell, name) for cell in whole) == before + getattr(line, name))

    def _grown(self, cells: Sequence[Cell], growing: Growing) -> Extra:
        """A line that has more of one thing in the second cart; all else is the very same, so that runs share it."""
        model, logic = self._model, self._model.logic
        less = _one_line(model, "line")
        logic.tell(less.lines == 1)
        changed = {name: model.unknown(f"more {name}") for name in _CHANGES[growing]}
        if "listed" in changed:
            changed["initial"] = changed["listed"]
        more = replace(less, **changed)
        hold_together(model, more)
        for name in _CHANGES[growing]:
            if name != "floor":
                logic.tell(getattr(less, name) <= getattr(more, name))
        grows = {"weight": "weight", "quantity": "units", "price": "listed"}[growing]
        logic.tell(getattr(less, grows) < getattr(more, grows))
        if growing == "weight":
            logic.tell(less.weightless == 0)
        there = self._somewhere(cells, 1)
        return Extra([less, more], [there, self._somewhere(cells, 1) if self._reads(_GROWS[growing]) else there])

    def _adding(self, cells: Sequence[Cell]) -> Extra:
        """A line that is not in the first cart, or has fewer units there."""
        model, logic = self._model, self._model.logic
        less, more = _one_line(model, "line before"), _one_line(model, "line after")
        logic.tell(less.lines <= 1)
        logic.tell(more.lines == 1)
        places = [self._somewhere(cells, less.lines), self._somewhere(cells, 1)]
        grown = [less.weightless == more.weightless, less.volumeless == more.volumeless, less.units < more.units]
        grown += [less.volume <= more.volume, less.weight <= more.weight, less.listed <= more.listed]
        if not self._reads(_GROWS["quantity"]):
            grown += [logic.same(one, two) for one, two in zip(*places, strict=True)]
        logic.tell(logic.implies(less.lines == 1, logic.all(grown)))
        return Extra([less, more], places)

    def _somewhere(self, cells: Sequence[Cell], times: Number) -> list[Truth]:
        """In which cell a line is: so many times in one of them."""
        there = [self._model.undecided(f"the line is in {cell.name}") for cell in cells]
        self._model.logic.tell(_count(self._model, there) == times)
        return there

    def splitting(self) -> Question:
        """One cart, and two that share its units."""
        if self._plans[0].pricing is not None and self._plans[0].pricing.rules:
            raise NotModelled("splitting where pricing rules may ask for quantities")
        if self._reads(_GROWS["quantity"]):
            raise NotModelled("splitting where rules ask for the quantity or the sum of a line")
        if self._plans[0].admitted or self._counted():
            raise NotModelled("splitting where uses are counted between the two carts")
        model = self._model
        one = cells_of(model, self._kinds, self._copies, "one.")
        two = cells_of(model, self._kinds, self._copies, "two.")
        joint = [_joined(model, first, second) for first, second in zip(one, two, strict=True)]
        return self._question([Asked(joint), Asked(one), Asked(two)], joint)

    def _counted(self) -> bool:
        limits = [rule.limits for lane in self._plans[0].lanes for rule in lane.rules]
        return any((each.total, each.per_customer, each.budget) != (None, None, None) for each in limits)


# cells of related carts ----------------------------------------------------------------------------------------


def _one_line(model: Model, name: str) -> Cell:
    """A line of some kind; nothing where `lines` is 0."""
    numbers = [
        model.unknown(f"{name}.{part}")
        for part in ("lines", "units", "listed", "weight", "weightless", "volume", "volumeless", "floor")
    ]
    lines, units, listed, weight, weightless, volume, volumeless, floor = numbers
    kind = Kind(frozenset(), (Box(),))
    cell = Cell(kind, name, lines, units, listed, weight, weightless, volume, volumeless, listed, floor)
    hold_together(model, cell)
    return cell


def _with_line(model: Model, cell: Cell, line: Cell, is_in: Truth) -> Cell:
    """The cell and the line, where the line is in it."""

    def both(one: Number, two: Number) -> Number:
        return model.named("with line", one + model.logic.choose(is_in, two, 0))

    listed = both(cell.listed, line.listed)
    whole = Cell(
        kind=cell.kind,
        name=cell.name,
        lines=both(cell.lines, line.lines),
        units=both(cell.units, line.units),
        listed=listed,
        weight=both(cell.weight, line.weight),
        weightless=both(cell.weightless, line.weightless),
        volume=both(cell.volume, line.volume),
        volumeless=both(cell.volumeless, line.volumeless),
        initial=listed,
        floor=both(cell.floor, line.floor),
    )
    hold_together(model, whole)
    return whole


def _joined(model: Model, one: Cell, two: Cell) -> Cell:
    """The units of both; a line may be in both."""

    def together(name: str) -> Number:
        made = model.unknown(name)
        first, second = getattr(one, name), getattr(two, name)
        model.logic.tell(made <= first + second)
        model.logic.tell(made >= first)
        model.logic.tell(made >= second)
        return made

    listed = model.named("listed", one.listed + two.listed)
    whole = replace(
        one,
        name=one.name.removeprefix("one."),
        lines=together("lines"),
        units=model.named("units", one.units + two.units),
        listed=listed,
        weight=model.named("weight", one.weight + two.weight),
        weightless=together("weightless"),
        volume=model.named("volume", one.volume + two.volume),
        volumeless=together("volumeless"),
        initial=listed,
        floor=model.named("floor", one.floor + two.floor),
    )
    hold_together(model, whole)
    return whole


def _count(model: Model, truths: Sequence[Truth]) -> Number:
    return model.logic.sum(model.logic.choose(each, 1, 0) for each in truths)


def renamed(box: Box) -> Box:
    """The box with the line facts after pricing under the names they have in a second run."""
    return Box({f"{axis}{_SECOND}" if axis in _PRICED else axis: values for axis, values in box.items()})


# what contradicts ----------------------------------------------------------------------------------------------


def _contradicts(question: Question, claim: Claim) -> Truth:
    sums = [run.measures for run in question.runs]
    if isinstance(claim, Bound):
        decided = question.runs[0].shipped if _SHIPPING & {claim.measure, claim.of} else True
        broken = breaks(claim, sums[0][claim.measure], sums[0][claim.of or claim.measure])
        return question.model.logic.all([decided, broken])
    if isinstance(claim, Splitting):
        return sums[0]["total"] - sums[1]["total"] - sums[2]["total"] > claim.saves_at_most
    measure = claim.measure if isinstance(claim, Monotone) else "total"
    decided = question.runs[0].shipped if measure in _SHIPPING else True
    return question.model.logic.all([decided, sums[0][measure] - sums[1][measure] > most_between(claim)])
