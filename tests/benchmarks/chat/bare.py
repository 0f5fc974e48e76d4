"""What do Socket.IO and aiohttp cost alone? A server that sends each message to its room, and keeps nothing.

python -m tests.benchmarks.chat.bare PORT
"""

from __future__ import annotations

import sys
from typing import Any

import socketio
from aiohttp import web

from tests.benchmarks.chat.crowd import NAMESPACE


def build() -> web.Application:
    """Everybody is in the room of the conversation they say they have seen; what they `send` goes to all of it."""
    server = socketio.AsyncServer(async_mode="aiohttp", async_handlers=False, transports=["websocket"])

    async def connect(sid: str, _environ: Any, auth: Any) -> None:
        await server.enter_room(sid, next(iter(auth["since"])), namespace=NAMESPACE)

    async def send(_sid: str, body: Any) -> Any:
        await server.emit("message", body, room=body["conversation_id"], namespace=NAMESPACE)
        return {"data": body}

    server.on("connect", connect, namespace=NAMESPACE)
    server.on("send", send, namespace=NAMESPACE)
    app = web.Application()
    server.attach(app)
    app.on_startup.append(_say_so)
    return app


async def _say_so(_app: web.Application) -> None:
    print("ready", flush=True)


if __name__ == "__main__":
    web.run_app(build(), host="127.0.0.1", port=int(sys.argv[1]), print=None, access_log=None)
