"""What happens when a decision breaks a claim? The last good book decides, and what is new is taken off.

Each process sees for itself that a claim is broken; calling the plan off is a conditional update, so it happens once,
and with it the breach is written down, the audit log told, and every process switched. Until this process has switched,
carts are decided by the last good book one by one.
"""

from __future__ import annotations

import asyncio
from contextvars import Context
from typing import Any, Final
from uuid import UUID

import structlog
from prometheus_client import Counter

from engine import Decision
from engine.facts.cart_plain import cart_as_plain
from server.decisions import guards_repo
from server.decisions.books import LiveBook
from server.decisions.claims import Broken, broken
from server.decisions.errors import CLAIM_BROKEN
from server.decisions.facts import Basket, to_cart
from server.decisions.guards import Guard
from server.decisions.guards_repo import NewestPlan
from server.decisions.service import decide_counted
from server.decisions.switching import announce
from server.decisions.trials_arms import Arm
from server.web.call import Resource, Shop
from server.web.metrics import METRICS
from storage import audit
from storage.listening import AWAY
from storage.tenancy import Store
from storage.transaction import Transaction

AGAIN_AFTER_SECONDS: Final = 1.0
MOST_TRIES: Final = 30

_PERSONAL: Final = ("id", "email", "phone", "name")
_LOG: Final = structlog.get_logger("sostech.decisions")


class Guarding:
    """Sees to it that nobody is charged what a rule book claims never to charge. One per process."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop
        self._taking_off: dict[UUID, asyncio.Task[None]] = {}
        self._breaches = Counter(
            "sostech_invariant_breaches", "Decisions that broke what their rule book claims, by ruleset kind.",
            ("kind",), registry=shop.use(METRICS).registry,
        )  # fmt: skip

    def checked(
        self, store: Store, arm: Arm, purpose: str, basket: Basket, decision: Decision
    ) -> tuple[LiveBook, Decision]:  # fmt: skip
        """The live decision if it keeps all claims, else that of the last good book, and the book that made it.

        Raises CLAIM_BROKEN where there is no such book.
        """
        guard = arm.guard
        if guard is None or (found := broken(arm.live.book, guard.watched, basket, decision)) is None:
            return arm.live, decision
        self._note(store, guard, basket, found)
        return self._by_last_good(guard, purpose, basket, found)

    async def settle(self) -> None:
        """Wait until everything that was broken is written down."""
        await asyncio.gather(*self._taking_off.values(), return_exceptions=True)

    def _by_last_good(
        self, guard: Guard, purpose: str, basket: Basket, found: Broken
    ) -> tuple[LiveBook, Decision]:  # fmt: skip
        last = guard.last_good
        if last is None:
            raise CLAIM_BROKEN(f"{found.said}; there is no rule book to go back to", invariant=found.invariant)
        decision = decide_counted(self._shop.use(METRICS), purpose, last.book, basket)
        again = broken(last.book.book, last.watched, basket, decision)
        if again is not None:
            raise CLAIM_BROKEN(f"{again.said}; so does the rule book before it", invariant=again.invariant)
        return last.book, decision

    def _note(self, store: Store, guard: Guard, basket: Basket, found: Broken) -> None:
        plan = guard.plan
        self._breaches.labels("shipped" if plan is None else plan.kind).inc()
        if plan is None or plan.id in self._taking_off:
            return
        _LOG.error(
            "invariant_broken", store=store.slug, ruleset=str(plan), invariant=found.invariant, at=found.at,
            said=found.said,
        )  # fmt: skip
        cart = _cart_of(guard.live, basket)
        # Outside of whatever the request is in the middle of: it may be rolled back, and this must not be.
        self._taking_off[plan.id] = asyncio.get_running_loop().create_task(
            self._take_off(store, plan, found, cart), context=Context()
        )

    async def _take_off(self, store: Store, plan: NewestPlan, found: Broken, cart: object) -> None:
        """Again while the database is away. Nothing is done twice: the plan is on, or it is not.

        Whoever meets the claim broken after all tries begins anew.
        """

        async def work(tx: Transaction) -> None:
            if await guards_repo.take_off(tx, plan.id):
                await _write_down(tx, plan, found, cart)
                await announce(tx, self._shop, store)

        for _ in range(MOST_TRIES):
            try:
                await self._shop.database.transaction(store.id, work)
            except AWAY as error:
                _LOG.warning("plan_not_taken_off", ruleset=str(plan), error=type(error).__name__, reason=str(error))
                await asyncio.sleep(AGAIN_AFTER_SECONDS)
            else:
                return
        del self._taking_off[plan.id]


GUARDING: Final = Resource[Guarding]("decisions.guarding")


async def _write_down(tx: Transaction, plan: NewestPlan, found: Broken, cart: object) -> None:
    breach_id = await guards_repo.add_breach(
        tx, plan, found.invariant, found.at, found.measured, found.said, cart
    )  # fmt: skip
    version = {"kind": plan.kind, "name": plan.name, "number": plan.number}
    await audit.record(
        tx, actor_kind="system", actor_id=None, action="rulesets.guard_roll_back", resource_type="ruleset",
        resource_id=str(plan.version_id), before=version,
        after={"reason": found.said, "invariant": found.invariant, "at": found.at, "breach": str(breach_id)},
        request_id=None,
    )  # fmt: skip


def _cart_of(live: LiveBook, basket: Basket) -> Any:
    """The cart as a scenario is written, so that it can be asked again; without who the customer is."""
    plain = cart_as_plain(to_cart(basket), live.vocabulary)
    customer = plain.get("customer")
    if isinstance(customer, dict):
        plain["customer"] = {name: value for name, value in customer.items() if name not in _PERSONAL}
    plain.pop("catalogue", None)
    return plain
