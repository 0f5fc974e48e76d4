"""Do the cases of a checkout ruleset notice a fault in it, and if not, which cart would show it?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from msgspec.structs import replace as replace_fields

from engine.boxes.build import TooManyBoxes
from engine.cases.compare import compare
from engine.cases.coverage import Reached, reached
from engine.cases.insertion import Written
from engine.cases.read_case import Case, read_cases
from engine.cases.run import BookFor
from engine.cases.seen import Seen
from engine.documents.model import AnyDocument
from engine.facts.cart import Cart
from engine.facts.scenario import ScenarioContext, read_scenario
from engine.facts.vocabulary import Vocabulary
from engine.hunt.search import Shows, hunt
from engine.lint.study import Study
from engine.mutation.equivalent import is_equivalent
from engine.mutation.expectable import differ, expectable, expectation
from engine.mutation.expected_case import node_of
from engine.mutation.judging import MOST_CARTS
from engine.mutation.model import Judged, Mutant
from engine.mutation.mutants import by_key, mutants_of
from engine.mutation.nudges import nudged
from engine.mutation.places import Path
from engine.mutation.writing import Unwritable, case, given_of
from engine.pipeline import compile_book, evaluate, hints
from engine.runtime.book import Book
from engine.runtime.decision import Decision
from engine.text.diagnostics import Diagnostic, has_errors

_ALONE: Final = "none"
_REFUSING: Final = ("checkout", "tax", "shipping")


@dataclass(frozen=True, slots=True)
class _Tried:
    """A case that passes, with the book it runs with and the rules it shows at work."""

    case: Case
    book: Book
    cart: Cart
    reached: frozenset[Reached]


class CheckoutJudge:
    """See `engine.mutation.judging.Judge`. `most_carts` bounds the search for a cart that shows a fault."""

    def __init__(
        self,
        document: AnyDocument,
        vocabulary: Vocabulary,
        book_for: BookFor,
        context: ScenarioContext,
        *,
        most_carts: int = MOST_CARTS,
    ) -> None:
        self.mutants = mutants_of(document, vocabulary)
        self._document, self._vocabulary = document, vocabulary
        self._book_for, self._context, self._most = book_for, context, most_carts
        self._study = Study(document, vocabulary)
        self._others: dict[int, Mapping[tuple[Path, str], Mutant]] = {}
        self._tried: list[_Tried] = []
        cases, faults = read_cases(document.cases)
        # What was compiled for the mutant that is judged now: most cases run with the same books.
        self._at_hand: Mutant | None = None
        self._spoilt_books: dict[int, tuple[Book, Book]] = {}
        self.faults = (*(fault for fault in faults if fault.severity == "error"), *self._try_all(cases))

    def judge(self, number: int) -> Judged:
        """Killed by which case; else equivalent, or told apart by a cart; else nobody knows."""
        mutant = self.mutants[number]
        try:
            by = self._killer(mutant)
            if by is not None:
                return Judged(number=number, status="killed", by=by)
            if is_equivalent(mutant, self._document, self._study):
                return Judged(number=number, status="equivalent", why="the condition is true of the same carts")
            return self._survivor(number, mutant)
        except TooManyBoxes:
            return Judged(number=number, status="not_distinguished", why="the fault is too large to compile")

    def kills(self, proposal: Written, number: int) -> bool:
        """Whether the case fails for the mutant."""
        node = node_of(proposal)
        cases, _ = read_cases(() if node is None else (node,))
        tried = [found for each in cases for found, _ in [self._try(each)] if found is not None]
        return any(self._fails(each, self.mutants[number]) for each in tried)

    # cases -----------------------------------------------------------------------------------------------------

    def _try_all(self, cases: list[Case]) -> Iterator[Diagnostic]:
        for each in cases:
            tried, faults = self._try(each)
            if tried is not None:
                self._tried.append(tried)
            yield from faults

    def _try(self, case: Case) -> tuple[_Tried | None, tuple[Diagnostic, ...]]:
        """The case with what it takes to run it again, or why it does not pass."""
        scenario, faults = read_scenario(case.given, self._context)
        if scenario is None:
            return None, faults
        book, troubles = self._book_for(case.rulesets, scenario.cart.currency)
        if book is None:
            return None, troubles
        decision = evaluate(book, scenario.cart)
        differences = _differences(case, book, scenario.cart, decision)
        if has_errors(differences):
            return None, differences
        return _Tried(case, book, scenario.cart, frozenset(reached(decision))), ()

    def _killer(self, mutant: Mutant) -> str | None:
        """The first case that fails; those in which the spoilt rule has an effect are asked first."""
        ordered = sorted(self._tried, key=lambda tried: mutant.rule not in tried.reached)
        return next((tried.case.name for tried in ordered if self._fails(tried, mutant)), None)

    def _fails(self, tried: _Tried, mutant: Mutant) -> bool:
        spoilt = self._spoilt(mutant, tried.book)
        if spoilt is None:
            return False
        return has_errors(_differences(tried.case, spoilt, tried.cart, evaluate(spoilt, tried.cart)))

    def _spoilt(self, mutant: Mutant, book: Book) -> Book | None:
        """The book with the fault; None where its currency has nothing like it, such as another tariff table."""
        kind = self._document.head.kind
        document = book.documents[kind]
        if document is not self._document:
            if id(document) not in self._others:
                self._others[id(document)] = by_key(mutants_of(document, self._vocabulary))
            other = self._others[id(document)].get(mutant.key)
            if other is None:
                return None
            mutant = other
        if self._at_hand is not mutant:
            self._at_hand, self._spoilt_books = mutant, {}
        known = self._spoilt_books.get(id(book))
        if known is None:
            # The book too, so that its id stays its own.
            known = self._spoilt_books[id(book)] = (book, self._with_fault(mutant, document, book))
        return known[1]

    def _with_fault(self, mutant: Mutant, document: AnyDocument, book: Book) -> Book:
        kind = document.head.kind
        spoilt = mutant.of(document)
        program = getattr(compile_book({kind: spoilt}, book.currency, book.vocabulary), kind)
        return replace(book, documents={**book.documents, kind: spoilt}, **{kind: program})

    # survivors -------------------------------------------------------------------------------------------------

    def _survivor(self, number: int, mutant: Mutant) -> Judged:
        searched, why = 0, ""
        currency = self._document.head.currency or self._context.currency or ""
        for rulesets, first, most in self._grounds(mutant):
            books = self._both(mutant, currency, rulesets)
            if books is None:
                why = "the rulesets beside it cannot be compiled for its currency"
                continue
            found = hunt(books, _shows(*books), most=most, first=first, about=(mutant.rule[1],))
            searched += found.searched
            if found.cart is not None:
                cart = self._at_usual_time(found.cart, _shows(*books))
                proposal, why = self._proposal(number, mutant, cart, self._fewer(mutant, cart, rulesets))
                return Judged(number=number, status="survived", searched=searched, proposal=proposal, why=why)
        return Judged(number=number, status="not_distinguished", searched=searched, why=why)

    def _grounds(self, mutant: Mutant) -> Iterator[tuple[Mapping[str, str], tuple[Cart, ...], int]]:
        """Where to search: with all rulesets, as each case chooses them, and without any other."""
        near = sorted(self._tried, key=lambda tried: mutant.rule not in tried.reached)
        chosen = {tuple(sorted(tried.case.rulesets.items())) for tried in near}
        kind = self._document.head.kind
        book, _ = self._book_for({}, self._document.head.currency or self._context.currency or "")
        alone = {} if book is None else {each: _ALONE for each in book.documents if each != kind}
        for rulesets in dict.fromkeys([(), *sorted(chosen), tuple(sorted(alone.items()))]):
            carts = tuple(tried.cart for tried in near if tuple(sorted(tried.case.rulesets.items())) == rulesets)
            carts += nudged(self._document, carts)
            is_last = rulesets == tuple(sorted(alone.items()))
            yield dict(rulesets), carts, len(carts) + (self._most if not rulesets or is_last else 0)

    def _at_usual_time(self, cart: Cart, shows: Shows) -> Cart:
        """The cart at the instant of cases that do not say one, where it shows the same then."""
        now = cart.now if self._context.now is None else self._context.now
        usual = replace_fields(cart, now=now)
        return usual if shows(usual) else cart

    def _fewer(self, mutant: Mutant, cart: Cart, rulesets: Mapping[str, str]) -> dict[str, str]:
        """As many other rulesets as show it, without those that only add reasons of their own to refuse the cart."""
        chosen = self._more(mutant, cart, rulesets)
        books = self._both(mutant, cart.currency, rulesets)
        seen = [] if books is None else [{each.code for each in evaluate(book, cart).refusals} for book in books]
        if len(seen) < 2 or seen[0] == seen[1]:
            return chosen  # refusals are not what tells them apart
        refusals = len(seen[0])
        for kind in _REFUSING:
            if refusals > 1 and kind != self._document.head.kind and kind not in chosen:
                left = self._refusals(mutant, cart, {**chosen, kind: _ALONE})
                if left is not None and left < refusals:
                    chosen[kind], refusals = _ALONE, left
        return chosen

    def _more(self, mutant: Mutant, cart: Cart, rulesets: Mapping[str, str]) -> dict[str, str]:
        """The choice with those rulesets back that need not be left out."""
        chosen = {**rulesets}
        for kind in sorted(kind for kind, name in rulesets.items() if name == _ALONE):
            others = {each: name for each, name in chosen.items() if each != kind}
            books = self._both(mutant, cart.currency, others)
            if books is not None and _shows(*books)(cart):
                chosen = others
        return chosen

    def _refusals(self, mutant: Mutant, cart: Cart, rulesets: Mapping[str, str]) -> int | None:
        """How many codes refuse the cart; None where it does not show the fault."""
        books = self._both(mutant, cart.currency, rulesets)
        if books is None or not _shows(*books)(cart):
            return None
        return len({refusal.code for refusal in evaluate(books[0], cart).refusals})

    def _both(self, mutant: Mutant, currency: str, rulesets: Mapping[str, str]) -> tuple[Book, Book] | None:
        """The book without and with the fault."""
        book, _ = self._book_for(rulesets, currency)
        spoilt = None if book is None else self._spoilt(mutant, book)
        return None if book is None or spoilt is None else (book, spoilt)

    def _proposal(
        self, number: int, mutant: Mutant, cart: Cart, rulesets: Mapping[str, str]
    ) -> tuple[Written | None, str]:
        """A case of the cart, tried on both; or why there is none."""
        books = self._both(mutant, cart.currency, rulesets)
        assert books is not None, "the cart was found with these books"
        expect = expectation(*(evaluate(book, cart) for book in books))
        try:
            proposal = case(_name(mutant), given_of(cart, self._context), expect, rulesets)
        except Unwritable as fault:
            return None, str(fault)
        if not expect or not self.kills(proposal, number):
            return None, "no expectation of a case tells the two decisions apart"
        return proposal, ""


def _differences(case: Case, book: Book, cart: Cart, decision: Decision) -> tuple[Diagnostic, ...]:
    return compare(case.expect, Seen(f"case '{case.name}'", decision, lambda: hints(book, cart, decision)))


def _shows(book: Book, spoilt: Book) -> Shows:
    return lambda cart: differ(expectable(evaluate(book, cart)), expectable(evaluate(spoilt, cart)))


def _name(mutant: Mutant) -> str:
    """What the case is about: `ten-off-150 at subtotal.items 150.00`."""
    rule = mutant.rule[1]
    return mutant.shows.removeprefix("with ") if not rule or rule in mutant.shows else f"{rule} {mutant.shows}"
