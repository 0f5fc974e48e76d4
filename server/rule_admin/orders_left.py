"""Would a lifecycle leave orders of the shop behind, in states it does not have?"""

from __future__ import annotations

import asyncio

from engine.documents.model import AnyDocument, OrdersDocument
from engine.lifecycle.moving import left_behind
from engine.text.diagnostics import Diagnostic
from server.decisions.books import BOOKS
from server.orders import moving_repo
from server.web.call import Call


async def orders_left(call: Call, document: AnyDocument | None) -> list[Diagnostic]:
    """What goes wrong with the orders there are now when this lifecycle is live; nothing for rulesets of other kinds.

    Every state that has lost its place is counted, also where it is an end: what was paid may still be given back.
    """
    if not isinstance(document, OrdersDocument):
        return []
    states = [state.id for state in document.states]
    counts = await call.database.transaction(call.store.id, lambda tx: moving_repo.in_other_states(tx, states))
    live = call.use(BOOKS).live(call.store).orders.document
    return await asyncio.to_thread(left_behind, live, document, counts) if counts else []
