"""Stores to set on fire: goods with an opening balance, people with real tokens, and the checker of their books."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from server.auth.bearer import TOKENS, Claims
from server.cart.snapshot import Owner
from server.decisions.books import BOOKS
from server.web.call import Shop
from storage.database import Database
from storage.ids import new_id
from storage.tenancy import Store
from storage.transaction import Transaction
from tests.books import faults
from tests.contract.people import LIFETIME_SECONDS, sign_up
from tests.server.cart.goods import Goods, Shopper
from tests.server.referrals.rules import limited_book
from tests.shop import Client, new_shop, new_store

RULES: Final = "limited"
"""The folder of rules in which coupons have limits."""

_OPENING: Final = """
INSERT INTO stock_movements (id, store_id, variant_id, delta, on_hand_after, reason, reference_type, reference_id)
VALUES ($1, $2, $3, $4, $4, 'counted', 'opening', $5)
"""


def lowest_shop(database: Database, folder: Path) -> Shop:
    """A shop with the keys and rules of the processes that run in `folder`."""
    limited_book(folder / "var" / "stores")
    return new_shop(database, folder / "var")


async def limited_store(shop: Shop) -> Store:
    """A store of one's own with those rules."""
    return await new_store(shop, settings={"rules": RULES})


@dataclass(frozen=True)
class Place:
    """A store, and where it is called."""

    shop: Shop
    store: Store
    client: Client

    def at(self, address: str) -> Place:
        """The same, called at another address."""
        return replace(self, client=replace(self.client, base=address))

    async def stock(self, *skus: str, pieces: int, price: int = 4_000) -> None:
        """So many pieces of each, with their ledger from the first on."""
        goods = Goods(self.shop, self.store)
        for sku in skus:
            variant = await goods.put(sku, price, on_hand=pieces)

            async def open_ledger(tx: Transaction, variant: Any = variant, sku: str = sku) -> None:
                await tx.execute(_OPENING, new_id(), self.store.id, variant, pieces, sku)

            await self.shop.database.transaction(self.store.id, open_ledger)

    def guest(self) -> Shopper:
        """A stranger with a real token."""
        person, issued_at = new_id(), int(time.time())
        claims = Claims(sub=person, kind="guest", store=self.store.id, iat=issued_at, exp=issued_at + LIFETIME_SECONDS)
        return Shopper(self.client.signed_in(self.shop.use(TOKENS).issue(claims)), Owner("guest", person))

    async def user(self, *roles: str) -> Shopper:
        """Somebody with an account, a customer unless another role is named."""
        person = await sign_up(self.shop, self.store, list(roles or ("customer",)))
        return Shopper(self.client.signed_in(person.token), Owner("user", person.id))

    async def faults(self, *, settled: bool = False) -> Sequence[str]:
        """What is wrong in the store's books."""
        lifecycle = self.shop.use(BOOKS).live(self.store).orders
        return await faults(self.shop.database, self.store, lifecycle, settled=settled)

    async def stock_left(self) -> dict[str, tuple[int, int]]:
        """On hand and reserved by SKU."""
        rows = await self.rows(
            "SELECT v.sku, s.on_hand, s.reserved FROM stock_levels s JOIN variants v ON v.id = s.variant_id"
        )
        return {row["sku"]: (row["on_hand"], row["reserved"]) for row in rows}

    async def rows(self, sql: str, *arguments: object) -> list[Any]:
        """What the store's tables say."""

        async def work(tx: Transaction) -> list[Any]:
            return await tx.fetch(sql, *arguments)

        return await self.shop.database.transaction(self.store.id, work)

    async def value(self, sql: str, *arguments: object) -> Any:
        """One value of them."""
        return (await self.rows(sql, *arguments))[0][0]

    async def execute(self, sql: str, *arguments: object) -> int:
        """Change them, as the time that passes or an accident would."""
        return await self.shop.database.transaction(self.store.id, lambda tx: tx.execute(sql, *arguments))
