"""A shop whose payments go to a bank of the tests' own; its fixtures have names of their own, beside the usual shop."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from aiohttp import ClientSession

from server.app import ROOMS, build_app
from server.orders.effects import OWN_EFFECTS
from server.orders.happening import EFFECTS
from server.payments.effects import PAYMENT_EFFECTS
from server.payments.providers.cash import CashProvider
from server.payments.providers.registry import PROVIDERS, Providers
from server.payments.refund_routes import routes as refund_routes
from server.payments.routes import routes as payment_routes
from server.web.call import Shop
from storage.database import Database
from tests.server.actors import install_actors
from tests.server.payments.bank import Bank
from tests.server.payments.till import Till
from tests.shop import new_shop, new_store, served


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def paying_shop(database: Database, tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """The real shop, but for its payment providers."""
    shop = new_shop(database, Path(tmp_path_factory.mktemp("paying")))
    shop.provide(EFFECTS, {**OWN_EFFECTS, **PAYMENT_EFFECTS})
    return shop


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def paying_address(paying_shop: Shop) -> AsyncIterator[str]:
    """Where it is served."""
    rooms = [*ROOMS, *(room for room in (payment_routes, refund_routes) if room not in ROOMS)]
    install_actors(paying_shop)
    async with served(build_app(paying_shop, rooms)) as address:
        yield address


@pytest_asyncio.fixture(loop_scope="session")
async def till(paying_shop: Shop, paying_address: str, session: ClientSession) -> Till:
    """A store of this test alone, with a bank of its own."""
    bank = Bank()
    paying_shop.provide(PROVIDERS, Providers({"test": bank, "cash": CashProvider()}))
    store = await new_store(paying_shop)
    return Till(paying_shop, store, bank, paying_address, session, install_actors(paying_shop))
