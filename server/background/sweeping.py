"""What is swept out of a store, and when? What has expired, hourly, in small batches that hold nobody up."""

from __future__ import annotations

import random
import time
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Final

import structlog

from server.auth import expiry_repo
from server.cart.service import expire_carts
from server.chat.attachments import forget as forget_attachments
from server.events import sweeping_repo
from server.referrals.sweeping_repo import forget_devices
from server.settings import Settings
from server.signals.sweeping_repo import forget_firings
from server.telling.sweeping_repo import forget_limits, forget_messages
from server.web.call import Shop
from server.web.idempotency import forget_answers
from server.webhooks import deliveries_repo as webhook_deliveries_repo
from storage.errors import DatabaseUnavailable
from storage.tenancy import Store
from storage.transaction import Transaction

Sweeper = Callable[[Transaction, int], Awaitable[int]]
"""Ends or forgets at most so many things that have expired, by the database's clock; how many it was."""
AgeSweeper = Callable[[Settings, Transaction, int], Awaitable[int]]
"""The same, where the settings say how long things are kept."""

ShopSweeper = Callable[[Shop, Transaction, int], Awaitable[int]]
"""The same, where more than rows has to go."""

SWEEPERS: Final[Mapping[str, Sweeper]] = {
    "carts": expire_carts,
    "answers": forget_answers,
    "registrations": expiry_repo.forget_registrations,
    "one_time_tokens": expiry_repo.forget_one_time_tokens,
    "refresh_tokens": expiry_repo.forget_refresh_tokens,
    "sessions": expiry_repo.forget_sessions,
    "event_deliveries": sweeping_repo.forget_deliveries,
    "webhook_deliveries": webhook_deliveries_repo.forget,
    "notice_limits": forget_limits,
    "devices": forget_devices,
}
"""In this order: a session that goes takes its tokens with it, in one transaction, so most of them go before."""
SHOP_SWEEPERS: Final[Mapping[str, ShopSweeper]] = {
    "chat_attachments": forget_attachments,
}
AGE_SWEEPERS: Final[Mapping[str, AgeSweeper]] = {
    "messages": forget_messages,
    "signal_firings": forget_firings,
    "events": sweeping_repo.forget_events,
}
"""After the others."""

BATCH: Final = 500
"""Things ended in one transaction."""
FIRST_WITHIN_SECONDS: Final = 60.0
"""When a new process sweeps first, so that one that is restarted often sweeps at all."""

_LOG: Final = structlog.get_logger("sostech.sweep")


class SweepFailed(Exception):
    """Something could not be swept; the message names it. Everything else is clean."""


async def sweep(shop: Shop, store: Store) -> int:
    """Sweep a batch of everything out of one store; how many things, 0 when it is clean.

    Many may sweep a store at the same time, and may be ended at any await. Raises SweepFailed when something could
    not be swept and nothing else was left, DatabaseUnavailable at once.
    """
    swept: dict[str, int] = {}
    failed: list[str] = []
    for name, sweeper in _sweepers(shop).items():
        try:
            swept[name] = await shop.database.transaction(store.id, partial(_sweep_batch, sweeper))
        except DatabaseUnavailable:
            raise
        except Exception:  # noqa: BLE001  # one table must not keep the others from being swept
            _LOG.exception("sweep_failed", what=name)
            failed.append(name)
    found = {name: count for name, count in swept.items() if count}
    if found:
        _LOG.info("swept", **found)
    elif failed:
        raise SweepFailed(f"could not be swept: {', '.join(failed)}")
    return sum(found.values())


def _sweepers(shop: Shop) -> Mapping[str, Sweeper]:
    by_age = {name: partial(sweeper, shop.settings) for name, sweeper in AGE_SWEEPERS.items()}
    with_files = {name: partial(sweeper, shop) for name, sweeper in SHOP_SWEEPERS.items()}
    return {**SWEEPERS, **with_files, **by_age}


async def _sweep_batch(sweeper: Sweeper, tx: Transaction) -> int:
    return await sweeper(tx, BATCH)


class SweepTimes:
    """When this process sweeps: first within a minute of its start, then every so often, give or take a tenth."""

    def __init__(
        self,
        every_seconds: float,
        clock: Callable[[], float] = time.monotonic,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._every_seconds = every_seconds
        self._clock = clock
        self._chance = chance
        # Chance, so that processes that were started together do not sweep together.
        self._next = clock() + chance() * min(FIRST_WITHIN_SECONDS, every_seconds)

    def has_come(self) -> bool:
        """Whether to sweep now."""
        return self._clock() >= self._next

    def begun(self) -> None:
        """A sweep has begun; the next one is a while off."""
        self._next = self._clock() + self._every_seconds * (0.9 + self._chance() / 5)
