"""What comes out of one scenario?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

import msgspec

from engine.cases import Seen, compare
from engine.cli.scenario_books import Choice, ScenarioBooks
from engine.cli.scenario_files import Found
from engine.cli.shelf import context_of
from engine.facts.scenario import Scenario, ScenarioContext, read_scenario
from engine.facts.vocabulary import Vocabulary
from engine.pipeline import evaluate, explain, hints
from engine.runtime.book import Book
from engine.runtime.decision import Decision
from engine.runtime.explain import Explanation
from engine.text.diagnostics import Diagnostic, has_errors, report

ExplainLevel = Literal["shopper", "admin", "full", "none"]


@dataclass(frozen=True, slots=True)
class Asked:
    """What the caller wants to know. `at` decides as of another instant, `now` is for carts that state none.

    Instants are microseconds since 1970 UTC.
    """

    at: int | None
    now: int
    explain: ExplainLevel
    hints: bool


@dataclass(frozen=True, slots=True)
class Result:
    """A scenario and its decision (None: the diagnostics say why there is none). `place` is where it is written."""

    name: str
    place: str
    diagnostics: tuple[Diagnostic, ...]
    decision: Decision | None = None
    book: Book | None = None
    explanation: Explanation | None = None

    @property
    def ok(self) -> bool:
        """Whether it was decided, and as expected."""
        return not has_errors(self.diagnostics)


class DryRun:
    """Decides scenarios under the rulesets each asks for."""

    def __init__(self, books: ScenarioBooks, vocabularies: Mapping[str, Vocabulary], asked: Asked) -> None:
        self._books = books
        self._vocabularies = vocabularies
        self._asked = asked

    def of(self, found: Found) -> Result:
        """Read, decide, explain, compare with what is expected."""
        if found.node is None:
            return Result(found.place, found.place, found.diagnostics)
        choice = self._books.choice(found.node, found.folder)
        scenario, faults = read_scenario(found.node, self._context(choice))
        diagnostics = report([*found.diagnostics, *faults])
        if scenario is None:
            return Result(found.place, found.place, report([*diagnostics, *choice.faults]))
        name = scenario.name or found.place
        book, troubles = choice.book(scenario.cart.currency)
        if book is None:
            return Result(name, found.place, report([*diagnostics, *troubles]))
        return self._decide(Result(name, found.place, diagnostics), book, self._as_of(scenario))

    def _context(self, choice: Choice) -> ScenarioContext:
        return replace(context_of(choice.readings(), self._vocabularies), now=self._asked.now)

    def _as_of(self, scenario: Scenario) -> Scenario:
        at = self._asked.at
        if at is None:
            return scenario
        return replace(scenario, at=at, cart=msgspec.structs.replace(scenario.cart, now=at))

    def _decide(self, result: Result, book: Book, scenario: Scenario) -> Result:
        decision = evaluate(book, scenario.cart, trace=self._asked.explain != "none")
        if self._asked.hints:
            decision = msgspec.structs.replace(decision, hints=hints(book, scenario.cart, decision))
        seen = Seen(
            f"scenario '{result.name}'", decision, lambda: decision.hints or hints(book, scenario.cart, decision)
        )
        differences = () if scenario.expect is None else compare(scenario.expect, seen)
        return replace(
            result,
            diagnostics=report([*result.diagnostics, *differences]),
            decision=decision,
            book=book,
            explanation=self._explanation(book, scenario),
        )

    def _explanation(self, book: Book, scenario: Scenario) -> Explanation | None:
        level = self._asked.explain
        return None if level == "none" else explain(book, scenario.cart, level, locale=scenario.cart.locale)
