"""Cases stored with a ruleset: run them, compare with what they expect, and see which rules they reach."""

from engine.cases.compare import compare
from engine.cases.run import CASE_INSTANT, BookFor, CaseReport, CaseResult, run_cases
from engine.cases.seen import Seen

__all__ = ["CASE_INSTANT", "BookFor", "CaseReport", "CaseResult", "Seen", "compare", "run_cases"]
