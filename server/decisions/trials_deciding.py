"""How does a version on trial decide, and who counts what came of it? Beside the live one, and never in its way.

By a canary those who take part are served; whatever goes wrong in it, they are served by the live version instead. A
shadow decides off the response path: offers wait in a queue that ends somewhere, and what finds no place is counted as
dropped. About every second each process adds what it counted to the database and looks whether the trial has to end.
"""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

import structlog
from prometheus_client import Counter

from engine import Decision
from engine.runtime.decision import Hint
from server.decisions import trials_repo
from server.decisions.books import LiveBook
from server.decisions.claims import refuse_broken
from server.decisions.facts import Basket
from server.decisions.guards_breaches import GUARDING
from server.decisions.service import decide, decide_counted, hints_for
from server.decisions.switching import SWITCHBOARD
from server.decisions.trials import Trial
from server.decisions.trials_arms import Arm, OnTrial
from server.decisions.trials_ending import end_by_itself
from server.decisions.trials_guard import ArmName, Tally, broken
from server.web.call import Resource, Shop
from server.web.metrics import METRICS
from storage.listening import AWAY
from storage.tenancy import Store
from storage.transaction import Transaction

MOST_WAITING: Final = 1000
"""Baskets that wait for a shadow, in one process."""
COUNTED_EVERY_SECONDS: Final = 1.0

_COUNTED: Final = frozenset({"cart", "quote"})
"""What is counted of what is decided: an order repeats its quote."""
_LOG: Final = structlog.get_logger("sostech.decisions")


@dataclass(slots=True)
class _Counting:
    """What this process counted of a trial since it last told the database."""

    store: Store
    trial: Trial
    arms: dict[ArmName, Tally] = field(default_factory=lambda: {"live": Tally(), "trial": Tally()})


@dataclass(frozen=True, slots=True)
class _Offered:
    """A basket that was decided by the live version, for the shadow to decide again."""

    store: Store
    on_trial: OnTrial
    basket: Basket
    decision: Decision


