"""How does the demo shop come into being? Made once and then left alone: whatever people change in it stays."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Final

from server.auth.emails import parse_email
from server.auth.passwords import Passwords
from server.auth.registration import create_user
from server.catalog.imports.reading import read_csv
from server.catalog.imports.service import By, load
from server.demo import repo
from server.demo.people import PASSWORD, PEOPLE, Person
from server.settings import Settings
from server.stores import NewStore, store_or_new
from storage.database import Database
from storage.tenancy import Store
from storage.transaction import Transaction

STORE: Final = NewStore("Loja Sabiá", "BRL", "BR", "America/Sao_Paulo", "pt-BR")
OFFER_DAYS: Final = 30


class NoDemoHere(Exception):
    """The demo has passwords everybody knows, so it is not made where real customers are."""


@dataclass(frozen=True, slots=True)
class Demo:
    """The demo shop, and how to be somebody in it."""

    store: Store
    people: Sequence[Person]
    password: str


async def seed_demo(database: Database, settings: Settings) -> Demo:
    """Make the default store with its catalogue and people, as far as they are missing.

    A store that sells anything keeps its catalogue as it is. Raises NoDemoHere in production.
    """
    if settings.is_production:
        raise NoDemoHere("the demo's passwords are public: outside development make the store and its people yourself")
    store = await store_or_new(database, settings.default_store, STORE)
    await _stock_the_shelves(database, store)
    await _move_in(database, store)
    return Demo(store, PEOPLE, PASSWORD)


async def _stock_the_shelves(database: Database, store: Store) -> None:
    content = (files("server.demo") / "catalogue.csv").read_bytes()
    source = read_csv(content, store.currency)

    async def work(tx: Transaction) -> None:
        await repo.one_at_a_time(tx)
        if await repo.has_products(tx):
            return
        report = await load(database, store, source, By())
        if report.outcome != "applied":
            raise RuntimeError(f"the demo catalogue has a fault: {report.rejections[0]}")
        await repo.add_offer(tx, sku="LAMP-FLOOR", name="Luz de inauguração", price=299_90, days=OFFER_DAYS)

    await database.transaction(store.id, work)


async def _move_in(database: Database, store: Store) -> None:
    """Give everybody their account; passwords are hashed before, because that is slow and needs no transaction."""

    missing = await database.transaction(store.id, lambda tx: repo.missing_people(tx, PEOPLE))
    hashes: Mapping[str, str] = dict(zip((p.email for p in missing), await _hashes(len(missing)), strict=True))

    async def work(tx: Transaction) -> None:
        await repo.one_at_a_time(tx)
        for person in await repo.missing_people(tx, missing):
            password_hash, email = hashes[person.email], parse_email(person.email)
            user_id = await create_user(
                tx, email=email, name=person.name, password_hash=password_hash, roles=person.roles
            )
            await repo.settle(tx, person, user_id)

    if missing:
        await database.transaction(store.id, work)


async def _hashes(number: int) -> list[str]:
    """The password's hash, salted anew for each account."""
    passwords = Passwords()
    return list(await asyncio.gather(*(passwords.hash(PASSWORD) for _ in range(number))))
