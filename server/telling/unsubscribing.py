"""How does somebody stop being told without signing in? By a signed link in the message itself.

It says of which store it is, for whom, and of what; whoever holds it can do nothing but switch that off, so it lives
long: mails are read late. RFC 8058: a mail program may POST to it without a person looking.
"""

from __future__ import annotations

import base64
import binascii
from datetime import timedelta
from typing import Final
from uuid import UUID

import msgspec

from engine.documents.model.notifications import OPTIONAL
from server.auth.emails import fold
from server.keys import KeyRing
from server.telling import inbox_repo as repo
from server.telling.channels import Category, ChannelName, Message
from server.telling.inbox_repo import Preference
from server.web.call import Shop
from storage.tenancy import Store
from storage.transaction import Transaction

PURPOSE: Final = "unsubscribe"
PATH: Final = "/notifications/unsubscribe"
LIFETIME: Final = timedelta(days=400)
LONGEST_TOKEN: Final = 2_000


class Subscription(msgspec.Struct, frozen=True, array_like=True):
    """What a link switches off: one category, by the channel it came by. `recipient` as preferences name them."""

    store_id: UUID
    recipient: str
    category: Category
    channel: ChannelName
    expires: int  # seconds since 1970 UTC


def unsubscribe_link(shop: Shop, store: Store, message: Message) -> str | None:
    """The address that switches off messages like this one; None where they cannot be switched off."""
    if message.rule is None or message.category not in OPTIONAL:
        return None
    recipient = fold(message.address) if message.user_id is None else str(message.user_id)
    expires = int((message.created_at + LIFETIME).timestamp())
    token = sign(shop.keys, Subscription(store.id, recipient, message.category, message.channel, expires))
    return f"{shop.settings.base_url}{PATH}?token={token}"


def sign(keys: KeyRing, subscription: Subscription) -> str:
    """The token of a link: `<content>.<key id>.<signature>`."""
    content = base64.urlsafe_b64encode(msgspec.json.encode(subscription)).rstrip(b"=")
    return f"{content.decode()}.{keys.sign(PURPOSE, content)}"


def read(keys: KeyRing, token: str) -> Subscription | None:
    """What the token says; None unless one of our keys signed exactly this. Whether it is too old is not asked."""
    content, _, signature = token[:LONGEST_TOKEN].partition(".")
    if not content.isascii() or not keys.verify(PURPOSE, content.encode(), signature):
        return None
    try:
        return msgspec.json.decode(base64.urlsafe_b64decode(content + "=" * (-len(content) % 4)), type=Subscription)
    except (binascii.Error, msgspec.DecodeError):
        # Signed by us in a shape that another version has.
        return None


async def holds(shop: Shop, subscription: Subscription) -> bool:
    """Whether the link is not too old, by the database's clock."""
    now = await shop.database.transaction(subscription.store_id, lambda tx: tx.now())
    return now.timestamp() <= subscription.expires


async def switch_off(shop: Shop, subscription: Subscription) -> None:
    """They are not told any more. Doing it twice changes nothing; whose account is gone is told nothing anyway."""

    async def work(tx: Transaction) -> None:
        user_id = _user(subscription.recipient)
        if user_id is not None and not await repo.is_user(tx, user_id):
            return
        unwanted = Preference(category=subscription.category, channel=subscription.channel, wanted=False)
        await repo.set_preferences(tx, subscription.recipient, user_id, [unwanted])

    await shop.database.transaction(subscription.store_id, work)


def _user(recipient: str) -> UUID | None:
    try:
        return UUID(recipient)
    except ValueError:
        return None
