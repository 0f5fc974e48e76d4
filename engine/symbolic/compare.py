"""Do two books decide every cart the same, and does the new one ever charge more? The solver's answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from engine.boxes.box import Box
from engine.facts.cart import Cart
from engine.runtime.book import Book
from engine.runtime.decision import Decision
from engine.runtime.evaluate import evaluate
from engine.symbolic.questions import Question, ask_of_books
from engine.symbolic.solve import EFFORT, Answer, decide
from engine.symbolic.terms import Truth

EVERYWHERE: Final = (Box(),)
_SUMS: Final = ("items", "discount", "shipping", "shipping_discount", "total")


def never_more(
    old: Book,
    new: Book,
    *,
    boxes: Sequence[Box] = EVERYWHERE,
    tolerance: int = 0,
    rlimit: int = EFFORT,
    lines: int = 3,
) -> Answer:
    """Whether NEW never charges more than OLD by more than `tolerance`, for carts whose request facts lie in the boxes.

    Where only one book decides shipping, what it costs is compared with nothing. A candidate has the same cart twice.
    """

    def contradicts(question: Question) -> Truth:
        before, after = (run.measures["total"] for run in question.runs)
        return after - before > tolerance

    return _decided(
        old, new, boxes, contradicts, lambda one, two: two.totals.total - one.totals.total > tolerance, rlimit, lines
    )


def same(old: Book, new: Book, *, boxes: Sequence[Box] = EVERYWHERE, rlimit: int = EFFORT, lines: int = 3) -> Answer:
    """Whether both books charge the same for every cart in the boxes: goods, discounts, shipping and total.

    Only sums of the whole cart are compared, and whether shipping is decided: not the shares of single lines, nor tax
    that prices contain, nor which rules applied, refusals and hints.
    """

    def contradicts(question: Question) -> Truth:
        one, two = (run.measures for run in question.runs)
        shipped = question.model.logic.same(question.runs[0].shipped, question.runs[1].shipped)
        return question.model.logic.any([question.model.logic.no(shipped), *(one[name] != two[name] for name in _SUMS)])

    def differs(one: Decision, two: Decision) -> bool:
        decided = (one.shipping_method is None) != (two.shipping_method is None)
        return decided or any(getattr(one.totals, name) != getattr(two.totals, name) for name in _SUMS)

    return _decided(old, new, boxes, contradicts, differs, rlimit, lines)


def _decided(
    old: Book,
    new: Book,
    boxes: Sequence[Box],
    contradicts: Callable[[Question], Truth],
    differs: Callable[[Decision, Decision], bool],
    rlimit: int,
    lines: int,
) -> Answer:
    def asked(copies: int | None) -> Question:
        question = ask_of_books(old, new, boxes, copies)
        question.model.statements.close()
        question.contradiction = contradicts(question)
        return question

    def confirms(carts: tuple[Cart, ...]) -> bool:
        cart = carts[0]
        return differs(evaluate(old, cart), evaluate(new, cart))

    return decide(asked, confirms, old.currency, rlimit, lines)
