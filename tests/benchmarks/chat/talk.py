"""How long does a message take to the others, and what does it cost? So many a second, from each client in turn."""

from __future__ import annotations

import asyncio
import gc
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import quantiles
from typing import Any, Final, Literal
from uuid import UUID

from storage.transaction import Transaction
from tests.benchmarks.chat.crowd import Crowd, Member, Seat, crowd, new_client_id
from tests.benchmarks.chat.house import House, Spent

LOOKS_EVERY: Final = 10
"""Of so many acknowledged messages one is looked for by another connection at once."""
COMES_SECONDS: Final = 10.0
"""How long the last messages may take."""
TEXT: Final = "It says that it was delivered yesterday, but nothing has come."

_COMMITTED: Final = "SELECT count(*) FROM chat_messages WHERE id = $1"


@dataclass
class Talk:
    """What was measured. Seconds, but for what says otherwise; `should` counts arrivals, one for each who gets it."""

    sent: list[tuple[Member, str]] = field(default_factory=list)
    lags: list[float] = field(default_factory=list)
    answers: list[float] = field(default_factory=list)
    looked: int = 0
    found: int = 0
    took: float = 0.0
    cpu: float = 0.0
    should: int = 0
    lost: int = 0
    doubled: int = 0
    disordered: int = 0
    refused: int = 0
    """Answers that said: later. Whoever gets one sends the same again."""
    unanswered: int = 0
    """Messages that were never acknowledged, because the connection ended."""

    @property
    def rate(self) -> float:
        """Messages a second."""
        return len(self.sent) / self.took

    @property
    def cpu_ms(self) -> float:
        """Of a message."""
        return self.cpu * 1000 / len(self.sent)

    @property
    def cpu_share(self) -> float:
        """Of a core."""
        return self.cpu / self.took

    def percentile(self, of: Literal["lags", "answers"], percent: int) -> float:
        """Milliseconds."""
        times = self.lags if of == "lags" else self.answers
        return quantiles(times, n=100)[percent - 1] * 1000


async def talk(
    addresses: Sequence[str], pids: Sequence[int], seats: Sequence[Sequence[Seat]], house: House | None,
    per_second: float, seconds: float,
) -> Talk:  # fmt: skip
    """Everybody connects, and they write at this rate; with a house, what is acknowledged is looked for in it."""
    measured = Talk()
    store = "bare" if house is None else house.store.slug
    async with crowd(addresses, [seat for each in seats for seat in each], store) as people:
        await _warm_up(people)
        # What clients before these have left behind is not looked through while times are taken.
        gc.collect()
        gc.freeze()
        began, cpu = time.perf_counter(), sum(Spent(pid).cpu_seconds() for pid in pids)
        tasks = []
        for number in range(int(per_second * seconds)):
            await asyncio.sleep(max(0.0, began + number / per_second - time.perf_counter()))
            member = people.members[number * 7 % len(people.members)]
            tasks.append(
                asyncio.create_task(_say(measured, people, member, house if number % LOOKS_EVERY == 0 else None))
            )
        measured.took = time.perf_counter() - began
        await asyncio.gather(*tasks)
        await _until_come(measured, people)
        measured.cpu = sum(Spent(pid).cpu_seconds() for pid in pids) - cpu
    _count(measured, people)
    return measured


async def _warm_up(people: Crowd) -> None:
    for member in people.members:
        await people.send(member, new_client_id(), TEXT)
    await asyncio.sleep(1.0)
    for member in people.members:
        member.came.clear()
    people.sent.clear()
    people.arrived.clear()
    people.acknowledged.clear()


async def _say(measured: Talk, people: Crowd, member: Member, house: House | None) -> None:
    client_id = new_client_id()
    measured.sent.append((member, client_id))
    answer = await people.send(member, client_id, TEXT)
    if house is not None and answer is not None:
        is_there = await _is_committed(house, answer)
        measured.looked += 1
        measured.found += is_there


async def _is_committed(house: House, answer: Any) -> bool:
    async def work(tx: Transaction) -> bool:
        return bool(await tx.fetchval(_COMMITTED, UUID(answer["id"])))

    return await house.shop.database.transaction(house.store.id, work)


async def _until_come(measured: Talk, people: Crowd) -> None:
    """What has not come after a while is counted as lost."""
    ends = time.perf_counter() + COMES_SECONDS
    should = sum(len(_audience(people, member)) for member, _ in measured.sent)
    while sum(len(member.came) for member in people.members) < should and time.perf_counter() < ends:
        await asyncio.sleep(0.05)


def _audience(people: Crowd, member: Member) -> Sequence[Member]:
    """Who gets what somebody writes, with themselves."""
    return people.of(member.seat.conversation)


def _count(measured: Talk, people: Crowd) -> None:
    measured.refused, measured.unanswered = people.refused, people.unanswered
    authors = {client_id: member for member, client_id in measured.sent}
    for client_id, member in authors.items():
        if client_id in people.acknowledged:
            measured.answers.append(people.acknowledged[client_id] - people.sent[client_id])
        measured.lags += [
            at - people.sent[client_id] for who, at in people.arrived.get(client_id, ()) if who is not member
        ]
        measured.should += len(_audience(people, member))
    for member in people.members:
        times = Counter(client_id for client_id, _ in member.came)
        steps = [step for _, step in member.came]
        written = {client_id for client_id, by in authors.items() if by.seat.conversation == member.seat.conversation}
        measured.lost += len(written - times.keys())
        measured.doubled += sum(count - 1 for count in times.values())
        measured.disordered += sum(after < before for before, after in pairwise(steps))
