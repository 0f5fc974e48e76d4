"""What does this room do because of something that happened? It follows invites, and gives out rewards."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final
from uuid import UUID

from engine.documents.conditions import Key
from engine.referrals.rewards import grant_key, rewards_for
from notifications.events import CustomerRegistered, OrderEvent, facts_of
from server.decisions.instants import microseconds
from server.referrals import joining, rewarding
from server.referrals.programme import live_book, programme_of
from server.referrals.rewards_repo import Claim
from server.web.call import Shop
from server.web.reacting import Handler, Reaction
from storage.tenancy import Store
from storage.transaction import Transaction

_REGISTERED: Final = CustomerRegistered.__name__


async def _invites_want(shop: Shop, store: Store, _tx: Transaction, happened: Collection[str]) -> Collection[str]:
    live = live_book(shop, store)
    return {_REGISTERED, *(() if live is None else live.orders.announced)}.intersection(happened)


async def _follow_invites(it: Reaction) -> None:
    if isinstance(it.event, CustomerRegistered):
        await joining.register(it.shop, it.store, it.tx, it.event, it.occurred_at)
    elif isinstance(it.event, OrderEvent):
        await joining.ordered(it.shop, it.store, it.tx, it.event, it.occurred_at)


async def _rewards_want(shop: Shop, store: Store, _tx: Transaction, happened: Collection[str]) -> Collection[str]:
    live = live_book(shop, store)
    if live is None or live.referrals is None:
        return ()
    return {reward.on for reward in live.referrals.rewards}.intersection(happened)


async def _give_rewards(it: Reaction) -> None:
    programme = programme_of(it.shop, it.store, it.tx, it.occurred_at)
    facts: dict[str, Key] = {**facts_of(it.event), "event.at": microseconds(it.occurred_at)}
    if programme is None:
        return
    for reward in rewards_for(programme.document, facts):
        whose = facts.get(f"{reward.to}.id")
        if whose is None:  # a guest's
            continue
        key = grant_key(programme.document, reward, str(it.event_id), microseconds(it.occurred_at))
        claim = Claim(
            user_id=UUID(str(whose)), key=key, reason=reward.id, campaign=reward.give.campaign,
            ruleset=programme.ruleset,
        )  # fmt: skip
        if not await rewarding.give(programme, claim, reward.give):
            raise CampaignMissing(
                f"reward {reward.id!r} gives codes of the campaign {reward.give.campaign!r}, which no coupon has:"
                " publish the coupon, and try again"
            )


class CampaignMissing(Exception):
    """What a reward gives is not in the coupons ruleset; the event comes again."""


INVITES: Final = Handler(_invites_want, _follow_invites)
REWARDS: Final = Handler(_rewards_want, _give_rewards)
