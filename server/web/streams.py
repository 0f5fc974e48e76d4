"""How is an answer sent that goes on? Part by part once everything around the request is done, until the end.

The end is that of the stream, of the caller's patience, or of the process: a stream holds up no stop.
"""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import Final

from aiohttp import web

from server.web.endpoint import Stream

_STOPPING: Final[web.AppKey[asyncio.Event]] = web.AppKey("streams.stopping", asyncio.Event)


def serve_streams(app: web.Application) -> None:
    """Let streams of this application end when it shuts down."""
    app[_STOPPING] = stopping = asyncio.Event()

    async def stop(_app: web.Application) -> None:
        stopping.set()

    app.on_shutdown.append(stop)


class Streamed(web.StreamResponse):
    """The answer of a Stream. aiohttp sends it after the middlewares, which therefore can still set headers."""

    def __init__(self, app: web.Application, stream: Stream) -> None:
        super().__init__(headers={**stream.headers, "Content-Type": stream.content_type})
        self._parts = stream.parts
        self._stopping = app[_STOPPING]

    async def write_eof(self, data: bytes = b"") -> None:
        """Send all parts, then the end."""
        async with aclosing(self._parts):
            if not self._must_be_empty_body:
                await self._send()
        await super().write_eof(data)

    async def _send(self) -> None:
        """Send parts until there are no more, or the process stops."""
        sending = asyncio.create_task(self._send_parts())
        stopping = asyncio.create_task(self._stopping.wait())
        try:
            await asyncio.wait([sending, stopping], return_when=asyncio.FIRST_COMPLETED)
            if sending.done():
                await sending
        finally:
            for task in (sending, stopping):
                task.cancel()
            # Cancelled or not: what went wrong was raised above, if anybody is still there to hear it.
            await asyncio.gather(sending, stopping, return_exceptions=True)

    async def _send_parts(self) -> None:
        async for part in self._parts:
            await self.write(part)
