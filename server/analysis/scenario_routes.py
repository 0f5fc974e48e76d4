"""The addresses of saved scenarios: baskets somebody wrote down to keep, with what has to come out of them."""

from __future__ import annotations

from typing import Final

import msgspec

from server.analysis import scenario_cases, scenario_runs, scenarios
from server.analysis.scenario_errors import (
    CASE_NAME_TAKEN,
    DRAFT_UNREADABLE,
    EXPECTATION_INVALID,
    NO_CASE,
    SCENARIO_NAME_TAKEN,
    SCENARIO_UNKNOWN,
    SCENARIOS_TOO_MANY,
    SCENARIOS_UNKNOWN,
)
from server.analysis.scenario_repo import Content, Saved
from server.analysis.scenario_runs import Difference, Ran
from server.analysis.scenario_schemas import (
    CasesBody,
    DifferenceView,
    RunBody,
    RunResultView,
    RunView,
    SavedScenarioBody,
    SavedScenarioView,
    ScenarioPath,
    ScenariosQuery,
)
from server.decisions.dry_run_views import problem_view
from server.decisions.errors import (
    AMOUNT_INVALID,
    BASKET_INVALID,
    MIX_FAULTY,
    MIX_INVALID,
    MIX_UNKNOWN,
    RULES_MISSING,
)
from server.decisions.views import ruleset_view
from server.errors import AppError
from server.rule_admin.errors import CONTENT_CHANGED, CONTENT_MISSING, DRAFT_UNKNOWN
from server.rule_admin.routes import WRITE, YAML, tagged, wanted_content
from server.rule_admin.schemas import DraftPath, VersionView
from server.web.call import Call
from server.web.endpoint import Raw, Reply, Routes
from server.web.pages import Page, page, position

TRY: Final = "decisions.dry_run"

_WRITING: Final = (AMOUNT_INVALID, BASKET_INVALID, EXPECTATION_INVALID, SCENARIO_NAME_TAKEN, RULES_MISSING)

routes = Routes("Analysis")


@routes.get("/analysis/scenarios", needs=TRY)
async def list_scenarios(call: Call, query: ScenariosQuery) -> Reply[Page[SavedScenarioView]]:
    """Saved scenarios in order of name."""
    at = position(call, query)
    return page(call, query, at, await scenarios.page_of(call, at), lambda saved: [saved.name], _view)


@routes.post("/analysis/scenarios", needs=TRY, errors=(*_WRITING, SCENARIOS_TOO_MANY), status=201)
async def create_scenario(call: Call, body: SavedScenarioBody) -> Reply[SavedScenarioView]:
    """Keep a basket, and what has to come out of it.

    What is expected has the keys of `expect:` in cases of rulesets. Whether it holds is asked by a run, not here; that
    it can be compared is checked.
    """
    return _tagged(await scenarios.create(call, _content(body)))


@routes.get("/analysis/scenarios/{scenario_id}", needs=TRY, errors=(SCENARIO_UNKNOWN,))
async def read_scenario(call: Call, path: ScenarioPath) -> Reply[SavedScenarioView]:
    """A saved scenario, with the ETag to change it."""
    return _tagged(await scenarios.find(call, path.scenario_id))


@routes.put(
    "/analysis/scenarios/{scenario_id}",
    needs=TRY,
    errors=(*_WRITING, SCENARIO_UNKNOWN, CONTENT_MISSING, CONTENT_CHANGED),
)
async def change_scenario(call: Call, path: ScenarioPath, body: SavedScenarioBody) -> Reply[SavedScenarioView]:
    """Write a scenario over the one you read: its ETag goes into If-Match."""
    return _tagged(await scenarios.change(call, path.scenario_id, _content(body), wanted_content(call)))


@routes.delete("/analysis/scenarios/{scenario_id}", needs=TRY, errors=(SCENARIO_UNKNOWN,))
async def delete_scenario(call: Call, path: ScenarioPath) -> None:
    """Throw a scenario away. Cases that were made of it stay."""
    await scenarios.delete(call, path.scenario_id)


@routes.post(
    "/analysis/scenarios/run",
    needs=TRY,
    errors=(SCENARIOS_UNKNOWN, RULES_MISSING, MIX_INVALID, MIX_UNKNOWN, MIX_FAULTY),
    idempotency="none",
)
async def run_scenarios(call: Call, body: RunBody) -> RunView:
    """Ask of every scenario, or those that are named, whether what is expected holds under these rulesets."""
    live, ran = await scenario_runs.run(call, body)
    passed = sum(each.passed for each in ran)
    return RunView(
        passed=passed,
        failed=len(ran) - passed,
        rulesets=tuple(ruleset_view(ruleset) for ruleset in live.checkout_rulesets),
        results=tuple(_result(each) for each in ran),
    )


@routes.get(
    "/analysis/scenarios/{scenario_id}/as-case",
    needs=TRY,
    errors=(SCENARIO_UNKNOWN, NO_CASE, RULES_MISSING),
    raw_types=(YAML,),
)
async def read_scenario_as_case(call: Call, path: ScenarioPath) -> Raw:
    """The scenario as YAML to paste under `cases:` of a draft, of whichever kind that decides baskets.

    A scenario for no instant in particular becomes a case for now, because a case holds tomorrow as it does today.
    """
    text = await scenario_cases.as_case(call, path.scenario_id)
    return Raw(text.encode(), YAML)


@routes.post(
    "/rulesets/drafts/{draft_id}/cases",
    needs=WRITE,
    errors=(
        DRAFT_UNKNOWN, CONTENT_MISSING, CONTENT_CHANGED, SCENARIOS_UNKNOWN, NO_CASE, CASE_NAME_TAKEN, DRAFT_UNREADABLE,
        RULES_MISSING,
    ),
)  # fmt: skip
async def add_cases_to_draft(call: Call, path: DraftPath, body: CasesBody) -> Reply[VersionView]:
    """Write saved scenarios as cases after those a draft has, so that every check runs them.

    Everything else in the text stays as it is, comments too. The ETag of the draft goes into If-Match.
    """
    return tagged(await scenario_cases.add_cases(call, path.draft_id, body.scenarios, wanted_content(call)))


def _content(body: SavedScenarioBody) -> Content:
    # How it is explained is asked anew each time.
    basket = msgspec.structs.replace(body.basket, explain=None)
    return Content(name=body.name, basket=basket, expected=body.expected, comment=body.comment)


def _tagged(saved: Saved) -> Reply[SavedScenarioView]:
    return Reply(_view(saved), headers={"ETag": f'"{saved.content_hash}"', "Cache-Control": "private, no-cache"})


def _view(saved: Saved) -> SavedScenarioView:
    return SavedScenarioView(**msgspec.structs.asdict(saved))


def _result(ran: Ran) -> RunResultView:
    outcome = ran.outcome
    return RunResultView(
        id=ran.saved.id,
        name=ran.saved.name,
        passed=ran.passed,
        differences=tuple(_difference(each) for each in ran.differences),
        total=None if isinstance(outcome, AppError) else outcome.money(outcome.decision.totals.total),
        problem=problem_view(outcome) if isinstance(outcome, AppError) else None,
    )


def _difference(found: Difference) -> DifferenceView:
    return DifferenceView(
        key=found.key,
        code=found.finding.code,
        message=found.finding.message,
        hint=found.finding.hint or None,
        witness=found.finding.witness or None,
    )
