"""How are many carts made ready to be ordered? Guests and quotes through the API, what is in the carts with SQL.

Filling a cart through the API takes ten times as long as ordering it, and is not what is measured here.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import asyncpg

from storage.ids import new_id
from tests.benchmarks.shop.calls import (
    ADDRESS,
    CONTACT,
    DESTINATION,
    PAYMENT_METHOD,
    SHIPPING_METHOD,
    connected,
    new_guest,
    request,
)
from tests.benchmarks.shop.goods import Shelf
from tests.benchmarks.shop.house import House
from tests.benchmarks.shop.load import Request


@dataclass(frozen=True, slots=True)
class ReadyCart:
    """A cart with a quote, which holds for a quarter of an hour."""

    store: str
    token: str
    quote: str

    def order(self) -> Request:
        """The request that orders it."""
        body = {"quote": self.quote, "shipping_address": ADDRESS}
        return request("order", "POST", "/checkout/orders", self.store, self.token, body, key=new_id().hex)


def ready_carts(
    house: House, shelf: Shelf, ports: Sequence[int], wanted: Sequence[Sequence[list[UUID]]]
) -> list[list[ReadyCart]]:
    """For each port the carts wanted there, each with one of these variants."""
    with ThreadPoolExecutor(len(ports)) as pool:
        return list(pool.map(lambda port, variants: _carts_of(house, shelf, port, variants), ports, wanted))


def _carts_of(house: House, shelf: Shelf, port: int, wanted: Sequence[list[UUID]]) -> list[ReadyCart]:
    with connected(port) as connection:
        guests = [new_guest(connection, shelf.slug) for _ in wanted]
        asyncio.run(_fill(house.database.url, shelf, [guest.id for guest in guests], wanted))
        return [ReadyCart(shelf.slug, guest.token, guest.call("POST", "/checkout/quote")["token"]) for guest in guests]


async def _fill(url: str, shelf: Shelf, guests: Sequence[UUID], wanted: Sequence[list[UUID]]) -> None:
    carts = [new_id() for _ in guests]
    lines = [(cart, variant) for cart, variants in zip(carts, wanted, strict=True) for variant in variants]
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(
            _CARTS, shelf.store_id, carts, guests, CONTACT["email"], CONTACT["phone"], *DESTINATION.values(),
            SHIPPING_METHOD, PAYMENT_METHOD,
        )  # fmt: skip
        await connection.execute(_LINES, shelf.store_id, *map(list, zip(*lines, strict=True)))
    finally:
        await connection.close()


_CARTS: Final = """
INSERT INTO carts (id, store_id, guest_id, email, phone, country, region, postcode, city, shipping_method,
                   payment_method, expires_at)
SELECT cart, $1, guest, $4, $5, $6, $7, $8, $9, $10, $11, now() + interval '20 days'
  FROM unnest($2::uuid[], $3::uuid[]) AS given (cart, guest)
"""
_LINES: Final = """
INSERT INTO cart_items (id, store_id, cart_id, variant_id, quantity, seen_price)
SELECT gen_random_uuid(), $1, given.cart, v.id, 1, v.list_price
  FROM unnest($2::uuid[], $3::uuid[]) AS given (cart, variant) JOIN variants v ON v.id = given.variant
"""
