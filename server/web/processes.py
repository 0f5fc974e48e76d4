"""How does heavy work get a process of its own, beside this one? It is spawned for it, and ends when this one does.

`server.web.killable` has processes that tell how far they are and can be ended at any moment.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from typing import TypeVar

T = TypeVar("T")


async def run_once(seconds: float, function: Callable[..., T], *arguments: object) -> T:
    """What the function gives, in a process that is started for it and gone afterwards, whatever happens.

    Raises TimeoutError when it takes longer, and BrokenProcessPool when the process was ended by somebody else.
    """
    process = one_process()
    run = asyncio.get_running_loop().run_in_executor
    pid = None
    try:
        pid = await run(process, _ready, function)
        async with asyncio.timeout(seconds):
            return await run(process, function, *arguments)
    finally:
        if pid is not None:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        process.shutdown(wait=False, cancel_futures=True)


def _ready(_function: Callable[..., object]) -> int:
    """In the other process: its number, once it has imported what the function needs, which is not counted."""
    return os.getpid()


def one_process() -> ProcessPoolExecutor:
    """A process for one piece of work at a time, started with the first; `shutdown` ends it."""
    # Spawned, not forked: a fork would copy locks that our threads hold at this moment.
    return ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn"), initializer=end_with_parent)


def end_with_parent() -> None:
    """In the other process: leave when the shop does, also when it was killed, and not before on Ctrl-C."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_wait_for_parent, daemon=True).start()


def _wait_for_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(0)
