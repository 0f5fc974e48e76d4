"""What do requests and answers about saved scenarios look like?"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from msgspec import Meta

from server.auth.schemas import PLAIN_TEXT
from server.decisions.dry_run_schemas import RulesetsBody
from server.decisions.dry_run_views import ProblemView
from server.decisions.schemas import DryRunBody
from server.decisions.shapes import Money, RulesetView
from server.web.binding import Body, Path, View
from server.web.pages import PageQuery

Name = Annotated[str, Meta(min_length=1, max_length=200, pattern=PLAIN_TEXT)]
Comment = Annotated[str, Meta(min_length=1, max_length=1000, pattern=PLAIN_TEXT)]
Expected = Annotated[
    dict[str, Any],
    Meta(
        max_length=20,
        description="What has to come out, with the keys of `expect:` in cases of rulesets; amounts are texts:"
        ' {"shipping": "0.00", "applied": ["ten-off-150"]}.',
    ),
]


class ScenarioPath(Path, frozen=True, kw_only=True):
    """Names a saved scenario."""

    scenario_id: UUID


class ScenariosQuery(PageQuery, frozen=True, kw_only=True):
    """Saved scenarios, page by page."""


class SavedScenarioBody(Body, frozen=True, kw_only=True):
    """A basket to keep, and what has to come out of it. Without `at` it is decided for the instant of each run."""

    name: Name
    basket: DryRunBody
    expected: Expected = msgspec.field(default_factory=dict)
    comment: Comment | None = None


class RunBody(Body, frozen=True, kw_only=True):
    """By which rulesets, and which scenarios by their names; all of them when none is named."""

    rulesets: RulesetsBody = RulesetsBody()
    names: Annotated[tuple[Name, ...], Meta(min_length=1, max_length=500)] | None = None


class CasesBody(Body, frozen=True, kw_only=True):
    """Saved scenarios that become cases of a draft."""

    scenarios: Annotated[tuple[UUID, ...], Meta(min_length=1, max_length=100)]


class SavedScenarioView(View, frozen=True, kw_only=True):
    """A saved scenario. `content_hash` is its ETag."""

    id: UUID
    name: str
    basket: DryRunBody
    expected: dict[str, Any]
    comment: str | None
    content_hash: str
    created_by: UUID | None
    updated_by: UUID | None
    created_at: datetime
    updated_at: datetime


class DifferenceView(View, frozen=True, kw_only=True):
    """Something expected that is not so; `witness` shows expected over got, and what made it."""

    key: Annotated[str, Meta(description="The key of `expected` it is about.")]
    code: str
    message: str
    hint: str | None
    witness: str | None


class RunResultView(View, frozen=True, kw_only=True):
    """A scenario that was run. `total` and `problem`: one of them is null."""

    id: UUID
    name: str
    passed: bool
    differences: tuple[DifferenceView, ...]
    total: Money | None
    problem: ProblemView | None


class RunView(View, frozen=True, kw_only=True):
    """Scenarios in order of name, and the rulesets that decided them."""

    passed: int
    failed: int
    rulesets: tuple[RulesetView, ...]
    results: tuple[RunResultView, ...]
