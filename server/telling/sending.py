"""How does a message get out? It is claimed, handed to its channel outside any transaction, and what came of it noted.

Nothing is lost: a message stays due until it is noted that it went, so one whose sender is ended comes again when its
lease is over. Nothing is sent twice, but for one gap that no program can close: when a provider has taken a message and
its word is lost, because the sender is ended before the commit that says so, or because the answer never comes. It is
as small as it can be (the commit follows at once, one message at a time, and answers are waited for), the message is
sent again under the same id, by which providers and some mail programs know it, and after MOST_INTERRUPTIONS it is left
to a person.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final, get_args

import structlog

from server.auth.emails import fold
from server.telling import messages_repo as repo
from server.telling.channels import (
    CHANNELS,
    SEND_SECONDS,
    Channel,
    ChannelName,
    Message,
    Outcome,
    Overtaken,
    Refused,
    Sent,
    TryAgain,
)
from server.telling.messages_repo import Claimed
from server.telling.pacing import PACES, Pace
from server.web.call import Shop
from storage.errors import DatabaseUnavailable
from storage.pauses import pause_after
from storage.tenancy import Store
from storage.transaction import Transaction

MOST_ATTEMPTS: Final = 30
"""About a day."""
MOST_INTERRUPTIONS: Final = 5
"""How often it may not be known whether it went. Of senders that are ended nearly all have sent nothing yet, but a
message that ends its sender itself must not do so for ever; of answers that are lost nearly all were a yes.
"""
FIRST_PAUSE_SECONDS: Final = 10.0
LONGEST_PAUSE_SECONDS: Final = 3600.0
LEASE: Final = timedelta(seconds=SEND_SECONDS + 30)
"""How long a message is left to whoever claimed it: longer than sending may take."""
SLICE_SECONDS: Final = 5.0
"""How long a run stays with one store."""

_CHANNELS: Final[tuple[ChannelName, ...]] = get_args(ChannelName)
_LOG: Final = structlog.get_logger("sostech.telling")


async def send_due(shop: Shop, store: Store) -> int:
    """Send what is due in the store, all channels side by side; how many were tried."""
    runs = [_Run(shop, store, name) for name in _CHANNELS if not shop.use(PACES).of(name).is_resting]
    ends = await asyncio.gather(*(run.send() for run in runs), return_exceptions=True)
    for end in ends:
        if isinstance(end, BaseException):
            raise end
    return sum(run.tried for run in runs)


@dataclass(slots=True)
class _Run:
    """One channel of one store. More hands join while there is work for them."""

    shop: Shop
    store: Store
    name: ChannelName
    tried: int = 0
    hands: list[asyncio.Task[None]] = field(default_factory=list)
    over: float = field(default_factory=lambda: asyncio.get_running_loop().time() + SLICE_SECONDS)

    async def send(self) -> None:
        """Until nothing is due any more, the channel rests, or the time is over."""
        self._join()
        try:
            # Not a task group: when one hand fails, the others are not to be ended in the middle of a message.
            while any(not hand.done() for hand in self.hands):
                await asyncio.wait(self.hands)
        finally:
            for hand in self.hands:
                hand.cancel()
        failures = [failure for hand in self.hands if (failure := hand.exception()) is not None]
        if failures:
            raise failures[0]

    def _join(self) -> None:
        task = asyncio.create_task(self._hand(), name=f"{self.name} of {self.store.slug}")
        self.hands.append(task)

    async def _hand(self) -> None:
        channel, pace, is_first = self._channel, self.shop.use(PACES).of(self.name), True
        while asyncio.get_running_loop().time() < self.over and not pace.is_resting:
            # Waiting for the provider's limit comes before the claim, so that no lease runs meanwhile.
            await pace.take(channel.per_second)
            claimed = await self.shop.database.transaction(self.store.id, self._claim)
            if claimed is None:
                pace.give_back()
                return
            self.tried += 1
            if is_first and len(self.hands) < channel.hands:
                self._join()
            is_first = False
            await self._deal_with(claimed, channel, pace)

    @property
    def _channel(self) -> Channel:
        return self.shop.use(CHANNELS).get(self.name, _NO_CHANNEL)

    async def _claim(self, tx: Transaction) -> Claimed | None:
        return await repo.claim(tx, self.name, LEASE)

    async def _deal_with(self, claimed: Claimed, channel: Channel, pace: Pace) -> None:
        message = claimed.message
        with structlog.contextvars.bound_contextvars(message_id=str(message.id), channel=self.name):
            if claimed.interrupted > MOST_INTERRUPTIONS:
                why = f"whoever sent it was ended {claimed.interrupted} times; it may have arrived"
                await self._note(message, lambda tx: repo.end(tx, message, "dead", why))
                return
            outcome = await self._outcome(message, channel)
            if isinstance(outcome, TryAgain) and outcome.outage:
                pace.outage()
            else:
                pace.works()
            await self._note(message, lambda tx: self._record(tx, claimed, outcome))
            _LOG.info("message_tried", outcome=type(outcome).__name__, attempt=message.attempt)

    async def _outcome(self, message: Message, channel: Channel) -> Outcome:
        try:
            async with asyncio.timeout(SEND_SECONDS):
                return await channel.send(self.shop, self.store, message)
        except TimeoutError:
            # In the middle of it, and nobody knows of what.
            return TryAgain(f"it took longer than {SEND_SECONDS:g} s", unsure=True)
        except DatabaseUnavailable:
            raise
        except Exception as error:  # noqa: BLE001  # whatever a channel fails with, the message stays
            _LOG.exception("sending_failed", error=type(error).__name__)
            return TryAgain(f"{type(error).__name__}: {error}"[:500])

    async def _note(self, message: Message, work: Callable[[Transaction], Awaitable[bool]]) -> None:
        if not await self.shop.database.transaction(self.store.id, work):
            _LOG.warning("message_lost", attempt=message.attempt)

    async def _record(self, tx: Transaction, claimed: Claimed, outcome: Outcome) -> bool:
        message = claimed.message
        match outcome:
            case Sent(note, title, body, link):
                return await repo.mark_sent(tx, message, note, title, body, link)
            case Refused(reason, bounced):
                if bounced and message.channel == "email":
                    await repo.note_bounce(tx, message, fold(message.address), reason)
                return await repo.end(tx, message, "bounced" if bounced else "refused", reason)
            case Overtaken(reason):
                return await repo.end(tx, message, "suppressed", reason)
            case TryAgain(reason, in_seconds, outage, unsure):
                if unsure and claimed.interrupted + 1 >= MOST_INTERRUPTIONS:
                    return await repo.end(tx, message, "dead", f"it may have arrived, more than once; last: {reason}")
                if message.attempt >= MOST_ATTEMPTS and not outage:
                    return await repo.end(tx, message, "dead", f"tried {message.attempt} times; last: {reason}")
                if in_seconds is None:
                    in_seconds = pause_after(message.attempt, first=FIRST_PAUSE_SECONDS, longest=LONGEST_PAUSE_SECONDS)
                wait = timedelta(seconds=in_seconds)
                return await repo.put_off(tx, message, wait, reason, uncounted=outage, unsure=unsure)


class _NoChannel:
    """Stands for a channel that this process has not: what was written down for it waits for one that has."""

    per_second: float | None = None
    hands = 1

    async def send(self, _shop: Shop, _store: Store, message: Message) -> Outcome:
        return TryAgain(f"the shop has no channel '{message.channel}' any more", outage=True)

    async def close(self) -> None:
        """Nothing to let go of."""


_NO_CHANNEL: Final = _NoChannel()
