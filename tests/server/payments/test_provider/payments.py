"""What do tests ask the test provider for, and what do they find in its books?"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from server.payments.providers.test import BuiltInProvider
from server.ports import PaymentEvent, PaymentWanted
from server.web.call import Shop
from storage.tenancy import Store
from storage.transaction import Transaction
from tests.server.payments.providers import wanting
from tests.server.payments.test_provider.conftest import Heard


def wanted(store: Store, **changes: Any) -> PaymentWanted:
    """A payment of 129.90 of this store."""
    return wanting.wanted(**{"store_slug": store.slug, "return_url": None, **changes})


def believed(provider: BuiltInProvider, heard: Heard) -> PaymentEvent:
    """What a webhook says."""
    return provider.read_event(heard.headers, heard.payload, datetime.now(UTC))


async def make_due(shop: Shop, store: Store) -> None:
    """As if the time to try again had come."""

    async def work(tx: Transaction) -> None:
        await tx.execute("UPDATE test_provider_deliveries SET next_try_at = now() WHERE next_try_at IS NOT NULL")

    await shop.database.transaction(store.id, work)
