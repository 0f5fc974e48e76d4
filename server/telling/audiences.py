"""As whom does a message speak to its reader: as a customer, as staff, as a seller, or as the holder of an account?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from engine.documents.model.notifications import Audience as ToldAs
from notifications.templates import TEMPLATES, Audience
from server.telling.channels import Message
from server.telling.reactions import notices_of
from server.web.call import Shop
from storage.tenancy import Store

_SPOKEN_TO: Final[Mapping[ToldAs, Audience]] = {
    "customer": "customer", "inviter": "customer", "friend": "customer", "staff": "staff", "sellers": "seller",
}  # fmt: skip
_IN_CONVERSATIONS: Final[Mapping[object, Audience]] = {"customer": "customer", "staff": "staff", "seller": "seller"}


def audience_of(shop: Shop, store: Store, message: Message) -> Audience:
    """As whom the rule that asks for the message tells it, else what its category says.

    The rule may be gone by now, and what the shop owes somebody has none. Who takes part in a conversation is spoken to
    as what they do.
    """
    takes_part_as = _IN_CONVERSATIONS.get(message.values.get("conversation.role"))
    if takes_part_as is not None:
        return takes_part_as
    document = None if message.rule is None else notices_of(shop, store)
    rules = () if document is None else document.rules
    told_as = next((rule.to for rule in rules if rule.id == message.rule), None)
    if told_as is not None:
        return _SPOKEN_TO[told_as]
    if message.category == "staff":
        known = TEMPLATES.get(message.template)
        return "seller" if known is not None and known.audience == "seller" else "staff"
    return "account" if message.rule is None and message.category == "account" else "customer"
