"""A shop where people pay: orders, who pays for them, what the bank says, and what the books then have."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any
from uuid import UUID

from aiohttp import ClientSession
from limits.aio.storage import MemoryStorage

from server.decisions.books import BOOKS
from server.decisions.own_repo import OwnRuleset
from server.orders.happening import THE_SYSTEM, Doer, Happens
from server.orders.lifecycle import advance
from server.payments.due import run_due
from server.ports import PaymentEvent, PaymentEventKind
from server.web.call import Shop
from server.web.limits import LIMITER, Limiter
from storage.ids import new_id
from storage.tenancy import Store
from tests.server.actors import Actors
from tests.server.orders.placed import Placed, Wanted, place
from tests.server.payments.bank import SECRET, Bank, event, letter
from tests.shop import Answer, Client, expect, new_store


def units(order: Placed, **by_sku: int) -> list[dict[str, Any]]:
    """Units of lines as requests name them."""
    return [{"line_id": str(order.lines[sku]), "units": count} for sku, count in by_sku.items()]


@dataclass
class Till:
    """One store with its bank. `staff` are the ids of people by role, always the same person."""

    shop: Shop
    store: Store
    bank: Bank
    address: str
    session: ClientSession
    actors: Actors
    staff_ids: dict[str, UUID] = field(default_factory=dict)

    @property
    def anybody(self) -> Client:
        """Nobody in particular."""
        return Client(self.session, self.address, self.store)

    def owner(self, order: Placed) -> Client:
        """Whoever placed the order."""
        kind = order.owner.kind
        roles = ("guest",) if kind == "guest" else ("customer",)
        return self.anybody.signed_in(self.actors.token(self.store, kind, roles, order.owner.id))

    def staff(self, role: str = "admin") -> Client:
        """The person of the shop with this role."""
        person = self.staff_ids.setdefault(role, new_id())
        return self.anybody.signed_in(self.actors.token(self.store, "user", (role,), person))

    def person(self, role: str) -> Doer:
        """Somebody of the shop in a role of the lifecycle."""
        return Doer("user", self.staff_ids.setdefault(role, new_id()), (role,))

    async def sibling(self, **settings: Any) -> Till:
        """Another store with the same bank, and settings of its own."""
        return replace(self, store=await new_store(self.shop, settings=settings), staff_ids={})

    def refunding(self, **policy: str) -> None:
        """From now on the store's `orders` ruleset says this about refunds."""
        books = self.shop.use(BOOKS)
        shipped = books.text_of(self.store, "orders", "default")
        assert shipped is not None
        text = shipped[0]
        for name, value in policy.items():
            assert f"  {name}: keep" in text
            text = text.replace(f"  {name}: keep", f"  {name}: {value}")
        book = books.with_own(self.store, [OwnRuleset(new_id(), "orders", "default", 2, text, {})])
        books.replace(self.store.id, book)

    @contextmanager
    def limited(self) -> Iterator[None]:
        """Limits of rate count, which they do not in other tests."""
        usual = self.shop.use(LIMITER)
        self.shop.provide(LIMITER, Limiter(MemoryStorage()))
        try:
            yield
        finally:
            self.shop.provide(LIMITER, usual)

    async def order(self, *wanted: Wanted, **options: Any) -> Placed:
        """A pending order."""
        return await place(self.shop, self.store, *wanted, **options)

    async def start(self, order: Placed) -> dict[str, Any]:
        """Its owner begins to pay; the payment."""
        payment: dict[str, Any] = expect(
            await self.owner(order).post(f"/orders/{order.number}/payments", {}), HTTPStatus.ACCEPTED
        )
        return payment

    async def tell(
        self, said: PaymentEvent, *, secret: bytes = SECRET, age: timedelta = timedelta(0), provider: str = "test"
    ) -> Answer:
        """The bank sends an event."""
        now: datetime = await self.value("SELECT now()")
        payload, headers = letter(said, now - age, secret)
        return await self.anybody.post(f"/payments/webhooks/{provider}", headers=headers, data=payload)

    async def told(self, said: PaymentEvent) -> str:
        """The same; what became of it."""
        return str(expect(await self.tell(said))["status"])

    async def paid(self, order: Placed) -> dict[str, Any]:
        """The order, paid through the bank; its payment."""
        payment = await self.start(order)
        assert await self.told(event("payment_succeeded", payment)) == "applied"
        return payment

    async def delivered(self, *wanted: Wanted, **options: Any) -> Placed:
        """An order that was paid, sent and delivered."""
        order = await self.order(*wanted, **options)
        await self.paid(order)
        await self.bring(order, "process")
        await self.execute("UPDATE order_lines SET shipped = quantity WHERE order_id = $1", order.id)
        await self.bring(order, "ship")
        await self.bring(order, "deliver")
        return order

    async def returned(self, order: Placed, **received: int) -> UUID:
        """So many units by SKU have come back, and been looked at; the id of the return."""
        return_id = new_id()
        await self.execute(
            "INSERT INTO returns (id, store_id, order_id, number, status, reason)"
            " VALUES ($1, $2, $3, 1, 'approved', 'too small')",
            return_id, self.store.id, order.id,
        )  # fmt: skip
        doer = Doer("guest", order.owner.id, ("customer",))
        await self.bring(order, "request_return", doer=doer)
        for sku, units in received.items():
            await self.execute(
                "INSERT INTO return_lines (store_id, return_id, order_line_id, quantity, received)"
                " VALUES ($1, $2, $3, $4, $4)",
                self.store.id, return_id, order.lines[sku], units,
            )  # fmt: skip
            await self.execute("UPDATE order_lines SET returned = $2 WHERE id = $1", order.lines[sku], units)
        await self.bring(order, "receive_return", units={order.lines[sku]: 0 for sku in received})
        await self.execute("UPDATE returns SET status = 'received' WHERE id = $1", return_id)
        return return_id

    async def bring(self, order: Placed, name: str, **what: Any) -> None:
        """The system, or whoever is said, brings an event to the order."""
        happens = Happens(event=name, **{"doer": THE_SYSTEM, **what})
        await self.shop.database.transaction(
            self.store.id, lambda tx: advance(tx, self.shop, self.store, order.id, happens)
        )

    async def refund(self, order: Placed, role: str = "admin", **body: Any) -> Answer:
        """Staff request a refund."""
        key = {"Idempotency-Key": new_id().hex}
        return await self.staff(role).post(
            f"/orders/{order.number}/refunds", {"reason": "as agreed", **body}, headers=key
        )

    async def given_back(self, order: Placed, **body: Any) -> dict[str, Any]:
        """A refund that was approved at once and has gone all its way; as it is then."""
        asked = expect(await self.refund(order, approve=True, **body), HTTPStatus.CREATED)
        await self.settle(order)
        found: dict[str, Any] = (await self.refunds(order))[asked["number"] - 1]
        return found

    async def settle(self, order: Placed) -> None:
        """The bank is asked for whatever is due, and says that all of it has arrived."""
        await self.work()
        for refund in await self.refunds(order):
            if refund["status"] == "gateway_pending":
                assert await self.told(await self.settlement(order, refund["number"])) == "applied"

    async def settlement(
        self, order: Placed, number: int, kind: PaymentEventKind = "refund_settled", **fields: Any
    ) -> PaymentEvent:
        """What the bank says when a refund has arrived, or has not."""
        row = await self.row(
            "SELECT id, amount, currency FROM refunds WHERE order_id = $1 AND number = $2", order.id, number
        )
        told = {
            "refund_id": row["id"],
            "reference": f"re_{row['id']}",
            "amount": row["amount"],
            "currency": row["currency"],
        }
        return event(kind, **{**told, **fields})

    async def refunds(self, order: Placed) -> list[dict[str, Any]]:
        """The refunds of the order."""
        items: list[dict[str, Any]] = expect(await self.staff().get(f"/orders/{order.number}/refunds"))["items"]
        return items

    async def payments(self, order: Placed) -> list[dict[str, Any]]:
        """Its payments."""
        items: list[dict[str, Any]] = expect(await self.staff().get(f"/orders/{order.number}/payments"))["items"]
        return items

    async def receipts(self, query: str = "") -> list[dict[str, Any]]:
        """What came from providers, newest first."""
        items: list[dict[str, Any]] = expect(await self.staff().get(f"/payments/receipts{query}"))["items"]
        return items

    async def work(self) -> int:
        """The worker does all that is due."""
        return await run_due(self.shop, self.store)

    async def make_due(self, table: str) -> None:
        """The pause of whatever waits in the table is over."""
        await self.execute(f"UPDATE {table} SET next_try_at = now() WHERE next_try_at IS NOT NULL")

    async def state(self, order: Placed) -> str:
        """Where the order is."""
        return str(await self.value("SELECT state FROM orders WHERE id = $1", order.id))

    async def money(self, order: Placed) -> tuple[int, int]:
        """Captured and refunded, as the order has it."""
        row = await self.row("SELECT captured, refunded FROM orders WHERE id = $1", order.id)
        return row["captured"], row["refunded"]

    async def stock(self, sku: str) -> tuple[int, int]:
        """On hand and reserved."""
        row = await self.row(
            "SELECT on_hand, reserved FROM stock_levels s JOIN variants v ON v.id = s.variant_id WHERE v.sku = $1", sku
        )
        return row["on_hand"], row["reserved"]

    async def row(self, sql: str, *arguments: object) -> Mapping[str, Any]:
        """The one row of a statement."""
        found = await self.shop.database.transaction(self.store.id, lambda tx: tx.fetchrow(sql, *arguments))
        assert found is not None
        return dict(found)

    async def value(self, sql: str, *arguments: object) -> Any:
        """The first value of a statement."""
        return await self.shop.database.transaction(self.store.id, lambda tx: tx.fetchval(sql, *arguments))

    async def execute(self, sql: str, *arguments: object) -> int:
        """Run a statement behind the API's back."""
        return await self.shop.database.transaction(self.store.id, lambda tx: tx.execute(sql, *arguments))
