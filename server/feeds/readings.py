"""How are new steps read while others are handed out? Beside the hub: of each kind and store one statement at a time.

Whoever is due meanwhile is read with the next. So a database that answers slowly holds up what has to be read, and not
what was offered.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import structlog

from server.feeds.steps import Due, Feed, Step, Thing
from storage.database import Database
from storage.errors import DatabaseUnavailable

AGAIN_SECONDS: Final = 1.0
"""How soon the database is asked again that did not answer, and a feed that failed."""
PATIENCE_SECONDS: Final = 10.0
"""For one reading of a feed; others of its kind and store wait for it meanwhile."""
MOST_AT_ONCE: Final = 4
"""Readings: most connections to the database are for those who ask for something."""
MOST_THINGS: Final = 500
"""That one statement reads."""
MOST_STEPS: Final = 200
"""Of one thing that one statement reads; the rest comes with the next."""

_LOG: Final = structlog.get_logger("sostech.feeds")

Group = tuple[str, UUID]
"""The kind and the store of things that one statement reads."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """The steps of a thing that follow `after`, and why."""

    after: int
    due: Due


@dataclass(frozen=True, slots=True)
class Found:
    """What was asked for, and the steps that there are, by the id of their thing."""

    wanted: Mapping[Thing, Wanted]
    steps: Mapping[UUID, Sequence[Step]]


class Readings:
    """Those of one hub."""

    def __init__(
        self,
        database: Database,
        feeds: Mapping[str, Feed],
        ended: Callable[[], None],
        failed: Callable[[Mapping[Thing, Due]], None],
    ) -> None:
        """`ended` is called after each reading, `failed` a while after one that has to be done again."""
        self._database = database
        self._feeds = feeds
        self._ended = ended
        self._failed = failed
        self._tasks: dict[Group, asyncio.Task[None]] = {}
        self._found: list[Found] = []

    def may_begin(self, group: Group) -> bool:
        """Whether nothing of this kind and store is being read, and not too much of others."""
        return group not in self._tasks and len(self._tasks) < MOST_AT_ONCE

    def begin(self, group: Group, wanted: Mapping[Thing, Wanted]) -> None:
        """Read these, at most MOST_THINGS, which are all of this kind and store."""
        self._tasks[group] = asyncio.create_task(self._read(group, wanted))

    def take(self) -> Sequence[Found]:
        """What was read since this was asked before."""
        found, self._found = self._found, []
        return found

    async def end(self) -> None:
        """Read no more."""
        tasks = tuple(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _read(self, group: Group, wanted: Mapping[Thing, Wanted]) -> None:
        kind, store_id = group
        feed = self._feeds[kind]
        after = {thing.id: this.after for thing, this in wanted.items()}
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                steps = await self._database.transaction(store_id, lambda tx: feed(tx, after, MOST_STEPS))
            self._found.append(Found(wanted, steps))
        except Exception as error:  # noqa: BLE001  # a feed that fails must not keep the others waiting
            tell_failure(kind, error)
            due = {thing: this.due for thing, this in wanted.items()}
            asyncio.get_running_loop().call_later(AGAIN_SECONDS, self._failed, due)
        finally:
            del self._tasks[group]
            self._ended()


def tell_failure(kind: str, error: Exception) -> None:
    """Say in the log why things of this kind were not read."""
    if isinstance(error, DatabaseUnavailable):
        _LOG.warning("feeds_wait", kind=kind, reason=str(error))
    else:
        _LOG.error("feed_failed", kind=kind, error=type(error).__name__, exc_info=error)
