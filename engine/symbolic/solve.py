"""Does a claim hold for every cart? The solver's answer: proved, a cart that may contradict it, or why it is not known.

`proved` is said when the model of all carts, which admits everything the evaluator can do, admits no contradiction. A
candidate is what the model admits; the evaluator has to decide it before anybody believes it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

from engine.boxes.build import TooManyBoxes
from engine.documents.model import Bound, Claim, Invariant, Monotone, Splitting
from engine.documents.model.invariants import breaks, most_between
from engine.facts.cart import Cart
from engine.money import format_amount
from engine.runtime.book import Book
from engine.runtime.evaluate import evaluate
from engine.symbolic.carts import carts_of
from engine.symbolic.kinds import MOST_KINDS, TooManyKinds
from engine.symbolic.model import NotModelled
from engine.symbolic.questions import MOST_AMOUNT, Question, ask_of
from engine.symbolic.run import GOODS
from engine.symbolic.terms import NO_SOLVER, SolverMissing, Truth

EFFORT: Final = 20_000_000
"""The solver's units of work when nothing else is said: about two seconds."""

_MOST_TIMES: Final = 2
"""How many times the effort of the answer goes into writing a candidate down, and making it small."""

_LEMMAS: Final = 40
"""A part of the effort that may go into one lemma."""


@dataclass(frozen=True, slots=True)
class Proved:
    """`scope` says for which carts; `used` is the effort it took."""

    scope: str
    used: int


@dataclass(frozen=True, slots=True)
class Candidate:
    """Carts that may contradict the claim, in the order of its runs. `confirmed`: the evaluator decides them so.

    `loosened` says in what the model admits more than the evaluator does.
    """

    carts: tuple[Cart, ...]
    used: int
    confirmed: bool = False
    loosened: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Unknown:
    """Why there is no answer."""

    reason: str
    used: int = 0
    loosened: tuple[str, ...] = field(default=())


Answer = Proved | Candidate | Unknown
Confirms = Callable[[tuple[Cart, ...]], bool]


def solve(book: Book, invariant: Invariant, *, rlimit: int = EFFORT, lines: int = 3) -> Answer:
    """The answer for all carts, else for carts of up to `lines` lines (0: all carts or nothing).

    Deterministic; `rlimit` is all that limits it, so whoever needs an answer in time runs it in a process of its own.
    """

    def asked(copies: int | None) -> Question:
        return ask_of(book, invariant, copies)

    def confirms(carts: tuple[Cart, ...]) -> bool:
        return _contradict(book, invariant.claim, carts)

    return decide(asked, confirms, book.currency, rlimit, lines)


def decide(
    asked: Callable[[int | None], Question], confirms: Confirms, currency: str, rlimit: int, lines: int
) -> Answer:
    """Ask for all carts; where the model admits a cart that the evaluator does not confirm, of carts of few lines."""
    everything = MOST_AMOUNT
    scope = f"all carts, amounts up to {format_amount(everything, currency)}"
    try:
        first = _answer(asked(None), confirms, rlimit, scope)
        if isinstance(first, Candidate) and not first.confirmed and lines > 0:
            words = "1 line" if lines == 1 else f"{lines} lines"
            few = f"carts of up to {words}, amounts up to {format_amount(everything, currency)}"
            second = _answer(asked(lines), confirms, rlimit, few)
            if not isinstance(second, Unknown):
                return second
        return first
    except SolverMissing:
        return Unknown(NO_SOLVER)
    except TooManyKinds:
        return Unknown(f"the rules tell more than {MOST_KINDS} kinds of lines apart")
    except TooManyBoxes:
        return Unknown("a condition is too large")
    except NotModelled as fault:
        return Unknown(f"not modelled: {fault.args[0]}")


