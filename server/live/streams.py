"""How is something told by server-sent events? From a small box that others fill, until the time of the stream is over.

Nothing waits for whoever reads slowly: while the box is full nobody puts anything into it, and who takes nothing out of
it for a while is cut off. A stream ends with the token it was opened with, when its user signs out or may do other
things than before, when its store is suspended or other access rules are live in it, after an hour, and with the
process. Whoever reads comes back by itself, and goes on where it was.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections import deque
from collections.abc import AsyncGenerator, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import msgspec

from server.auth.authentication import presented
from server.auth.bearer import TOKENS, Claims
from server.decisions.books import LiveBook
from server.decisions.switching import OnSwitch
from server.feeds.notices import Notice, Notices
from server.live.errors import TOO_MANY_STREAMS
from server.sockets.standing import who_is
from server.web.actor import Actor
from server.web.call import Call, Resource, Shop
from server.web.limits import network
from storage.transaction import Transaction

COMES_BACK_AFTER_MS: Final = 2_000
"""When the other side asks again after it lost the connection."""
LONGEST_SECONDS: Final = 3600.0
"""Then the other side has to come back, and show again who it is."""
BEATS_EVERY_SECONDS: Final = 15.0
"""Else proxies take the connection for dead."""
MOST_WAITING: Final = 32
"""Events in a box."""
TAKES_IN_SECONDS: Final = 30.0
"""How long a box may be full."""
MOST_OF_SOMEBODY: Final = 20
"""Streams of one user or guest, in this process."""
MOST_OF_NETWORK: Final = 60
"""Those of one network without an account, in this process: anybody can be as many guests as they like."""

Fill = Callable[["Box"], Callable[[], None]]
"""Lets something be put into the box from now on; what it returns ends that."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads a stream, of what store, and from where."""

    store_id: UUID
    actor: Actor
    network: str


class Box:
    """What waits to be sent to one reader."""

    def __init__(self, reader: Reader, cut: Callable[[], None]) -> None:
        self.reader = reader
        self._cut = cut
        self._events: deque[bytes] = deque()
        self._rung = asyncio.Event()
        self._full_since: float | None = None
        self.is_open = True

    def has_room(self) -> bool:
        """Whether one more event may be put in; who has taken nothing out for long is cut off."""
        if len(self._events) < MOST_WAITING:
            return True
        if self._full_since is None:
            self._full_since = _now()
        elif _now() - self._full_since > TAKES_IN_SECONDS and self.is_open:
            self.close()
            self._cut()
        return False

    def lost_a_step(self) -> None:
        """The reader would miss something without knowing: they come back, and get it."""
        self.close()

    def put(self, event: str, data: object, id: int | None = None) -> None:
        """One event; `id` is where the reader goes on when they come back."""
        numbered = b"" if id is None else b"id: %d\n" % id
        self._events.append(b"%sevent: %s\ndata: %s\n\n" % (numbered, event.encode(), msgspec.json.encode(data)))
        self._rung.set()

    def close(self) -> None:
        """Nothing is sent any more."""
        self.is_open = False
        self._rung.set()

    async def take(self, over: float) -> bytes | None:
        """What waits, all at once, or a sign of life; None once the box is closed, or it is so late."""
        while self.is_open and (left := over - _now()) > 0:
            if self._events:
                parts, self._full_since = b"".join(self._events), None
                self._events.clear()
                return parts
            self._rung.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(min(left, BEATS_EVERY_SECONDS)):
                    await self._rung.wait()
                continue
            if left > BEATS_EVERY_SECONDS:
                return b": still here\n\n"
        return None


