"""What of one who takes nothing for a while? Nothing is read for them meanwhile, and then they are told all of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

import pytest

from server.chat import board as board_module
from server.chat import conversations_repo
from server.chat.board import BOARD
from server.chat.seating import is_ready
from server.sockets.connections import CONNECTIONS, Connection
from server.web.call import Shop
from storage.tenancy import Store
from storage.transaction import Transaction
from tests.server.chat.conftest import People

MANY = 5
ASKED = 100
"""How often it is asked whether they take something again, before they do."""


async def test_who_has_no_room_costs_no_readings_and_is_told_all_once_there_is(
    address: str, shop: Shop, store: Store, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = [await people.mod.begin(customer_id=str(people.ana.id)) for _ in range(MANY)]
    asked, readings = list[bool](), list[int]()
    has_room = True

    def ready(connection: Connection) -> bool:
        asked.append(has_room)
        return has_room and is_ready(connection)

    shown = conversations_repo.shown

    async def counting(tx: Transaction, ids: Sequence[UUID]) -> Any:
        readings.append(len(ids))
        return await shown(tx, ids)

    async with people.ana.call(address) as ana:
        (theirs,) = shop.use(CONNECTIONS).of_user(store.id, people.ana.id)
        monkeypatch.setattr(board_module, "is_ready", ready)
        monkeypatch.setattr(board_module, "READY_SECONDS", 0.01)
        has_room = False
        for each in begun:
            await people.mod.write(each, "hello")
        await until(lambda: len(shop.use(BOARD)._not_ready.get(theirs, ())) == MANY)
        monkeypatch.setattr(conversations_repo, "shown", counting)
        asked.clear()
        await until(lambda: len(asked) >= ASKED)
        # Those that were still on their way, but not one for each time.
        assert len(readings) <= MANY
        has_room = True
        await ana.until(
            lambda: (
                {each["id"] for each in ana.of("conversation") if each["last_message"]}
                == {each["id"] for each in begun}
            )
        )
        assert not shop.use(BOARD)._not_ready


async def test_who_goes_without_taking_anything_is_forgotten(
    address: str, shop: Shop, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = await people.ana.begin()
    monkeypatch.setattr(board_module, "is_ready", lambda _connection: False)
    async with people.ana.call(address):
        await people.mod.write(begun, "hello")
        await until(lambda: shop.use(BOARD)._not_ready)
    await until(lambda: not shop.use(BOARD)._not_ready)


async def until(holds: Callable[[], object]) -> None:
    """Wait for it."""
    async with asyncio.timeout(20):
        while not holds():
            await asyncio.sleep(0.01)
