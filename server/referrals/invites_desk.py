"""What can the people of the shop do with invites? See why each counts or not, decide otherwise, and count them all."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final, Literal
from uuid import UUID

import msgspec

from engine.referrals.judge import InviteState
from notifications.events import InviteRefused
from notifications.outbox import announce
from server.referrals import invites_repo as repo
from server.referrals import joining, judging, rewarding, rewards_repo
from server.referrals.errors import INVITE_ENDED, INVITE_UNKNOWN
from server.referrals.invited import BY_STAFF, Invite
from server.referrals.invites_schemas import InvitesQuery
from server.referrals.programme import Programme, programme_of
from server.referrals.rewards_repo import InvitesInState, RewardsGiven
from server.web.call import Call
from server.web.noting import note
from server.web.pages import Position, by_time, window
from storage.transaction import Transaction

Decision = Literal["allow", "refuse"]

_FROM: Final[dict[Decision, frozenset[InviteState]]] = {
    "allow": frozenset({"joined", "waiting", "refused"}),
    "refuse": frozenset({"joined", "waiting", "counted"}),
}
_ONLY: Final[dict[Decision, str]] = {
    "allow": "only invites that do not count yet can be allowed",
    "refuse": "only invites that are not at their end can be refused",
}


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """Invites by state, rewards by reason."""

    invites: Sequence[InvitesInState]
    rewards: Sequence[RewardsGiven]


async def list_invites(call: Call, query: InvitesQuery, at: Position) -> Sequence[Invite]:
    """Invites, the newest first, one more than the page holds."""

    async def work(tx: Transaction) -> Sequence[Invite]:
        return await repo.list_invites(tx, state=query.state, inviter_id=query.inviter_id, window=window(at, by_time))

    return await call.database.transaction(call.store.id, work)


async def read_invite(call: Call, invite_id: UUID) -> Invite:
    """One invite. Raises INVITE_UNKNOWN."""
    return await call.database.transaction(call.store.id, lambda tx: _read(tx, invite_id))


async def decide(call: Call, invite_id: UUID, decision: Decision, reason: str) -> Invite:
    """Ask no guards about an invite, or let it never count; the same again changes nothing.

    An invite that is allowed is judged at once. One that counted and is refused is treated as a reversed one. Raises
    INVITE_UNKNOWN, and INVITE_ENDED where it is too late.
    """

    async def work(tx: Transaction) -> Invite:
        found = await _read(tx, invite_id)
        invite = await repo.lock(tx, found.friend_id) or found
        if (invite.guard == BY_STAFF) if decision == "refuse" else (invite.allowed and invite.state != "refused"):
            return invite
        if invite.state not in _FROM[decision]:
            raise INVITE_ENDED(f"the invite is {invite.state}, and {_ONLY[decision]}")
        programme = programme_of(call.shop, call.store, tx, await tx.now())
        if decision == "allow":
            await _allow(tx, call, invite, reason, programme)
        else:
            await _refuse(tx, call, invite, reason, programme)
        decided = await _read(tx, invite_id)
        await note(
            tx, call, f"referrals.{decision}", "invite", invite_id,
            {"state": invite.state, "guard": invite.guard}, {"state": decided.state, "reason": reason},
        )  # fmt: skip
        return decided

    return await call.database.transaction(call.store.id, work)


async def report(call: Call, since: datetime | None, until: datetime | None) -> Report:
    """What became of the invites of the time `[since, until)`, and what was given in it."""

    async def work(tx: Transaction) -> Report:
        return Report(
            invites=await rewards_repo.invites_by_state(tx, since, until),
            rewards=await rewards_repo.given(tx, since, until),
        )

    return await call.database.transaction(call.store.id, work)


async def _allow(tx: Transaction, call: Call, invite: Invite, reason: str, programme: Programme | None) -> None:
    if not await repo.allow(tx, invite, by=call.actor.id, note=reason):
        raise judging.Overtaken(f"invite {invite.id} is no longer {invite.state}")
    await joining.tell(tx, invite)
    if programme is not None:
        await judging.look_at(programme, invite.friend_id)


async def _refuse(tx: Transaction, call: Call, invite: Invite, reason: str, programme: Programme | None) -> None:
    if not await repo.refuse(tx, invite, guard=BY_STAFF, by=call.actor.id, note=reason):
        raise judging.Overtaken(f"invite {invite.id} is no longer {invite.state}")
    standing = await repo.standing(tx, invite.inviter_id)
    counted = 0 if standing is None else standing.counted
    if programme is not None:
        await rewarding.take_back(programme, invite.inviter_id, counted)
    await announce(
        tx,
        InviteRefused(
            invite_id=str(invite.id), customer_id=str(invite.inviter_id), friend_id=str(invite.friend_id),
            invite_counted=counted, invite_reason=BY_STAFF,
        ),
    )  # fmt: skip


async def _read(tx: Transaction, invite_id: UUID) -> Invite:
    found = await repo.read(tx, invite_id)
    if found is None:
        raise INVITE_UNKNOWN(f"the store has no invite {invite_id}; GET /referrals/invites lists them")
    return found
