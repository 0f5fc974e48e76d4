"""Is a claim contradicted by carts that the evaluator decides? What this says is what a claim means.

`when` has to hold for every cart that is compared. Sums are compared as far as they are decided: a claim about shipping
(or tax) says nothing of a cart whose shipping (or tax) is still open, because nothing is offered there or the
destination is not known, and two carts are compared only where the same parts of both are decided. Refusals of the
checkout do not matter: what a refused cart would cost is claimed too.

Which carts are compared is in `engine.proof.partners`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from engine.boxes.truth import truth
from engine.documents.conditions import Aggregate, facts_read
from engine.documents.model import (
    Adding,
    AnyDocument,
    Bound,
    Invariant,
    Measured,
    Monotone,
    NeverMore,
    Splitting,
)
from engine.documents.model.invariants import breaks, most_between
from engine.facts.cart import Cart
from engine.proof.partners import (
    Take,
    first_part,
    grown_from,
    is_less_of,
    one_more_or_less,
    second_part,
    splits_of,
    take_of,
    with_facts,
    with_less,
)
from engine.proof.verdict import Step
from engine.proof.wording import Wording, facts
from engine.runtime.book import Book
from engine.runtime.decision import Decision
from engine.runtime.evaluate import evaluate
from engine.runtime.reasons import with_calendar
from engine.runtime.working import request_facts, weight_of

_OF_SHIPPING: Final[frozenset[Measured]] = frozenset({"shipping", "shipping_discount"})
_CALENDAR: Final = frozenset({"now.weekday", "now.time"})


_Comparing = Monotone | NeverMore | Adding


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Carts whose decisions contradict a claim, what was measured on each, and one sentence with the numbers."""

    steps: tuple[Step, ...]
    said: str


def contradiction(book: Book, invariant: Invariant, cart: Cart) -> Contradiction | None:
    """The first contradiction among a cart and its partners; None when there is none among those.

    Raises what `evaluate` raises.
    """
    return Judge(book, invariant).about(cart)


def contradicted_by(book: Book, invariant: Invariant, carts: Sequence[Cart]) -> Contradiction | None:
    """Whether exactly these carts contradict the claim, in whatever order they come; else from each of them.

    Of a splitting, the joint cart and the first part are enough.
    """
    judge = Judge(book, invariant)
    found = next(judge.among(carts), None)
    return found or next((each for cart in carts for each in judge.from_cart(cart)), None)


def claims_of(book: Book) -> list[tuple[AnyDocument, Invariant]]:
    """Every claim of the rulesets of a book with its document, by kind, in document order."""
    return [(book.documents[kind], each) for kind in sorted(book.documents) for each in book.documents[kind].invariants]


