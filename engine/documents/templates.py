"""Which texts come with the shop, whom do they speak to, and what must an event carry so that each can be written?

The words are written elsewhere; a ruleset only names them, and is refused where they could not be written.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

Reader = Literal["customer", "staff", "seller"]


@dataclass(frozen=True, slots=True)
class ShippedTemplate:
    """`needs` are facts that have to be known; `events`, where there are some, the only ones it can tell of.

    `reader` is whom it speaks to. What it shows a seller is theirs alone, so nobody else can be shown it.
    """

    reader: Reader = "customer"
    needs: tuple[str, ...] = ()
    events: tuple[str, ...] = ()

    @property
    def tells_of_orders(self) -> bool:
        """Whether it can be written of whatever order there is: a lifecycle may name it."""
        return self.needs == _ORDER and not self.events


_ORDER: Final = ("order.id",)
_OF_AN_ORDER: Final = ShippedTemplate(needs=_ORDER)
_OF_AN_ORDER_FOR_STAFF: Final = ShippedTemplate("staff", needs=_ORDER)

TEMPLATES: Final[Mapping[str, ShippedTemplate]] = MappingProxyType(
    {
        "order-confirmation": _OF_AN_ORDER,
        "order-paid": _OF_AN_ORDER,
        "order-shipped": _OF_AN_ORDER,
        "parcel-shipped": _OF_AN_ORDER,
        "rest-dropped": _OF_AN_ORDER,
        "order-delivered": _OF_AN_ORDER,
        "order-cancelled": _OF_AN_ORDER,
        "payment-failed": _OF_AN_ORDER,
        "refund": _OF_AN_ORDER,
        "return-label": _OF_AN_ORDER,
        "return-received": _OF_AN_ORDER,
        "return-refused": _OF_AN_ORDER,
        "refund-refused": _OF_AN_ORDER,
        "referral-progress": ShippedTemplate(needs=("customer.id", "invite.counted")),
        "reward": ShippedTemplate(needs=("reward.id",)),
        "abandoned-cart": ShippedTemplate(needs=("cart.id",)),
        "messages-unread": ShippedTemplate(needs=("conversation.id",), events=("MessagesUnread",)),
        "low-stock": ShippedTemplate("staff", events=("StockRanLow", "VariantsSoldOut")),
        "review-needed": _OF_AN_ORDER_FOR_STAFF,
        "order-stuck": _OF_AN_ORDER_FOR_STAFF,
        "order-to-pack": _OF_AN_ORDER_FOR_STAFF,
        "messages-waiting": ShippedTemplate("staff", needs=("conversation.id",), events=("MessagesWaiting",)),
        "order-of-seller": ShippedTemplate("seller", needs=_ORDER),
    }
)
"""Those a ruleset may name."""
