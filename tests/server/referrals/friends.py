"""Customers who invite friends, and friends who buy; what happens is brought to the room's handlers as workers do."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec

from notifications.events import CustomerRegistered, Event, InviteJoined, OrderEvent
from server.decisions.books import LiveBook, RuleBooks
from server.referrals.due import due_invites
from server.referrals.reactions import INVITES, REWARDS
from server.web.call import Shop
from server.web.reacting import Reaction
from storage.ids import new_id
from storage.tenancy import Store
from storage.transaction import Transaction
from tests.conftest import CHECKOUT
from tests.server.actors import install_actors
from tests.shop import Client, expect

SHIPPED = (CHECKOUT / "rules" / "referrals" / "v1.yaml").read_text("utf-8").partition("\ncases:")[0]
TWO = SHIPPED.replace("at: 5", "at: 2").replace("at: 10", "at: 3")
"""Milestones at two friends and three."""

_DECISION = """
INSERT INTO decision_log (id, store_id, purpose, actor_kind, digest, rulesets, facts, result, total, currency)
VALUES ($1, $2, 'order', 'user', '', '[]', '{}', '{}', 0, 'BRL')
"""
_ORDER = """
INSERT INTO orders (id, store_id, number, user_id, customer_key, quote_id, decision_id, email, email_folded,
                    customer_name, locale, state, currency, items_total, discount_total, shipping_total, tax_total,
                    total, captured, paid_at, postings, rulesets, payment_method, shipping_address)
SELECT $1, u.store_id, (SELECT coalesce(max(number), 0) + 1 FROM orders), u.id, 'user', $2, $3, u.email, u.email_folded,
       u.name, 'en', 'paid', 'BRL', $5, 0, 0, 0, $5, $5, now(), '[]', '[]', 'card', '{}'
  FROM users u WHERE u.id = $4
