"""What of that which has to run all the time, and ends by a fault? It is begun anew, and the shop says so meanwhile."""

from __future__ import annotations

import asyncio

import pytest

from server.feeds.hub import HUB
from server.sockets import keeping as keeping_module
from server.sockets.keeping import Keeper
from server.sockets.serving import KEEPER
from server.web.call import Shop
from storage.database import Database
from storage.tenancy import Store
from tests.server.auth.conftest import Person
from tests.server.feeds.conftest import begin, write
from tests.server.sockets.conftest import calling
from tests.server.sockets.probe import address as address
from tests.server.sockets.probe import ana as ana
from tests.server.sockets.probe import shop as shop
from tests.server.sockets.probe import socket_shop as socket_shop
from tests.server.sockets.probe import store as store
from tests.shop import Client, expect


@pytest.fixture
def hub_breaks_once(socket_shop: Shop, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """When the hub looks next it ends by a bug; then this says so."""
    hub, broke = socket_shop.use(HUB), list[str]()
    look = hub._look_who_has_room

    def break_once() -> None:
        if not broke:
            broke.append("hub")
            raise KeyError("a bug")
        look()

    monkeypatch.setattr(hub, "_look_who_has_room", break_once)
    return broke


@pytest.mark.parametrize("ends_by", [KeyError("a bug"), asyncio.CancelledError(), None])
async def test_whatever_ends_by_itself_is_begun_anew_and_the_rest_runs_on(
    ends_by: BaseException | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping_module, "pause_after", lambda *_, **__: 0.0)
    begun = {"ends": 0, "runs": 0}
    told: list[int] = []
    goes_on = asyncio.Event()

    async def ends() -> None:
        begun["ends"] += 1
        if begun["ends"] < 3:
            if ends_by is not None:
                raise ends_by
            return
        goes_on.set()
        await asyncio.Event().wait()

    async def runs() -> None:
        begun["runs"] += 1
        await asyncio.Event().wait()

    keeper = Keeper(lambda: told.append(begun["ends"]))
    keeping = asyncio.create_task(keeper.keep({"ends": ends, "runs": runs}))
    async with asyncio.timeout(10):
        await goes_on.wait()
    assert (begun, told, keeper.trouble) == ({"ends": 3, "runs": 1}, [1, 2], {})
    keeping.cancel()
    with pytest.raises(asyncio.CancelledError):
        await keeping


async def test_what_fails_again_and_again_is_begun_less_and_less_often(monkeypatch: pytest.MonkeyPatch) -> None:
    failures: list[int] = []
    monkeypatch.setattr(keeping_module, "pause_after", lambda count, **_: failures.append(count) or 0.0)

    async def fail() -> None:
        if len(failures) == 4:
            await asyncio.Event().wait()
        raise KeyError("a bug")

    keeping = asyncio.create_task(Keeper(lambda: None).keep({"fails": fail}))
    async with asyncio.timeout(10):
        while len(failures) < 4:
            await asyncio.sleep(0)
    keeping.cancel()
    await asyncio.gather(keeping, return_exceptions=True)
    assert failures == [1, 2, 3, 4]


async def test_steps_come_all_the_same_when_the_hub_ended_by_a_bug(
    database: Database,
    address: str,
    store: Store,
    ana: Person,
    hub_breaks_once: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(keeping_module, "pause_after", lambda *_, **__: 0.05)
    thing = await begin(database, store)
    async with calling(address, store, "/probe", ana.client.token) as caller:
        await caller.get("watch", {"id": str(thing.id)})
        await write(database, thing, 3)
        await caller.until(lambda: [each["seq"] for each in caller.of("step")] == [1, 2, 3], seconds=20)
    assert hub_breaks_once == ["hub"]


async def test_the_shop_says_what_does_not_run(
    socket_shop: Shop,
    client: Client,
    database: Database,
    address: str,
    store: Store,
    ana: Person,
    hub_breaks_once: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rested: list[float] = []
    goes_on = asyncio.Event()
    sleep = asyncio.sleep
    monkeypatch.setattr(keeping_module, "pause_after", lambda *_, **__: 3600.0)

    async def rest(seconds: float) -> None:
        if seconds == 3600.0:
            rested.append(seconds)
            await goes_on.wait()
        else:
            await sleep(seconds)

    monkeypatch.setattr(asyncio, "sleep", rest)
    thing = await begin(database, store)
    async with calling(address, store, "/probe", ana.client.token) as caller:
        await caller.get("watch", {"id": str(thing.id)})
        async with asyncio.timeout(20):
            while not rested:
                await sleep(0.01)
        ready = expect(await client.get("//health/ready"))
        assert ready["degraded"] == {"feeds": "ended by KeyError, and is begun anew"}
        assert (await caller.get("say", {"text": "still here"}))["text"] == "still here"
        goes_on.set()
        await write(database, thing)
        await caller.until(lambda: caller.of("step"), seconds=20)
        assert "degraded" not in expect(await client.get("//health/ready"))
    assert socket_shop.use(KEEPER).trouble == {}