class Trying:
    """Decides for customers, with the trial there may be, and counts. One per process."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop
        self._counted: dict[UUID, _Counting] = {}
        self._waiting: deque[_Offered] = deque()
        self._offered = asyncio.Event()
        self._numbers = Counter(
            "sostech_trial_decisions", "Decisions while a version was on trial, by arm and what became of them.",
            ("arm", "end"), registry=shop.use(METRICS).registry,
        )  # fmt: skip

    def decide(self, store: Store, arm: Arm, purpose: str, basket: Basket) -> tuple[LiveBook, Decision]:
        """The decision of a customer's basket, and the book that made it. /metrics counts it by purpose."""
        if arm.book is not arm.live:
            return self._by_canary(store, arm, purpose, basket)
        book, decision = self._guarded(store, arm, purpose, basket)
        if book is arm.live and arm.on_trial is not None and purpose in _COUNTED and basket.lines:
            if arm.is_canary:
                self._count(store, arm.on_trial.trial, "live", _tally_of(decision))
            elif arm.takes_part:
                self._offer(_Offered(store, arm.on_trial, basket, decision))
        return book, decision

    def hints(self, store: Store, arm: Arm, book: LiveBook, basket: Basket, decision: Decision) -> tuple[Hint, ...]:
        """As `hints_for`; none where a version on trial fails to find them."""
        if arm.on_trial is None or book is not arm.on_trial.book:
            return hints_for(book, basket, decision)
        try:
            return hints_for(book, basket, decision)
        except Exception as error:  # noqa: BLE001  # whatever it is, the cart is shown
            self._fail(store, arm.on_trial.trial, error, counts=False)
            return ()

    async def run(self) -> None:
        """Decide what waits for shadows, and tell the database what was counted, until cancelled."""
        await asyncio.gather(self._decide_for_shadows(), self._tell_again_and_again())

    async def settle(self) -> None:
        """Decide all that waits, and tell the database now."""
        await self._decide_waiting()
        await self.tell()

    async def tell(self) -> None:
        """Add what was counted to the database, and end each trial that one of its guards forbids to go on.

        What a database that is away was not told, it is told the next time.
        """
        counted, self._counted = self._counted, {}
        for each in counted.values():
            try:
                await self._tell(each)
            except AWAY as error:
                _LOG.warning("trial_not_counted", error=type(error).__name__)
                back = self._counted.setdefault(each.trial.id, _Counting(each.store, each.trial))
                for arm, tally in each.arms.items():
                    back.arms[arm].add(tally)

    def _by_canary(self, store: Store, arm: Arm, purpose: str, basket: Basket) -> tuple[LiveBook, Decision]:
        assert arm.on_trial is not None
        try:
            decision = self._decided(arm.book, purpose, basket)
            refuse_broken(arm.book.book, arm.on_trial.watched, basket, decision)
        except Exception as error:  # noqa: BLE001  # whatever it is, the customer gets a price
            self._fail(store, arm.on_trial.trial, error, counts=purpose in _COUNTED and bool(basket.lines))
            return self._guarded(store, arm, purpose, basket)
        if purpose in _COUNTED and basket.lines:
            self._count(store, arm.on_trial.trial, "trial", _tally_of(decision))
        return arm.book, decision

    def _guarded(self, store: Store, arm: Arm, purpose: str, basket: Basket) -> tuple[LiveBook, Decision]:
        """By the live book, or by the last good one where a claim of the live one is broken."""
        decision = self._decided(arm.live, purpose, basket)
        return self._shop.use(GUARDING).checked(store, arm, purpose, basket, decision)

    def _decided(self, book: LiveBook, purpose: str, basket: Basket) -> Decision:
        return decide_counted(self._shop.use(METRICS), purpose, book, basket)

    def _offer(self, offered: _Offered) -> None:
        if len(self._waiting) >= MOST_WAITING:
            self._count(offered.store, offered.on_trial.trial, "trial", Tally(dropped=1))
            return
        self._waiting.append(offered)
        self._offered.set()

    async def _decide_for_shadows(self) -> None:
        while True:
            await self._offered.wait()
            self._offered.clear()
            await self._decide_waiting()

    async def _decide_waiting(self) -> None:
        while self._waiting:
            offered = self._waiting.popleft()
            trial = offered.on_trial.trial
            # One at a time: requests have to wait for the interpreter no longer than a decision takes.
            found = await asyncio.to_thread(_decided_again, offered)
            if isinstance(found, Exception):
                self._fail(offered.store, trial, found)
                continue
            differs = int(_promised(found) != _promised(offered.decision))
            self._count(offered.store, trial, "live", _tally_of(offered.decision))
            self._count(offered.store, trial, "trial", _tally_of(found, differs))

    async def _tell_again_and_again(self) -> None:
        while True:
            await asyncio.sleep(COUNTED_EVERY_SECONDS)
            await self.tell()

    async def _tell(self, counting: _Counting) -> None:
        trial = counting.trial

        async def work(tx: Transaction) -> None:
            tallies = await trials_repo.add(tx, trial.id, counting.arms)
            why = None if tallies is None else broken(trial.guards, tallies)
            if why is not None and await end_by_itself(tx, trial, "tripped", why):
                tx.after_commit(lambda: self._tripped(counting.store, trial, why))

        await self._shop.database.transaction(counting.store.id, work)

    async def _tripped(self, store: Store, trial: Trial, why: str) -> None:
        _LOG.warning("trial_tripped", store=store.slug, ruleset=f"{trial.kind}/{trial.name}@{trial.number}", reason=why)
        await self._shop.use(SWITCHBOARD).switch(store)

    def _fail(self, store: Store, trial: Trial, error: Exception, *, counts: bool = True) -> None:
        if trial.id not in self._counted or not self._counted[trial.id].arms["trial"].failed:
            # The first until the database is told: there may be thousands.
            ruleset = f"{trial.kind}/{trial.name}@{trial.number}"
            _LOG.error("trial_failed", store=store.slug, ruleset=ruleset, exc_info=error)
        if counts:
            self._count(store, trial, "trial", Tally(failed=1))

    def _count(self, store: Store, trial: Trial, arm: ArmName, tally: Tally) -> None:
        counting = self._counted.setdefault(trial.id, _Counting(store, trial))
        counting.arms[arm].add(tally)
        for end, count in (("decided", tally.decided), ("failed", tally.failed), ("dropped", tally.dropped)):
            if count:
                self._numbers.labels(arm, end).inc(count)


TRYING: Final = Resource[Trying]("decisions.trying")


def _decided_again(offered: _Offered) -> Decision | Exception:
    try:
        return decide(offered.on_trial.book, offered.basket)
    except Exception as error:  # noqa: BLE001  # that it fails is what a trial is to find out
        return error


def _tally_of(decision: Decision, differs: int = 0) -> Tally:
    totals = decision.totals
    return Tally(
        decided=1, refused=int(bool(decision.refusals)), differs=differs, items=totals.items, discount=totals.discount,
        total=totals.total,
    )  # fmt: skip


def _promised(decision: Decision) -> tuple[object, ...]:
    """What of a decision a customer would notice: sums, refusals, codes, gifts, and ways to send and to pay."""
    return (
        decision.totals,
        [refusal.code for refusal in decision.refusals],
        [(coupon.code, coupon.state) for coupon in decision.coupons],
        [(gift.sku, gift.quantity) for gift in decision.gifts],
        decision.shipping_method,
        [(option.method, option.total) for option in decision.options],
        [(option.method, option.available) for option in decision.payments],
    )
