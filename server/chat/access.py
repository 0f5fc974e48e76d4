"""Whose conversation is it? The customer's, the seller's and the staff's; to everybody else it is not there."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from server.chat.errors import CONVERSATION_UNKNOWN
from server.chat.snapshot import Head, Side
from server.web.actor import Actor
from server.web.problems import NOT_ALLOWED

OWN: Final = "chat.own"
MODERATE: Final = "chat.moderate"
ANY: Final = f"{OWN} or {MODERATE}"
"""Who may have to do with conversations at all."""


def side_of(actor: Actor, conversation: Head) -> Side | None:
    """As what the actor comes. Nobody is staff in a conversation of their own, so that they see it as it is meant.

    Whose seller is suspended has none of its conversations meanwhile, as it has none of its orders.
    """
    own = own_side(actor, conversation)
    if own == "seller" and not conversation.is_seller_active:
        return None
    if own is not None:
        return own if actor.may(OWN) else None
    return "staff" if actor.may(MODERATE) else None


def own_side(actor: Actor, conversation: Head) -> Side | None:
    """As what the conversation is about the actor, whatever they may do; None: it is somebody else's."""
    if actor.kind != "user":
        return None
    if conversation.customer_id == actor.id:
        return "customer"
    return "seller" if conversation.seller_user_id == actor.id else None


def hidden_from(actor: Actor) -> UUID | None:
    """Whose own conversations are shown to nobody who asks as this actor: theirs, when they may not see them as such.

    Somebody who answers customers and may have no conversations would otherwise read what colleagues note about them.
    """
    return actor.id if actor.kind == "user" and not actor.may(OWN) else None


def visible(actor: Actor, conversation: Head | None, conversation_id: UUID) -> tuple[Head, Side]:
    """The conversation and the actor's side of it. Raises CONVERSATION_UNKNOWN, the same as for one there is not."""
    side = None if conversation is None else side_of(actor, conversation)
    if conversation is None or side is None:
        raise CONVERSATION_UNKNOWN(
            f"there is no conversation {conversation_id} of yours; GET /chat/conversations lists those there are"
        )
    return conversation, side


def staff_only(side: Side) -> None:
    """Raise NOT_ALLOWED for those who are part of the conversation as what it is about."""
    if side != "staff":
        raise NOT_ALLOWED("this conversation is your own; somebody else of the staff has to do this")
