"""What has expired is swept out, what has not stays, and any number may sweep at once."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextvars import Context
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import ip_address
from typing import Any, Final
from uuid import UUID

import pytest
from structlog.testing import capture_logs

from server.auth import repo as auth_repo
from server.auth.devices import Device
from server.background.sweeping import BATCH, SWEEPERS, SweepFailed, SweepTimes, sweep
from server.web.call import Shop
from storage.ids import new_id
from storage.tenancy import Store
from storage.transaction import Transaction
from tests.server.background.conftest import NewWork
from tests.server.web.test_pauses import Clock
from tests.shop import new_store

# What a row needs besides store and expiry; $2 is a user, $3 one of their sessions.
ROWS: Final[Mapping[str, tuple[str, str]]] = {
    "carts": ("id, guest_id", "gen_random_uuid(), gen_random_uuid()"),
    "idempotency_keys": (
        "principal, method, route, key, fingerprint, status, headers, body",
        "'p', 'POST', '/r', gen_random_uuid()::text, '', 200, '{}', ''",
    ),
    "registrations": (
        "id, email, email_folded, name, password_hash, token_hash",
        "gen_random_uuid(), 'a@b.c', 'a@b.c', 'Ana', 'hash', gen_random_uuid()::text::bytea",
    ),
    "one_time_tokens": (
        "id, user_id, purpose, token_hash",
        "gen_random_uuid(), $2, 'password_reset', gen_random_uuid()::text::bytea",
    ),
    "refresh_tokens": ("id, session_id, token_hash", "gen_random_uuid(), $3, gen_random_uuid()::text::bytea"),
    "sessions": ("id, user_id, created_at", "gen_random_uuid(), $2, now() - interval '91 days'"),
}
LEFT: Final = {"carts": "SELECT count(*) FROM carts WHERE status = 'open'"}


@dataclass
class Dust:
    """Rows of one store that have expired, or will."""

    shop: Shop
    store: Store
    user_id: UUID
    session_id: UUID

    async def add(self, table: str, count: int, *, expires: timedelta) -> None:
        """So many rows that expire in so long; negative: have expired."""
        columns, values = ROWS[table]
        # Every statement takes all parameters, whether its table needs them or not.
        await self.execute(
            f"INSERT INTO {table} (store_id, expires_at, {columns}) SELECT $1, now() + $5::interval, {values}"
            " FROM generate_series(1, $4), (SELECT $2::uuid, $3::uuid) AS unused",
            self.store.id, self.user_id, self.session_id, count, expires,
        )  # fmt: skip

    async def left(self, table: str) -> int:
        """Rows that were not swept, without the user's own session."""
        found: int = await self.value(LEFT.get(table, f"SELECT count(*) FROM {table}"))
        return found - (table == "sessions")

    async def value(self, sql: str, *arguments: object) -> Any:
        """One value out of the store."""
        return await self.shop.database.transaction(self.store.id, lambda tx: tx.fetchval(sql, *arguments))

    async def execute(self, sql: str, *arguments: object) -> int:
        """Change the store."""
        return await self.shop.database.transaction(self.store.id, lambda tx: tx.execute(sql, *arguments))


async def new_dust(shop: Shop, store: Store) -> Dust:
    """A store with a user who is signed in."""
    dust = Dust(shop, store, new_id(), new_id())
    await dust.execute(
        "INSERT INTO users (id, store_id, email, email_folded, name, password_hash)"
        " VALUES ($1, $2, 'ana@example.com', 'ana@example.com', 'Ana', 'hash')",
        dust.user_id, store.id,
    )  # fmt: skip
    await dust.execute(
        "INSERT INTO sessions (id, store_id, user_id, expires_at) VALUES ($1, $2, $3, now() + interval '1 day')",
        dust.session_id, store.id, dust.user_id,
    )  # fmt: skip
    return dust


@pytest.fixture
async def dust(shop: Shop, store: Store) -> Dust:
    """The test's own store."""
    return await new_dust(shop, store)


OVER: Final = timedelta(seconds=-1)
LATER: Final = timedelta(hours=1)


def test_every_sweeper_is_tried_here() -> None:
    # What becomes of events, of webhooks and of what tells people apart is tried where they are.
    elsewhere = {"event_deliveries", "webhook_deliveries", "notice_limits", "devices"}
    tried = {"answers" if table == "idempotency_keys" else table for table in ROWS} | elsewhere
    assert tried == set(SWEEPERS)


@pytest.mark.parametrize("table", ROWS)
async def test_what_has_expired_goes_and_the_rest_stays(table: str, dust: Dust) -> None:
    await dust.add(table, BATCH + 7, expires=OVER)
    await dust.add(table, 3, expires=LATER)
    other = await new_dust(dust.shop, await new_store(dust.shop))
    await other.add(table, 2, expires=OVER)
    assert [await sweep(dust.shop, dust.store) for _ in range(3)] == [BATCH, 7, 0]
    assert await dust.left(table) == 3
    assert await other.left(table) == 2, "another store is swept in its own turn"


