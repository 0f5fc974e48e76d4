"""How do a person and a conversation come together? What is typed is sent once, what comes is shown once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any
from uuid import uuid4

from examples.chat.line import Line, Lost
from examples.chat.screen import Screen
from examples.chat.shop import Refused, Shop
from examples.chat.transcript import Message, Transcript


class Talk:
    """One conversation of somebody who is signed in."""

    def __init__(self, shop: Shop, screen: Screen, conversation: Mapping[str, Any]) -> None:
        self.shop = shop
        self.screen = screen
        self.id = str(conversation["id"])
        self.transcript = Transcript()
        self.line = Line(shop, lambda: {self.id: self.transcript.change}, self._hear)
        self.changed = asyncio.Condition()
        self._names: dict[str, str] = {}
        self._unsent: dict[str, str] = {}
        self._sending = asyncio.Lock()
        self._connected = asyncio.Event()
        self._was_connected = False
        self._meet(conversation)

    @property
    def me(self) -> str:
        """The own id."""
        return str(self.shop.me["id"])

    async def send(self, text: str) -> None:
        """Write a message. Without a connection it waits for the next one; sent twice it is still one message."""
        self._unsent[str(uuid4())] = text
        await self._send_what_waits()

    async def ask(self, event: str, **body: Any) -> Any:
        """Ask something about this conversation, once there is a connection. Raises Refused."""
        while True:
            await self._connected.wait()
            with suppress(Lost):
                return await self.line.ask(event, conversation_id=self.id, **body)
            await asyncio.sleep(0)

    async def everything_is_sent(self) -> None:
        """Until nothing waits to be sent."""
        await self.until(lambda: not self._unsent)

    async def until(self, is_so: Callable[[], bool]) -> None:
        """Until what was shown or sent makes it so."""
        async with self.changed:
            await self.changed.wait_for(is_so)

    def drop(self, seconds: float) -> None:
        """Lose the network for so long, without a goodbye."""
        self._connected.clear()
        self.line.cut(seconds)

    async def _send_what_waits(self) -> None:
        """In the order it was typed, so one after another."""
        async with self._sending:
            for client_id, text in list(self._unsent.items()):
                try:
                    await self.line.ask("send", conversation_id=self.id, client_id=client_id, body=text)
                except Lost:
                    if self._was_connected:
                        self.screen.say("not sent yet: no connection")
                    return
                except Refused as refusal:
                    self.screen.complain(f"not sent: {refusal}")
                del self._unsent[client_id]
        await self._tell_waiting()

    async def _hear(self, event: str, data: Any = None) -> None:
        """Whatever comes by the line; what is about other conversations is left out."""
        if isinstance(data, dict) and data.get("conversation_id", self.id) != self.id:
            return
        react = getattr(self, f"_on_{event}", None)
        if react is not None:
            await react(data)
        await self._tell_waiting()

    async def _on_connected(self, _: Any) -> None:
        self._connected.set()
        self.screen.say("connected again" if self._was_connected else "connected")
        self._was_connected = True
        # In a task of its own, because answers come by the line we were called from.
        self._task = asyncio.create_task(self._catch_up())

    async def _catch_up(self) -> None:
        """Staff have not joined by themselves; then say again what was lost on its way."""
        with suppress(Lost):
            conversation = await self.line.ask("join", conversation_id=self.id)
            self._meet(conversation)
            await self._send_what_waits()

    async def _on_lost(self, _: Any) -> None:
        self._connected.clear()
        self.screen.say("the connection is lost; trying again")

    async def _on_message(self, message: Message) -> None:
        if self.transcript.misses_something_before(message):
            self._task = asyncio.create_task(self._sync())
            return
        self._show(message)
        await self._acknowledge()

    def _show(self, message: Message) -> None:
        news = self.transcript.take(message)
        if news is not None:
            self.screen.message(message, news, self.transcript.ticks(message, self.me))

    async def _sync(self) -> None:
        """Ask for what is missing, instead of showing what came after it."""
        after: int | None = self.transcript.change
        while after is not None:
            page = await self.ask("sync", after=after)
            for message in page["items"]:
                self._show(message)
            after = page["next"]
        await self._tell_waiting()

    async def _acknowledge(self) -> None:
        """What is on the screen has come and been read."""
        last = self.transcript.last_of_others(self.me)
        read = self.transcript.cursors.get(self.me, {}).get("read_seq", 0)
        if last > read:
            self._reading = asyncio.create_task(self._read(last))

    async def _read(self, seq: int) -> None:
        with suppress(Lost, Refused):
            self.transcript.reach(await self.line.ask("read", conversation_id=self.id, seq=seq))

    async def _on_cursor(self, cursor: Mapping[str, Any]) -> None:
        me = self.me
        before = [self.transcript.others_reached(name, me) for name in ("delivered_seq", "read_seq")]
        self.transcript.reach(cursor)
        after = [self.transcript.others_reached(name, me) for name in ("delivered_seq", "read_seq")]
        name = self._names.get(cursor["user_id"], cursor["role"])
        if after[1] > before[1]:
            self.screen.say(f"✓✓ {name} has read up to #{after[1]}")
        elif after[0] > before[0]:
            self.screen.say(f"✓ {name} has got up to #{after[0]}")

    async def _on_typing(self, typing: Mapping[str, Any]) -> None:
        if typing["is_typing"]:
            self.screen.say(f"{self._names.get(typing['user_id'], typing['role'])} is writing …")

    async def _on_presence(self, presence: Mapping[str, Any]) -> None:
        if presence["user_id"] != self.me:
            name = self._names.get(presence["user_id"], "somebody")
            self.screen.say(f"{name} {'is here' if presence['online'] else 'has gone'}")

    async def _on_conversation(self, conversation: Mapping[str, Any]) -> None:
        if conversation["id"] == self.id:
            self._learn_names(conversation)

    def _meet(self, conversation: Mapping[str, Any]) -> None:
        """Who takes part, and how far they are: later that is told by `cursor`, and shown."""
        self._learn_names(conversation)
        for each in conversation["participants"]:
            self.transcript.reach(each)

    def _learn_names(self, conversation: Mapping[str, Any]) -> None:
        for each in conversation["participants"]:
            self._names[each["user_id"]] = each["name"]

    async def _on_problem(self, problem: Mapping[str, Any]) -> None:
        self.screen.complain(f"{problem['code']}: {problem['detail']}")

    async def _tell_waiting(self) -> None:
        async with self.changed:
            self.changed.notify_all()
