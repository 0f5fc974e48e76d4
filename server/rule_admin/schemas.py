"""What do requests and answers about a store's rulesets look like?"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final, Literal
from uuid import UUID

from msgspec import Meta

from server.auth.schemas import PLAIN_TEXT
from server.web.binding import Body, Path, Query, View

NAME: Final = r"^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?(?!\n)$"
Kind = Annotated[str, Meta(pattern=r"^[a-z]{1,30}(?!\n)$")]
Name = Annotated[str, Meta(pattern=NAME)]
Number = Annotated[int, Meta(ge=1, le=1_000_000_000)]
FILE: Final = r"^[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}(?:/[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}){0,3}(?!\n)$"
File = Annotated[str, Meta(pattern=FILE)]
Comment = Annotated[str, Meta(min_length=1, max_length=1000, pattern=PLAIN_TEXT)]
Instant = Annotated[datetime, Meta(tz=True)]


class RulesetPath(Path, frozen=True, kw_only=True):
    """Names a ruleset."""

    kind: Kind
    name: Name


class VersionPath(Path, frozen=True, kw_only=True):
    """Names a published version by its number."""

    kind: Kind
    name: Name
    version: Number


class DraftPath(Path, frozen=True, kw_only=True):
    """Names a draft."""

    draft_id: UUID


class AttachmentPath(Path, frozen=True, kw_only=True):
    """Names a file beside a draft, as the draft writes it."""

    draft_id: UUID
    file: File


class VersionFilePath(Path, frozen=True, kw_only=True):
    """Names a file beside a published version, as the version writes it."""

    kind: Kind
    name: Name
    version: Number
    file: File


class PlanPath(Path, frozen=True, kw_only=True):
    """Names a plan."""

    kind: Kind
    name: Name
    plan_id: UUID


class VersionsQuery(Query, frozen=True, kw_only=True):
    """Of which rulesets; of all when nothing is named."""

    kind: Kind | None = None
    name: Name | None = None


class NewDraftBody(Body, frozen=True, kw_only=True):
    """A draft of a version (`based_on`), or of what decides now."""

    kind: Kind
    name: Name = "default"
    based_on: Number | None = None
    comment: Comment | None = None


class AllowedWarning(Body, frozen=True, kw_only=True):
    """A warning to publish in spite of, and why."""

    code: Annotated[str, Meta(pattern=r"^RS[0-9]{3}(?!\n)$")]
    because: Comment


class PublishBody(Body, frozen=True, kw_only=True):
    """Warnings that are known and meant, and whether the version is live at once."""

    allow: Annotated[list[AllowedWarning], Meta(max_length=100)] | None = None
    activate: bool = False
    reason: Comment | None = None


class ActivateBody(Body, frozen=True, kw_only=True, rename={"starts_at": "from", "ends_at": "until"}):
    """Which version, and when: from now on, from an instant on, for ever, or until an instant (excluded)."""

    number: Number
    starts_at: Instant | None = None
    ends_at: Instant | None = None
    reason: Comment | None = None


class RollBackBody(Body, frozen=True, kw_only=True):
    """Why."""

    reason: Comment | None = None


class VersionView(View, frozen=True, kw_only=True):
    """A draft (without `number` and `hash`) or a published version. `content_hash` is the ETag of its text."""

    id: UUID
    kind: str
    name: str
    number: int | None
    status: Literal["draft", "published", "archived"]
    content_hash: str
    hash: str | None
    based_on: UUID | None
    comment: str | None
    created_by: UUID | None
    updated_by: UUID | None
    published_by: UUID | None
    published_at: datetime | None
    created_at: datetime
    updated_at: datetime


class VersionsView(View, frozen=True, kw_only=True):
    """Versions, the newest of each ruleset first."""

    items: list[VersionView]


class FindingView(View, frozen=True, kw_only=True):
    """One thing to be said: `at` is `file:line:column`, `witness` the smallest cart that shows it."""

    code: str
    severity: str
    message: str
    at: str | None
    hint: str | None
    witness: str | None


class CaseView(View, frozen=True, kw_only=True):
    """A case of the ruleset, played through among the others that are live."""

    name: str
    passed: bool
    findings: list[FindingView]


class CheckView(View, frozen=True, kw_only=True):
    """Everything there is to say about a draft. `publishable` without allowing any warning."""

    content_hash: str
    publishable: bool
    errors: int
    warnings: int
    findings: list[FindingView]
    cases: list[CaseView]


class PlanView(View, frozen=True, kw_only=True, rename={"starts_at": "from", "ends_at": "until"}):
    """From when, and until when if ever, a version is live; unless it was called off."""

    id: UUID
    number: int
    starts_at: datetime
    ends_at: datetime | None
    reason: str | None
    created_by: UUID | None
    created_at: datetime
    cancelled_at: datetime | None


class PlansView(View, frozen=True, kw_only=True):
    """Plans of a ruleset, the newest first."""

    items: list[PlanView]
