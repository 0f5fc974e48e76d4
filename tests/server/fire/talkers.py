"""How do people talk in a shop that is killed all the time? They come back, say what they have seen, and ask again.

What can be asked by HTTP as well is asked now this way, now that way, also when it is asked again.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final, Literal

import socketio
from aiohttp import ClientError, ClientSession
from socketio.exceptions import SocketIOError
from yarl import URL

from storage.ids import new_id
from tests.contract.people import Person, token_of
from tests.server.fire.stores import Place
from tests.server.fire.transcripts import Delivery, Device, Life, Message, Promise
from tests.shop import Answer, Client, expect

NAMESPACE: Final = "/chat"
PAUSE_SECONDS: Final = 0.05
PATIENCE_SECONDS: Final = 600
"""Longer than hundreds may wait for each other on a busy machine; who waits longer hangs."""
CONNECTS_SECONDS: Final = 30.0
"""How long a process may take to let somebody in, of all who come back at once."""
SETTLES_SECONDS: Final = 60.0
"""How long somebody who has come back may wait for what they missed."""

BY_HTTP: Final = 0.3
"""How much is asked by HTTP of what can be."""

What = Literal[
    "send", "send_cut", "attach", "note", "edit", "delete", "remove", "read", "typing", "join", "step_out", "drop",
    "leave",
]  # fmt: skip
Asked = Mapping[str, Any] | Callable[[], Mapping[str, Any]]
"""What an event carries, or how to find out once there is a connection."""


@dataclass(frozen=True)
class Act:
    """Somebody does something; `number` chooses the conversation, and whatever else there is to choose."""

    who: int
    what: What
    number: int


@dataclass
class Book:
    """What all of them know of each other: conversations, what was written, and the files that came with it."""

    conversations: Sequence[str]
    promises: dict[tuple[str, str], Promise] = field(default_factory=dict)
    """By author and client_id."""
    files: dict[str, bytes] = field(default_factory=dict)


@dataclass(eq=False)
class Talker:
    """Somebody with one device, who has to know in the end what happened to all they wanted."""

    place: Place
    session: ClientSession
    addresses: Sequence[str]
    person: Person
    device: Device
    chance: random.Random
    book: Book
    promises: list[Promise] = field(default_factory=list)
    strays: list[str] = field(default_factory=list)
    """What came that nobody should be told."""
    _client: socketio.AsyncClient | None = None
    _joined: set[str] = field(default_factory=set)
    """Conversations that come on the connection there is."""
    _gone: asyncio.Event = field(default_factory=asyncio.Event)
    _heard: asyncio.Event = field(default_factory=asyncio.Event)

    async def do(self, act: Act) -> None:
        """One thing, until it is known to be done."""
        conversations = sorted(self.device.conversations)
        conversation = conversations[act.number % len(conversations)]
        match act.what:
            case "send" | "send_cut" | "attach" | "note":
                kind = "note" if act.what == "note" and self.device.is_staff else "text"
                files = 1 + act.number % 2 if act.what == "attach" else 0
                await self._write(conversation, kind, files, is_cut=act.what == "send_cut")
            case "edit" | "delete":
                await self._change(act.number, f"edited {act.number}" if act.what == "edit" else None)
            case "remove":
                await self._remove(act.number)
            case "read":
                await self._read(conversation)
            case "typing":
                asked = {"conversation_id": conversation, "is_typing": True}
                await self._ask("typing", asked, forgives=("conversation_unknown",))  # whoever has stepped out
            case "join" if self.device.is_staff:
                await self._join(self.book.conversations[act.number % len(self.book.conversations)])
            case "join" | "step_out":
                await self._step_out(conversation)
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

    async def _write(self, conversation: str, kind: str, files: int, *, is_cut: bool) -> None:
        name = f"{self.device.name} says {len(self.promises)}"
        attachments = tuple([await self._upload(conversation, f"{name}, file {number}") for number in range(files)])
        promise = Promise(conversation, self.device.user, str(new_id()), kind, name, attachments=attachments)
        self.promises.append(promise)
        self.book.promises[promise.author, promise.client_id] = promise
        body = {"conversation_id": conversation, "client_id": promise.client_id, "body": name}
        if attachments:
            body["attachments"] = attachments
        event = "note" if kind == "note" else "send"
        if is_cut:
            await self._lose(event, body)
        told = await self._ask(event, body)
        promise.id, promise.seq = told["id"], told["seq"]

    async def _upload(self, conversation: str, content: str) -> str:
        """A file that nothing carries yet; its id."""
        where = f"/chat/conversations/{conversation}/attachments"
        options = {"data": content.encode(), "headers": {"Content-Type": "text/plain"}, "params": {"name": "x.txt"}}
        told = await self._insist(lambda: self._by_http("POST", where, **options))
        identity = str(told["id"])
        self.book.files[identity] = content.encode()
        return identity

    async def _change(self, number: int, body: str | None) -> None:
        """Have an own message say something else, None: nothing."""
        mine = [each for each in self.promises if None not in each.wishes]
        if not mine:
            return
        promise = mine[number % len(mine)]
        promise.wishes.append(body)
        asked = {"conversation_id": promise.conversation, "message_id": promise.id}
        event, asked = ("delete", asked) if body is None else ("edit", {**asked, "body": body})
        told = await self._ask(event, asked, forgives=("message_final",))
        if told is None:
            assert promise.may_be_removed, f"{promise.body!r} is final"
        else:
            promise.settled = len(promise.wishes)

    async def _remove(self, number: int) -> None:
        """As staff, take back what somebody else has written."""
        others = [
            each for each in self.device.transcript().values() if each.author != self.device.user and each.client_id
        ]
        if not others or not self.device.is_staff:
            return
        message = others[number % len(others)]
        assert message.author is not None
        assert message.client_id is not None
        promise = self.book.promises[message.author, message.client_id]
        promise.may_be_removed = True
        asked = {"conversation_id": message.conversation, "message_id": message.id, "reason": "It burns"}
        await self._ask("delete", asked)
        promise.is_removed = True

    async def _join(self, conversation: str) -> None:
        """Have a conversation come from where one was; nothing changes where it comes already."""
        self.device.conversations |= {conversation}

        def asked() -> Mapping[str, Any]:
            if conversation in self._joined:
                return {"conversation_id": conversation}
            after = self._last()[conversation]
            self.device.lives[-1].turn(conversation, after)
            return {"conversation_id": conversation, "after": after}

        await self._ask("join", asked)
        self._joined.add(conversation)

    async def _step_out(self, conversation: str) -> None:
        """Be told no more of a conversation, and come back to it."""
        await self._ask("leave", {"conversation_id": conversation})
        self._joined.discard(conversation)
        self.device.lives[-1].turn(conversation, None)
        await asyncio.sleep(self.chance.random() * PAUSE_SECONDS)
        await self._join(conversation)

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
        seq = 0
        while True:
            query = {"after": seq, "limit": 100}
            shown = expect(await self._caller().get(f"/chat/conversations/{conversation}/messages", params=query))
            self.device.pages += [Message.told(each) for each in shown["items"]]
            for attachment in (one for each in shown["items"] for one in each["attachments"]):
                await self._load(attachment)
            if not shown["more_after"]:
                return
            seq = shown["items"][-1]["seq"]

    async def _load(self, attachment: Mapping[str, Any]) -> None:
        """As a page does: by its address alone."""
        loaded = await self._caller().signed_in(None).get("/" + URL(attachment["url"]).path_qs)
        if (loaded.status, loaded.raw) != (200, self.book.files.get(attachment["id"])):
            self.strays.append(f"{self.device.name} loads {attachment['id']} as {loaded.status}, {loaded.raw[:200]!r}")

    async def _lose(self, event: str, body: Mapping[str, Any]) -> None:
        """Ask, and lose the connection before the answer is heard; the shop may have heard it, or not."""
        client = await self._connected()
        with suppress(SocketIOError):
            await client.emit(event, body, namespace=NAMESPACE)
            await asyncio.sleep(self.chance.random() * 0.03)
        self._drop()

    async def _ask(self, event: str, asked: Asked, *, forgives: Collection[str] = ()) -> Any:
        """What came of it in the end; None for a problem that is forgiven."""
        return await self._insist(lambda: self._answer(event, asked), forgives)

    async def _insist(self, ask: Callable[[], Awaitable[Any]], forgives: Collection[str] = ()) -> Any:
        """Ask until there is an answer that says what happened; the data of it."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                answer = await ask()
                if answer is not None and "data" in answer:
                    return answer["data"]
                problem = None if answer is None else answer["problem"]
                if problem is not None and problem["code"] in forgives:
                    return None
                assert problem is None or problem["status"] in (429, 503), problem
                await asyncio.sleep(PAUSE_SECONDS)

    async def _answer(self, event: str, asked: Asked) -> Any:
        """What it was answered with, by whichever way; None when the connection was lost before."""
        request = None if callable(asked) else _request(event, asked)
        if request is not None and self.chance.random() < BY_HTTP:
            method, path, body, query = request
            return await self._by_http(method, path, json=body, params=query)
        client, gone = await self._connected(), self._gone
        answered: asyncio.Future[Any] = asyncio.get_running_loop().create_future()

        def acknowledge(*data: Any) -> None:
            if not answered.done():
                answered.set_result(data[0])

        lost = asyncio.ensure_future(gone.wait())
        try:
            body = asked() if callable(asked) else asked
            await client.emit(event, body, namespace=NAMESPACE, callback=acknowledge)
            await asyncio.wait({answered, lost}, return_when=asyncio.FIRST_COMPLETED)
        except SocketIOError:
            return None
        finally:
            lost.cancel()
        return answered.result() if answered.done() else None

    async def _by_http(self, method: str, path: str, **options: Any) -> Any:
        """What a request was answered with, as an event would be."""
        try:
            answer: Answer = await self._caller().call(method, path, **options)
        except (ClientError, OSError):
            return None
        return {"data" if answer.status < 400 else "problem": answer.json}

    def _caller(self) -> Client:
        """Of any process."""
        return self.place.at(self.chance.choice(self.addresses)).client.signed_in(self._token())

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
        self._joined = set(life.since)
        gone = self._gone
        client.on("message", lambda view: self._told(life, view), namespace=NAMESPACE)
        client.on("typing", self._typing, namespace=NAMESPACE)
        client.on("disconnect", lambda *_: gone.set(), namespace=NAMESPACE)
        self.device.lives.append(life)
        await client.connect(
            self.chance.choice(self.addresses), headers={"X-Tenant-ID": self.place.store.slug},
            auth={"token": self._token(), "since": life.since}, namespaces=[NAMESPACE], transports=["websocket"],
            wait_timeout=CONNECTS_SECONDS,
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


def _request(
    event: str, asked: Mapping[str, Any]
) -> tuple[str, str, Mapping[str, Any] | None, Mapping[str, str]] | None:
    """The same by HTTP: method, path, body and query; None where there is none."""
    where = f"/chat/conversations/{asked['conversation_id']}"
    message = f"{where}/messages/{asked.get('message_id')}"
    body = {name: value for name, value in asked.items() if name not in ("conversation_id", "message_id")}
    match event:
        case "send" | "note":
            return "POST", f"{where}/messages" if event == "send" else f"{where}/notes", body, {}
        case "edit":
            return "PATCH", message, body, {}
        case "delete":
            return "DELETE", message, None, body
        case "read":
            return "PUT", f"{where}/cursor", {"read": asked["seq"]}, {}
    return None
