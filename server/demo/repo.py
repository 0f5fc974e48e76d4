"""Where are the demo's people and its offer written? Here; what is there already is left as it is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from server.demo.people import Person
from storage.ids import new_id
from storage.transaction import Transaction

_JOIN_GROUP: Final = "UPDATE users SET customer_group = $2 WHERE id = $1"
_ADD_ADDRESS: Final = """
INSERT INTO addresses (id, store_id, user_id, label, name, line1, line2, city, region, postcode, country, is_default)
SELECT $1, u.store_id, u.id, 'Casa', u.name, 'Avenida Paulista, 1578', 'Bela Vista', 'São Paulo', 'SP', '01310-200',
       'BR', true
  FROM users u WHERE u.id = $2
"""
_BE_SELLER: Final = "UPDATE sellers SET user_id = $1 WHERE slug = $2 AND user_id IS NULL"
_ADD_OFFER: Final = """
INSERT INTO offers (id, store_id, variant_id, name, price, starts_at, ends_at)
SELECT $1, v.store_id, v.id, $3, $4, now(), now() + make_interval(days => $5)
  FROM variants v WHERE v.sku = $2
"""


async def one_at_a_time(tx: Transaction) -> None:
    """Wait until no other process is making this store's demo."""
    await tx.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", f"demo {tx.store_id}")


async def has_products(tx: Transaction) -> bool:
    """Whether anything is sold here already."""
    return bool(await tx.fetchval("SELECT EXISTS (SELECT FROM products)"))


async def missing_people(tx: Transaction, people: Sequence[Person]) -> list[Person]:
    """Those who have no account yet."""
    emails = [person.email for person in people]
    rows = await tx.fetch("SELECT email_folded FROM users WHERE email_folded = ANY($1::text[])", emails)
    found = {row["email_folded"] for row in rows}
    return [person for person in people if person.email not in found]


async def settle(tx: Transaction, person: Person, user_id: UUID) -> None:
    """Give somebody new their customer group, address and seller."""
    if person.group is not None:
        await tx.execute(_JOIN_GROUP, user_id, person.group)
    if person.has_address:
        await tx.execute(_ADD_ADDRESS, new_id(), user_id)
    if person.seller is not None:
        await tx.execute(_BE_SELLER, user_id, person.seller)


async def add_offer(tx: Transaction, *, sku: str, name: str, price: int, days: int) -> None:
    """Sell a variant for `price` minor units from now on for so many days."""
    await tx.execute(_ADD_OFFER, new_id(), sku, name, price, days)
