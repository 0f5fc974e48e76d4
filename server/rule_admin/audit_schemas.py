"""What do requests and answers about the audit log look like?"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from msgspec import Meta

from server.auth.schemas import PLAIN_TEXT
from server.rule_admin.schemas import Instant
from server.web.binding import View
from server.web.pages import PageQuery

ActionPrefix = Annotated[
    str, Meta(pattern=r"^[a-z][a-z0-9_.]{0,63}(?!\n)$", description="How the action begins: `rulesets.`, `orders.`.")
]
ResourceType = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]{0,63}(?!\n)$", description="ruleset, product, user …")]
ResourceId = Annotated[str, Meta(min_length=1, max_length=200, pattern=PLAIN_TEXT)]


class AuditQuery(PageQuery, frozen=True, kw_only=True, rename={"since": "from"}):
    """Which entries to list; all that are given have to fit. `from` is included, `until` is not."""

    actor: UUID | None = None
    action: ActionPrefix | None = None
    resource_type: ResourceType | None = None
    resource_id: ResourceId | None = None
    since: Instant | None = None
    until: Instant | None = None


class AuditEntryView(View, frozen=True, kw_only=True):
    """Who did what, when; `before` and `after` say what changed, null where there was nothing.

    The actor is a user, a guest, somebody of the platform, or the system.
    """

    id: UUID
    at: datetime
    actor_kind: str
    actor: UUID | None
    action: str
    resource_type: str
    resource_id: str
    before: Any
    after: Any
    request_id: str | None
