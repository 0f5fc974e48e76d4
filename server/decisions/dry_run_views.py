"""What does the answer to a dry run look like: a decision, why, and what is different from what is live?"""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta

from server.decisions import service
from server.decisions.books import LiveBook
from server.decisions.differences import DifferencesView, Side, differences
from server.decisions.dry_runs import Tried
from server.decisions.explanations import explanation_view
from server.decisions.service import Decided
from server.decisions.shapes import DryRunView
from server.decisions.views import view
from server.errors import AppError
from server.web.binding import View
from server.web.call import Call
from server.web.problems import FaultView


class ProblemView(View, frozen=True, kw_only=True):
    """Why a scenario was not decided; the same codes as problems of whole requests."""

    code: str
    title: str
    detail: str
    errors: tuple[FaultView, ...]
    parameters: dict[str, Any]


class ScenarioView(View, frozen=True, kw_only=True):
    """A scenario, decided (`answer`) or refused (`problem`); one of them is null."""

    name: str
    answer: DryRunView | None
    problem: ProblemView | None
    differences: Annotated[DifferencesView | None, Meta(description="From what is live to this; with `compare`.")]


class DryRunsView(View, frozen=True, kw_only=True):
    """All scenarios in the order they were given."""

    scenarios: tuple[ScenarioView, ...]


def decided_view(call: Call, live: LiveBook, decided: Decided, locale: str) -> DryRunView:
    """A decision for this caller, with the explanation that was asked for."""
    full = call.actor.may(service.EXPLAIN_FULL)
    shown = view(live, decided.basket, decided.decision, decided.hints, locale, full)
    why = None if decided.explanation is None else explanation_view(live, decided.explanation, locale)
    return DryRunView(decision=shown, explanation=why)


def scenario_view(call: Call, name: str, found: Tried | AppError) -> ScenarioView:
    """A scenario for this caller."""
    if isinstance(found, AppError):
        return ScenarioView(name=name, answer=None, problem=problem_view(found), differences=None)
    changes = None
    if found.by_live is not None:
        changes = differences(found.by_live, Side(found.live, found.decided.decision), found.locale)
    answer = decided_view(call, found.live, found.decided, found.locale)
    return ScenarioView(name=name, answer=answer, problem=None, differences=changes)


def problem_view(problem: AppError) -> ProblemView:
    """An error as part of an answer."""
    return ProblemView(
        code=problem.error.code,
        title=problem.error.title,
        detail=problem.detail,
        errors=tuple(FaultView(pointer=each.pointer, code=each.code, message=each.message) for each in problem.faults),
        parameters=problem.parameters,
    )
