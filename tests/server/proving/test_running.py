"""Whatever is killed, cancelled or too late while a question is answered: its process ends, nothing is half done."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec
import pytest

from server.background.runners import RUNNERS
from server.background.worker import Worker
from server.proving import answering
from server.proving.running import go_on
from server.serve import working
from server.web.call import Shop
from server.web.killable import Killable
from storage.database import Database
from storage.tenancy import Store
from tests.server.cart.goods import Goods
from tests.server.proving.provers import FALSE, LONG, TRUE, Prover
from tests.server.proving.threads import answer_in_threads
from tests.shop import expect, new_shop

Hook = Callable[[], Awaitable[None]]


@pytest.fixture
def processes(monkeypatch: pytest.MonkeyPatch) -> list[Killable]:
    """The processes that were started, in their order; a worker steps as often as it can."""
    started: list[Killable] = []

    class Noted(Killable):
        def __init__(self, *arguments: Any) -> None:
            super().__init__(*arguments)
            started.append(self)

    monkeypatch.setattr(answering, "Killable", Noted)
    monkeypatch.setattr(answering, "STEP_SECONDS", 0.05)
    return started


async def until(is_so: Callable[[], Awaitable[bool]]) -> None:
    """Wait for a condition."""
    async with asyncio.timeout(60):
        while not await is_so():
            await asyncio.sleep(0.02)


def is_there(process: Killable) -> bool:
    """Whether the system still has the process."""
    pid = process.pid
    if pid is None:
        return False
    with suppress(ProcessLookupError):
        os.kill(pid, 0)
        # Killed, and waited for by nobody yet, is gone as well.
        return process._process.is_alive()
    return False


async def long_proof(prover: Prover) -> Any:
    """One that takes minutes: of very many carts."""
    draft = await prover.draft_claiming(TRUE, LONG)
    return await prover.ask("prove", draft, options={"carts": 1_000_000, "seconds": 240})


async def started(processes: list[Killable], number: int = 1) -> Killable:
    """The process, once it is there."""

    async def is_so() -> bool:
        return len(processes) >= number and is_there(processes[number - 1])

    await until(is_so)
    return processes[number - 1]


async def ended(process: Killable) -> None:
    """Wait until it is gone."""

    async def is_so() -> bool:
        return not is_there(process)

    await until(is_so)


async def test_a_cancelled_proof_ends_its_process(prover: Prover, shop: Shop, processes: list[Killable]) -> None:
    proof = await long_proof(prover)
    working = asyncio.create_task(go_on(shop, prover.store))
    process = await started(processes)
    assert expect(await prover.try_to_cancel(proof))["state"] == "cancelled"
    assert await working == 1
    await ended(process)
    found = await prover.read(proof)
    assert (found["state"], found["report"], found["ended_at"] is None) == ("cancelled", None, False)
    assert expect(await prover.try_to_cancel(proof))["state"] == "cancelled"
    # It may be asked again, and is another job then.
    again = await prover.try_to_ask("prove", {"id": proof["rulesets"]["with"][0].removeprefix("draft:")},
                                    options={"carts": 1_000_000})  # fmt: skip
    assert (again.status, again.json["id"] == proof["id"]) == (202, False)


async def test_what_is_done_is_written_down_as_it_goes_on(
    prover: Prover, shop: Shop, processes: list[Killable]
) -> None:
    proof = await long_proof(prover)
    working = asyncio.create_task(go_on(shop, prover.store))

    async def has_some() -> bool:
        found = await prover.read(proof)
        return bool(0 < found["done"] < found["total"])

    await until(has_some)
    assert (await prover.read(proof))["state"] == "running"
    await prover.try_to_cancel(proof)
    await working


async def test_a_killed_process_is_taken_up_again_and_nothing_is_different(
    prover: Prover, shop: Shop, processes: list[Killable], goods: Goods, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft = await prover.draft_claiming(TRUE, FALSE)
    proof = await prover.ask("prove", draft)
    working = asyncio.create_task(go_on(shop, prover.store))
    process = await started(processes)
    assert process.pid is not None
    os.kill(process.pid, signal.SIGKILL)
    assert await working == 1
    assert (await prover.read(proof))["state"] == "running"
    await prover.work()
    found = await prover.read(proof)
    assert (found["state"], found["complete"]) == ("done", True)
    await goods.execute("DELETE FROM proof_jobs")
    answer_in_threads(monkeypatch)
    assert await prover.answer("prove", draft) == found["report"]


async def test_what_kills_everybody_fails_in_the_end(
    prover: Prover, shop: Shop, processes: list[Killable], goods: Goods
) -> None:
    proof = await prover.ask("lint")
    for number in range(3):
        working = asyncio.create_task(go_on(shop, prover.store))
        process = await started(processes, number + 1)
        os.kill(process.pid or 0, signal.SIGKILL)
        await working
    await prover.work()
    found = await prover.read(proof)
    assert (found["state"], found["error"]) == ("failed", "whoever took it was ended 3 times")
    # Whoever asks again gets another try.
    assert (await prover.ask("lint"))["id"] != proof["id"]


async def test_another_worker_takes_up_what_a_dead_one_had(
    prover: Prover, shop: Shop, processes: list[Killable], goods: Goods
) -> None:
    proof = await prover.ask("lint")
    working = asyncio.create_task(go_on(shop, prover.store))
    process = await started(processes)
    working.cancel()
    await asyncio.gather(working, return_exceptions=True)
    await ended(process)
    # Nobody can know yet that it is dead.
    assert await go_on(shop, prover.store) == 0
    await goods.execute("UPDATE proof_jobs SET claimed_until = now() WHERE claimed_until > now()")
    assert await go_on(shop, prover.store) == 1
    assert (await prover.read(proof))["state"] == "done"


async def test_a_worker_that_was_given_up_for_dead_ends_its_process_and_writes_nothing(
    prover: Prover, shop: Shop, processes: list[Killable], goods: Goods
) -> None:
    proof = await long_proof(prover)
    first = asyncio.create_task(go_on(shop, prover.store))
    process = await started(processes)
    await goods.execute("UPDATE proof_jobs SET claimed_until = now() - interval '1 s' WHERE state = 'running'")
    second = asyncio.create_task(go_on(shop, prover.store))
    await ended(process)
    await first
    other = await started(processes, 2)
    assert (await prover.read(proof))["state"] == "running"
    await prover.try_to_cancel(proof)
    await second
    await ended(other)


@pytest.mark.usefixtures("in_threads")
async def test_of_two_workers_one_gets_it(prover: Prover, shop: Shop) -> None:
    await prover.ask("lint")
    assert sorted(await asyncio.gather(go_on(shop, prover.store), go_on(shop, prover.store))) == [0, 1]


async def test_a_proof_whose_time_is_over_keeps_what_it_found_and_says_what_is_open(
    prover: Prover, processes: list[Killable]
) -> None:
    draft = await prover.draft_claiming(TRUE, LONG)
    proof = await prover.ask("prove", draft, options={"carts": 1_000_000, "seconds": 2})
    await prover.work()
    found = await prover.read(proof)
    assert (found["state"], found["complete"]) == ("done", False)
    verdicts = {each["invariant"]: each for each in found["report"]["verdicts"]}
    assert verdicts["never-much"]["status"] == "not_decided"
    assert verdicts["never-much"]["reason"] == "its time of 2 s was over"
    assert verdicts["never-negative"]["status"] == "proved"
    await ended(processes[-1])
    # Whoever asks again gets another try.
    again = await prover.try_to_ask("prove", draft, options={"carts": 1_000_000})
    assert (again.status, again.json["id"] == proof["id"]) == (202, False)


async def test_other_tasks_are_answered_as_a_whole_or_not_at_all(
    prover: Prover, monkeypatch: pytest.MonkeyPatch, processes: list[Killable]
) -> None:
    proof = await prover.ask("exploits", options={"carts": 1_000_000, "seconds": 1})
    await prover.work()
    found = await prover.read(proof)
    assert (found["state"], found["report"]) == ("failed", None)
    assert found["error"] == "its time of 1 s was over; give it more, or ask for less"
    await ended(processes[-1])


@pytest.mark.usefixtures("in_threads")
async def test_rulesets_that_this_program_cannot_read_end_it_with_the_reason(prover: Prover, goods: Goods) -> None:
    proof = await prover.ask("prove")
    await goods.execute("UPDATE proof_jobs SET after = jsonb_set(after, '{texts,0,source}', '\"vocabulary: none/9\"')")
    await prover.work()
    found = await prover.read(proof)
    assert (found["state"], found["report"]) == ("failed", None)
    assert "error" in found["error"]


@pytest.mark.usefixtures("in_threads")
async def test_a_worker_takes_it_up_when_it_is_asked_for(
    prover: Prover, database: Database, tmp_path: Path, store: Store
) -> None:
    other = new_shop(database, tmp_path, worker_seconds=0.05, worker_stores=50, sweep_seconds=604_800.0)

    async def here(shop: Shop, where: Store) -> int:
        """What other tests have left to do is theirs."""
        return await go_on(shop, where) if where.id == store.id else 0

    other.provide(RUNNERS, {"proof": here})
    async with working(Worker(other)):
        proof = await prover.ask("lint")

        async def is_done() -> bool:
            return bool((await prover.read(proof))["state"] == "done")

        await until(is_done)


@pytest.mark.usefixtures("in_threads")
async def test_progress_is_told_as_events_until_the_end(prover: Prover, shop: Shop) -> None:
    proof = await prover.ask("prove")
    headers = {"X-Tenant-ID": prover.store.slug, "Authorization": f"Bearer {prover.client.token}"}
    address = f"{prover.client.base}/api/v1/rulesets/proofs/{proof['id']}/events"
    async with prover.client.session.get(address, headers=headers) as response:
        assert response.status == 200
        assert response.headers["Content-Type"] == "text/event-stream"
        working = asyncio.create_task(prover.work())
        async with asyncio.timeout(60):
            lines = [line.decode().rstrip("\n") async for line in response.content]
        await working
    events = [line.removeprefix("event: ") for line in lines if line.startswith("event: ")]
    assert (events[0], events[-1]) == ("progress", "done")
    last = msgspec.json.decode([line for line in lines if line.startswith("data: ")][-1].removeprefix("data: "))
    assert (last["state"], last["done"] == last["total"] > 0) == ("done", True)
