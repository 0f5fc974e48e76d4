"""Orders as far as uses need them: rows that uses belong to, made behind the API's back, and what is counted."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from server.referrals import uses
from server.referrals.needed import Use
from storage.database import Database
from storage.ids import new_id
from storage.tenancy import Store
from storage.transaction import Transaction

_DECISION = """
INSERT INTO decision_log (id, store_id, purpose, actor_kind, digest, rulesets, facts, result, total, currency)
VALUES ($1, $2, 'order', 'guest', '', '[]', '{}', '{}', 0, 'BRL')
"""
_ORDER = """
INSERT INTO orders (id, store_id, number, guest_id, customer_key, quote_id, decision_id, email, email_folded,
                    customer_name, locale, state, currency, items_total, discount_total, shipping_total, tax_total,
                    total, postings, rulesets, payment_method, shipping_address)
VALUES ($1, $2, (SELECT coalesce(max(number), 0) + 1 FROM orders), $3, 'email:ana@example.com', $4, $5,
        'ana@example.com', 'ana@example.com', 'Ana', 'en', 'pending', 'BRL', 0, 0, 0, 0, 0, '[]', '[]', 'card', '{}')
"""


class LimitReached(Exception):
    """Not every use could be held: the order is not placed."""

    def __init__(self, refused: list[Use]) -> None:
        self.refused = refused


@dataclass(frozen=True)
class Uses:
    """The uses of one store, taken as placing and paying an order does."""

    database: Database
    store: Store

    async def order(self) -> UUID:
        """An order without uses."""
        order_id = new_id()

        async def work(tx: Transaction) -> None:
            decision_id = new_id()
            await tx.execute(_DECISION, decision_id, tx.store_id)
            await tx.execute(_ORDER, order_id, tx.store_id, new_id(), new_id(), decision_id)

        await self.database.transaction(self.store.id, work)
        return order_id

    async def orders(self, number: int) -> list[UUID]:
        """So many of them."""
        return [await self.order() for _ in range(number)]

    async def hold(self, order_id: UUID, *wanted: Use) -> None:
        """Hold all, or raise LimitReached with nothing held."""

        async def work(tx: Transaction) -> None:
            refused = await uses.hold(tx, order_id, wanted)
            if refused:
                raise LimitReached(refused)

        await self.database.transaction(self.store.id, work)

    async def held(self, *wanted: Use) -> UUID:
        """A new order that holds these."""
        order_id = await self.order()
        await self.hold(order_id, *wanted)
        return order_id

    async def paid(self, *wanted: Use) -> UUID:
        """A new order that has used these."""
        order_id = await self.held(*wanted)
        await self.consume(order_id)
        return order_id

    async def consume(self, order_id: UUID) -> int:
        """The order is paid."""
        return await self.database.transaction(self.store.id, lambda tx: uses.consume(tx, order_id))

    async def release(self, order_id: UUID) -> int:
        """It failed."""
        return await self.database.transaction(self.store.id, lambda tx: uses.release(tx, order_id))

    async def give_back(self, order_id: UUID) -> int:
        """It was refunded."""
        return await self.database.transaction(self.store.id, lambda tx: uses.give_back(tx, order_id))

    async def can_hold_again(self, order_id: UUID) -> bool:
        """Would a retry get its uses?"""
        return await self.database.transaction(self.store.id, lambda tx: uses.can_hold_again(tx, order_id))

    async def hold_again(self, order_id: UUID) -> bool:
        """The customer tries to pay again."""
        return await self.database.transaction(self.store.id, lambda tx: uses.hold_again(tx, order_id))

    async def counted(self, use: Use) -> tuple[int, int, int]:
        """Held, used and spent of what the use counts."""

        async def work(tx: Transaction) -> tuple[int, int, int]:
            row = await tx.fetchrow(
                "SELECT held, used, spent FROM use_counters WHERE kind = $1 AND subject = $2 AND customer = $3",
                use.kind, use.subject, use.customer,
            )  # fmt: skip
            return (0, 0, 0) if row is None else (row["held"], row["used"], row["spent"])

        return await self.database.transaction(self.store.id, work)

    async def states(self, order_id: UUID) -> set[str]:
        """The states of the order's uses."""

        async def work(tx: Transaction) -> set[str]:
            rows = await tx.fetch("SELECT state FROM order_uses WHERE order_id = $1", order_id)
            return {row["state"] for row in rows}

        return await self.database.transaction(self.store.id, work)
