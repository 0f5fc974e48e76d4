"""The worker as people and machines start it: alone or in the server, stopped, killed, and without PostgreSQL."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest_asyncio
from aiohttp import ClientSession

from storage.database import APP_ROLE, Database
from storage.embedded import EmbeddedPostgres
from tests.database import SHARED, Cluster, in_memory
from tests.server import program
from tests.server.background.conftest import PATIENCE_SECONDS, NewWork, Work, eventually
from tests.server.background.test_due_work import late
from tests.shop import new_shop, new_store

OFTEN = {"SOSTECH_SWEEP_SECONDS": "0.5"}
CARTS = 20_000
"""Many batches, so that a worker is always in the middle of them."""


async def is_swept(work: Work) -> bool:
    return await work.open_carts() == 0


async def has_begun(work: Work) -> bool:
    return await work.open_carts() < CARTS


async def test_killed_in_the_middle_it_leaves_the_rest_to_the_next_and_nothing_half_done(
    new_work: NewWork, own_url: str, tmp_path: Path
) -> None:
    work = await new_work()
    await work.add_expired_carts(CARTS)
    for _ in range(2):
        before = await work.open_carts()
        async with program.working(folder=tmp_path, DATABASE_URL=own_url, **OFTEN) as worker:

            async def goes_on(before: int = before) -> bool:
                return await work.open_carts() < before

            await eventually(goes_on)
            assert (await worker.stop(signal.SIGKILL)).code == -signal.SIGKILL
    assert not await is_swept(work)
    async with AsyncExitStack() as stack:
        for _ in range(2):
            await stack.enter_async_context(program.working(folder=tmp_path, DATABASE_URL=own_url, **OFTEN))
        await eventually(lambda: is_swept(work))


async def test_asked_to_stop_it_finishes_its_batch_and_ends_well(
    new_work: NewWork, own_url: str, tmp_path: Path
) -> None:
    work = await new_work()
    await work.add_expired_carts(CARTS)
    async with program.working(folder=tmp_path, DATABASE_URL=own_url, **OFTEN) as worker:
        await eventually(lambda: has_begun(work))
        ended = await worker.stop(signal.SIGTERM)
    assert (ended.code, "Traceback" in ended.err) == (0, False)
    lines = [json.loads(line) for line in ended.err.splitlines()]
    assert "stopping" in {line["event"] for line in lines}
    # What it said it did is what is done: the last batch was neither broken off nor forgotten.
    said = sum(line["carts"] for line in lines if line["event"] == "swept" and line["store"] == work.store.slug)
    assert 0 < said == CARTS - await work.open_carts() < CARTS


async def test_once_does_what_is_there_says_it_and_ends(new_work: NewWork, own_url: str, tmp_path: Path) -> None:
    work = await new_work()
    await work.add_expired_carts(1_234)
    ended = await program.run("worker", "--once", "--json", folder=tmp_path, DATABASE_URL=own_url)
    assert (ended.code, json.loads(ended.out)) == (0, {"done": {"sweep": 1_234}, "failed": {}})
    again = await program.run("worker", "--once", folder=tmp_path, DATABASE_URL=own_url)
    assert (again.code, again.out) == (0, "nothing was due\n")


async def test_once_tells_by_its_exit_code_that_something_failed(
    new_work: NewWork, own_url: str, tmp_path: Path, locked_answers: None
) -> None:
    work = await new_work()
    await work.add_expired_carts(7)
    ended = await program.run("worker", "--once", "--json", folder=tmp_path, DATABASE_URL=own_url)
    assert (ended.code, json.loads(ended.out)) == (1, {"done": {"sweep": 7}, "failed": {"sweep": 1}})
    assert "permission denied" in ended.err


async def test_without_its_database_it_does_not_start(tmp_path: Path) -> None:
    ended = await program.run("worker", folder=tmp_path, DATABASE_URL="postgresql://nobody:hunter2@127.0.0.1:9/none")
    assert (ended.code, "Traceback" in ended.err, "hunter2" in ended.err) == (2, False, False)
    assert "PostgreSQL does not answer" in ended.err


async def test_a_server_works_too_and_stops_with_all_its_work_done(
    new_work: NewWork, own_url: str, tmp_path: Path
) -> None:
    work = await new_work()
    await work.add_expired_carts(CARTS)
    async with program.serving(folder=tmp_path, DATABASE_URL=own_url, **OFTEN) as server:
        await eventually(lambda: has_begun(work))
        ended = await server.stop(signal.SIGTERM)
    assert (ended.code, "Traceback" in ended.err) == (0, False)
    lines = [json.loads(line) for line in ended.err.splitlines()]
    said = sum(line["carts"] for line in lines if line["event"] == "swept" and line["store"] == work.store.slug)
    assert said == CARTS - await work.open_carts()


async def test_a_server_told_not_to_work_only_tells_how_late_the_work_is(
    new_work: NewWork, own_url: str, tmp_path: Path, session: ClientSession
) -> None:
    work = await new_work()
    await work.add_expired_carts(1)
    variables = {"DATABASE_URL": own_url, "SOSTECH_WORKER": "none", "SOSTECH_SWEEP_SECONDS": "0.01"}
    async with program.serving(folder=tmp_path, **variables) as server:
        await work.add(late_seconds=1_000)

        async def is_told() -> bool:
            return (await late(session, server.address)).get("test_delivery", 0.0) >= 1_000

        await eventually(is_told)
        assert (await work.tries(), await work.open_carts()) == ([0], 1)
        async with session.get(f"{server.address}/health/ready") as response:
            assert response.status == 200
        assert (await server.stop()).code == 0


@pytest_asyncio.fixture(loop_scope="session")
async def fragile() -> AsyncIterator[tuple[Path, EmbeddedPostgres, Cluster]]:
    """A PostgreSQL of this test alone, which can be taken away, and its folder."""
    with tempfile.TemporaryDirectory(prefix="sostech-test-", dir=in_memory(), ignore_cleanup_errors=True) as name:
        folder = Path(name)
        folder.chmod(0o755)
        postgres = EmbeddedPostgres(folder)
        address = await asyncio.to_thread(postgres.start)
        try:
            cluster = Cluster(address)
            await cluster.make_databases()
            yield folder, postgres, cluster
        finally:
            await asyncio.to_thread(postgres.stop)


async def test_it_outlives_a_postgresql_that_is_killed_and_goes_on_when_it_is_back(
    fragile: tuple[Path, EmbeddedPostgres, Cluster], tmp_path: Path
) -> None:
    folder, postgres, cluster = fragile
    url = cluster.url(SHARED, APP_ROLE)
    async with program.working(folder=tmp_path, DATABASE_URL=url, **OFTEN) as worker:
        await _kill(folder)
        assert worker.process.stderr is not None
        async with asyncio.timeout(PATIENCE_SECONDS):
            while json.loads(await worker.process.stderr.readline())["event"] != "database_unavailable":
                pass
        await asyncio.to_thread(postgres.start)
        database = await Database.open(url)
        shop = new_shop(database, tmp_path)
        work = Work(shop, await new_store(shop))
        await work.add_expired_carts(3)
        await eventually(lambda: is_swept(work))
        await database.close()
        ended = await worker.stop()
    assert ended.code == 0
    # asyncpg tells of the connections it cannot restore; to us an outage is no fault of the program.
    ours = [line for line in map(json.loads, ended.err.splitlines()) if line["logger"].startswith("sostech")]
    assert not [line for line in ours if line["level"] == "error" or "exception" in line]


async def _kill(folder: Path) -> None:
    """End the server as an accident would."""
    pid = int((folder / "postgres" / "data" / "postmaster.pid").read_text().split()[0])
    os.kill(pid, signal.SIGKILL)
    async with asyncio.timeout(PATIENCE_SECONDS):
        while Path(f"/proc/{pid}").exists():
            await asyncio.sleep(0.02)