class Judge:
    """Looks at carts for one claim."""

    def __init__(self, book: Book, invariant: Invariant) -> None:
        self._book = book
        self._invariant = invariant
        self._wording = Wording(book.currency)
        zones = (document.head.timezone for document, each in claims_of(book) if each == invariant)
        self._timezone = next(zones, "UTC")
        self._reads_calendar = not _CALENDAR.isdisjoint(facts_read(invariant.when))

    def about(self, cart: Cart) -> Contradiction | None:
        """The first contradiction among a cart and its partners."""
        return next(self.from_cart(cart), None)

    def from_cart(self, cart: Cart) -> Iterator[Contradiction]:
        """The contradictions among a cart and its partners."""
        claim = self._invariant.claim
        match claim:
            case Bound():
                yield from self._bound(claim, cart)
            case Monotone():
                known = cart, self._decided(cart)
                for smaller, larger in one_more_or_less(cart, claim):
                    yield from self._fall(claim, smaller, larger, known)
            case NeverMore():
                yield from self._fall(claim, *with_facts(cart, claim))
            case Adding():
                known = cart, self._decided(cart)
                for less in with_less(cart):
                    yield from self._fall(claim, less, cart, known)
            case Splitting():
                for take in splits_of(cart):
                    yield from self._split(claim, cart, take)

    def among(self, carts: Sequence[Cart]) -> Iterator[Contradiction]:
        """The contradictions among exactly these carts."""
        claim = self._invariant.claim
        for first in carts:
            if isinstance(claim, Bound):
                yield from self._bound(claim, first)
                continue
            for second in carts:
                yield from self._related(claim, first, second)

    def is_about(self, cart: Cart) -> bool:
        """Whether the claim is about the cart: it has a line, and `when` holds."""
        if not cart.lines:
            return False
        known = with_calendar(request_facts(cart), cart.now, self._timezone, self._reads_calendar)
        sums = {axis: _sum(each, cart) for axis, each in self._invariant.aggregates.items()}
        told = {axis: value for axis, value in sums.items() if value is not None}
        return truth(self._invariant.when, {**known, **told}, cart.sets) is True

    def _related(self, claim: _Comparing | Splitting, first: Cart, second: Cart) -> Iterator[Contradiction]:
        if isinstance(claim, Splitting):
            take = take_of(second, first)
            if take is not None:
                yield from self._split(claim, second, take)
            return
        are_compared = (
            (isinstance(claim, Monotone) and grown_from(first, second, claim))
            or (isinstance(claim, NeverMore) and with_facts(first, claim) == (first, second))
            or (isinstance(claim, Adding) and is_less_of(first, second))
        )
        if are_compared:
            yield from self._fall(claim, first, second)

    # the claims ------------------------------------------------------------------------------------------------

    def _bound(self, claim: Bound, cart: Cart) -> Iterator[Contradiction]:
        decision = self._decided(cart)
        if decision is None or not self._is_open_to(decision, claim.measure, claim.of):
            return
        found: dict[str, int] = {
            name: measured(decision, name) for name in (claim.measure, claim.of) if name is not None
        }
        if breaks(claim, found[claim.measure], found.get(claim.of or claim.measure, 0)):
            yield Contradiction((Step(cart, found),), self._wording.bound(claim, found))

    def _fall(
        self, claim: _Comparing, first: Cart, second: Cart, known: tuple[Cart, Decision | None] | None = None
    ) -> Iterator[Contradiction]:
        """Of two carts the first must not measure more than the second, but for what is allowed."""
        before, after = self._decided(first, known), self._decided(second, known)
        measure: Measured = claim.measure if isinstance(claim, Monotone) else "total"
        if before is None or after is None or self._parts(before) != self._parts(after):
            return
        amounts = measured(before, measure), measured(after, measure)
        most = most_between(claim)
        if amounts[0] - amounts[1] > most and self._is_open_to(before, measure):
            says = ("with less", "with more")
            if isinstance(claim, NeverMore):
                says = (facts(claim.these), facts(claim.those))
            steps = (Step(first, {measure: amounts[0]}, says[0]), Step(second, {measure: amounts[1]}, says[1]))
            yield Contradiction(steps, self._wording.fall(self._invariant, measure, *amounts, most))

    def _split(self, claim: Splitting, cart: Cart, take: Take) -> Iterator[Contradiction]:
        first = first_part(cart, take)
        joint, one = self._decided(cart), self._decided(first)
        if joint is None or one is None:
            return
        second = second_part(cart, take, one)
        two = self._decided(second)
        if two is None or not self._parts(joint) == self._parts(one) == self._parts(two):
            return
        totals = [decision.totals.total for decision in (joint, one, two)]
        if totals[0] - totals[1] - totals[2] > claim.saves_at_most:
            says = ("in one cart", "the first of two carts", "the second cart")
            shown = zip((cart, first, second), totals, says, strict=True)
            steps = tuple(Step(each, {"total": total}, which) for each, total, which in shown)
            said = self._wording.split(totals[0], (totals[1], totals[2]), claim.saves_at_most)
            yield Contradiction(steps, said)

    # what is compared ------------------------------------------------------------------------------------------

    def _decided(self, cart: Cart, known: tuple[Cart, Decision | None] | None = None) -> Decision | None:
        """The decision of a cart the claim is about; None for any other."""
        if known is not None and known[0] is cart:
            return known[1]
        return evaluate(self._book, cart) if self.is_about(cart) else None

    def _is_open_to(self, decision: Decision, *measures: Measured | None) -> bool:
        """Whether what the claim is about has been decided."""
        shipped, taxed = self._parts(decision)
        return (shipped or _OF_SHIPPING.isdisjoint(measures)) and (taxed or "tax" not in measures)

    def _parts(self, decision: Decision) -> tuple[bool, bool]:
        """Whether shipping and whether tax are decided; nothing is open where no ruleset decides it."""
        shipped = self._book.shipping is None or decision.shipping_method is not None
        return shipped, self._book.tax is None or "tax.total" in decision.facts


def measured(decision: Decision, measure: Measured) -> int:
    """The sum a claim is about, in minor units."""
    return int(getattr(decision.totals, measure))


def _sum(aggregate: Aggregate, cart: Cart) -> int | None:
    """A sum over lines before pricing; None when a weight is missing."""
    lines = [line for line in cart.lines if truth(aggregate.where, line.facts, line.sets) is True]
    if aggregate.measure == "count":
        return len(lines)
    if aggregate.measure == "quantity":
        return sum(line.quantity for line in lines)
    return weight_of(lines)