class Streams:
    """Those of this process."""

    def __init__(self, notices: Notices) -> None:
        self._boxes: set[Box] = set()
        # The access rules that are live in a store, as far as a switch has told.
        self._access: dict[UUID, object] = {}
        self.longest_seconds = LONGEST_SECONDS
        notices.on("user", lambda notice: self._end_those_of("user", notice))
        notices.on("platform", lambda notice: self._end_those_of("platform", notice))
        notices.on("store", lambda notice: self._end_all_in(notice.store_id))
        # Who signed out meanwhile was told to nobody.
        notices.on_silence(self._end_all)

    async def open(self, call: Call, fill: Fill) -> AsyncGenerator[bytes, None]:
        """The parts of a stream for the caller. Raises TOO_MANY_STREAMS before there is any, and what `who_is` does."""
        claims = await _claims(call)
        reader = Reader(call.store.id, call.actor, network(call.client_ip))
        self._refuse_too_many(reader)
        box = Box(reader, lambda: _abort(call))
        left = math.inf if claims is None else claims.exp - time.time()
        parts = self._parts(box, fill, min(self.longest_seconds, left))
        # It counts, and hears of what ends it, before anybody asks for a part; and what has begun is ended as well when
        # nobody ever does.
        await anext(parts)
        try:
            # What happened to this person, or the store, since they were asked for was told to nobody.
            if await who_is(call.shop, call.store, claims) != call.actor:
                box.close()
        except BaseException:
            await parts.aclose()
            raise
        return parts

    def switched(self, store_id: UUID, access: object) -> None:
        """These access rules are live in the store now: where they are others, everybody there has to come back."""
        if self._access.get(store_id) != access:
            self._access[store_id] = access
            self._end_all_in(store_id)

    def _refuse_too_many(self, reader: Reader) -> None:
        """Raise TOO_MANY_STREAMS when there are as many as one may have, or as many as their network may."""
        if reader.actor.id is not None and self._of(reader) >= MOST_OF_SOMEBODY:
            raise TOO_MANY_STREAMS(f"at most {MOST_OF_SOMEBODY} at a time; close some first", retry_after_seconds=5)
        if not reader.actor.is_signed_in and self._of_network(reader.network) >= MOST_OF_NETWORK:
            raise TOO_MANY_STREAMS(
                f"at most {MOST_OF_NETWORK} at a time of one network without an account; close some first, or sign in",
                retry_after_seconds=5,
            )

    def _of(self, reader: Reader) -> int:
        """How many streams they have."""
        who = (reader.store_id, reader.actor.principal)
        return sum((box.reader.store_id, box.reader.actor.principal) == who for box in self._boxes)

    def _of_network(self, network: str) -> int:
        """How many streams without an account a network has."""
        return sum(box.reader.network == network and not box.reader.actor.is_signed_in for box in self._boxes)

    async def _parts(self, box: Box, fill: Fill, seconds: float) -> AsyncGenerator[bytes, None]:
        over = _now() + seconds
        self._boxes.add(box)
        stop = fill(box)
        try:
            yield b""
            yield b"retry: %d\n\n" % COMES_BACK_AFTER_MS
            while (part := await box.take(over)) is not None:
                yield part
        finally:
            stop()
            self._boxes.discard(box)

    def _end_those_of(self, kind: str, notice: Notice) -> None:
        """They have signed out, or may do other things than before: they have to come back, and are asked for anew."""
        for box in self._boxes:
            actor = box.reader.actor
            # Those of the platform may be in any store.
            is_there = kind == "platform" or box.reader.store_id == notice.store_id
            if is_there and (actor.kind, actor.id) == (kind, notice.id):
                box.close()

    def _end_all_in(self, store_id: UUID) -> None:
        for box in self._boxes:
            if box.reader.store_id == store_id:
                box.close()

    def _end_all(self) -> None:
        for box in self._boxes:
            box.close()


STREAMS: Final = Resource[Streams]("live.streams")


def access_switched(shop: Shop) -> OnSwitch:
    """Have those who read streams of a store come back once other access rules are live: they are asked for anew."""

    async def switched(tx: Transaction, book: LiveBook) -> None:
        store_id = tx.store_id
        assert store_id is not None, "rulesets are a store's"
        access = tuple(each for each in book.rulesets if each.kind == "access")

        async def close() -> None:
            shop.use(STREAMS).switched(store_id, access)

        tx.after_commit(close)

    return switched


async def _claims(call: Call) -> Claims | None:
    """What the token says that the stream is opened with."""
    token = presented(call.request, call.shop)
    return None if token is None else await call.use(TOKENS).read(token)


def _abort(call: Call) -> None:
    transport = call.request.transport
    if transport is not None:
        transport.abort()


def _now() -> float:
    return asyncio.get_running_loop().time()
