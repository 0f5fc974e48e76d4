"""Which claims are watched in which store, and what decides instead when one is broken?

A claim that is proved for all carts of the live book is not watched, so a store whose claims are all proved has no
guard at all. The switchboard puts guards in place with the books they belong to.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from server.decisions.books import LiveBook
from server.decisions.claims import Watched
from server.decisions.guards_repo import NewestPlan
from server.web.call import Resource


@dataclass(frozen=True, slots=True, kw_only=True)
class LastGood:
    """The book that was live before, and those of its claims that are not proved either."""

    book: LiveBook
    watched: tuple[Watched, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Guard:
    """The claims of a live book that are watched; `plan` is taken off when one is broken, and `last_good` decides.

    `plan` None: nothing of the store's own is live. `last_good` None: there is no book to go back to.
    """

    live: LiveBook
    watched: tuple[Watched, ...]
    plan: NewestPlan | None
    last_good: LastGood | None


class Guards:
    """The guards of all stores. One per process; the switchboard keeps them what they should be."""

    def __init__(self) -> None:
        self._guards: dict[UUID, Guard] = {}

    def put(self, store_id: UUID, guard: Guard | None) -> None:
        """From now on the store is guarded so; None: not at all."""
        if guard is None:
            self._guards.pop(store_id, None)
        else:
            self._guards[store_id] = guard

    def of(self, store_id: UUID) -> Guard | None:
        """The guard of the store; None when there is nothing to watch."""
        return self._guards.get(store_id)


GUARDS: Final = Resource[Guards]("decisions.guards")
