"""The floor of everything that writes: the bare order transaction, by asyncpg alone and set by set.

Three stock levels, the order, its three lines, the announcement and the cart, in seven round trips with BEGIN and
COMMIT, and nothing else: no policies, no idempotency, no decision, no HTTP. It is the floor that we promised ratios of.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from itertools import cycle
from random import Random
from uuid import UUID

import asyncpg

from storage.ids import new_id

ROUND_TRIPS = 7
LINES = 3

_VARIANTS = 200  # to draw from, so that two orders seldom want the same
_CARTS = 500  # of one client, ordered one after the other
_SCHEMA = """
CREATE TABLE bare_stock (variant uuid PRIMARY KEY, on_hand bigint NOT NULL CHECK (on_hand >= 0));
CREATE TABLE bare_carts (id uuid PRIMARY KEY, status text NOT NULL, version integer NOT NULL);
CREATE TABLE bare_orders (id uuid PRIMARY KEY, cart uuid NOT NULL, total bigint NOT NULL,
                          created_at timestamptz NOT NULL DEFAULT now());
CREATE TABLE bare_order_lines (id uuid PRIMARY KEY, order_id uuid NOT NULL REFERENCES bare_orders,
                               variant uuid NOT NULL, quantity integer NOT NULL, price bigint NOT NULL);
CREATE INDEX ON bare_order_lines (order_id);
CREATE TABLE bare_outbox (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, topic text NOT NULL, payload jsonb)
"""
# Locked in the order of their ids, or two orders could wait for each other.
_TAKE = """
WITH locked AS (SELECT variant FROM bare_stock WHERE variant = ANY($1::uuid[]) ORDER BY variant FOR NO KEY UPDATE)
UPDATE bare_stock s SET on_hand = s.on_hand - 1 FROM locked WHERE s.variant = locked.variant
"""
_LINES_SQL = """
INSERT INTO bare_order_lines (id, order_id, variant, quantity, price)
SELECT line, $1, variant, 1, 1990 FROM unnest($2::uuid[], $3::uuid[]) AS given (line, variant)
"""


async def make_ready(connection: asyncpg.Connection[asyncpg.Record]) -> None:
    """The tables, and stock that nobody can sell out."""
    await connection.execute(_SCHEMA)
    stock = [(new_id(), 1_000_000_000) for _ in range(_VARIANTS)]
    await connection.executemany("INSERT INTO bare_stock VALUES ($1, $2)", stock)


async def placing_orders(connection: asyncpg.Connection[asyncpg.Record]) -> Callable[[], Awaitable[None]]:
    """Gives what places one order after the other over this connection, each from another cart of its own."""
    variants = [row["variant"] for row in await connection.fetch("SELECT variant FROM bare_stock ORDER BY variant")]
    carts = [new_id() for _ in range(_CARTS)]
    await connection.executemany("INSERT INTO bare_carts VALUES ($1, 'open', 1)", [(each,) for each in carts])
    next_carts, chance = cycle(carts), Random(connection.get_server_pid())

    async def place() -> None:
        await _place(connection, next(next_carts), chance.sample(variants, LINES))

    return place


async def _place(connection: asyncpg.Connection[asyncpg.Record], cart: UUID, variants: list[UUID]) -> None:
    order = new_id()
    await connection.execute(f"BEGIN; SET LOCAL app.store_id = '{order}'")
    taken = await connection.execute(_TAKE, variants)
    assert taken == f"UPDATE {LINES}", taken
    await connection.execute("INSERT INTO bare_orders (id, cart, total) VALUES ($1, $2, 5970)", order, cart)
    await connection.execute(_LINES_SQL, order, [new_id() for _ in variants], variants)
    await connection.execute(
        "INSERT INTO bare_outbox (topic, payload) VALUES ('order_placed', jsonb_build_object('order', $1::uuid))", order
    )
    await connection.execute("UPDATE bare_carts SET status = 'ordered', version = version + 1 WHERE id = $1", cart)
    await connection.execute("COMMIT")
