"""A shop with the test provider, and in place of its payments room somebody who keeps the webhooks as they came."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import pytest_asyncio

from server.app import build_app
from server.payments.providers.test import BuiltInProvider
from server.payments.test_provider.deliveries import COURIER
from server.web.call import Call, Shop
from server.web.endpoint import PUBLIC, Raw, Routes, Upload
from storage.database import Database
from storage.tenancy import Store
from tests.shop import new_shop, served

PATIENCE_SECONDS = 30


@dataclass(frozen=True)
class Heard:
    """A webhook as it came."""

    payload: bytes
    headers: Mapping[str, str]


@dataclass
class Ears:
    """Who hears the webhooks, by the slug of their store; `answers` are the statuses of the next ones."""

    heard: dict[str, list[Heard]] = field(default_factory=lambda: defaultdict(list))
    answers: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def wait(self, store: Store, count: int) -> list[Heard]:
        """What was heard for this store, once it is so many."""
        async with asyncio.timeout(PATIENCE_SECONDS), self.changed:
            await self.changed.wait_for(lambda: len(self.heard[store.slug]) >= count)
        return self.heard[store.slug]


def hearing(ears: Ears) -> Routes:
    """The address the webhooks go to."""
    routes = Routes("Ears")

    @routes.post("/payments/webhooks/test", needs=PUBLIC, idempotency="none", uploads=("application/json",))
    async def hear(call: Call, upload: Upload) -> Raw:
        """Keep it, and answer as it was told to."""
        answers = ears.answers[call.store.slug]
        async with ears.changed:
            ears.heard[call.store.slug].append(Heard(upload.content, call.request.headers.copy()))
            ears.changed.notify_all()
        return Raw(b"", "text/plain", status=answers.pop(0) if answers else 204)

    return routes


@pytest.fixture(scope="session")
def ears() -> Ears:
    """Who hears the webhooks."""
    return Ears()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def shop(database: Database, tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """The real shop, closed with its application."""
    return new_shop(database, Path(tmp_path_factory.mktemp("shop")))


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def address(shop: Shop, ears: Ears) -> AsyncIterator[str]:
    """Where the shop, its test provider and its ears are served."""
    app = build_app(shop, [hearing(ears)])
    async with served(app) as address:
        shop.use(COURIER).listens_at(address)
        yield address


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def provider(shop: Shop, address: str) -> BuiltInProvider:
    """The adapter."""
    return BuiltInProvider(shop)
