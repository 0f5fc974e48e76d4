"""Heavy work has a process of its own, which is gone afterwards: done, failed, too late or called off."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

import pytest

from server.web.processes import run_once


def say_and_wait(path: str, seconds: float) -> int:
    """In the other process: tell its number, and take its time."""
    Path(path).write_text(str(os.getpid()), encoding="utf-8")
    time.sleep(seconds)
    return os.getpid()


def fail() -> None:
    raise ValueError("as it is meant to")


def die() -> None:
    os._exit(3)


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not holds():
            await asyncio.sleep(0.01)


def told(path: Path) -> int | None:
    """The number the process has written, once it has."""
    return int(path.read_text(encoding="utf-8") or 0) or None if path.exists() else None


def is_gone(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return True
    return state == "Z"


async def test_what_is_done_is_told_and_the_process_gone(tmp_path: Path) -> None:
    pid = await run_once(30, say_and_wait, str(tmp_path / "pid"), 0)
    assert pid != os.getpid()
    await until(lambda: is_gone(pid))


async def test_faults_come_through() -> None:
    with pytest.raises(ValueError, match="as it is meant to"):
        await run_once(30, fail)
    with pytest.raises(BrokenProcessPool):
        await run_once(30, die)


async def test_what_takes_too_long_is_ended(tmp_path: Path) -> None:
    path = tmp_path / "pid"
    pid = None
    for seconds in (1, 4, 16, 64):  # as long as a busy machine needs to begin
        with pytest.raises(TimeoutError):
            await run_once(seconds, say_and_wait, str(path), 3600)
        pid = told(path)
        if pid is not None:
            break
    assert pid is not None
    await until(lambda: is_gone(pid))


async def test_what_is_called_off_is_ended(tmp_path: Path) -> None:
    path = tmp_path / "pid"
    work = asyncio.create_task(run_once(3600, say_and_wait, str(path), 3600))
    await until(lambda: told(path) is not None)
    pid = told(path)
    assert pid is not None
    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work
    await until(lambda: is_gone(pid))
