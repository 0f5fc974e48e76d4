"""What is done with an event for the programs of others? It is written down for each endpoint that wants it."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from server.web.call import Shop
from server.web.reacting import Handler, Reaction
from server.web.waking import WAKE
from server.webhooks import deliveries_repo, endpoints_repo
from server.webhooks.letter import PRIVATE, is_private, letter
from storage.tenancy import Store
from storage.transaction import Transaction


async def _wants(_shop: Shop, _store: Store, tx: Transaction, happened: Collection[str]) -> Collection[str]:
    return await endpoints_repo.wanted_names(tx, set(happened) - PRIVATE)


async def _react(it: Reaction) -> None:
    if is_private(it.event):
        return
    body = letter(it.store.slug, it.event_id, it.event, it.occurred_at)
    if await deliveries_repo.owe(it.tx, it.event_id, it.event.called, body, it.occurred_at):
        it.shop.use(WAKE).after(it.tx)


HANDLER: Final = Handler(_wants, _react)