"""


@dataclass(frozen=True)
class Friends:
    """People of one store."""

    shop: Shop
    store: Store
    client: Client

    async def customer(self, email: str = "", phone: str | None = None) -> UUID:
        """Somebody with an account."""
        user_id = new_id()
        address = email or f"{user_id}@example.com"
        await self.execute(
            "INSERT INTO users (id, store_id, email, email_folded, name, phone) VALUES ($1, $2, $3, $3, 'Ana', $4)",
            user_id, self.store.id, address, phone,
        )  # fmt: skip
        return user_id

    def of(self, user_id: UUID) -> Client:
        """That customer, calling."""
        return self.client.signed_in(install_actors(self.shop).token(self.store, roles=("customer",), id=user_id))

    async def own(self, user_id: UUID, query: str = "") -> Any:
        """What a customer sees of their invites."""
        return expect(await self.of(user_id).get(f"/me/referrals{query}"))

    async def code(self, user_id: UUID) -> str:
        """What a customer sends to friends."""
        code: str = (await self.own(user_id))["code"]
        return code

    async def joined(self, inviter: UUID, email: str = "", device: str | None = None, phone: str | None = None) -> UUID:
        """A friend who has an account by the inviter's code."""
        friend = await self.customer(email, phone)
        await self.registers(friend, await self.code(inviter), device)
        return friend

    async def registers(self, user_id: UUID, invite_code: str | None = None, device: str | None = None) -> None:
        """An account is there."""
        await self.happens(
            CustomerRegistered(customer_id=str(user_id), customer_email="", device_id=device, invite_code=invite_code)
        )
        for name, said in await self.told():
            if name == "InviteJoined" and said["friend_id"] == str(user_id):
                await self.happens(InviteJoined(**said))

    async def pays(self, user_id: UUID, total: int = 5000, **told: Any) -> UUID:
        """Somebody buys and pays; the order."""
        order_id = await self.order(user_id, total)
        await self.happens(self.paid(order_id, user_id, total, **told))
        return order_id

    async def order(self, user_id: UUID, total: int = 5000) -> UUID:
        """A paid order, of which nobody was told yet."""
        order_id, decision_id = new_id(), new_id()
        await self.execute(_DECISION, decision_id, self.store.id)
        await self.execute(_ORDER, order_id, new_id(), decision_id, user_id, total)
        return order_id

    def paid(
        self, order_id: UUID, user_id: UUID | None, total: int = 5000, name: str = "OrderPaid", **told: Any
    ) -> Event:
        """What the lifecycle says of it."""
        return OrderEvent(
            name=name, order_id=str(order_id), order_number=1, order_seq=2, order_state="paid", order_total=total,
            order_currency="BRL", order_payment_method="card",
            customer_id=None if user_id is None else str(user_id), **told,
        )  # fmt: skip

    async def gives_back(self, order_id: UUID, user_id: UUID, amount: int, *, after: timedelta = timedelta(0)) -> None:
        """So much of the money is given back, so long from now."""
        await self.execute("UPDATE orders SET refunded = refunded + $2 WHERE id = $1", order_id, amount)
        await self.happens(self.paid(order_id, user_id, name="OrderRefunded"), datetime.now(UTC) + after)

    async def happens(self, event: Event, at: datetime | None = None, event_id: UUID | None = None) -> None:
        """Both handlers do what they do because of the event, each in its transaction."""
        for handler in (INVITES, REWARDS):

            async def work(tx: Transaction, react: Any = handler) -> None:
                if await react.wants(self.shop, self.store, tx, [event.called]):
                    await react.react(
                        Reaction(
                            shop=self.shop, store=self.store, tx=tx, event_id=event_id or new_id(), event=event,
                            occurred_at=at or datetime.now(UTC), attempt=1,
                        )
                    )  # fmt: skip

            await self.shop.database.transaction(self.store.id, work)

    async def hear(self) -> None:
        """Handlers are told of everything that happened to orders; what they were told of before changes nothing."""
        for _, said in await self.told():
            if "order_seq" in said:
                await self.happens(OrderEvent(**said))

    async def time_passes(self, time: timedelta) -> int:
        """So long later the worker looks after invites; how many were judged."""
        await self.execute(
            "UPDATE invites SET since = since - $1::interval, judge_at = judge_at - $1::interval,"
            " joined_at = joined_at - $1::interval",
            time,
        )
        return await due_invites(self.shop, self.store)

    async def invite(self, friend: UUID) -> tuple[str, str | None]:
        """State, and the guard that refused it."""
        row = await self.row("SELECT state, guard FROM invites WHERE friend_id = $1", friend)
        return row["state"], row["guard"]

    async def rewards(self, user_id: UUID) -> list[tuple[str, str]]:
        """What a customer was given, the first first, and what became of it."""
        return [(each["reason"], each["state"]) for each in reversed((await self.own(user_id))["rewards"])]

    async def told(self) -> list[tuple[str, dict[str, Any]]]:
        """What was announced in the store, in its order."""

        async def work(tx: Transaction) -> list[tuple[str, dict[str, Any]]]:
            rows = await tx.fetch("SELECT payload FROM pgqueuer WHERE entrypoint = 'event' ORDER BY id")
            found = [msgspec.json.decode(row["payload"]) for row in rows]
            return [(each["name"], each["payload"]) for each in found if each["store_id"] == str(self.store.id)]

        return await self.shop.database.transaction(self.store.id, work)

    async def execute(self, sql: str, *values: object) -> None:
        """One statement."""
        await self.shop.database.transaction(self.store.id, lambda tx: tx.execute(sql, *values))

    async def row(self, sql: str, *values: object) -> Any:
        """One row."""
        row = await self.shop.database.transaction(self.store.id, lambda tx: tx.fetchrow(sql, *values))
        assert row is not None
        return row


def book_with(folder: Path, referrals: str) -> LiveBook:
    """The shipped rulesets with another one about referrals; `folder` is empty."""
    rules = folder / "friends" / "rules"
    shutil.copytree(CHECKOUT / "rules", rules, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    (rules / "referrals" / "v1.yaml").write_text(referrals, "utf-8")
    store = Store(
        id=new_id(), slug="a", name="A", domain=None, currency="BRL", timezone="America/Sao_Paulo", locale="en",
        country="BR", settings={"rules": "friends"},
    )  # fmt: skip
    return RuleBooks(folder).live(store)
