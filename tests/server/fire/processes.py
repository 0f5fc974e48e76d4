"""The program in several processes on one database, each of which can be killed at any moment and comes back."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from tests.server.program import CHECKOUT, PATIENCE_SECONDS


@dataclass
class Running:
    """`sostech` with these words, in `folder`. What it says, of all its lives, is in `log`; nobody has to read it."""

    words: tuple[str, ...]
    folder: Path
    variables: dict[str, str]
    log: Path
    address: str = ""
    process: asyncio.subprocess.Process | None = None
    lives: int = field(default=0)

    @property
    def pid(self) -> int:
        """Of its process, while it lives."""
        assert self.process is not None
        return self.process.pid

    async def start(self) -> None:
        """Start it, and wait until it says that it is there."""
        with self.log.open("ab") as log:
            self.process = await _start(self.words, self.folder, self.variables, log)
        self.lives += 1
        assert self.process.stdout is not None
        async with asyncio.timeout(PATIENCE_SECONDS):
            said = await self.process.stdout.readline()
        assert said, self.log.read_text("utf-8")[-4000:]

    async def kill(self) -> None:
        """As an accident does it."""
        await self._end(signal.SIGKILL)

    async def stop(self) -> None:
        """As an operator does it."""
        await self._end(signal.SIGTERM)

    async def _end(self, how: signal.Signals) -> None:
        assert self.process is not None
        if self.process.returncode is None:
            self.process.send_signal(how)
            async with asyncio.timeout(PATIENCE_SECONDS):
                await self.process.wait()

    def said(self) -> str:
        """What all its lives logged."""
        return self.log.read_text("utf-8")


def free_port() -> int:
    """A port nobody listens at now; the program comes back at the same one."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


@asynccontextmanager
async def server(folder: Path, url: str, **variables: str) -> AsyncIterator[Running]:
    """A `sostech serve` on the database at `url`, with no worker inside unless it is asked for."""
    port = free_port()
    given = {**_given(url), "PORT": str(port), "SOSTECH_WORKER": "none", **variables}
    made = Running(("serve", "--json"), folder, given, folder / f"serve-{port}.log", f"http://127.0.0.1:{port}")
    async with _living(made) as running:
        yield running


@asynccontextmanager
async def worker(folder: Path, url: str, address: str, **variables: str) -> AsyncIterator[Running]:
    """A `sostech worker` on the database at `url`; what it tells the shop it tells at `address`."""
    given = {**_given(url), "SOSTECH_PUBLIC_URL": address, "SOSTECH_WORKER_SECONDS": "0.2", **variables}
    async with _living(Running(("worker", "--json"), folder, given, folder / "worker.log")) as running:
        yield running


def _given(url: str) -> dict[str, str]:
    return {"DATABASE_URL": url, "SOSTECH_RATE_LIMITS": "false", "SOSTECH_LOG_LEVEL": "warning"}


@asynccontextmanager
async def _living(running: Running) -> AsyncIterator[Running]:
    try:
        await running.start()
        yield running
    finally:
        if running.process is not None:
            await running.kill()


async def _start(
    words: tuple[str, ...], folder: Path, variables: dict[str, str], log: IO[bytes]
) -> asyncio.subprocess.Process:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("SOSTECH_")}
    python_path = os.pathsep.join([str(CHECKOUT), *filter(None, [os.environ.get("PYTHONPATH")])])
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "server.cli", *words, cwd=folder,
        env={**clean, "PYTHONPATH": python_path, "COLUMNS": "120", "NO_COLOR": "1", **variables},
        stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=log,
    )  # fmt: skip
