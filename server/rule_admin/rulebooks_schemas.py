"""What do requests and answers about whole rule books look like?"""

from __future__ import annotations

from uuid import UUID

from server.rule_admin.schemas import FindingView, Instant
from server.web.binding import Query, View


class RuleBookQuery(Query, frozen=True, kw_only=True):
    """What decided (will decide) at an instant; without one, what decides now."""

    at: Instant | None = None


class ImportedView(View, frozen=True, kw_only=True):
    """A file of the folder. `draft_id` is the draft it became; null where it is what decides already."""

    file: str
    kind: str
    name: str
    draft_id: UUID | None
    content_hash: str
    errors: int
    warnings: int
    findings: list[FindingView]


class ImportedBookView(View, frozen=True, kw_only=True):
    """How many drafts were made, how many rulesets were left as they are, and each of both by its file."""

    drafts: int
    unchanged: int
    items: list[ImportedView]
