"""What do requests and answers about collections of carts and replays look like?"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta

from engine.compare.report_model import Report
from server.analysis.snapshot import State
from server.auth.schemas import PLAIN_TEXT
from server.decisions.dry_run_schemas import RulesetsBody
from server.decisions.shapes import RulesetView
from server.web.binding import Body, Path, View
from server.web.pages import PageQuery

MOST_SOURCES = 10
MOST_ORDERS = 100_000
MOST_OPEN_CARTS = 20_000

CollectionName = Annotated[
    str,
    Meta(
        pattern=r"^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?(?!\n)$",
        description="Small letters, digits and hyphens.",
    ),
]
Title = Annotated[str, Meta(min_length=1, max_length=200, pattern=PLAIN_TEXT)]
Instant = Annotated[datetime, Meta(tz=True)]


class CollectionPath(Path, frozen=True, kw_only=True):
    """Names a collection."""

    collection: CollectionName


class ReplayPath(Path, frozen=True, kw_only=True):
    """Names a replay."""

    replay_id: UUID


class ReplaysQuery(PageQuery, frozen=True, kw_only=True):
    """Which page."""


class GivenOrders(Body, frozen=True, kw_only=True):
    """The newest orders, not those before an instant, and so many at most."""

    since: Instant | None = None
    most: Annotated[int, Meta(ge=1, le=MOST_ORDERS)] = 5_000


class GivenCarts(Body, frozen=True, kw_only=True):
    """Carts that are being filled now, so many at most."""

    most: Annotated[int, Meta(ge=1, le=MOST_OPEN_CARTS)] = MOST_OPEN_CARTS


class GivenSource(Body, frozen=True, kw_only=True):
    """Where carts come from: exactly one of the three."""

    orders: GivenOrders | None = None
    carts: GivenCarts | None = None
    collection: CollectionName | None = None


class NewReplayBody(Body, frozen=True, kw_only=True):
    """Two rule books, each what is live now unless it says otherwise, and the carts to try them on."""

    sources: Annotated[tuple[GivenSource, ...], Meta(min_length=1, max_length=MOST_SOURCES)]
    before: RulesetsBody = RulesetsBody()
    after: RulesetsBody = RulesetsBody()
    title: Title | None = None


class UnreadableView(View, frozen=True, kw_only=True):
    """A line of the file, counted from 1, that is no cart."""

    line: int
    code: str
    message: str


class CollectionView(View, frozen=True, kw_only=True):
    """A collection. `unreadable` lines were left out; `faults` says why the first hundred."""

    name: str
    carts: int
    unreadable: int
    faults: list[UnreadableView]
    created_by: UUID | None
    created_at: datetime


class CollectionsView(View, frozen=True, kw_only=True):
    """Collections in order of name."""

    items: list[CollectionView]


class SideView(View, frozen=True, kw_only=True, rename={"chosen": "with"}):
    """A rule book as it was chosen, and the rulesets that were at that moment: what they said then is what counts."""

    base: Literal["live", "shipped"]
    at: datetime | None
    chosen: list[str]
    rulesets: list[RulesetView]


class SourceView(View, frozen=True, kw_only=True, rename={"kind": "from"}):
    """Where carts come from."""

    kind: Literal["orders", "carts", "collection"]
    since: datetime | None = None
    until: datetime | None = None
    most: int | None = None
    collection: str | None = None


class ReplayView(View, frozen=True, kw_only=True):
    """A replay. `done` of about `carts` carts are compared; `error` says why it failed."""

    id: UUID
    title: str
    state: State
    done: int
    carts: int
    error: str | None
    before: SideView
    after: SideView
    sources: list[SourceView]
    created_by: UUID | None
    created_at: datetime
    updated_at: datetime
    ended_at: datetime | None


class ReplayDetailView(ReplayView, frozen=True, kw_only=True):
    """The same with what came out, once it is done."""

    report: Report | None
