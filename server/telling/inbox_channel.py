"""How does a message get into the inbox of the shop? It is written, and kept where its reader finds it."""

from __future__ import annotations

from typing import Any

from notifications.rendering import TextFault, render
from server.telling.channels import Message, Outcome, Refused, Sent
from server.telling.rendering_values import Asked, sender_of, values_for
from server.web.call import Shop
from storage.tenancy import Store


class InboxChannel:
    """The inbox: nobody outside takes anything, so there is no limit, and nothing to let go of."""

    per_second: float | None = None
    hands: int = 2

    async def send(self, shop: Shop, store: Store, message: Message) -> Outcome:
        """Write it down for its reader: what a mail of it would be called, and how it would begin."""
        asked = Asked(
            shop, store, message.template, message.locale, message.values, user_id=message.user_id,
            event_id=message.event_id,
        )  # fmt: skip
        try:
            values: dict[str, Any] = await shop.database.transaction(store.id, lambda tx: values_for(tx, asked))
            rendered = render(asked.text, message.locale, sender_of(store), values)
        except TextFault as fault:
            return Refused(str(fault))
        own = str(message.values["body"]) if "body" in message.values else rendered.preview
        return Sent(title=rendered.subject, body=own, link=values.get("link"))

    async def close(self) -> None:
        """Nothing to let go of."""
