"""What is asked of a judge of mutants, whatever kind of ruleset they are of?"""

from __future__ import annotations

from typing import Final, Protocol

from engine.cases.insertion import Written
from engine.mutation.model import Judged, Mutant
from engine.text.diagnostics import Diagnostic

MOST_CARTS: Final = 500
"""Carts that are tried for one mutant before it counts as not distinguished."""


class Judge(Protocol):
    """Runs the cases of one ruleset against faults in it. Not to be shared between threads."""

    mutants: tuple[Mutant, ...]
    faults: tuple[Diagnostic, ...]  # of cases that fail without any fault: they tell nothing

    def judge(self, number: int) -> Judged:
        """What comes of the mutant of that number."""

    def kills(self, proposal: Written, number: int) -> bool:
        """Whether a proposed case, which the ruleset passes, fails for the mutant of that number."""
