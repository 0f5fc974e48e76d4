"""Many clients of one chat in this process: who they are, what they sent and what came to them, and when."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final

import socketio
from aiohttp import ClientSession, TCPConnector
from socketio.exceptions import SocketIOError

from storage.ids import new_id

NAMESPACE: Final = "/chat"
AT_ONCE: Final = 32
"""Clients that connect at the same time."""
LATER: Final = (429, 503)
AGAIN_SECONDS: Final = 0.2


@dataclass(frozen=True)
class Seat:
    """Who takes part in a conversation, and the token they show."""

    conversation: str
    token: str


@dataclass(eq=False)
class Member:
    """One connected client, and the client ids of what came to it, in the order it came, each with its step."""

    seat: Seat
    client: socketio.AsyncClient
    came: list[tuple[str, int]] = field(default_factory=list)


@dataclass
class Crowd:
    """All of them. `sent`, `acknowledged` and `arrived`: seconds of one clock, by client id of the message."""

    members: list[Member] = field(default_factory=list)
    sent: dict[str, float] = field(default_factory=dict)
    acknowledged: dict[str, float] = field(default_factory=dict)
    arrived: dict[str, list[tuple[Member, float]]] = field(default_factory=dict)
    refused: int = 0
    unanswered: int = 0
    _by_conversation: dict[str, list[Member]] = field(default_factory=dict)

    async def send(self, member: Member, client_id: str, text: str) -> Any:
        """One message; what it was acknowledged with, None when the connection ended before."""
        body = {"conversation_id": member.seat.conversation, "client_id": client_id, "body": text}
        self.sent[client_id] = time.perf_counter()
        try:
            while "data" not in (answer := await member.client.call("send", body, namespace=NAMESPACE, timeout=30)):
                assert answer["problem"]["status"] in LATER, answer
                self.refused += 1
                await asyncio.sleep(AGAIN_SECONDS)
        except SocketIOError:
            self.unanswered += 1
            return None
        self.acknowledged[client_id] = time.perf_counter()
        return answer["data"]

    def hear(self, member: Member, view: Any) -> None:
        """A message came."""
        client_id = view["client_id"]
        member.came.append((client_id, view.get("change", 0)))
        self.arrived.setdefault(client_id, []).append((member, time.perf_counter()))

    def add(self, member: Member) -> None:
        """Somebody is connected."""
        self.members.append(member)
        self._by_conversation.setdefault(member.seat.conversation, []).append(member)

    def of(self, conversation: str) -> Sequence[Member]:
        """Who is in a conversation."""
        return self._by_conversation[conversation]


@asynccontextmanager
async def crowd(addresses: Sequence[str], seats: Sequence[Seat], store: str) -> AsyncIterator[Crowd]:
    """All seats taken, one after another at each of the addresses; left in the end."""
    made, gate = Crowd(), asyncio.Semaphore(AT_ONCE)
    async with ClientSession(connector=TCPConnector(limit=0)) as session:

        async def sit(number: int, seat: Seat) -> None:
            client = socketio.AsyncClient(reconnection=False, http_session=session)
            member = Member(seat, client)
            client.on("message", lambda view: made.hear(member, view), namespace=NAMESPACE)
            auth = {"token": seat.token, "since": {seat.conversation: 0}}
            async with gate:
                await client.connect(
                    addresses[number % len(addresses)], headers={"X-Tenant-ID": store}, auth=auth,
                    namespaces=[NAMESPACE], transports=["websocket"], wait_timeout=60,
                )  # fmt: skip
            made.add(member)

        await asyncio.gather(*(sit(number, seat) for number, seat in enumerate(seats)))
        try:
            yield made
        finally:
            await asyncio.gather(*(each.client.disconnect() for each in made.members))


def new_client_id() -> str:
    """One that nobody has used."""
    return str(new_id())
