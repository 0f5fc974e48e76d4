"""Who gets the last units? F: 16 carts with one of something of which 5 are left, ordered at once."""

from __future__ import annotations

import asyncio
import http.client
import socket
from contextlib import ExitStack
from itertools import chain
from typing import Final
from uuid import UUID

import asyncpg
import msgspec

from tests.benchmarks.shop.carts import ready_carts
from tests.benchmarks.shop.house import BenchmarkBroken, House, Running
from tests.benchmarks.shop.results import Contest
from tests.benchmarks.shop.sizes import ALWAYS, Size

CARTS: Final = 16
LEFT: Final = 5
_SOLD_OUT: Final = "stock_taken"
_SECONDS: Final = 60

_LEAVE: Final = "UPDATE stock_levels SET on_hand = reserved + $2 WHERE variant_id = $1 RETURNING on_hand - reserved"
_KEPT: Final = "SELECT $2 - (on_hand - reserved) FROM stock_levels WHERE variant_id = $1"


def hold_contest(house: House, running: Running, size: Size, number: int) -> Contest:
    """One round, of something that nobody else buys. Raises BenchmarkBroken when stock and answers differ."""
    shelf = house.shelves[ALWAYS]
    others = list(shelf.variants.values())[size.drawn :]
    variant = others[number % len(others)]
    asyncio.run(_on_stock(house, _LEAVE, variant))
    of_each = CARTS // len(running.ports)
    carts = ready_carts(house, shelf, running.ports, [[[variant]] * of_each for _ in running.ports])
    # One to each process in turn, or the first would have sold out before the second is asked.
    in_turn = chain.from_iterable(zip(*carts, strict=True))
    contest = _counted(_at_once(list(running.ports) * of_each, [cart.order().content for cart in in_turn]))
    kept = asyncio.run(_on_stock(house, _KEPT, variant))
    if kept != contest.orders:
        raise BenchmarkBroken(f"{contest.orders} orders were placed, but {kept} units are kept for them")
    return contest


async def _on_stock(house: House, sql: str, variant: UUID) -> int:
    connection = await asyncpg.connect(house.database.url)
    try:
        return int(await connection.fetchval(sql, variant, LEFT))
    finally:
        await connection.close()


def _at_once(ports: list[int], requests: list[bytes]) -> list[tuple[int, bytes]]:
    """Status and body of each answer; everything is sent before any answer is read."""
    with ExitStack() as stack:
        opened = [stack.enter_context(socket.create_connection(("127.0.0.1", port), _SECONDS)) for port in ports]
        for connection, content in zip(opened, requests, strict=True):
            connection.sendall(content)
        return [_read(connection) for connection in opened]


def _read(connection: socket.socket) -> tuple[int, bytes]:
    with http.client.HTTPResponse(connection) as answer:
        answer.begin()
        return answer.status, answer.read()


def _counted(answers: list[tuple[int, bytes]]) -> Contest:
    contest = Contest(0, 0, [])
    for status, body in answers:
        if status == http.HTTPStatus.CREATED:
            contest.orders += 1
        elif status == http.HTTPStatus.CONFLICT and msgspec.json.decode(body)["code"] == _SOLD_OUT:
            contest.refusals += 1
        else:
            contest.others.append(f"{status} {body[:500].decode(errors='replace')}")
    return contest
