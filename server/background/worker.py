"""Who does what is due? A worker: it looks, lets the runners do it, and looks again. There may be any number of them.

No worker knows of another. Runners claim rows with SKIP LOCKED, so what one works at the others leave alone, and what
a killed one had not committed is due again for the rest. Nothing that has to be remembered is in memory.
"""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from functools import partial
from typing import Final, NamedTuple

import structlog
from pgqueuer.domain.settings import db_settings

from server.background.numbers import WORK_NUMBERS
from server.background.repo import SPREAD, due_work
from server.background.runners import RUNNERS, Runner
from server.background.sweeping import SweepTimes, sweep
from server.events.spreading import spread
from server.web.call import Shop
from server.web.middlewares import STORES
from server.web.pauses import Rests
from server.web.waking import WAKE
from storage.errors import DatabaseUnavailable
from storage.listening import listening

SWEEP: Final = "sweep"
"""The one kind of work that is due by the clock of the process: what has expired can wait for the next hour."""

LONGEST_RUN_SECONDS: Final = 300.0
"""A run that takes longer is ended, so that one that hangs does not keep its place for ever."""
LEAST_PAUSE_SECONDS: Final = 0.05
"""Between two looks, however often it is woken."""

_CHANNEL: Final = str(db_settings().channel)
_ANNOUNCED: Final = '"operation" : "insert"'
"""In what pgqueuer tells of a change; jobs that were taken away are no news."""
_LOG: Final = structlog.get_logger("sostech.worker")


class Job(NamedTuple):
    """A kind of work in one store; of SPREAD in all of them. Of the same job a worker does one run at a time."""

    kind: str
    store_slug: str


_Doer = Callable[[Job], Awaitable[int]]
"""Does a job, and says how many things that was."""

_LOOKING: Final = Job("look", "")
_SPREADING: Final = Job(SPREAD, "")


