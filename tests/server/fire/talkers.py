"""How do people talk in a shop that is killed all the time? They come back, say what they have seen, and ask again."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final, Literal

import socketio
from aiohttp import ClientError, ClientSession
from socketio.exceptions import SocketIOError

from storage.ids import new_id
from tests.contract.people import Person, token_of
from tests.server.fire.accidents import PATIENCE_SECONDS
from tests.server.fire.stores import Place
from tests.server.fire.transcripts import Delivery, Device, Life, Message, Promise
from tests.shop import expect

NAMESPACE: Final = "/chat"
PAUSE_SECONDS: Final = 0.05
SETTLES_SECONDS: Final = 20.0
"""How long somebody who has come back may wait for what they missed."""

What = Literal["send", "send_cut", "note", "edit", "delete", "read", "typing", "drop", "leave"]


@dataclass(frozen=True)
class Act:
    """Somebody does something; `number` chooses the conversation, and whatever else there is to choose."""

    who: int
    what: What
    number: int


@dataclass(eq=False)
class Talker:
    """Somebody with one device, who has to know in the end what happened to all they wanted."""

    place: Place
    session: ClientSession
    addresses: Sequence[str]
    person: Person
    device: Device
    chance: random.Random
    promises: list[Promise] = field(default_factory=list)
    strays: list[str] = field(default_factory=list)
    """What came that nobody should be told."""
    _client: socketio.AsyncClient | None = None
    _gone: asyncio.Event = field(default_factory=asyncio.Event)
    _heard: asyncio.Event = field(default_factory=asyncio.Event)

    async def do(self, act: Act) -> None:
        """One thing, until it is known to be done."""
        conversations = sorted(self.device.conversations)
        conversation = conversations[act.number % len(conversations)]
        match act.what:
            case "send" | "send_cut" | "note":
                kind = "note" if act.what == "note" and self.device.is_staff else "text"
                await self._write(conversation, kind, is_cut=act.what == "send_cut")
            case "edit" | "delete":
                await self._change(act.number, f"edited {act.number}" if act.what == "edit" else None)
            case "read":
                await self._read(conversation)
            case "typing":
                await self._ask("typing", {"conversation_id": conversation, "is_typing": True})
            case "drop":
                self._drop()
            case "leave":
                await self.leave()

    async def settle(self, steps: Mapping[str, int]) -> None:
        """Come back, and wait until the last step of each conversation came; then ask for everything anew.

        What has not come after a while is for the checker to tell.
        """
        await self.leave()
        with suppress(TimeoutError):
            async with asyncio.timeout(SETTLES_SECONDS):
                while not self._has(steps):
                    await self._connected()
                    self._heard.clear()
                    with suppress(TimeoutError):
                        async with asyncio.timeout(1.0):
                            await self._heard.wait()
        for conversation in sorted(self.device.conversations):
            await self._show(conversation)
        await self.leave()

    async def leave(self) -> None:
        """Say goodbye, if the connection is still there."""
        if self._client is not None:
            await self._client.disconnect()
            await self._forget()

    def _has(self, steps: Mapping[str, int]) -> bool:
        last = self._last()
        return all(last.get(name, 0) >= steps[name] for name in self.device.conversations)

    def _last(self) -> dict[str, int]:
        """The last step that came, by conversation."""
        found = dict.fromkeys(self.device.conversations, 0)
        for message in (each.message for life in self.device.lives for each in life.deliveries):
            found[message.conversation] = max(found.get(message.conversation, 0), message.change)
        return found

    async def _write(self, conversation: str, kind: str, *, is_cut: bool) -> None:
        name = f"{self.device.name} says {len(self.promises)}"
        promise = Promise(conversation, self.device.user, str(new_id()), kind, name)
        self.promises.append(promise)
        body = {"conversation_id": conversation, "client_id": promise.client_id, "body": name}
        event = "note" if kind == "note" else "send"
        if is_cut:
            await self._lose(event, body)
        told = await self._ask(event, body)
        promise.id, promise.seq = told["id"], told["seq"]

    async def _change(self, number: int, body: str | None) -> None:
        """Have an own message say something else, None: nothing."""
        mine = [each for each in self.promises if None not in each.wishes]
        if not mine:
            return
        promise = mine[number % len(mine)]
        promise.wishes.append(body)
        asked = {"conversation_id": promise.conversation, "message_id": promise.id}
        await self._ask("delete" if body is None else "edit", asked if body is None else {**asked, "body": body})
        promise.settled = len(promise.wishes)

    async def _read(self, conversation: str) -> None:
        asked = {"conversation_id": conversation, "seq": self._last()[conversation]}
        told = await self._ask("read", asked)
        self.device.cursors[conversation] = max(self.device.cursors.get(conversation, 0), told["read_seq"])

    async def _show(self, conversation: str) -> None:
        """Everything of it, by socket from one process, and by HTTP from any."""
        after: int | None = 0
        while after is not None:
            page = await self._ask("sync", {"conversation_id": conversation, "after": after, "limit": 100})
            self.device.synced += [Message.told(each) for each in page["items"]]
            after = page["next"]
        client = self.place.at(self.chance.choice(self.addresses)).client.signed_in(self._token())
        seq = 0
        while True:
            query = {"after": seq, "limit": 100}
            shown = expect(await client.get(f"/chat/conversations/{conversation}/messages", params=query))
            self.device.pages += [Message.told(each) for each in shown["items"]]
            if not shown["more_after"]:
                return
            seq = shown["items"][-1]["seq"]

    async def _lose(self, event: str, body: Mapping[str, Any]) -> None:
        """Ask, and lose the connection before the answer is heard; the shop may have heard it, or not."""
        client = await self._connected()
        with suppress(SocketIOError):
            await client.emit(event, body, namespace=NAMESPACE)
            await asyncio.sleep(self.chance.random() * 0.03)
        self._drop()

    async def _ask(self, event: str, body: Mapping[str, Any]) -> Any:
        """Ask until there is an answer that says what happened; the data of it."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                answer = await self._answer(event, body)
                if answer is not None and "data" in answer:
                    return answer["data"]
                problem = None if answer is None else answer["problem"]
                if event == "typing" and problem is not None:
                    return None  # they were not told of the conversation yet, and typing may be lost
                assert problem is None or problem["status"] in (429, 503), (event, problem)
                await asyncio.sleep(PAUSE_SECONDS)

    async def _answer(self, event: str, body: Mapping[str, Any]) -> Any:
        """What it was acknowledged with; None when the connection was lost before."""
        client, gone = await self._connected(), self._gone
        answered: asyncio.Future[Any] = asyncio.get_running_loop().create_future()

        def acknowledge(*data: Any) -> None:
            if not answered.done():
                answered.set_result(data[0])

        lost = asyncio.ensure_future(gone.wait())
        try:
            await client.emit(event, body, namespace=NAMESPACE, callback=acknowledge)
            await asyncio.wait({answered, lost}, return_when=asyncio.FIRST_COMPLETED)
        except SocketIOError:
            return None
        finally:
            lost.cancel()
        return answered.result() if answered.done() else None

    async def _connected(self) -> socketio.AsyncClient:
        """The connection there is, or a new one to any process, once one takes it."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while self._client is None or self._gone.is_set():
                try:
                    await self._connect()
                except (SocketIOError, ClientError, OSError):
                    await self._forget()
                    await asyncio.sleep(PAUSE_SECONDS)
        return self._client

    async def _connect(self) -> None:
        await self._forget()
        self._client = client = socketio.AsyncClient(reconnection=False, http_session=self.session)
        life, self._gone = Life(self._last()), asyncio.Event()
        gone = self._gone
        client.on("message", lambda view: self._told(life, view), namespace=NAMESPACE)
        client.on("typing", self._typing, namespace=NAMESPACE)
        client.on("disconnect", lambda *_: gone.set(), namespace=NAMESPACE)
        self.device.lives.append(life)
        await client.connect(
            self.chance.choice(self.addresses), headers={"X-Tenant-ID": self.place.store.slug},
            auth={"token": self._token(), "since": life.since}, namespaces=[NAMESPACE], transports=["websocket"],
        )  # fmt: skip

    async def _forget(self) -> None:
        """Let go of a connection that is lost."""
        client, self._client = self._client, None
        if client is not None and client.eio.ws is not None:
            await client.eio.ws.close()

    def _told(self, life: Life, view: Mapping[str, Any]) -> None:
        life.deliveries.append(Delivery(Message.told(view), view["after"]))
        self._heard.set()

    def _typing(self, view: Mapping[str, Any]) -> None:
        if view["conversation_id"] not in self.device.conversations:
            self.strays.append(f"{self.device.name} was told who writes in {view['conversation_id']}")

    def _drop(self) -> None:
        """Close the connection as a broken network does: without a word."""
        if self._client is not None and self._client.eio.ws is not None:
            connection = self._client.eio.ws._response.connection
            if connection is not None and connection.transport is not None:
                connection.transport.abort()

    def _token(self) -> str:
        return token_of(self.place.shop, self.place.store, self.person.id, self.person.session_id)
