"""What happens to an order? An event, who brings it, and what an effect of the ruleset is told of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final, Literal
from uuid import UUID

import msgspec

from engine.access.compile import Access
from engine.lifecycle.compile import Lifecycle
from server.orders.snapshot import OrderHead, OrderUnits
from server.web.actor import Actor
from server.web.call import Resource, Shop
from storage.tenancy import Store
from storage.transaction import Transaction

SYSTEM: Final = "system"
"""The role of timers and of messages of payment providers."""

ActorKind = Literal["user", "guest", "platform", "system"]


@dataclass(frozen=True, slots=True)
class Doer:
    """Who brings an event. `roles` are those of the lifecycle they may act in, in the ruleset's order.

    `seller` is the slug of the seller they are, None for everybody else.
    """

    kind: ActorKind
    id: UUID | None
    roles: tuple[str, ...]
    seller: str | None = None

    def owns(self, order: OrderHead) -> bool:
        """Whether they placed the order."""
        return self.id is not None and self.id == (order.user_id if self.kind == "user" else order.guest_id)


THE_SYSTEM: Final = Doer(SYSTEM, None, (SYSTEM,))


def doer_of(lifecycle: Lifecycle, access: Access, actor: Actor, seller: str | None = None) -> Doer:
    """The caller as the lifecycle sees them: in every of its roles whose permissions they all have.

    Guests act as customers, of what is theirs.
    """
    if actor.kind == "guest":
        return Doer("guest", actor.id, ("customer",))
    assert actor.kind in ("user", "platform")
    roles = tuple(role for role in lifecycle.roles if access.covers(actor.roles, role))
    return Doer("user" if actor.kind == "user" else "platform", actor.id, roles, seller)


@dataclass(frozen=True, slots=True, kw_only=True)
class Happens:
    """An event. `key` names what brings it (`shipment:<id>`): an event with a key that happened does nothing again.

    `captured` and `refunded` are the money it reports, minor units. `units` are the units it is about by line id, for
    effects on a part; None: those that are still open. `amount` is the money it is about, for a refund of a part, and
    `line_amounts` how much of it is for which line. `about` is the id of the return, refund or payment it comes from.
    """

    event: str
    doer: Doer
    key: str | None = None
    captured: int = 0
    refunded: int = 0
    units: Mapping[UUID, int] | None = None
    amount: int | None = None
    line_amounts: Mapping[UUID, int] | None = None
    about: UUID | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """What an effect works on: the order after the event, its lines, and the action's argument.

    `step_id` and `seq` name the step; whatever an effect writes down refers to it.
    """

    tx: Transaction
    shop: Shop
    store: Store
    order: OrderHead
    lines: tuple[OrderUnits, ...]
    happens: Happens
    event: str
    target: str
    argument: str | None
    step_id: UUID
    seq: int


Effect = Callable[[Happening], Awaitable[None]]
"""Does one action of the ruleset, in the transaction of the step. Only ever called once for a step."""

EFFECTS: Final = Resource[Mapping[str, Effect]]("orders.effects")
"""By the names the orders ruleset has for them; app.py brings those of rooms above this one."""


class Transitioned(msgspec.Struct, frozen=True, kw_only=True):
    """What became of an event. `is_repeat`: it had happened before, and nothing was done now.

    `money_counts` is False when the money it reported goes back at once.
    """

    order: OrderHead
    step_id: UUID
    seq: int
    source: str
    target: str
    actions: tuple[str, ...] = ()
    is_repeat: bool = False
    money_counts: bool = True
