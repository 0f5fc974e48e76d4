"""A shop that serves while the test asks: where it is, who asks, and ids of things that exist."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterator, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from http.cookiejar import DefaultCookiePolicy
from itertools import cycle
from pathlib import Path
from typing import Any, TypeVar

import asyncpg
import requests

from server.demo.seed import seed_demo
from server.web.call import Shop
from storage.database import Database
from storage.tenancy import Store
from storage.transaction import Transaction
from tests.contract.people import platform_token, sign_up
from tests.database import TEMPLATE, Cluster
from tests.shop import new_shop, serving

T = TypeVar("T")

STORE = "main"

# Variable part of an address → what can stand there.
_THINGS = {
    "slug": "SELECT slug FROM products ORDER BY slug",
    "sku": "SELECT sku FROM variants ORDER BY sku",
    "variant_id": "SELECT id FROM variants ORDER BY sku",
    "code": "SELECT code FROM attributes ORDER BY code",
    "value": "SELECT code FROM attribute_values ORDER BY code",
    "id": "SELECT id FROM categories ORDER BY path",
    "user_id": "SELECT id FROM users ORDER BY email",
}


@dataclass(frozen=True)
class Served:
    """The running shop."""

    loop: asyncio.AbstractEventLoop
    shop: Shop
    store: Store
    base_url: str
    owner: asyncpg.Connection[Any]
    things: Mapping[str, Iterator[str]]
    coin: Iterator[bool]  # every second is true
    dice: Iterator[bool]  # every third is true
    session: requests.Session
    tokens: dict[str, str] = field(default_factory=dict)

    @classmethod
    async def start(cls, stack: AsyncExitStack, cluster: Cluster, database: Database, folder: Path) -> Served:
        """Make the demo and serve it until the stack is closed."""
        shop = new_shop(database, folder)
        demo = await seed_demo(database, shop.settings)
        base_url = await stack.enter_async_context(serving(shop))
        owner = await asyncpg.connect(cluster.url(TEMPLATE))
        stack.push_async_callback(owner.close)

        async def work(tx: Transaction) -> Mapping[str, Iterator[str]]:
            return {name: cycle([str(row[0]) for row in await tx.fetch(sql)]) for name, sql in _THINGS.items()}

        things = await database.transaction(demo.store.id, work)
        session = stack.enter_context(_without_cookies())
        return cls(
            asyncio.get_running_loop(), shop, demo.store, base_url, owner, things,
            cycle([True, False]), cycle([True, False, False]), session,
        )  # fmt: skip

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Do this where the shop runs."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result()

    def headers(self, caller: str, *, anew: bool) -> dict[str, str]:
        """How a caller shows who they are: "nobody", "platform", or a role; `anew` when the last may be signed out."""
        if caller == "nobody":
            return {}
        if anew or caller not in self.tokens:
            self.tokens[caller] = self.run(self._token(caller))
        return {"Authorization": f"Bearer {self.tokens[caller]}"}

    async def _token(self, caller: str) -> str:
        if caller == "platform":
            return await platform_token(self.shop, self.owner)
        return (await sign_up(self.shop, self.store, [caller])).token


def _without_cookies() -> requests.Session:
    """Connections that are kept, and nothing else of what an answer says."""
    session = requests.Session()
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    return session
