"""What does a customer see of their invites? Their code, how far the next reward is, and what they earned."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import UUID

import msgspec

from engine.documents.model import ReferralsDocument
from engine.facts.words import fold_code
from engine.referrals.milestones import Progress, progress
from server.auth.service import user_of
from server.referrals import invites_repo, rewards_repo
from server.referrals.codes import unguessable
from server.referrals.invited import Reward, Standing
from server.referrals.programme import live_book
from server.web.call import Call
from storage.transaction import Transaction

CODE_LENGTH: Final = 10
"""Random characters of a code for friends: of 23 letters, 45 bits. Who guesses one invites for somebody else."""
MOST_REWARDS: Final = 100


class Own(msgspec.Struct, frozen=True, kw_only=True):
    """Where a customer stands. `progress` is None where the store has no programme, and `document` too."""

    standing: Standing
    progress: Progress | None
    document: ReferralsDocument | None
    rewards: Sequence[Reward]


async def read_own(call: Call) -> Own:
    """Where the user who asks stands; their code is made when they first ask. Raises NOT_A_USER."""
    user_id = user_of(call)
    live = live_book(call.shop, call.store)
    document = None if live is None else live.referrals

    async def work(tx: Transaction) -> Own:
        await _have_a_code(tx, user_id)
        standing = await invites_repo.standing(tx, user_id)
        assert standing is not None, "there is a code now"
        return Own(
            standing=standing,
            progress=None if document is None else progress(document, standing.counted),
            document=document,
            rewards=await rewards_repo.of_user(tx, user_id, MOST_REWARDS),
        )

    return await call.database.transaction(call.store.id, work)


async def _have_a_code(tx: Transaction, user_id: UUID) -> None:
    """Two who ask at once, and a code that is taken, hardly ever: one more try finds or makes it."""
    while True:
        (fresh,) = unguessable(1, "", CODE_LENGTH)
        if await invites_repo.account_code(tx, user_id, fold_code(fresh)) is not None:
            return
