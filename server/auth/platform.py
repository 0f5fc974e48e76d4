"""What can the people of the platform do? Sign in, see the stores, open another one.

They have no sessions: a token of theirs holds for a quarter of an hour in every store, nothing refreshes it, and
suspending the account ends it at once.
"""

from __future__ import annotations

import zoneinfo
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

import msgspec

from engine.money import is_currency
from server.auth import platform_repo as repo
from server.auth.bearer import TOKENS, Claims
from server.auth.countries import countries
from server.auth.devices import Device
from server.auth.emails import Email
from server.auth.errors import ACCOUNT_SUSPENDED, EMAIL_TAKEN, SIGN_IN_REFUSED, STORE_TAKEN
from server.auth.limits import PER_ACCOUNT_AND_SOURCE, SIGN_INS
from server.auth.passwords import PASSWORDS
from server.auth.people import StoreSnapshot
from server.auth.platform_repo import PlatformCredentials
from server.auth.service import ACCESS_LIFETIME
from server.auth.staff_schemas import StoreBody
from server.errors import Fault
from server.web.call import Call
from server.web.limits import LIMITER
from server.web.middlewares import STORES
from server.web.pages import Position
from server.web.problems import invalid
from storage import audit
from storage.ids import new_id
from storage.transaction import Transaction

_ACCOUNT: Final = "platform"


@dataclass(frozen=True, slots=True)
class PlatformToken:
    """An access token of the platform."""

    token: str
    expires_at: datetime


async def sign_in(call: Call, email: Email, password: str, device: Device) -> PlatformToken:
    """A token for someone of the platform. Raises SIGN_IN_REFUSED, ACCOUNT_SUSPENDED, RATE_LIMITED."""
    limiter = call.use(LIMITER)
    await limiter.hit(SIGN_INS, device.network)
    await limiter.hit(PER_ACCOUNT_AND_SOURCE, _ACCOUNT, email.folded, device.network)

    async def work(tx: Transaction) -> PlatformCredentials | None:
        return await repo.credentials(tx, email.folded)

    known = await call.database.transaction(None, work)
    verdict = await call.use(PASSWORDS).verify(None if known is None else known.password_hash, password)
    if known is None or not verdict.is_right:
        raise SIGN_IN_REFUSED("no account of the platform has this e-mail address and password")
    if known.status != "active":
        raise ACCOUNT_SUSPENDED(f"this account of the platform is {known.status}")
    await limiter.forget(PER_ACCOUNT_AND_SOURCE, _ACCOUNT, email.folded, device.network)
    issued_at = int(known.now.timestamp())
    expires_at = issued_at + int(ACCESS_LIFETIME.total_seconds())
    token = call.use(TOKENS).issue(Claims(sub=known.id, kind="platform", iat=issued_at, exp=expires_at))
    return PlatformToken(token, datetime.fromtimestamp(expires_at, UTC))


async def list_stores(call: Call, at: Position) -> Sequence[StoreSnapshot]:
    """Stores by slug, one more than the page holds."""
    past = None if at.keys is None else str(at.keys[0])

    async def work(tx: Transaction) -> Sequence[StoreSnapshot]:
        return await repo.list_stores(tx, past=past, backwards=at.backwards, limit=at.limit + 1)

    return await call.database.transaction(None, work)


async def open_store(call: Call, body: StoreBody) -> StoreSnapshot:
    """Another store, active at once. Raises STORE_TAKEN; BODY_INVALID for what the world does not have."""
    faults = list(_faults(body))
    if faults:
        raise invalid(faults)
    store_id = new_id()

    async def work(tx: Transaction) -> StoreSnapshot:
        store = await repo.add_store(tx, store_id=store_id, **msgspec.structs.asdict(body))
        if store is None:
            raise STORE_TAKEN(f"another store has the slug {body.slug!r} or the domain {body.domain!r}")
        await audit.record(
            tx,
            actor_kind=call.actor.kind,
            actor_id=call.actor.id,
            action="platform.stores.open",
            resource_type="store",
            resource_id=str(store_id),
            before=None,
            after=msgspec.structs.asdict(body),
            request_id=call.request_id,
        )
        return store

    # In a transaction of the new store, where its first audit entry belongs.
    store = await call.database.transaction(store_id, work)
    call.use(STORES).forget()
    return store


async def create_platform_user(tx: Transaction, *, email: Email, name: str, password_hash: str) -> UUID:
    """Someone of the platform, for the command line. Raises EMAIL_TAKEN.

    The shop itself may not do this: the transaction has to be one with the rights of the tables' owner.
    """
    user_id = await repo.add_user(tx, email, name=name, password_hash=password_hash)
    if user_id is None:
        raise EMAIL_TAKEN(f"{email.written} has an account of the platform already")
    return user_id


def _faults(body: StoreBody) -> Iterator[Fault]:
    if not is_currency(body.currency):
        yield Fault("/currency", "currency_unknown", f"{body.currency!r} is not the ISO 4217 code of a currency")
    if body.timezone not in zoneinfo.available_timezones():
        yield Fault("/timezone", "timezone_unknown", f"{body.timezone!r} is not an IANA zone")
    if body.country not in countries():
        yield Fault("/country", "country_unknown", f"{body.country!r} is not the ISO 3166-1 code of a country")
