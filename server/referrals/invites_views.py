"""How are invites and what they bring shown, to customers and to the people of the shop? Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from engine.documents.model import Milestone, ReferralsDocument
from engine.money import formatter
from engine.referrals.milestones import Progress
from server.decisions.wording import in_language
from server.referrals.invited import Invite, Reward
from server.referrals.invites_desk import Report
from server.referrals.invites_schemas import (
    InvitesInStateView,
    InviteView,
    MilestoneView,
    NextView,
    OwnReferralsView,
    OwnRewardView,
    ReferralsReportView,
    RewardsGivenView,
)
from server.referrals.own import Own

_ONE_MORE: Final = {"en": "1 more invite → {gives}", "pt": "mais 1 convite → {gives}"}
_MORE: Final = {"en": "{missing} more invites → {gives}", "pt": "mais {missing} convites → {gives}"}


def own_view(found: Own, address: str, locale: str) -> OwnReferralsView:
    """Where a customer stands, in a language; `address` is where people reach the shop."""
    standing = found.standing
    code = standing.code.upper()
    document = found.document
    milestones = () if document is None else document.milestones
    reached = set() if found.progress is None else {milestone.id for milestone in found.progress.reached}
    labels = {} if document is None else _labels(document)
    return OwnReferralsView(
        code=code,
        link=f"{address.rstrip('/')}/?invite={code}",
        pending=standing.joined + standing.waiting,
        counted=standing.counted,
        next=None if found.progress is None else _next(found.progress, locale),
        milestones=tuple(
            [
                MilestoneView(id=each.id, at=each.at, gives=_gives(each, locale), reached=each.id in reached)
                for each in milestones
            ]
        ),
        rewards=tuple([_reward(each, labels, locale) for each in found.rewards]),
    )


def invite_view(document: ReferralsDocument | None, locale: str) -> Callable[[Invite], InviteView]:
    """How an invite is shown to staff, with the words of the guard that refused it."""
    guards = {} if document is None else {guard.id: guard.message for guard in document.guards}

    def view(invite: Invite) -> InviteView:
        why = in_language(guards.get(invite.guard or "", {}), locale) or (invite.note if invite.guard else "") or ""
        return InviteView(
            id=invite.id,
            inviter_id=invite.inviter_id,
            friend_id=invite.friend_id,
            state=invite.state,
            since=invite.since,
            guard=invite.guard,
            why=why,
            missing=tuple(invite.missing),
            facts=invite.facts,
            allowed=invite.allowed,
            decided_by=invite.decided_by,
            note=invite.note,
            ruleset=invite.ruleset,
            joined_at=invite.joined_at,
            judge_at=invite.judge_at,
            updated_at=invite.updated_at,
        )

    return view


def report_view(found: Report, currency: str) -> ReferralsReportView:
    """Counts of invites and rewards."""
    money = formatter(currency)
    return ReferralsReportView(
        currency=currency,
        invites=tuple(
            [InvitesInStateView(state=each.state, guard=each.guard, invites=each.invites) for each in found.invites]
        ),
        rewards=tuple(
            [
                RewardsGivenView(
                    reason=each.reason, campaign=each.campaign, granted=each.granted, revoked=each.revoked,
                    used=each.used, given_away=money(each.given_away),
                )
                for each in found.rewards
            ]
        ),
    )  # fmt: skip


def _labels(document: ReferralsDocument) -> dict[str, Mapping[str, str]]:
    of_rewards = {reward.id: reward.message for reward in document.rewards}
    return of_rewards | {milestone.id: milestone.message for milestone in document.milestones}


def _next(found: Progress, locale: str) -> NextView | None:
    milestone = found.upcoming
    if milestone is None:
        return None
    text = in_language(_ONE_MORE if found.missing == 1 else _MORE, locale)
    gives = _gives(milestone, locale)
    said = text.format(missing=found.missing, gives=gives)
    return NextView(id=milestone.id, at=milestone.at, missing=found.missing, text=said)


def _gives(milestone: Milestone, locale: str) -> str:
    """What customers call it; its campaign where its author gave it no words."""
    return in_language(milestone.message, locale) or milestone.give.campaign


def _reward(reward: Reward, labels: Mapping[str, Mapping[str, str]], locale: str) -> OwnRewardView:
    gives = in_language(labels.get(reward.reason, {}), locale) or reward.campaign
    return OwnRewardView(
        id=reward.id,
        reason=reward.reason,
        gives=gives,
        code=reward.code,
        state=reward.state,
        granted_at=reward.granted_at,
        expires_at=reward.expires_at,
    )