class Worker:
    """One worker; `run` it in a task of its own, once."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop
        self._settings = shop.settings
        self._wake = shop.use(WAKE)
        self._numbers = shop.use(WORK_NUMBERS)
        provided = shop.use(RUNNERS)
        of_stores = {**provided, SWEEP: sweep}
        self._doers: dict[str, _Doer] = {kind: partial(self._in_store, runner) for kind, runner in of_stores.items()}
        self._doers[SPREAD] = self._in_all_stores
        self._sweep_times = SweepTimes(self._settings.sweep_seconds)
        self._to_sweep: deque[Job] = deque()
        self._running: dict[Job, asyncio.Task[None]] = {}
        self._rests = Rests[Job]()
        self._stopping = asyncio.Event()
        self.done: Counter[str] = Counter()
        """How many things were done, by kind."""
        self.failed: Counter[str] = Counter()
        """How many runs failed, by kind."""

    async def run(self) -> None:
        """Work until `stop` is called; then finish what runs, for as long as shutdown_seconds allow.

        Nothing ends it but that: what fails is logged and tried again later, also when the database is away.
        """
        self._numbers.expect(self._doers)
        async with listening(self._shop.database, _CHANNEL, self._hear):
            while not self._stopping.is_set():
                try:
                    await self._look()
                except Exception as error:  # noqa: BLE001  # see above
                    await self._recover(error)
                else:
                    self._rests.went_well(_LOOKING)
                    await self._pause()
            await self._finish()

    async def run_once(self) -> None:
        """Do everything that is due, sweep all stores, and end. Raises DatabaseUnavailable.

        What fails is tried again only as long as something else is still being done.
        """
        await self._ask_to_sweep()
        done = -1
        # Until nothing runs, and nothing was done since the last look began: what was done may have given others work.
        while not self._stopping.is_set() and (self._running or self.done.total() > done):
            done = self.done.total()
            await self._look(sweeping=False)
            if self._running:
                await asyncio.wait(self._running.values(), return_when=asyncio.FIRST_COMPLETED)
            if self.done.total() > done:
                self._rests.rouse_all()
        await self._finish()

    def stop(self) -> None:
        """Begin nothing new, and let `run` end."""
        self._stopping.set()
        self._wake.now()

    def _hear(self, said: str | None) -> None:
        if said is None or _ANNOUNCED in said:
            # Also when it failed the last time: a store where it fails is left alone by itself, and this may be of
            # another.
            self._rests.went_well(_SPREADING)
            self._wake.now()

    async def _look(self, *, sweeping: bool = True) -> None:
        """Start what is due and what is to be swept, as far as there is room."""
        due = await due_work(self._shop.database)
        self._numbers.saw(due)
        if sweeping and self._sweep_times.has_come():
            await self._ask_to_sweep()
            self._sweep_times.begun()
        self._start(Job(each.kind, each.store_slug) for each in due)
        waiting, self._to_sweep = self._to_sweep, deque()
        self._to_sweep.extend(self._start(waiting))

    async def _ask_to_sweep(self) -> None:
        stores = await self._shop.use(STORES).all()
        asked = {*self._to_sweep, *self._running}
        self._to_sweep.extend(job for store in stores if (job := Job(SWEEP, store.slug)) not in asked)

    def _start(self, jobs: Iterable[Job]) -> list[Job]:
        """Start those that may run now; the others."""
        left: list[Job] = []
        for job in jobs:
            doer = self._doers.get(job.kind)
            if doer is None:
                self._say_nobody_does(job)
            elif self._may_run(job):
                self._running[job] = asyncio.create_task(self._run(job, doer), name=f"{job.kind} of {job.store_slug}")
            else:
                left.append(job)
        return left

    def _may_run(self, job: Job) -> bool:
        """Whether it neither runs nor rests, and a place is free: each kind has its own, so none holds up another."""
        if job in self._running or self._rests.is_resting(job):
            return False
        return sum(other.kind == job.kind for other in self._running) < self._settings.worker_stores

    def _say_nobody_does(self, job: Job) -> None:
        if not self._rests.is_resting(job):
            _LOG.error("nobody_does_this", kind=job.kind, store=job.store_slug)
            self._rests.failed(job)

    async def _run(self, job: Job, doer: _Doer) -> None:
        """One run of a job. Its end, whatever it is, makes room for the next."""
        done_before = self.done.total()
        with structlog.contextvars.bound_contextvars(kind=job.kind, store=job.store_slug):
            try:
                async with asyncio.timeout(LONGEST_RUN_SECONDS):
                    self._went_well(job, await doer(job), done_before)
            except Exception as error:  # noqa: BLE001  # one job must not end the others
                self._failed(job, error)
            finally:
                del self._running[job]
                self._wake.now()

    async def _in_all_stores(self, _job: Job) -> int:
        return await spread(self._shop)

    async def _in_store(self, runner: Runner, job: Job) -> int:
        store = await self._shop.use(STORES).by_slug(job.store_slug)
        # A store that was closed this moment keeps its work until it is open again.
        return 0 if store is None else await runner(self._shop, store)

    def _went_well(self, job: Job, done: int, done_before: int) -> None:
        """`done_before` is what this worker had done of everything when the run began."""
        self.done[job.kind] += done
        self._numbers.did(job.kind, done)
        if done:
            self._rests.went_well(job)
            if job == _SPREADING:
                # What others were at a moment ago is not all there is to do any more.
                self._rests.rouse_all()
            if job.kind == SWEEP:
                self._to_sweep.append(job)
        elif self.done.total() == done_before:
            # Others were faster, or are at it: looking at it again at once would bring nothing. Where something else
            # was done meanwhile, that may have given it something to do.
            self._rests.idle(job, self._settings.worker_seconds)

    def _failed(self, job: Job, error: Exception) -> None:
        self.failed[job.kind] += 1
        self._numbers.failed(job.kind)
        seconds = round(self._rests.failed(job), 1)
        if isinstance(error, DatabaseUnavailable):
            _LOG.warning("work_interrupted", reason=str(error), again_in_seconds=seconds)
            if job.kind == SWEEP:
                # What is due stays so in the database; a sweep that nobody remembers would wait for the next hour.
                self._to_sweep.append(job)
        else:
            _LOG.error("work_failed", error=type(error).__name__, again_in_seconds=seconds, exc_info=error)

    async def _recover(self, error: Exception) -> None:
        """Say why nobody could look, and wait: longer each time, and not to be woken, since that would not help."""
        seconds = self._rests.failed(_LOOKING)
        if isinstance(error, DatabaseUnavailable):
            _LOG.warning("database_unavailable", reason=str(error), again_in_seconds=round(seconds, 1))
        else:
            _LOG.error("look_failed", error=type(error).__name__, again_in_seconds=round(seconds, 1), exc_info=error)
        await self._stopping_within(seconds)

    async def _pause(self) -> None:
        await self._stopping_within(LEAST_PAUSE_SECONDS)
        if not self._stopping.is_set():
            await self._wake.wait(self._settings.worker_seconds)

    async def _stopping_within(self, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._stopping.wait()

    async def _finish(self) -> None:
        """Let what runs come to its end; what takes too long is ended, and is due again for whoever comes next."""
        if not self._running:
            return
        _, late = await asyncio.wait(self._running.values(), timeout=self._settings.shutdown_seconds)
        if late:
            _LOG.warning("work_cut_off", jobs=sorted(task.get_name() for task in late))
            for task in late:
                task.cancel()
            await asyncio.wait(late)
