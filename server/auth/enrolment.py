"""How do the first people get in? By the command line, which makes accounts of a store or of the platform at once.

Whoever can run it has the database anyway, so nothing is mailed and nobody's roles are asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import asyncpg
import msgspec

from server.auth import people_repo, platform_repo, staff
from server.auth.emails import Email, parse_email
from server.auth.passwords import Passwords
from server.auth.people import PlatformSnapshot, UserSnapshot
from server.auth.platform import create_platform_user
from server.auth.registration import create_user
from server.auth.schemas import RegisterBody
from server.databases import connected, owned
from server.decisions.books import RuleBooks
from server.settings import Settings
from server.stores import StoreMissing
from server.web.binding import parse_body
from storage import audit
from storage.database import Database
from storage.errors import StorageError
from storage.tenancy import Store, StoreDirectory
from storage.transaction import Transaction


@dataclass(frozen=True, slots=True)
class NewPerson:
    """Somebody who is to have an account."""

    email: Email
    name: str
    password: str


def new_person(email: str, name: str, password: str) -> NewPerson:
    """Somebody as they were described. Raises BODY_INVALID naming every fault, by the rules of a registration."""
    described = {"email": email, "name": name, "password": password}
    # What a terminal sent that is no UTF-8 becomes U+FFFD, which no address has.
    raw = msgspec.json.encode({key: text.encode(errors="replace").decode() for key, text in described.items()})
    body = parse_body(raw, "application/json", RegisterBody)
    return NewPerson(parse_email(body.email), body.name, body.password)


async def enrol(settings: Settings, slug: str, person: NewPerson, roles: Sequence[str]) -> UserSnapshot:
    """An active account in the store of this slug, with these roles and that of everybody.

    Raises BODY_INVALID for a weak password, EMAIL_TAKEN, ROLE_UNKNOWN, StoreMissing, StorageError.
    """
    password_hash = await _hash(person)
    async with connected(settings) as database:
        store = await _store(database, slug)
        granted = staff.granted(RuleBooks(settings.data_dir / "stores").access(store), roles)

        async def work(tx: Transaction) -> UserSnapshot:
            user_id = await create_user(
                tx, email=person.email, name=person.name, password_hash=password_hash, roles=granted
            )
            await audit.record(
                tx, actor_kind="system", actor_id=None, action="users.enrol", resource_type="user",
                resource_id=str(user_id), before=None, after={"roles": granted}, request_id=None,
            )  # fmt: skip
            made = await people_repo.read_user(tx, user_id)
            assert made is not None
            return made

        return await database.transaction(store.id, work)


async def enrol_on_platform(settings: Settings, person: NewPerson) -> PlatformSnapshot:
    """An active account of the platform. Raises BODY_INVALID for a weak password, EMAIL_TAKEN, StorageError."""
    password_hash = await _hash(person)

    async def work(tx: Transaction) -> PlatformSnapshot:
        user_id = await create_platform_user(tx, email=person.email, name=person.name, password_hash=password_hash)
        return next(known for known in await platform_repo.list_users(tx) if known.id == user_id)

    async with owned(settings) as database:
        try:
            return await database.transaction(None, work)
        except asyncpg.InsufficientPrivilegeError as error:
            raise StorageError(
                "this login may not make people of the platform; name the tables' owner in DATABASE_MIGRATION_URL"
            ) from error


async def list_people(settings: Settings, slug: str, *, role: str | None, limit: int) -> Sequence[UserSnapshot]:
    """The newest accounts of a store, up to `limit`. Raises StoreMissing, StorageError."""
    async with connected(settings) as database:
        store = await _store(database, slug)

        async def work(tx: Transaction) -> Sequence[UserSnapshot]:
            return await people_repo.list_users(
                tx, search=None, role=role, status=None, past=None, backwards=False, limit=limit
            )

        return await database.transaction(store.id, work)


async def list_platform_people(settings: Settings) -> Sequence[PlatformSnapshot]:
    """Everybody of the platform, by address. Raises StorageError."""
    async with connected(settings) as database:
        return await database.transaction(None, platform_repo.list_users)


async def _hash(person: NewPerson) -> str:
    passwords = Passwords()
    await passwords.refuse_weak(person.password, (person.email.folded, person.name))
    return await passwords.hash(person.password)


async def _store(database: Database, slug: str) -> Store:
    store = await StoreDirectory(database).by_slug(slug)
    if store is None:
        known = ", ".join(repr(each.slug) for each in await StoreDirectory(database).all())
        raise StoreMissing(f"there is no active store {slug!r}; there {f'are: {known}' if known else 'is none yet'}")
    return store
