"""Whose order is it? Owners see theirs, staff all, sellers those with a line of theirs; to others it is not there."""

from __future__ import annotations

from typing import Final

from server.orders.errors import ORDER_UNKNOWN
from server.orders.snapshot import OrderHead
from server.web.actor import Actor
from server.web.problems import NOT_ALLOWED

READ: Final = "orders.read"
WRITE: Final = "orders.write"
FULFIL: Final = "orders.fulfil"
READ_SALES: Final = "orders.read_own_sales"
FULFIL_OWN: Final = "orders.fulfil_own"

STAFF: Final = f"{WRITE} or {FULFIL}"
"""Who brings events to orders of others; which ones is the lifecycle's business."""
SENDERS: Final = f"{FULFIL} or {FULFIL_OWN}"
"""Who sends parcels: everybody's, or what they sell themselves."""


def owns(actor: Actor, order: OrderHead) -> bool:
    """Whether the caller placed the order."""
    owner = {"user": order.user_id, "guest": order.guest_id}.get(actor.kind)
    return owner is not None and owner == actor.id


def visible(actor: Actor, order: OrderHead | None, number: int) -> OrderHead:
    """The order, when the caller may see it. Raises ORDER_UNKNOWN, the same as for one that does not exist."""
    if order is None or not (owns(actor, order) or actor.may(READ)):
        raise ORDER_UNKNOWN(f"there is no order {number} of yours; GET /orders lists those there are")
    return order


def own_or_allowed(actor: Actor, order: OrderHead | None, number: int, *actions: str) -> OrderHead:
    """The order, when it is the caller's, or one of the permissions lets them change orders of others.

    Raises ORDER_UNKNOWN, and NOT_ALLOWED for those who may only look.
    """
    found = visible(actor, order, number)
    if not owns(actor, found) and not any(actor.may(action) for action in actions):
        instead = f", or those with the permission {' or '.join(actions)}" if actions else ""
        raise NOT_ALLOWED(f"order {number} is not yours; this is for whoever placed it{instead}")
    return found
