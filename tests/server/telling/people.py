"""A store where things happen, people who are told, and what they were told."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from engine.documents.model import NotificationsDocument
from notifications.events import Event, OrderEvent
from server.decisions.books import BOOKS
from server.decisions.own_repo import OwnRuleset
from server.telling.channels import CHANNELS, Message, Outcome, Sent
from server.telling.pacing import PACES, Paces
from server.telling.reactions import react
from server.telling.sending import send_due
from server.web.call import Shop
from server.web.reacting import Reaction
from storage.ids import new_id
from storage.tenancy import Store
from storage.transaction import Transaction

NOON = datetime.fromisoformat("2030-06-03T15:00:00+00:00")
"""Monday noon in São Paulo."""


@dataclass
class Post:
    """A channel that hands messages to the test; `answer` says what becomes of each."""

    answer: Callable[[Message], Awaitable[Outcome]]
    per_second: float | None = None
    hands: int = 4

    async def send(self, _shop: Shop, _store: Store, message: Message) -> Outcome:
        return await self.answer(message)

    async def close(self) -> None:
        pass


@dataclass
class Telling:
    """One store of a shop, and what is told in it."""

    shop: Shop
    store: Store

    def rules(self, *rules: str) -> None:
        """Who is told what in this store from now on: rules as a ruleset has them, one a line."""
        head = "ruleset: notifications\nname: default\nversion: 1\nvocabulary: event/1\n"
        text = f"{head}rules:\n" + "".join(f"  - {rule}\n" for rule in rules)
        books = self.shop.use(BOOKS)
        own = OwnRuleset(new_id(), "notifications", "default", 1, text, {})
        books.replace(self.store.id, books.with_own(self.store, [own]))

    async def person(
        self, *, email: str | None = None, roles: tuple[str, ...] = ("customer",), status: str = "active"
    ) -> UUID:
        """A user; their id."""
        id = new_id()
        await self.execute(
            "INSERT INTO users (id, store_id, email, email_folded, name, roles, status)"
            " VALUES ($1, $2, $3, $3, 'Ana', $4, $5)",
            id, self.store.id, email or f"{id}@example.com", list(roles), status,
        )  # fmt: skip
        return id

    async def happened(self, event: Event, *, at: datetime | None = None, id: UUID | None = None) -> UUID:
        """It happened, and the handler was told in a transaction of its own; the id of the event."""
        event_id = id or new_id()

        async def work(tx: Transaction) -> None:
            now = at or await tx.now()
            tx.learn_now(now)
            await react(
                Reaction(
                    shop=self.shop, store=self.store, tx=tx, event_id=event_id, event=event, occurred_at=now, attempt=1
                )
            )

        await self.shop.database.transaction(self.store.id, work)
        return event_id

    async def send(self) -> int:
        """What is due now; how many were tried."""
        return await send_due(self.shop, self.store)

    async def let_time_pass(self) -> None:
        """Delays, pauses and leases are over, and so are rests."""
        self.shop.provide(PACES, Paces())
        await self.execute("UPDATE messages SET next_try_at = now() WHERE state = 'waiting'")

    async def messages(self, order: str = "rule, channel, address, id") -> list[dict[str, Any]]:
        """Everything that was written down."""

        async def work(tx: Transaction) -> list[dict[str, Any]]:
            return [dict(row) for row in await tx.fetch(f"SELECT * FROM messages ORDER BY {order}")]

        return await self.shop.database.transaction(self.store.id, work)

    async def said(self) -> list[tuple[str, str, str]]:
        """Rule, channel and state of each."""
        return [(each["rule"], each["channel"], each["state"]) for each in await self.messages()]

    async def execute(self, sql: str, *arguments: object) -> int:
        """A statement in the store."""
        return await self.shop.database.transaction(self.store.id, lambda tx: tx.execute(sql, *arguments))

    async def unwanted(self, user_id: UUID, category: str, channel: str = "email") -> None:
        """They do not want it."""
        await self.execute(
            "INSERT INTO notification_preferences (store_id, recipient, category, channel, user_id, wanted)"
            " VALUES ($1, $2::text, $3, $4, $2::uuid, false)",
            self.store.id, str(user_id), category, channel,
        )  # fmt: skip

    def posts(self, answer: Callable[[Message], Awaitable[Outcome]], **limits: Any) -> None:
        """From now on mails of this shop are answered so."""
        known = dict(self.shop.use(CHANNELS))
        self.shop.provide(CHANNELS, {**known, "email": Post(answer, **limits)})

    def collects(self) -> list[Message]:
        """From now on mails of this shop are taken and kept in the list."""
        taken: list[Message] = []

        async def take(message: Message) -> Outcome:
            taken.append(message)
            return Sent()

        self.posts(take)
        return taken

    @property
    def document(self) -> NotificationsDocument:
        """The ruleset that decides."""
        found = self.shop.use(BOOKS).live(self.store).notifications
        assert found is not None
        return found


def order_event(name: str, **values: Any) -> OrderEvent:
    """A step of an order's life."""
    fields: Mapping[str, Any] = {
        "order_id": str(new_id()), "order_number": 7, "order_seq": 1, "order_state": "paid", "order_total": 9900,
        "order_currency": "BRL", "order_payment_method": "card",
    }  # fmt: skip
    return OrderEvent(name=name, **{**fields, **values})


def later(**parts: float) -> datetime:
    """So long after noon."""
    return NOON + timedelta(**parts)


_DECISION = """
INSERT INTO decision_log (id, store_id, purpose, actor_kind, digest, rulesets, facts, result, total, currency)
VALUES ($1, $2, 'order', 'user', '', '[]', '{}', '{}', 9900, 'BRL')
"""
_ORDER = """
INSERT INTO orders (id, store_id, number, user_id, guest_id, customer_key, quote_id, decision_id, email, email_folded,
                    customer_name, locale, state, currency, items_total, discount_total, shipping_total, tax_total,
                    total, postings, rulesets, payment_method, shipping_address)
SELECT $1::uuid, $2, (SELECT count(*) + 1 FROM orders), $3, CASE WHEN $3::uuid IS NULL THEN $1::uuid END, 'k', $1::uuid,
       $1::uuid, $4::text, lower($4::text), 'Ana', 'en', 'paid', 'BRL', 9900, 0, 0, 0, 9900, '[]', '[]', 'card',
       '{"name": "Ana", "line1": "Rua A 1", "city": "Santos", "country": "BR"}'
"""


async def placed(telling: Telling, user_id: UUID | None = None, email: str = "ana@example.com") -> str:
    """An order of the user, or of a guest; its id."""
    order_id = new_id()
    await telling.execute(_DECISION, order_id, telling.store.id)
    await telling.execute(_ORDER, order_id, telling.store.id, user_id, email)
    return str(order_id)
