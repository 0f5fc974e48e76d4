"""Messages, the channel that mails them, and what arrives at a mail server."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from email.message import EmailMessage
from typing import Any

import msgspec

from server.telling.channels import Message, Sent
from server.telling.email_channel import EmailChannel
from server.web.call import Shop
from storage.ids import new_id
from storage.tenancy import Store
from tests.server.telling.mail_servers import MailServerOfTheTest, mail_server


def message(template: str, values: dict[str, Any], **changes: Any) -> Message:
    """A message by mail, to Ana unless the changes say otherwise."""
    plain: dict[str, Any] = {
        "id": new_id(), "channel": "email", "category": "order", "address": "ana@example.com", "user_id": None,
        "locale": "en", "created_at": datetime(2026, 3, 9, tzinfo=UTC),
    }  # fmt: skip
    return Message(template=template, values=values, **{**plain, **changes})


@asynccontextmanager
async def channel_to(shop: Shop, server: MailServerOfTheTest, **changes: Any) -> AsyncIterator[EmailChannel]:
    """The channel, with settings of its own, to this mail server."""
    channel = EmailChannel(msgspec.structs.replace(shop.settings, smtp_url=server.url, **changes))
    yield channel
    await channel.close()


async def mailed(shop: Shop, store: Store, asked: Message) -> EmailMessage:
    """The mail, as the mail server got it."""
    async with mail_server() as server, channel_to(shop, server) as channel:
        assert isinstance(await channel.send(shop, store, asked), Sent)
        ((recipient, mail),) = server.taken
    assert recipient == asked.address
    return mail


def text_of(mail: EmailMessage) -> str:
    """The mail as plain text."""
    part = mail.get_body(("plain",))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")
