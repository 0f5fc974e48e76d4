"""How does a message get into the inbox of the shop? It is written, and kept where its reader finds it."""

from __future__ import annotations

from notifications.rendering import TextFault
from server.telling.channels import Message, Outcome, Sent, not_written
from server.telling.headlines import headline_of
from server.web.call import Shop
from storage.tenancy import Store


class InboxChannel:
    """The inbox: nobody outside takes anything, so there is no limit, and nothing to let go of."""

    per_second: float | None = None
    hands: int = 2

    async def send(self, shop: Shop, store: Store, message: Message) -> Outcome:
        """Write it down for its reader: what a mail of it would be called, and how it would begin."""
        try:
            shown = await headline_of(shop, store, message)
        except TextFault as fault:
            return not_written(fault)
        return Sent(title=shown.title, body=shown.body, link=shown.link)

    async def close(self) -> None:
        """Nothing to let go of."""
