"""What do requests and answers about approvals look like?"""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from engine.access.publishing import Condition
from server.rule_admin.past_carts import PastCarts
from server.rule_admin.schemas import Comment
from server.web.binding import Body, Path, View
from server.web.pages import PageQuery


class ApprovalPath(Path, frozen=True, kw_only=True):
    """Names an approval."""

    approval_id: UUID


class ApprovalsQuery(PageQuery, frozen=True, kw_only=True):
    """Which approvals to list: those somebody has to decide about, or all."""

    state: Literal["open", "all"] = "open"


class ApproveBody(Body, frozen=True, kw_only=True):
    """What there is to say about it."""

    note: Comment | None = None


class RefuseBody(Body, frozen=True, kw_only=True):
    """Why not."""

    note: Comment


class ReasonView(View, frozen=True, kw_only=True):
    """Why somebody else has to agree: a condition of the publish policy, and the line `at` which it stands."""

    code: Condition
    message: str
    at: str
    warnings: list[str]


class ApprovalView(View, frozen=True, kw_only=True):
    """What somebody else was asked to agree to: the draft with the text of this `content_hash`, and what they said.

    `overtaken` when the draft is another one by now, or what is live has changed so that it has to be looked at again.
    `past_carts` are decided with the draft and without it; null where the policy has no guard.
    """

    id: UUID
    draft_id: UUID
    kind: str
    name: str
    content_hash: str
    state: Literal["open", "approved", "refused", "overtaken"]
    reasons: list[ReasonView]
    past_carts: PastCarts | None
    asked_by: UUID | None
    asked_at: datetime
    decided_by: UUID | None
    decided_at: datetime | None
    note: str | None
