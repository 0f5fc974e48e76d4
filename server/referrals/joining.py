"""How does a friend come by somebody's code? With the account that a registration with a code becomes."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from engine.facts.words import fold_code
from notifications.events import CustomerRegistered, InviteJoined, OrderEvent
from notifications.outbox import announce
from server.referrals import invites_repo as repo
from server.referrals import judging, marks, rewarding
from server.referrals.invited import Invite
from server.referrals.programme import programme_of
from server.web.call import Shop
from storage.tenancy import Store
from storage.transaction import Transaction


async def register(shop: Shop, store: Store, tx: Transaction, event: CustomerRegistered, at: datetime) -> None:
    """Keep what tells of the new account, and the invite that brought it. An unknown code is nobody's: no invite."""
    friend_id = UUID(event.customer_id)
    device = marks.mark_of("device", event.device_id)
    await marks.note(tx, friend_id, [device] if device else [])
    inviter_id = await repo.lock_inviter(tx, fold_code(event.invite_code)) if event.invite_code else None
    if inviter_id is None or inviter_id == friend_id:
        await marks.note_people(tx, [friend_id], store.country)
        return
    await marks.note_people(tx, [friend_id, inviter_id], store.country)
    if not await repo.add(tx, inviter_id, friend_id):
        return
    invite = await repo.lock(tx, friend_id)
    assert invite is not None, "it was added in this transaction"
    programme = programme_of(shop, store, tx, at)
    state = invite.state if programme is None else await judging.judge_locked(programme, invite)
    if state != "refused":
        await tell(tx, invite)


async def tell(tx: Transaction, invite: Invite) -> None:
    """Announce that the friend came, once.

    What a guard refused at once is told as refused only, so that nothing is given for it, until somebody allows it.
    """
    if not await repo.mark_announced(tx, invite.id):
        return
    standing = await repo.standing(tx, invite.inviter_id)
    assert standing is not None, "whoever invites has a code"
    await announce(
        tx,
        InviteJoined(
            invite_id=str(invite.id), customer_id=str(invite.inviter_id), friend_id=str(invite.friend_id),
            invite_counted=standing.counted,
        ),
    )  # fmt: skip


async def ordered(shop: Shop, store: Store, tx: Transaction, event: OrderEvent, at: datetime) -> None:
    """Keep what an order tells of a customer, and judge the invite that brought them. Orders of guests tell nothing.

    An order that failed gives up a code, which is taken back if the customer did not earn it in the end.
    """
    if event.customer_id is None:
        return
    customer_id = UUID(event.customer_id)
    found = (
        marks.mark_of("phone", event.customer_phone), marks.mark_of("device", event.device_id),
        marks.mark_of("address", event.order_address),
    )  # fmt: skip
    await marks.note(tx, customer_id, [mark for mark in found if mark is not None])
    programme = programme_of(shop, store, tx, at)
    if programme is not None:
        await judging.look_at(programme, customer_id)
        await rewarding.look_at_own(programme, customer_id)
