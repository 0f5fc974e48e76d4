"""People with sessions and real access tokens, made behind the API's back."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg

from server.auth.bearer import TOKENS, Claims
from server.web.call import Shop
from storage.ids import new_id
from storage.tenancy import Store
from storage.transaction import Transaction

LIFETIME_SECONDS = 900


@dataclass(frozen=True)
class Person:
    """A user of one store who is signed in."""

    id: UUID
    session_id: UUID
    token: str


async def sign_up(shop: Shop, store: Store, roles: Sequence[str]) -> Person:
    """A user with exactly these roles."""
    person = Person(new_id(), new_id(), "")

    async def work(tx: Transaction) -> None:
        await tx.execute(
            "INSERT INTO users (id, store_id, email, email_folded, name, roles) VALUES ($1, $2, $3, $3, $4, $5)",
            person.id, store.id, f"{person.id}@example.com", "Ana Souza", list(roles),
        )  # fmt: skip
        await open_session(tx, person.id, person.session_id)

    await shop.database.transaction(store.id, work)
    return Person(person.id, person.session_id, token_of(shop, store, person.id, person.session_id))


async def open_session(tx: Transaction, user_id: UUID, session_id: UUID) -> None:
    """A session of the user, on one more device."""
    await tx.execute(
        "INSERT INTO sessions (id, store_id, user_id, expires_at) VALUES ($1, $2, $3, now() + interval '1 day')",
        session_id, tx.store_id, user_id,
    )  # fmt: skip


def token_of(shop: Shop, store: Store, user_id: UUID, session_id: UUID, *, age_seconds: int = 0) -> str:
    """The access token of a user's session, issued so long ago."""
    issued_at = int(time.time()) - age_seconds
    claims = Claims(
        sub=user_id, kind="user", store=store.id, sid=session_id, iat=issued_at, exp=issued_at + LIFETIME_SECONDS
    )
    return shop.use(TOKENS).issue(claims)


def guest_token(shop: Shop, store: Store) -> str:
    """The access token of a new guest."""
    issued_at = int(time.time())
    claims = Claims(sub=new_id(), kind="guest", store=store.id, iat=issued_at, exp=issued_at + LIFETIME_SECONDS)
    return shop.use(TOKENS).issue(claims)


async def platform_token(shop: Shop, owner: asyncpg.Connection[Any]) -> str:
    """The access token of somebody new who runs the platform; only the owner of the tables can make them."""
    person = new_id()
    await owner.execute(
        "INSERT INTO platform_users (id, email, email_folded, name, password_hash) VALUES ($1, $2, $2, $3, 'none')",
        person, f"{person}@example.com", "Paula Platform",
    )  # fmt: skip
    # Not before now(): accounts refuse tokens that are older than they are.
    issued_at = int(time.time())
    claims = Claims(sub=person, kind="platform", iat=issued_at, exp=issued_at + LIFETIME_SECONDS)
    return shop.use(TOKENS).issue(claims)
