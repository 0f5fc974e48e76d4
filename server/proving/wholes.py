"""What comes out of tasks that are answered as a whole, as JSON of the command line? One function for each. Pure.

What the engine and the command line write of their findings is written here too, so that both say the same. Only the
process that works imports this: the shop itself need not load all that searches.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from engine.cases.insertion import names_in
from engine.cli import findings
from engine.cli.lint import SERIES
from engine.cli.mutate_view import Mutated
from engine.cli.mutate_view import as_plain as plain_mutated
from engine.cli.shelf import Label, Standing
from engine.documents.kinds import APART
from engine.documents.model import OrdersDocument
from engine.equivalence import Limits as EquivalenceLimits
from engine.equivalence import compare_books
from engine.exploits.report import report_exploits
from engine.exploits.search import MOST as MOST_PLAYED
from engine.exploits.shop import shop_of
from engine.mutation.judge import judge_of
from engine.mutation.judging import MOST_CARTS
from engine.mutation.score import additions
from engine.pipeline import check_ruleset
from engine.text.diagnostics import Diagnostic, has_errors
from server.decisions.books import LiveBook, RuleBooks
from server.decisions.library import RulesetsFaulty, RulesetText, reading_of
from server.proving.snapshot import Options, Question
from server.rule_admin.checking import CaseBooks, case_context

Tell = Callable[[int, int], None]
"""Told how many of how many things are looked at; 0: nobody knows."""


def lint(question: Question, tell: Tell) -> dict[str, Any]:
    """Every lint of the rulesets that were chosen; of all of the book when none was."""
    vocabularies = RuleBooks().vocabularies
    found: list[Diagnostic] = []
    chosen = _chosen(question)
    for number, text in enumerate(chosen):
        tell(number, len(chosen))
        found += check_ruleset(reading_of(text, vocabularies), cap=None)
    kept = [each for each in found if each.severity == "error" or each.code.startswith(SERIES)]
    return {**findings.counts(kept), "diagnostics": findings.as_plain(kept)}


def equivalence(before: LiveBook, after: LiveBook, options: Options, tell: Tell) -> dict[str, Any]:
    """For which carts the two books differ, and whether the new one ever charges more when that is asked."""
    limits = EquivalenceLimits() if options.carts is None else EquivalenceLimits(carts=options.carts)
    found = compare_books(
        before.book, after.book, limits, lambda _, done, of: tell(done, of), never_more=options.never_more
    )
    return found.as_plain()


def mutation(question: Question, after: LiveBook, tell: Tell) -> dict[str, Any]:
    """Which faults the cases of the rulesets would not notice, with a case that does for each."""
    found: list[Diagnostic] = []
    mutated = [each for text in _chosen(question) if (each := _mutated(text, after, question, tell, found)) is not None]
    return {
        "rulesets": [plain_mutated(each) for each in mutated],
        **findings.counts(found),
        "diagnostics": findings.as_plain(found),
    }


def exploits(question: Question, after: LiveBook, tell: Tell) -> dict[str, Any]:
    """How a customer would gain more than they are meant to: orders and returns, step by step."""
    orders = _orders(question)
    documents = [*after.book.documents.values(), *([] if orders is None else [orders])]
    found = report_exploits(
        shop_of(after.book, orders),
        [allowed for document in documents for allowed in document.allow],
        most=question.options.carts or MOST_PLAYED,
        tell=lambda played: tell(played, 0),
    )
    return {
        "carts": found.carts,
        "found": len(found.open),
        "allowed": len(found.findings) - len(found.open),
        "exploits": list(found.exploits),
        "diagnostics": findings.as_plain(found.findings),
    }


def _mutated(
    text: RulesetText, live: LiveBook, question: Question, tell: Tell, found: list[Diagnostic]
) -> Mutated | None:
    """What came of the faults of one ruleset; None where its own cases fail, which is `found`."""
    reading = reading_of(text, RuleBooks().vocabularies)
    document, vocabulary = reading.document, reading.vocabulary
    if document is None or vocabulary is None:
        raise RulesetsFaulty(f"{text.path} cannot be read")
    books, context = CaseBooks(live, document), case_context(live, document, reading)
    judge = judge_of(document, vocabulary, books, context, most_carts=question.options.carts or MOST_CARTS)
    if has_errors(judge.faults):
        found += judge.faults
        return None
    judged = []
    for number in range(len(judge.mutants)):
        tell(number, len(judge.mutants))
        judged.append(judge.judge(number))
    ruleset = Standing(Label(text.kind, text.name, text.version), Path(text.path), reading.source)
    return Mutated(ruleset, judge, judged, additions(judge, judged, names_in(text.source)), 0, None)


def _orders(question: Question) -> OrdersDocument | None:
    """The life of orders that was asked about; None: nothing is returned."""
    text = next((text for text in question.after.texts if text.kind == "orders"), None)
    document = None if text is None else reading_of(text, RuleBooks().vocabularies).document
    return document if isinstance(document, OrdersDocument) else None


def _chosen(question: Question) -> list[RulesetText]:
    texts = [text for text in question.after.texts if text.kind not in APART]
    return [text for text in texts if text.kind in question.options.kinds] or texts
