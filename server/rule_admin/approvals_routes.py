"""The addresses of those who agree to what others publish."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from engine.access.publishing import APPROVE
from server.rule_admin import approvals
from server.rule_admin.approvals_repo import Approval, Wanted
from server.rule_admin.approvals_schemas import (
    ApprovalPath,
    ApprovalsQuery,
    ApprovalView,
    ApproveBody,
    ReasonView,
    RefuseBody,
)
from server.rule_admin.errors import APPROVAL_DECIDED, APPROVAL_OVERTAKEN, APPROVAL_UNKNOWN, SELF_APPROVAL
from server.web.call import Call
from server.web.endpoint import Reply, Routes
from server.web.pages import Page, page, position

_DECIDING = (APPROVAL_UNKNOWN, SELF_APPROVAL, APPROVAL_OVERTAKEN, APPROVAL_DECIDED)

routes = Routes("Rulesets")


@routes.get("/rulesets/approvals", needs="rules.read")
async def list_ruleset_approvals(call: Call, query: ApprovalsQuery) -> Reply[Page[ApprovalView]]:
    """What somebody has to agree to before it is published, the newest first."""
    at = position(call, query)
    beyond = None if at.keys is None else (datetime.fromisoformat(at.keys[0]), UUID(at.keys[1]))
    wanted = Wanted("open" if query.state == "open" else None, beyond, at.backwards, at.limit + 1)
    found = await approvals.list_approvals(call, wanted)
    return page(call, query, at, found, _keys, _view)


@routes.get("/rulesets/approvals/{approval_id}", needs="rules.read", errors=(APPROVAL_UNKNOWN,))
async def read_ruleset_approval(call: Call, path: ApprovalPath) -> ApprovalView:
    """What there is to agree to: why, and what past carts would pay."""
    return _view(await approvals.read_approval(call, path.approval_id))


@routes.post("/rulesets/approvals/{approval_id}/approve", needs=APPROVE, errors=_DECIDING)
async def approve_ruleset(call: Call, path: ApprovalPath, body: ApproveBody) -> ApprovalView:
    """Agree that exactly this text is published; whoever wants to publish it does it then.

    Not for whoever wrote the draft or asked.
    """
    return _view(await approvals.decide(call, path.approval_id, "approved", body.note))


@routes.post("/rulesets/approvals/{approval_id}/refuse", needs=APPROVE, errors=_DECIDING)
async def refuse_ruleset(call: Call, path: ApprovalPath, body: RefuseBody) -> ApprovalView:
    """Refuse it. The same text is not asked for again; another one may be."""
    return _view(await approvals.decide(call, path.approval_id, "refused", body.note))


def _keys(approval: Approval) -> list[Any]:
    return [approval.asked_at.isoformat(), str(approval.id)]


def _view(approval: Approval) -> ApprovalView:
    return ApprovalView(
        id=approval.id,
        draft_id=approval.version_id,
        kind=approval.kind,
        name=approval.name,
        content_hash=approval.content_hash,
        state=approval.state,
        reasons=[
            ReasonView(code=each.code, message=each.message, at=each.at, warnings=list(each.warnings))
            for each in approval.reasons
        ],
        past_carts=approval.past_carts,
        asked_by=approval.asked_by,
        asked_at=approval.asked_at,
        decided_by=approval.decided_by,
        decided_at=approval.decided_at,
        note=approval.note,
    )
