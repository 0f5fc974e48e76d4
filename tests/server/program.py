"""The program as people start it: a process of its own, its output, and its end."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec

CHECKOUT = Path(__file__).resolve().parents[2]
PATIENCE_SECONDS = 120


@dataclass(frozen=True)
class Ended:
    """What a process printed, and its exit code."""

    code: int
    out: str
    err: str


@dataclass
class Program:
    """A running `sostech serve`, or a `sostech worker`, which has no address."""

    process: asyncio.subprocess.Process
    address: str

    async def stop(self, number: signal.Signals = signal.SIGTERM) -> Ended:
        """Ask it to stop, and wait for its end."""
        self.process.send_signal(number)
        return await _ended(self.process)


async def run(*words: str, folder: Path, typed: str = "", **variables: str) -> Ended:
    """Run `sostech` with these words in the folder until it ends; `typed` comes through its standard input."""
    return await _ended(await _start(words, folder, variables), typed)


@asynccontextmanager
async def serving(*words: str, folder: Path, **variables: str) -> AsyncIterator[Program]:
    """`sostech serve --json` on a free port; killed at the end if it still runs."""
    process = await _start(("serve", "--json", "--port", "0", *words), folder, variables)
    try:
        assert process.stdout is not None
        said = await asyncio.wait_for(process.stdout.readline(), PATIENCE_SECONDS)
        assert said, await _ended(process)
        yield Program(process, msgspec.json.decode(said)["address"])
    finally:
        if process.returncode is None:
            process.kill()
            await process.communicate()


@asynccontextmanager
async def working(*words: str, folder: Path, **variables: str) -> AsyncIterator[Program]:
    """`sostech worker --json`, once it works; killed at the end if it still runs."""
    process = await _start(("worker", "--json", *words), folder, variables)
    try:
        assert process.stdout is not None
        said = await asyncio.wait_for(process.stdout.readline(), PATIENCE_SECONDS)
        assert said, await _ended(process)
        yield Program(process, "")
    finally:
        if process.returncode is None:
            process.kill()
            await process.communicate()


async def _start(words: tuple[str, ...], folder: Path, variables: dict[str, str]) -> asyncio.subprocess.Process:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("SOSTECH_")}
    python_path = os.pathsep.join([str(CHECKOUT), *filter(None, [os.environ.get("PYTHONPATH")])])
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "server.cli", *words, cwd=folder,
        env={**clean, "PYTHONPATH": python_path, "COLUMNS": "120", "NO_COLOR": "1", **variables},
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip


async def _ended(process: asyncio.subprocess.Process, typed: str = "") -> Ended:
    out, err = await asyncio.wait_for(process.communicate(typed.encode()), PATIENCE_SECONDS)
    assert process.returncode is not None
    return Ended(process.returncode, out.decode(), err.decode())
