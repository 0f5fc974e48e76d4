"""Which claims are refuted so soon that a check can say so?

Only refutations are told: that nothing was found in a moment says nothing. The number of carts bounds the time taken.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from engine.cli.case_books import CaseBooks
from engine.cli.files import Files
from engine.cli.prove_claims import Claims, finding
from engine.cli.shelf import Standing
from engine.documents.kinds import APART
from engine.proof import QUICK, prove, proved_by_bounds
from engine.proof.witness import given_on_a_line
from engine.text.diagnostics import Diagnostic

CARTS: Final = 400
"""Carts tried in all; about a second."""

_FEWEST: Final = 20


def refuted(rulesets: Sequence[Standing], files: Files, books: CaseBooks) -> Iterator[Diagnostic]:
    """RS650 for every claim of these rulesets that a short hunt refutes, each with the cart.

    Rulesets with faults, or beside some with faults, claim nothing here: those are found by others.
    """
    claims = Claims(files, books)
    claimed = [each for ruleset in rulesets if ruleset.label.kind not in APART for each in claims.of(ruleset)]
    still_open = [each for each in claimed if proved_by_bounds(each.book, each.invariant) is None]
    limits = replace(QUICK, carts=max(_FEWEST, CARTS // max(1, len(still_open))))
    for each in still_open:
        verdict = prove(each.book, each.invariant, limits)
        vocabulary = each.book.vocabulary
        if verdict.status == "refuted" and vocabulary is not None:
            carts = " and ".join(given_on_a_line(step.cart, vocabulary) for step in verdict.steps)
            told = finding(each, verdict, witness=carts)
            if told is not None:
                yield told
