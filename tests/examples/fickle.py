"""A shop that talks, in memory, and does not answer as it should whenever a test says so."""

from __future__ import annotations

import asyncio
import json
from collections import Counter, defaultdict, deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final, Literal

import socketio
from aiohttp import web
from socketio.exceptions import ConnectionRefusedError as Refused

Trouble = Literal["later", "silence", "no", "untold"]
"""A problem that passes, no answer though it was done, a problem that stays, or an answer and nothing besides."""

CONVERSATION: Final = "0190b0a0-0000-7000-8000-000000000001"
ANA: Final = {"id": "0190b0a0-0000-7000-8000-000000000002", "name": "Ana", "role": "customer"}
SARA: Final = {"id": "0190b0a0-0000-7000-8000-000000000003", "name": "Sara", "role": "staff"}
PROBLEMS: Final[dict[Trouble, dict[str, Any]]] = {
    "later": {"code": "database_unavailable", "status": 503, "detail": "try again"},
    "no": {"code": "conversation_unknown", "status": 404, "detail": "there is none"},
}


@dataclass
class Fickle:
    """What is asked goes well, unless there is a trouble for it: then the next is met, each once."""

    address: str = ""
    troubles: defaultdict[str, deque[Trouble]] = field(default_factory=lambda: defaultdict(deque))
    asked: Counter[str] = field(default_factory=Counter)
    messages: list[dict[str, Any]] = field(default_factory=list)
    read: int = 0
    """The place Ana has read up to."""
    said: list[dict[str, Any]] = field(default_factory=list)
    """What each who connected said beside their token."""
    streamed_after: list[int] = field(default_factory=list)
    """The step that each stream of an order's events began after."""
    sockets: socketio.AsyncServer = field(
        default_factory=lambda: socketio.AsyncServer(async_mode="aiohttp", namespaces=["/chat", "/orders"])
    )
    _over: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def bodies(self) -> list[str]:
        """What was written, in its order."""
        return [each["body"] for each in self.messages]

    async def write(self, author: dict[str, str], body: str, client_id: str = "", *, is_told: bool = True) -> Any:
        """Keep a message, the same `client_id` once, and tell it unless it gets lost on its way."""
        for kept in self.messages:
            if client_id and kept["client_id"] == client_id:
                return kept
        seq = len(self.messages) + 1
        message = {
            "id": f"0190b0a0-0000-7000-8000-{seq:012}", "conversation_id": CONVERSATION, "client_id": client_id,
            "seq": seq, "change": seq, "after": seq - 1, "author": author, "kind": "text", "body": body,
            "attachments": [], "done": None, "deleted_at": None, "created_at": "2030-01-01T12:00:00Z",
        }  # fmt: skip
        self.messages.append(message)
        if is_told:
            await self.sockets.emit("message", message, namespace="/chat")
        return message

    async def hear(self, event: str, sid: str, body: dict[str, Any]) -> Any:
        """Answer an event, or not."""
        trouble = self._met(event)
        if trouble in PROBLEMS:
            return {"problem": PROBLEMS[trouble]}
        data = await self._do(event, body, is_told=trouble != "untold")
        if trouble == "silence":
            await self._over.wait()
        return {"data": data}

    async def let_in(self, sid: str, environ: Any, auth: Any = None) -> None:
        """Somebody connects."""
        self.said.append({name: value for name, value in (auth or {}).items() if name != "token"})
        trouble = self._met("connect")
        if trouble is not None:
            raise Refused("not now", PROBLEMS[trouble])

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Answer a request."""
        name = request.path.rpartition("/")[2]
        trouble = self._met(name)
        if trouble is not None:
            return web.json_response(PROBLEMS[trouble], status=PROBLEMS[trouble]["status"])
        if name == "events":
            return self._stream(int(request.headers.get("Last-Event-ID", request.query["after"])))
        return web.json_response({"sign-in": {"access_token": "token"}, "me": ANA}.get(name, self._conversation()))

    async def until(self, is_so: Callable[[], object]) -> None:
        """Wait until what was asked makes it so."""
        async with asyncio.timeout(10):
            while not is_so():
                await asyncio.sleep(0.01)

    def end(self) -> None:
        """Nobody waits any more."""
        self._over.set()

    def _met(self, name: str) -> Trouble | None:
        self.asked[name] += 1
        return self.troubles[name].popleft() if self.troubles[name] else None

    def _stream(self, after: int) -> web.Response:
        """The next step of an order, and no more."""
        self.streamed_after.append(after)
        step = json.dumps({"number": "1001", "seq": after + 1})
        text = f"retry: 10\n\nid: {after + 1}\nevent: order\ndata: {step}\n\n"
        return web.Response(text=text, content_type="text/event-stream")

    def _conversation(self) -> dict[str, Any]:
        return {"id": CONVERSATION, "subject": "Tea", "participants": []}

    async def _do(self, event: str, body: dict[str, Any], *, is_told: bool) -> Any:
        if event == "send":
            return await self.write(ANA, body["body"], body["client_id"], is_told=is_told)
        if event == "read":
            self.read = body["seq"]
            return {"user_id": ANA["id"], "role": "customer", "delivered_seq": body["seq"], "read_seq": body["seq"]}
        if event == "sync":
            return {"items": [each for each in self.messages if each["change"] > body["after"]], "next": None}
        if event == "watch":
            return {"number": body["number"], "seq": 1, "state": "pending"}
        return self._conversation()


@asynccontextmanager
async def fickle_shop() -> AsyncIterator[Fickle]:
    """Such a shop, served."""
    shop = Fickle()
    app = web.Application()
    shop.sockets.attach(app)
    for namespace in ("/chat", "/orders"):
        shop.sockets.on("connect", shop.let_in, namespace=namespace)
        shop.sockets.on("*", shop.hear, namespace=namespace)
    app.router.add_route("*", "/api/v1/{path:.*}", shop.answer)
    runner = web.AppRunner(app, shutdown_timeout=1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    shop.address = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield shop
    finally:
        shop.end()
        await runner.cleanup()
