"""The client for storefronts in a process of node, told what to do, with all that it tells."""

from __future__ import annotations

import asyncio
import json
import subprocess
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, Final

import pytest

from tests.node import HOME, node

PATIENCE_SECONDS: Final = 60


class Storefront:
    """The client for storefronts in a process of node, told what to do line by line."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self.told: list[tuple[str, Any]] = []

    async def do(self, *lines: str) -> None:
        """Have it do these, not waiting for one another."""
        assert self._process.stdin is not None
        self._process.stdin.write("".join(f"{line}\n" for line in lines).encode())
        await self._process.stdin.drain()

    async def until(self, is_so: Callable[[], object]) -> None:
        """Read on until what it told makes it so."""
        assert self._process.stdout is not None
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not is_so():
                line = await self._process.stdout.readline()
                assert line, ("it has ended", self.told)
                said = json.loads(line)
                assert said["what"] != "failed", said
                self.told.append((said["what"], said["detail"]))

    def of(self, what: str) -> list[Any]:
        """What it told under this name."""
        return [detail for name, detail in self.told if name == what]

    def shows(self, text: str) -> bool:
        """Whether the newest picture of the conversation has a kept message with this text."""
        pictures = self.of("messages")
        return bool(pictures) and any(each.get("seq") and each["body"] == text for each in pictures[-1])

    def has_done(self, line: str) -> bool:
        """Whether it has done what it was told."""
        return any(detail["line"] == line for detail in self.of("done"))


def event_source() -> str:
    """How this node is told to have EventSource as browsers do; skips the test where it cannot."""
    flag = "--experimental-eventsource"
    if flag not in subprocess.run([node(), "--help"], capture_output=True, text=True, check=True).stdout:
        pytest.skip("needs a node with EventSource")
    return flag


@asynccontextmanager
async def storefront_of(address: str, token: str, order: str, *flags: str) -> AsyncIterator[Storefront]:
    """Somebody with this token who looks at their order; killed at the end."""
    process = await asyncio.create_subprocess_exec(
        node(), *flags, str(HOME / "customer.mjs"), address, "main", token, order,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, limit=2**24,
    )  # fmt: skip
    try:
        yield Storefront(process)
    finally:
        process.kill()
        await process.communicate()
