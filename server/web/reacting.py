"""What does a room do because of something that happened? It gives handlers; server/subscriptions.py names them all.

An event reaches each handler that wants it at least once, in a transaction that also notes that it is done: what a
handler writes in that transaction happens exactly once. A handler that has to talk to somebody outside writes down what
is to be said, and a runner says it afterwards.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from notifications.events import Event
from server.web.call import Resource, Shop
from storage.tenancy import Store
from storage.transaction import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Reaction:
    """Something that happened, for one handler. `tx` is the transaction that notes that the handler is done with it.

    `occurred_at` is when it was announced, by the database's clock; `attempt` counts from 1.
    """

    shop: Shop
    store: Store
    tx: Transaction
    event_id: UUID
    event: Event
    occurred_at: datetime
    attempt: int


Wants = Callable[[Shop, Store, Transaction, Collection[str]], Awaitable[Collection[str]]]
"""Which of these events, by their names (OrderPaid), the handler wants in this store now. At most one statement."""


@dataclass(frozen=True, slots=True)
class Handler:
    """Who reacts. Of one aggregate (an order, a customer) it gets events one after another, in their order.

    `react` raises whatever it likes: the event comes again later, and after some attempts stays for an operator.
    """

    wants: Wants
    react: Callable[[Reaction], Awaitable[None]]


HANDLERS: Final = Resource[Mapping[str, Handler]]("web.handlers")
"""By name; a name is kept in the database and never changes."""


def always(*names: str) -> Wants:
    """Wants these events, in every store."""
    fixed = frozenset(names)

    async def wants(_shop: Shop, _store: Store, _tx: Transaction, happened: Collection[str]) -> Collection[str]:
        return fixed.intersection(happened)

    return wants
