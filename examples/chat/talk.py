"""How do a person and a conversation come together? What is typed is sent once, what comes is shown once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from typing import Any, Final
from uuid import uuid4

from examples.chat.line import AGAIN_SECONDS, Line
from examples.chat.screen import Screen
from examples.chat.shop import Lost, Refused, Shop
from examples.chat.transcript import Message, Transcript

READ_AGAIN_SECONDS: Final = 0.3
"""How soon after one place that was read the next is told: of many messages that come only the last."""


class Talk:
    """One conversation of somebody who is signed in."""

    def __init__(self, shop: Shop, screen: Screen, conversation: Mapping[str, Any]) -> None:
        self.shop = shop
        self.screen = screen
        self.id = str(conversation["id"])
        self.order: int | None = conversation.get("order")
        self.transcript = Transcript()
        self.line = Line(shop, lambda: {self.id: self.transcript.change}, self._hear)
        self.changed = asyncio.Condition()
        self._names: dict[str, str] = {}
        self._is_here: dict[str, bool] = {}
        self._unsent: dict[str, str] = {}
        self._sending = asyncio.Lock()
        self._connected = asyncio.Event()
        self._was_connected = False
        # What goes on by itself, one of each.
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._heard_of = 0
        self._to_read = 0
        self._has_read = 0
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
            try:
                return await self.line.ask(event, conversation_id=self.id, **body)
            except Lost:
                await asyncio.sleep(AGAIN_SECONDS)

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
                    if self._begin("send", self._send_again) and self._was_connected:
                        self.screen.say("not sent yet: no answer; trying again")
                    return
                except Refused as refusal:
                    self.screen.complain(f"not sent: {refusal}")
                del self._unsent[client_id]
        await self._tell_waiting()

    async def _send_again(self) -> None:
        """Until all is sent, or there is no connection: whoever comes back sends it."""
        while self._unsent and self._connected.is_set():
            await asyncio.sleep(AGAIN_SECONDS)
            await self._send_what_waits()

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
        self._begin("catch up", self._catch_up)

    async def _catch_up(self) -> None:
        """Staff have not joined by themselves; then say again what was lost on its way."""
        try:
            conversation = await self.ask("join")
            self._meet(conversation)
            self._look_who_is_here(conversation)
        except Refused as refusal:
            self.screen.complain(str(refusal))
        await self._send_what_waits()
        self._acknowledge()

    async def _on_lost(self, _: Any) -> None:
        self._connected.clear()
        self.screen.say("the connection is lost; trying again")

    async def _on_message(self, message: Message) -> None:
        if self.transcript.misses_something_before(message):
            self._heard_of = max(self._heard_of, int(message["change"]))
            self._begin("sync", self._sync)
            return
        self._show(message)
        self._acknowledge()

    def _show(self, message: Message) -> None:
        news = self.transcript.take(message)
        if news is not None:
            self.screen.message(message, news, self.transcript.ticks(message, self.me))

    async def _sync(self) -> None:
        """Ask for what is missing, instead of showing what came after it."""
        try:
            # As far as was heard of, also while we ask.
            while self.transcript.change < self._heard_of:
                page = await self.ask("sync", after=self.transcript.change)
                for message in page["items"]:
                    self._show(message)
                if not page["items"]:
                    break
        except Refused as refusal:
            self.screen.complain(str(refusal))
        self._acknowledge()
        await self._tell_waiting()

    def _acknowledge(self) -> None:
        """What is on the screen has come and been read."""
        self._to_read = self.transcript.last_of_others(self.me)
        self._has_read = max(self._has_read, self.transcript.cursors.get(self.me, {}).get("read_seq", 0))
        if self._to_read > self._has_read:
            self._begin("read", self._read)

    async def _read(self) -> None:
        """Tell the newest place, and after a while the one that is it then."""
        while (seq := self._to_read) > self._has_read:
            try:
                self.transcript.reach(await self.ask("read", seq=seq))
            except Refused as refusal:
                self.screen.complain(str(refusal))
            self._has_read = seq
            await asyncio.sleep(READ_AGAIN_SECONDS)

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
        self._see(presence)

    async def _on_conversation(self, conversation: Mapping[str, Any]) -> None:
        if conversation["id"] == self.id:
            self._learn_names(conversation)
            self._look_who_is_here(conversation)

    def _look_who_is_here(self, conversation: Mapping[str, Any]) -> None:
        for each in conversation["participants"]:
            self._see(each)

    def _see(self, presence: Mapping[str, Any]) -> None:
        """Show who came or went; somebody who was never seen here is not said to have gone."""
        person, is_here = presence["user_id"], presence["online"]
        if person != self.me and is_here != self._is_here.get(person, False):
            self.screen.say(f"{self._names.get(person, 'somebody')} {'is here' if is_here else 'has gone'}")
        self._is_here[person] = is_here

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

    def _begin(self, name: str, work: Callable[[], Coroutine[Any, Any, None]]) -> bool:
        """Do it in a task of its own; False when it goes on already."""
        if name in self._tasks and not self._tasks[name].done():
            return False
        self._tasks[name] = asyncio.create_task(work())
        return True

    async def _tell_waiting(self) -> None:
        async with self.changed:
            self.changed.notify_all()
