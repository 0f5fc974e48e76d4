"""What does a message say where there is room for two lines only: in the inbox of the shop, and in a browser's push?"""

from __future__ import annotations

from typing import Any, NamedTuple

from notifications.rendering import headline
from server.telling.channels import Message
from server.telling.rendering_values import Asked, sender_of, values_for
from server.web.call import Shop
from storage.tenancy import Store


class Shown(NamedTuple):
    """`body` is how a mail of it would begin, or all of the store's own words."""

    locale: str
    title: str
    body: str
    link: str | None


async def headline_of(shop: Shop, store: Store, message: Message) -> Shown:
    """What a mail of the message would be called, and how it would begin. Raises TextFault."""
    asked = Asked.of(shop, store, message)
    values: dict[str, Any] = await shop.database.transaction(store.id, lambda tx: values_for(tx, asked))
    two = headline(asked.text, message.locale, sender_of(shop, store), values)
    body = str(message.values["body"]) if "body" in message.values else two.preview
    return Shown(locale=two.locale, title=two.subject, body=body, link=values.get("link"))