def _answer(question: Question, confirms: Confirms, rlimit: int, scope: str) -> Answer:
    logic = question.model.logic
    if _is_settled_by_shipping(question, rlimit):
        return Proved(scope, logic.spent)
    _find_lemmas(question, rlimit)
    logic.tell(question.contradiction)
    found = logic.ask(rlimit)
    loosened = tuple(question.model.loosened)
    if found == "unsat":
        return Proved(scope, logic.spent)
    if found == "unknown":
        return Unknown("the solver stopped at its limit", logic.spent, loosened)
    carts = carts_of(question)
    if confirms(carts):
        return Candidate(_smaller(question, carts, confirms, rlimit), logic.spent, True, loosened)
    for shape in _shapes(question):
        if logic.spent > _MOST_TIMES * rlimit:
            break
        logic.remember()
        logic.tell(shape)
        if logic.ask(rlimit // 4) == "sat":
            shaped = carts_of(question)
            if confirms(shaped):
                smaller = _smaller(question, shaped, confirms, rlimit)
                logic.forget()
                return Candidate(smaller, logic.spent, True, loosened)
        logic.forget()
    return Candidate(carts, logic.spent, False, loosened)


def _is_settled_by_shipping(question: Question, rlimit: int) -> bool:
    """Whether a claim about shipping holds whatever is taken off the goods, which the runs share or not."""
    logic = question.model.logic
    if not question.of_shipping:
        return False
    logic.remember()
    logic.tell(question.contradiction)
    settled = logic.is_impossible_without(GOODS, rlimit // 2)
    logic.forget()
    return settled


def _shapes(question: Question) -> Iterator[Truth]:
    """Carts that are easily written down: one unit a line, one line of a kind, no prices below which nothing may go."""
    logic = question.model.logic
    cells = question.cells
    plain = logic.all(cell.floor == 0 for run in question.runs for cell in run.cells)
    single = logic.all(cell.lines <= 1 for cell in cells)
    units = logic.all(cell.units == cell.lines for cell in cells)
    if question.extra is not None:
        less, more = question.extra.lines
        units = logic.all([units, less.units == less.lines])
        grown = logic.all(
            [more.units == 2 * less.units, more.listed == 2 * less.listed, more.weight == 2 * less.weight]
        )
        same = logic.all([more.units == 1])
        units = logic.all([units, logic.any([same, grown])])
    listed = logic.all(cell.initial == cell.listed for run in question.runs for cell in run.cells)
    yield logic.all([plain, single, units, listed])
    yield logic.all([plain, units, listed])
    yield logic.all([plain, single, units])
    yield logic.all([single, units])
    yield units
    yield single


def _smaller(question: Question, carts: tuple[Cart, ...], confirms: Confirms, rlimit: int) -> tuple[Cart, ...]:
    """Carts worth less that contradict the claim too, found by halving what they may be worth."""
    logic = question.model.logic
    worth = logic.sum(cell.listed for cell in question.runs[0].cells)
    low, high = 0, logic.number(worth)
    best = carts
    for _ in range(30):
        if low >= high or logic.spent > _MOST_TIMES * rlimit:
            break
        middle = (low + high) // 2
        logic.remember()
        logic.tell(worth <= middle)
        found = logic.ask(rlimit // 20)
        smaller = carts_of(question) if found == "sat" else ()
        if smaller and confirms(smaller):
            best, high = smaller, min(middle, logic.number(worth))
        else:
            low = middle + 1
        logic.forget()
    return best


def _find_lemmas(question: Question, rlimit: int) -> None:
    """Tell what is proved of the sums of two runs after each stage: that they are the same, or which is greater."""
    if len(question.runs) != 2:
        return
    logic = question.model.logic
    for (_, one), (_, two) in zip(question.runs[0].stages, question.runs[1].stages, strict=True):
        if logic.equal(one, two):
            continue
        for differs, lemma in ((one != two, one == two), (one > two, one <= two), (one < two, one >= two)):
            logic.remember()
            logic.tell(differs)
            answer = logic.ask(rlimit // _LEMMAS)
            logic.forget()
            if answer == "unsat":
                logic.tell(lemma)
                break


# what the evaluator says ---------------------------------------------------------------------------------------


def _contradict(book: Book, claim: Claim, carts: tuple[Cart, ...]) -> bool:
    """Whether the evaluator decides the carts as the model does: against the claim."""
    decisions = [evaluate(book, cart) for cart in carts]
    sums = [decision.totals for decision in decisions]
    if isinstance(claim, Bound):
        return bool(breaks(claim, getattr(sums[0], claim.measure), getattr(sums[0], claim.of or claim.measure)))
    if isinstance(claim, Splitting):
        return sums[0].total - sums[1].total - sums[2].total > claim.saves_at_most
    measure = claim.measure if isinstance(claim, Monotone) else "total"
    return int(getattr(sums[0], measure)) - int(getattr(sums[1], measure)) > most_between(claim)
