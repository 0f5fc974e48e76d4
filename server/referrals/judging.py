"""What becomes of an invite now? Its facts are read anew, judged by the live ruleset, and what follows is done at once.

Whoever judges holds the inviter's row: two friends who pay at the same moment are counted one after the other, so that
each milestone is given once. Judging twice changes nothing the second time.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from engine.documents.conditions import Key
from engine.referrals.judge import ENDED, InviteState, Judgement, Standing, judge
from engine.referrals.milestones import COUNTED
from engine.runtime.reasons import reason_of
from notifications.events import InviteEvent, InviteQualified, InviteRefused, InviteReversed
from notifications.outbox import announce
from server.decisions.instants import instant_of, microseconds
from server.referrals import invites_repo as repo
from server.referrals import rewarding
from server.referrals.invited import Invite
from server.referrals.programme import Programme

ASK_AGAIN: Final = timedelta(days=1)
"""When rewards are tried again whose campaign has no coupon."""


class Overtaken(Exception):
    """An invite that is held locked was changed all the same."""


async def look_at(it: Programme, friend_id: UUID) -> None:
    """Judge the invite of a friend; nothing for somebody who came by themselves."""
    invite = await repo.lock(it.tx, friend_id)
    if invite is not None and invite.state not in ENDED:
        await judge_locked(it, invite)


async def judge_locked(it: Programme, invite: Invite) -> InviteState:
    """Judge an invite that is held locked, and is not at its end; where it is now."""
    facts: dict[str, Key] = {**await repo.facts(it.tx, invite.id, it.at)}
    judged = judge(it.document, _standing(invite), facts, microseconds(it.at))
    counted = _counted(invite, judged, facts)
    is_complete = True
    if judged.state == "counted":
        is_complete = await rewarding.give_milestones(it, invite.inviter_id, counted)
    elif judged.state == "reversed":
        await rewarding.take_back(it, invite.inviter_id, counted)
    await _write(it, invite, judged, facts, None if is_complete else it.at + ASK_AGAIN)
    await _tell(it, invite, judged, counted)
    return judged.state


def _standing(invite: Invite) -> Standing:
    since = None if invite.since is None else microseconds(invite.since)
    return Standing(state=invite.state, joined=microseconds(invite.joined_at), since=since, allowed=invite.allowed)


def _counted(invite: Invite, judged: Judgement, facts: Mapping[str, Key]) -> int:
    """How many invites of the inviter count, this one as it is now."""
    before = int(facts[COUNTED])
    return before + (judged.state == "counted") - (invite.state == "counted")


async def _write(
    it: Programme, invite: Invite, judged: Judgement, facts: Mapping[str, Key], again: datetime | None
) -> None:
    shown = it.shown
    is_written = await repo.judged(
        it.tx,
        invite,
        state=judged.state,
        since=_instant(judged.since),
        guard=None if judged.guard is None else judged.guard.id,
        facts={name: shown.value(name, key) for name, key in facts.items()},
        missing=[shown.reason(reason_of(each)) for each in judged.missing],
        ruleset=it.ruleset,
        judge_at=_instant(judged.ask_again) or again,
    )
    if not is_written:
        raise Overtaken(f"invite {invite.id} is no longer {invite.state}")


async def _tell(it: Programme, invite: Invite, judged: Judgement, counted: int) -> None:
    if judged.state == invite.state:
        return
    about = {
        "invite_id": str(invite.id), "customer_id": str(invite.inviter_id), "friend_id": str(invite.friend_id),
    }  # fmt: skip
    event: InviteEvent | None = None
    if judged.state == "counted":
        event = InviteQualified(**about, invite_counted=counted)
    elif judged.state == "reversed":
        event = InviteReversed(**about, invite_counted=counted)
    elif judged.guard is not None:
        event = InviteRefused(**about, invite_counted=counted, invite_reason=judged.guard.id)
    if event is not None:
        await announce(it.tx, event)


def _instant(since: int | None) -> datetime | None:
    return None if since is None else instant_of(since)