@pytest.mark.parametrize("table", ROWS)
async def test_many_may_sweep_at_once(table: str, dust: Dust) -> None:
    await dust.add(table, 3 * BATCH, expires=OVER)
    swept = await asyncio.gather(*(sweep(dust.shop, dust.store) for _ in range(6)))
    assert sum(swept) == 3 * BATCH
    assert await dust.left(table) == 0


@pytest.mark.parametrize("table", ROWS)
async def test_a_row_that_somebody_holds_is_left_for_the_next_time(table: str, dust: Dust) -> None:
    await dust.add(table, 5, expires=OVER)

    async def hold_and_sweep(tx: Transaction) -> int:
        key = "key" if table == "idempotency_keys" else "id"
        await tx.execute(
            f"SELECT FROM {table} WHERE {key} IN"
            f" (SELECT {key} FROM {table} WHERE expires_at <= now() LIMIT 2) FOR UPDATE"
        )
        # In a context of its own, or the sweep would join the transaction that holds the rows.
        return await asyncio.create_task(sweep(dust.shop, dust.store), context=Context())

    assert await dust.shop.database.transaction(dust.store.id, hold_and_sweep) == 3
    assert await sweep(dust.shop, dust.store) == 2


async def test_a_session_stays_as_long_as_it_tells_where_its_user_signs_in_from(dust: Dust) -> None:
    device = Device(ip=ip_address("192.0.2.7"), network="", user_agent=None, cookie=None)
    await dust.execute(
        "INSERT INTO sessions (id, store_id, user_id, ip, expires_at, created_at)"
        " VALUES ($1, $2, $3, $4, now() - interval '1 day', now() - interval '89 days')",
        new_id(), dust.store.id, dust.user_id, device.ip,
    )  # fmt: skip

    async def is_known(tx: Transaction) -> bool:
        found = await auth_repo.credentials_by_email(tx, "ana@example.com", device)
        assert found is not None
        return found.signed_in_from_here

    assert await sweep(dust.shop, dust.store) == 0
    assert await dust.shop.database.transaction(dust.store.id, is_known)
    await dust.execute("UPDATE sessions SET created_at = created_at - interval '2 days'")
    assert not await dust.shop.database.transaction(dust.store.id, is_known)
    assert await sweep(dust.shop, dust.store) == 1


async def test_a_session_that_is_used_goes_on_without_its_old_tokens(dust: Dust) -> None:
    await dust.add("refresh_tokens", 4, expires=OVER)
    await dust.add("refresh_tokens", 1, expires=LATER)
    await sweep(dust.shop, dust.store)
    live = "SELECT count(*) FROM sessions s JOIN refresh_tokens t ON t.session_id = s.id WHERE s.expires_at > now()"
    assert await dust.value(live) == 1


async def test_a_key_that_is_used_again_meanwhile_keeps_its_new_answer(dust: Dust) -> None:
    await dust.add("idempotency_keys", 1, expires=OVER)

    async def use_again(tx: Transaction) -> int:
        await tx.execute("UPDATE idempotency_keys SET expires_at = now() + interval '1 day'")
        sweeping_now = asyncio.create_task(sweep(dust.shop, dust.store), context=Context())
        return await sweeping_now

    assert await dust.shop.database.transaction(dust.store.id, use_again) == 0
    assert await sweep(dust.shop, dust.store) == 0
    assert await dust.left("idempotency_keys") == 1


async def test_a_table_that_cannot_be_swept_keeps_no_other_from_being_swept(
    new_work: NewWork, locked_answers: None
) -> None:
    work = await new_work()
    dust = await new_dust(work.shop, work.store)
    await dust.add("idempotency_keys", 1, expires=OVER)
    await dust.add("sessions", BATCH + 1, expires=OVER)
    with capture_logs() as logs:
        assert [await sweep(dust.shop, dust.store) for _ in range(2)] == [BATCH, 1]
        with pytest.raises(SweepFailed, match="answers"):
            await sweep(dust.shop, dust.store)
    assert [line["what"] for line in logs if line["event"] == "sweep_failed"] == ["answers"] * 3


def test_a_new_process_sweeps_within_a_minute_and_then_about_hourly() -> None:
    for chance in (0.0, 0.5, 1.0):
        clock = Clock()
        times = SweepTimes(3600.0, clock, lambda chance=chance: chance)
        assert times.has_come() is (chance == 0.0)
        clock.now = 60.0
        assert times.has_come()
        times.begun()
        clock.now = 60.0 + 3600 * 0.9 - 1
        assert not times.has_come()
        clock.now = 60.0 + 3600 * 1.1
        assert times.has_come()


def test_a_sweep_that_could_not_begin_is_tried_again() -> None:
    clock = Clock()
    times = SweepTimes(3600.0, clock, lambda: 0.0)
    assert times.has_come()
    clock.now = 1.0
    assert times.has_come()
