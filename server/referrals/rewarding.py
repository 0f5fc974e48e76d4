"""How is a customer given a code? Once for each reason, in the transaction of what it is given for."""

from __future__ import annotations

from datetime import timedelta
from typing import Final
from uuid import UUID

import structlog

from engine.documents.model import Give
from engine.referrals.milestones import progress
from notifications.events import RewardGranted, RewardRevoked
from notifications.outbox import announce
from server.referrals import invites_repo
from server.referrals import rewards_repo as repo
from server.referrals.issued import NewCodes
from server.referrals.issuing import issue_random
from server.referrals.programme import Programme
from server.referrals.rewards_repo import Claim
from storage.ids import new_id

_LOG: Final = structlog.get_logger("sostech.referrals")


async def give_milestones(it: Programme, user_id: UUID, counted: int) -> bool:
    """Give whatever so many friends bring and was not given yet; False when a campaign has no coupon.

    The caller holds the customer's invites locked. What had been taken back is given again, with another code.
    """
    is_complete = True
    for milestone in progress(it.document, counted).reached:
        claim = Claim(
            user_id=user_id, key=milestone.id, reason=milestone.id, campaign=milestone.give.campaign,
            ruleset=it.ruleset, milestone_at=milestone.at,
        )  # fmt: skip
        is_complete = await give(it, claim, milestone.give) and is_complete
    return is_complete


async def look_at_own(it: Programme, user_id: UUID) -> None:
    """Take back what a customer has no longer earned, and an order of theirs had until now."""
    if not await invites_repo.lock_account(it.tx, user_id):
        return
    standing = await invites_repo.standing(it.tx, user_id)
    assert standing is not None, "there is a code, which is locked"
    await take_back(it, user_id, standing.counted)


async def take_back(it: Programme, user_id: UUID, counted: int) -> None:
    """Take back what so few friends do not bring, as far as nobody has used it; nothing where it is to be kept.

    The caller holds the customer's invites locked.
    """
    reverses = it.document.reverses
    if reverses is None or reverses.rewards != "revoke_unused":
        return
    reached = [milestone.id for milestone in progress(it.document, counted).reached]
    for undone in await repo.undo_unused(it.tx, user_id, counted, reached):
        await announce(
            it.tx,
            RewardRevoked(
                reward_id=str(undone.id), reward_reason=undone.reason, reward_campaign=undone.campaign,
                customer_id=str(user_id),
            ),
        )  # fmt: skip


async def give(it: Programme, claim: Claim, given: Give) -> bool:
    """Give a code unless the customer has it; False when the campaign has no coupon, and nothing is given for now."""
    if claim.campaign not in it.live.limited.campaigns:
        _LOG.error("reward_campaign_missing", store=it.store.slug, reason=claim.reason, campaign=claim.campaign)
        return False
    reward_id = await repo.claim(it.tx, claim)
    if reward_id is None and claim.milestone_at is not None:
        reward_id = await repo.claim_again(it.tx, claim)
    if reward_id is None:
        return True
    lifetime = given.expires_seconds
    expires_at = None if lifetime is None else await it.tx.now() + timedelta(seconds=lifetime)
    common = NewCodes(
        batch_id=new_id(), campaign=claim.campaign, owner_id=claim.user_id, note=claim.reason,
        expires_at=expires_at, created_by=None,
    )  # fmt: skip
    (code_id,) = (await issue_random(it.tx, it.live, common)).values()
    if not await repo.name_code(it.tx, reward_id, code_id):
        raise AssertionError(f"reward {reward_id} has a code already")
    await announce(
        it.tx,
        RewardGranted(
            reward_id=str(reward_id), reward_reason=claim.reason, reward_campaign=claim.campaign,
            customer_id=str(claim.user_id),
        ),
    )  # fmt: skip
    return True
