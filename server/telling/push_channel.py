"""How does a message get to somebody's browsers? Encrypted, by the push service of each; one taken is enough."""

from __future__ import annotations

import asyncio
import base64
import time
from collections.abc import Iterable, Sequence
from http import HTTPStatus
from typing import Final
from uuid import UUID

import msgspec

from notifications.rendering import TextFault
from server.telling import push_repo as repo
from server.telling.channels import Message, Outcome, Refused, Sent, TryAgain, not_written
from server.telling.headlines import headline_of
from server.telling.push_key import PushKey
from server.telling.push_repo import Subscription
from server.telling.push_sealing import LONGEST, seal
from server.web.call import Shop
from server.web.public_client import PUBLIC_CLIENT
from server.web.public_client import Outcome as Answer
from storage.tenancy import Store

TTL_SECONDS: Final = 86_400
"""How long a push service keeps it for a browser that is not open."""

_GONE: Final = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.GONE})
_TITLE, _BODY = 120, 400


class PushChannel:
    """Web pushes. One per process."""

    per_second: float | None = None
    hands: int = 4

    def __init__(self, key: PushKey) -> None:
        self.key = key

    async def send(self, shop: Shop, store: Store, message: Message) -> Outcome:
        """Hand it to the push services of all browsers of the user; those that are gone are forgotten."""
        if message.user_id is None:
            return Refused("only accounts have browsers that are pushed to")
        try:
            browsers, content = await _read(shop, store, message, message.user_id)
        except TextFault as fault:
            return not_written(fault)
        if not browsers:
            return Refused("the account has no browser any more that is pushed to")
        answers = await asyncio.gather(*(self._push(shop, each, content, message.id) for each in browsers))
        gone = [each.id for each, answer in zip(browsers, answers, strict=True) if answer.status in _GONE]
        if gone:
            await shop.database.transaction(store.id, lambda tx: repo.forget(tx, gone))
        return _outcome(answers)

    async def close(self) -> None:
        """Nothing to let go of: the client is the shop's."""

    async def _push(self, shop: Shop, browser: Subscription, content: bytes, message_id: UUID) -> Answer:
        headers = {
            "Authorization": self.key.authorization(browser.endpoint, time.time()),
            "Content-Encoding": "aes128gcm",
            "Content-Type": "application/octet-stream",
            "TTL": str(TTL_SECONDS),
            "Urgency": "normal",
            # One that waits at the push service is replaced by the same that comes again.
            "Topic": base64.urlsafe_b64encode(message_id.bytes).rstrip(b"=").decode(),
        }
        sealed = seal(content, browser.p256dh, browser.auth)
        return await shop.use(PUBLIC_CLIENT).post(browser.endpoint, sealed, headers)


async def _read(shop: Shop, store: Store, message: Message, user_id: UUID) -> tuple[list[Subscription], bytes]:
    """The browsers of the user, and what they are to show. Raises TextFault."""
    browsers = await shop.database.transaction(store.id, lambda tx: repo.of_user(tx, user_id))
    told = await headline_of(shop, store, message)
    shown = {
        "id": str(message.id), "title": told.title[:_TITLE], "body": told.body[:_BODY], "link": told.link,
        "locale": told.locale,
    }  # fmt: skip
    content = msgspec.json.encode(shown)
    if len(content) > LONGEST:
        content = msgspec.json.encode({**shown, "link": None})
    return browsers, content


def _outcome(answers: Sequence[Answer]) -> Outcome:
    taken = sum(answer.is_taken for answer in answers)
    if taken:
        return Sent(note=f"{taken} of {len(answers)} browsers")
    waiting = [answer for answer in answers if _may_change(answer)]
    if waiting:
        return TryAgain(_said(waiting), in_seconds=max(a.retry_after_seconds or 0 for a in waiting) or None)
    if all(answer.status in _GONE for answer in answers):
        return Refused("no browser of the account wants pushes any more", bounced=True)
    return Refused(_said(answers))


def _may_change(answer: Answer) -> bool:
    """Whether it may be taken another time: the push service was busy, broken, or not to be reached."""
    return answer.status is None or answer.status == HTTPStatus.TOO_MANY_REQUESTS or answer.status >= 500


def _said(answers: Iterable[Answer]) -> str:
    return "; ".join(dict.fromkeys(f"{a.status}: {a.body}"[:200] if a.error is None else a.error for a in answers))[
        :500
    ]
