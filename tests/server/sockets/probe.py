"""A room that is good for tests alone: it says back, sends much, watches conversations, and tells everybody."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import pytest
import pytest_asyncio

from server.feeds.hub import HUB, Hub
from server.feeds.notices import NOTICES
from server.feeds.steps import Step, Thing
from server.sockets.connections import SocketCall
from server.sockets.edge import EDGES
from server.sockets.namespaces import Namespace
from server.sockets.serving import SOCKETS, moving, open_sockets
from server.web.binding import Body, View
from server.web.call import Resource, Shop
from server.web.endpoint import PUBLIC
from server.web.limits import LIMITER, Limit
from storage.database import Database
from storage.tenancy import Store
from tests.server.auth.conftest import NewPerson, Person
from tests.server.feeds.conftest import KIND, read
from tests.shop import new_shop, new_store, serving

ROOM: Final = "everybody"
GATE: Final = Resource[asyncio.Event]("tests.gate")
probe = Namespace("/probe", needs="chat.own", about="For tests.", shows_presence=True)
anybody = Namespace("/anybody", needs=PUBLIC, about="For tests.")
slow_to_join = Namespace("/slow", needs=PUBLIC, about="For tests.")


class SayBody(Body, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Something to say, once or often."""

    text: str
    times: int = 1


class WatchBody(Body, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A conversation to watch."""

    id: UUID
    after: int = 0


class SaidView(View, frozen=True, kw_only=True):
    """What was said."""

    text: str


class StepView(View, frozen=True, kw_only=True):
    """A step of a conversation."""

    id: UUID
    seq: int


SAID: Final = probe.emits("said", SaidView, "Something was said.")
STEP: Final = probe.emits("step", StepView, "A step of what is watched.")


@slow_to_join.connected
async def _wait(call: SocketCall) -> None:
    await call.use(GATE).wait()


@probe.connected
async def _enter(call: SocketCall) -> None:
    await call.use(SOCKETS).enter_room(call.connection.sid, ROOM, namespace=probe.path)


@probe.on("say")
@anybody.on("say")
async def say(_call: SocketCall, body: SayBody) -> SaidView:
    """Say it back."""
    return SaidView(text=body.text)


@probe.on("send")
async def send(call: SocketCall, body: SayBody) -> None:
    """Send it, so often."""
    edge = call.use(EDGES)[probe.path]
    for _ in range(body.times):
        await edge.tell(call.connection, SAID, SaidView(text=body.text))


@probe.on("tell-all")
async def tell_all(call: SocketCall, body: SayBody) -> None:
    """Tell everybody, of all processes."""
    await call.use(SOCKETS).emit(SAID.name, SaidView(text=body.text), room=ROOM, namespace=probe.path)


@probe.on("count")
async def count(call: SocketCall, body: SayBody) -> None:
    """Try something that only so many may try."""
    await call.use(LIMITER).hit(Limit("tests", 1_000_000, 60), body.text)


@probe.on("watch")
async def watch(call: SocketCall, body: WatchBody) -> None:
    """Have the steps of a conversation sent."""
    connection, edge = call.connection, call.use(EDGES)[probe.path]

    async def deliver(step: Step) -> None:
        await edge.tell(connection, STEP, StepView(id=body.id, seq=step.seq))

    thing = Thing(KIND, call.store.id, body.id)
    connection.watches[body.id] = call.use(HUB).watch(thing, body.after, deliver, connection)


def probing_shop(database: Database, folder: Path, **settings: Any) -> Shop:
    """A shop that serves the probe alone."""
    shop = new_shop(database, folder, **settings)
    shop.provide(GATE, asyncio.Event())
    shop.provide(HUB, Hub(database, shop.use(NOTICES), {KIND: read}))
    open_sockets(shop, [probe, anybody, slow_to_join])
    return shop


@asynccontextmanager
async def probing(shop: Shop) -> AsyncIterator[str]:
    """It, served as a process serves; its address."""
    async with moving(shop), serving(shop) as address:
        yield address


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def socket_shop(database: Database, tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """A shop that serves the probe."""
    return probing_shop(database, Path(tmp_path_factory.mktemp("probe")))


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def address(socket_shop: Shop) -> AsyncIterator[str]:
    """Where."""
    async with probing(socket_shop) as address:
        yield address


@pytest.fixture
def shop(socket_shop: Shop) -> Shop:
    """For people to sign in to."""
    return socket_shop


@pytest_asyncio.fixture(loop_scope="session")
async def store(socket_shop: Shop) -> Store:
    """A store of this test alone."""
    return await new_store(socket_shop)


@pytest_asyncio.fixture(loop_scope="session")
async def ana(new_person: NewPerson) -> Person:
    """Somebody honest, or so she says."""
    return await new_person()
