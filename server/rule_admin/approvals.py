"""Who agrees to what one person does not publish alone? Somebody else, to exactly this text, once.

Asking is kept although the publication is refused, so it is a transaction of its own.
"""

from __future__ import annotations

from typing import Any, Final, Literal
from uuid import UUID

import msgspec

from engine.access.publishing import APPROVE
from server.decisions.books import BOOKS
from server.errors import AppError
from server.rule_admin import approvals_repo
from server.rule_admin.approvals_repo import Approval, Wanted
from server.rule_admin.errors import (
    APPROVAL_DECIDED,
    APPROVAL_NEEDED,
    APPROVAL_OVERTAKEN,
    APPROVAL_REFUSED,
    APPROVAL_UNKNOWN,
    CONTENT_CHANGED,
    SELF_APPROVAL,
)
from server.rule_admin.policy import Findings, covers
from server.rule_admin.service import draft as read_again
from server.rule_admin.service import note as audit
from server.rule_admin.snapshot import Version
from server.web.call import Call
from storage.database import TryAgain
from storage.transaction import Transaction

_ACTIONS: Final = {"approved": "rulesets.approve", "refused": "rulesets.refuse"}


async def require(call: Call, draft: Version, found: Findings) -> Approval:
    """The approval that covers these findings.

    Raises DRAFT_UNKNOWN and CONTENT_CHANGED when the draft is another one by now; APPROVAL_NEEDED, with everything
    somebody has to agree to, after it was written down for them; and APPROVAL_REFUSED when somebody refused this text.
    """

    async def work(tx: Transaction) -> tuple[Approval, int, bool]:
        # Looking at past carts takes seconds, in which somebody may have changed or deleted the draft.
        now, _ = await read_again(tx, draft.id, lock=True)
        if now.content_hash != draft.content_hash:
            raise CONTENT_CHANGED("the draft was changed while it was checked; read it again", current=now.content_hash)
        last = await approvals_repo.newest(tx, draft.id, draft.content_hash)
        has_changed = last is not None and last.state in ("open", "approved") and not _still_holds(last, found)
        if last is not None and has_changed:
            await approvals_repo.overtake(tx, last.id)
        if last is None or has_changed or last.state == "overtaken":
            last = await _ask(tx, call, draft, found)
        roles = call.use(BOOKS).access(call.store).holders(APPROVE)
        return last, await approvals_repo.others_who_may(tx, roles, last.concerned), has_changed

    approval, people, has_changed = await call.database.transaction(call.store.id, work)
    if approval.state == "approved":
        return approval
    if approval.state == "refused":
        raise APPROVAL_REFUSED(
            f"this text was looked at and refused: {approval.note or 'without a note'}; change the draft and publish"
            " that",
            approval=approval.id, note=approval.note,
        )  # fmt: skip
    raise _needed(approval, people, has_changed=has_changed)


async def read_approval(call: Call, approval_id: UUID) -> Approval:
    """An approval. Raises APPROVAL_UNKNOWN."""

    async def work(tx: Transaction) -> Approval:
        return await _found(tx, approval_id)

    return await call.database.transaction(call.store.id, work)


async def list_approvals(call: Call, wanted: Wanted) -> list[Approval]:
    """Approvals in the order that is wanted."""

    async def work(tx: Transaction) -> list[Approval]:
        return await approvals_repo.listed(tx, wanted)

    return await call.database.transaction(call.store.id, work)


async def decide(call: Call, approval_id: UUID, state: Literal["approved", "refused"], note: str | None) -> Approval:
    """Agree, or refuse. Of several who do it at once the first one counts.

    Raises APPROVAL_UNKNOWN, SELF_APPROVAL for whoever wrote the draft or asked, APPROVAL_OVERTAKEN when the draft is
    another one by now, and APPROVAL_DECIDED.
    """

    async def work(tx: Transaction) -> Approval:
        before = await _found(tx, approval_id)
        if call.actor.id in before.concerned:
            raise SELF_APPROVAL("you wrote the draft, or asked to publish it; somebody else has to look at it")
        if not await approvals_repo.decide(tx, approval_id, state, call.actor.id, note):
            raise _not_open(await _found(tx, approval_id))
        after = {"state": state, "note": note, "content_hash": before.content_hash, "approval": approval_id}
        await audit(tx, call, _ACTIONS[state], before.version_id, {"state": "open"}, after)
        return await _found(tx, approval_id)

    return await call.database.transaction(call.store.id, work)


def _still_holds(last: Approval, found: Findings) -> bool:
    """What was agreed to covers what is found now; what nobody has decided about says the same."""
    return covers(last.reasons, last.live, found) if last.state == "approved" else last.live == found.live


async def _ask(tx: Transaction, call: Call, draft: Version, found: Findings) -> Approval:
    approval_id = await approvals_repo.add(tx, draft, found, call.actor.id)
    if approval_id is None:
        # Somebody has just asked about the same text: look again, and find theirs.
        raise TryAgain
    after = {"approval": approval_id, "content_hash": draft.content_hash, "reasons": found.reasons}
    await audit(tx, call, "rulesets.approval_asked", draft.id, None, after)
    return await _found(tx, approval_id)


async def _found(tx: Transaction, approval_id: UUID) -> Approval:
    found = await approvals_repo.find(tx, approval_id)
    if found is None:
        raise APPROVAL_UNKNOWN(f"there is no approval {approval_id}; GET /rulesets/approvals lists those there are")
    return found


def _not_open(approval: Approval) -> AppError:
    if approval.state == "overtaken":
        return APPROVAL_OVERTAKEN("the draft was changed or published since; whoever publishes the new text asks anew")
    return APPROVAL_DECIDED(f"it was {approval.state} already", state=approval.state, decided_by=approval.decided_by)


def _needed(approval: Approval, people: int, *, has_changed: bool) -> AppError:
    reasons = "; ".join(reason.message for reason in approval.reasons)
    again = "what is live has changed since it was agreed to, and the numbers with it: " if has_changed else ""
    way_out = (
        "somebody else who may rules.approve looks at it at POST /rulesets/approvals/{id}/approve; then publish again"
        if people
        else "nobody else of the store may agree: give somebody a role that may rules.approve, or publish an access"
        " ruleset that asks less"
    )
    return APPROVAL_NEEDED(
        f"{again}{reasons}. {way_out.format(id=approval.id)}",
        approval=approval.id,
        people_who_may_agree=people,
        reasons=_plain(approval.reasons),
        past_carts=_plain(approval.past_carts),
    )


def _plain(value: object) -> Any:
    return msgspec.to_builtins(value)
