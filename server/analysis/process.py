"""Where are carts compared? In one process beside this one, so that the shop goes on serving; started when needed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import Final, TypeVar

from server.analysis import comparison
from server.decisions.stored import StoredCart
from server.web.call import Resource
from server.web.processes import one_process

T = TypeVar("T")


class ComparerGone(Exception):
    """The process that compares was killed in the middle of it; the next attempt gets a new one."""


class Comparer:
    """Compares for all stores, one after the other. Both sides are JSON of Side."""

    def __init__(self) -> None:
        self._process: ProcessPoolExecutor | None = None

    async def compare(self, before: str, after: str, carts: list[StoredCart], found: bytes | None) -> bytes:
        """What was found before, and in these carts. Raises RulesetsFaulty and ComparerGone."""
        return await self._elsewhere(comparison.compare, before, after, comparison.packed(carts), found)

    async def conclude(self, before: str, after: str, found: bytes | None) -> bytes:
        """The report as JSON. Raises RulesetsFaulty and ComparerGone."""
        return await self._elsewhere(comparison.conclude, before, after, found)

    def close(self) -> None:
        """Let the process go, and whatever it is at."""
        if self._process is not None:
            self._process.shutdown(wait=True, cancel_futures=True)
            self._process = None

    async def _elsewhere(self, function: Callable[..., T], *arguments: object) -> T:
        if self._process is None:
            self._process = one_process()
        process = self._process
        try:
            return await asyncio.get_running_loop().run_in_executor(process, function, *arguments)
        except BrokenProcessPool as error:
            if self._process is process:
                self._process = None
            raise ComparerGone("the process that compares was ended in the middle of it") from error


COMPARER: Final = Resource[Comparer]("analysis.comparer")
