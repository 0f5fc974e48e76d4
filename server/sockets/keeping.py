"""Does all that moves things run, all the time? What ends by a fault is begun anew, and the shop's health says so."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from typing import Any, Final

import structlog

from storage.pauses import pause_after

FIRST_PAUSE_SECONDS: Final = 1.0
LONGEST_PAUSE_SECONDS: Final = 30.0
"""How long what fails again and again rests; what has run for longer than this begins with the first pause again."""

Run = Callable[[], Coroutine[Any, Any, None]]
"""Runs until it is cancelled, and may be called again when it ended otherwise."""

_LOG: Final = structlog.get_logger("sostech.sockets")


class Keeper:
    """Keeps running what has to run in this process; `trouble` is what does not run now, by its name, and why."""

    def __init__(self, begun_anew: Callable[[], None]) -> None:
        """`begun_anew` is called each time something runs again: it has missed what happened meanwhile."""
        self._begun_anew = begun_anew
        self.trouble: dict[str, str] = {}

    async def keep(self, runs: Mapping[str, Run]) -> None:
        """Run these, by their names, until cancelled."""
        tasks = [asyncio.create_task(self._keep(name, run), name=name) for name, run in runs.items()]
        try:
            await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                # Once: what says goodbye meanwhile may finish.
                if not task.cancelling():
                    task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _keep(self, name: str, run: Run) -> None:
        failures = 0
        while True:
            began = _now()
            try:
                await run()
                error: BaseException = RuntimeError("it came to an end")
            except asyncio.CancelledError as cancelled:
                if _is_cancelled():
                    raise
                error = cancelled
            except Exception as failure:  # noqa: BLE001  # whatever it is, the others wait for what it does
                error = failure
            failures = 1 if _now() - began > LONGEST_PAUSE_SECONDS else failures + 1
            _LOG.error("ended_by_itself", what=name, error=type(error).__name__, exc_info=error)
            self.trouble[name] = f"ended by {type(error).__name__}, and is begun anew"
            try:
                await asyncio.sleep(pause_after(failures, first=FIRST_PAUSE_SECONDS, longest=LONGEST_PAUSE_SECONDS))
            finally:
                del self.trouble[name]
            self._begun_anew()


def _is_cancelled() -> bool:
    """Whether this very task is to end, and not something that it waited for."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


def _now() -> float:
    return asyncio.get_running_loop().time()
