"""Which book decides for this customer? The live one, or that of a version on trial for those who take part in it.

A request asks once and keeps the answer: it sees one book from its first line to its last, whatever is switched
meanwhile. Staff, dry runs and checks never ask here: they see what is live.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from aiohttp import web

from server.decisions.books import LiveBook, RuleBooks
from server.decisions.claims import Watched
from server.decisions.guards import Guard, Guards
from server.decisions.library import RulesetsFaulty
from server.decisions.own_repo import OwnRuleset
from server.decisions.trials import Trial, takes_part
from server.web.call import Call, Resource
from storage.tenancy import Store


@dataclass(frozen=True, slots=True)
class OnTrial:
    """A trial, and the book that would decide if its version were live; `watched` are its claims nobody has proved."""

    trial: Trial
    book: LiveBook
    watched: tuple[Watched, ...] = ()


@dataclass(frozen=True, slots=True)
class Arm:
    """What decides for one customer. `takes_part`: in the trial, if there is one. `guard` watches the live book."""

    live: LiveBook
    on_trial: OnTrial | None = None
    takes_part: bool = False
    guard: Guard | None = None

    @property
    def book(self) -> LiveBook:
        """The book of this customer's prices."""
        if self.on_trial is None or not self.takes_part or not self.is_canary:
            return self.live
        return self.on_trial.book

    @property
    def is_canary(self) -> bool:
        """Whether some customers, this one or others, are served by a version on trial."""
        return self.on_trial is not None and self.on_trial.trial.mode == "canary"

    @property
    def limited_promotions(self) -> frozenset[str]:
        """Promotions that can be used up, under any of the books that may decide."""
        tried = () if self.on_trial is None or not self.takes_part else self.on_trial.book.limited.promotions
        last = None if self.guard is None else self.guard.last_good
        before = () if last is None else last.book.limited.promotions
        return frozenset({*self.live.limited.promotions, *tried, *before})


class Trials:
    """The trials that run now, one of a store at most. One per process; the switchboard keeps it what it should be."""

    def __init__(self, books: RuleBooks, guards: Guards | None = None) -> None:
        self._books = books
        self._guards = guards or Guards()
        self._running: dict[UUID, OnTrial] = {}

    def put(self, store_id: UUID, on_trial: OnTrial | None) -> None:
        """From now on this trial runs in the store; None: there is none. Requests that have begun keep their book."""
        if on_trial is None:
            self._running.pop(store_id, None)
        else:
            self._running[store_id] = on_trial

    def running(self, store_id: UUID) -> OnTrial | None:
        """The trial of the store."""
        return self._running.get(store_id)

    def for_customer(self, store: Store, customer: str) -> Arm:
        """What decides for this customer; `customer` as for `takes_part`. Raises RULES_MISSING."""
        live, guard = self._books.live(store), self._guards.of(store.id)
        on_trial = self._running.get(store.id)
        if on_trial is None:
            return Arm(live, guard=guard)
        return Arm(live, on_trial, takes_part(on_trial.trial, customer), guard)


TRIALS: Final = Resource[Trials]("decisions.trials")

_ARM: Final[web.RequestKey[Arm]] = web.RequestKey("decisions.arm", Arm)


def arm_of(call: Call) -> Arm:
    """What decides for the caller, the same throughout the request. Raises RULES_MISSING.

    The caller is the user, else the guest: who signs in may come to another arm, with a cart that was merged and no
    quote, since a guest's quotes are not a user's.
    """
    found = call.request.get(_ARM)
    if found is None:
        found = call.request[_ARM] = call.use(TRIALS).for_customer(call.store, call.actor.principal)
    return found


def book_with(books: RuleBooks, store: Store, own: Sequence[OwnRuleset], tried: OwnRuleset, hash: str) -> LiveBook:
    """The book if this version, of that hash, were live beside the store's own that are. Pure, and slow.

    Raises RulesetsFaulty when they do not work together, and when another of its kind would decide all the same.
    """
    kept = [each for each in own if (each.kind, each.name) != (tried.kind, tried.name)]
    book = books.with_own(store, [*kept, tried])
    if all(each.hash != hash for each in book.rulesets):
        others = [f"{each.kind}/{each.name}" for each in book.rulesets if each.kind == tried.kind]
        raise RulesetsFaulty(f"{', '.join(others)} would still decide in place of {tried.kind}/{tried.name}")
    return book
