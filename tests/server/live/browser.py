"""A real browser, told what to do over its own protocol, where there is one."""

from __future__ import annotations

import asyncio
import itertools
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import msgspec
import pytest
from aiohttp import ClientSession, ClientWebSocketResponse

OPTIONS: Final = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--hide-scrollbars",
    "--remote-debugging-port=0", "--window-size=720,900",
)  # fmt: skip


@dataclass
class Page:
    """One page in it."""

    socket: ClientWebSocketResponse
    _numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    async def do(self, method: str, **parameters: Any) -> Any:
        """A command of the protocol; its result."""
        number = next(self._numbers)
        await self.socket.send_json({"id": number, "method": method, "params": parameters})
        while True:
            answer = await self.socket.receive_json(timeout=20)
            if answer.get("id") == number:
                assert "result" in answer, answer
                return answer["result"]

    async def open(self, address: str) -> None:
        """Go there."""
        await self.do("Page.navigate", url=address)

    async def value(self, script: str) -> Any:
        """What an expression is in the page."""
        found = await self.do("Runtime.evaluate", expression=script, returnByValue=True)
        return found["result"].get("value")

    async def until(self, script: str, seconds: float = 30.0) -> None:
        """Wait until an expression is true in the page."""
        try:
            async with asyncio.timeout(seconds):
                while not await self.value(script):
                    await asyncio.sleep(0.05)
        except TimeoutError:
            raise AssertionError(f"{script} is not so in: {await self.value('document.body.innerText')}") from None


@asynccontextmanager
async def browsing(folder: Path, language: str = "en") -> AsyncIterator[Page]:
    """A page of a browser that speaks this language; skips the test where there is no browser."""
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("needs chromium")
    options = (*OPTIONS, f"--user-data-dir={folder}", f"--lang={language}", f"--accept-lang={language}", "about:blank")
    quiet = asyncio.subprocess.DEVNULL
    process = await asyncio.create_subprocess_exec(chromium, *options, stdout=quiet, stderr=quiet)
    try:
        async with ClientSession() as session:
            port = await _port(folder / "DevToolsActivePort")
            async with session.get(f"http://127.0.0.1:{port}/json/list") as response:
                targets = msgspec.json.decode(await response.read())
            address = next(each["webSocketDebuggerUrl"] for each in targets if each["type"] == "page")
            async with session.ws_connect(address, max_msg_size=0) as socket:
                yield Page(socket)
    finally:
        process.kill()
        await process.wait()


async def _port(file: Path) -> int:
    async with asyncio.timeout(30):
        while not file.exists() or not (said := file.read_text().split("\n")[0]):
            await asyncio.sleep(0.05)
    return int(said)
