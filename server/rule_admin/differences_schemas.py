"""What do requests and answers about differences of rulesets look like?"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from msgspec import Meta

from server.rule_admin.schemas import FindingView
from server.web.binding import Query, View

Selector = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=200,
        description="`promotions/default@4`, `draft:<id>`, `live:promotions/default` or `shipped:promotions/default`.",
    ),
]


class DiffQuery(Query, frozen=True, kw_only=True, rename={"old": "from", "new": "to"}):
    """Which two rulesets."""

    old: Selector
    new: Selector


class SideView(View, frozen=True, kw_only=True):
    """One of the two. `number` is there for published versions, `content_hash` is of its text."""

    asked: str
    kind: str
    name: str
    number: int | None
    content_hash: str


class ChangeView(View, frozen=True, kw_only=True):
    """One difference in meaning: `before` and `after` in shop words, places as `file:line:column`.

    `decides` is false where no decision can depend on it, as on the order of coupons.
    """

    kind: Literal["added", "removed", "changed", "moved"]
    path: str
    before: str | None
    after: str | None
    at_before: str | None
    at_after: str | None
    decides: bool


class ForAnyCartView(View, frozen=True, kw_only=True):
    """The proof of what could change on any cart, between books with exactly these two texts.

    `report` is what came out once it is done, the JSON of `sostech equiv`. Not `complete`: its time was over.
    """

    proof_id: UUID
    state: Literal["waiting", "running", "done"]
    complete: bool
    report: Any
    created_at: datetime


class DiffView(View, frozen=True, kw_only=True, rename={"old": "from", "new": "to"}):
    """`text` is a unified diff, empty for equal texts.

    `changes` are at most 1,000, `changes_left_out` counts the others. `changes` is null where one of them cannot
    be read as YAML, as `findings` says, or names another kind in its head. `for_any_cart` is null until somebody asks
    for an equivalence at POST /rulesets/proofs: a replay says what did change, it says what could.
    """

    old: SideView
    new: SideView
    text: str
    changes: list[ChangeView] | None
    changes_left_out: int
    findings: list[FindingView]
    for_any_cart: ForAnyCartView | None


class FileView(View, frozen=True, kw_only=True):
    """A file beside a ruleset, by the name the ruleset calls it."""

    name: str
    bytes: int
    sha256: str


class FilesView(View, frozen=True, kw_only=True):
    """Files by name."""

    items: list[FileView]
