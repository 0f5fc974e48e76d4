"""What has to be known to write a text? Read by the ids that the event carried, in a fixed number of statements."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple, Self
from uuid import UUID

from engine.documents.model.referrals import Milestone, Reward
from engine.referrals.milestones import progress
from notifications.locales import money_text, nearest
from notifications.rendering import NothingToTell, Sender, TextFault, headline, subject_of
from notifications.templates import FOR_TELEPHONES, TEMPLATES, Audience
from server.decisions.books import BOOKS, LiveBook
from server.decisions.wording import in_language
from server.orders import history_repo, links
from server.orders.detail import OrderDetail
from server.telling import rendering_chat, rendering_chat_repo
from server.telling import rendering_repo as repo
from server.telling.audiences import audience_of
from server.telling.channels import Message
from server.telling.rendering_orders import order_values, seller_values
from server.web.call import Shop
from storage.tenancy import Store
from storage.transaction import Transaction


class Asked(NamedTuple):
    """A text that is to be written: for whom, in which language, with which facts of the event; `at` is when it was
    asked for, None: now.
    """

    shop: Shop
    store: Store
    template: str
    locale: str
    facts: Mapping[str, Any]
    user_id: UUID | None = None
    event_id: UUID | None = None
    audience: Audience = "customer"
    at: datetime | None = None

    @classmethod
    def of(cls, shop: Shop, store: Store, message: Message) -> Self:
        """The text of a message."""
        return cls(
            shop, store, message.template, message.locale, message.values, user_id=message.user_id,
            event_id=message.event_id, audience=audience_of(shop, store, message), at=message.created_at,
        )  # fmt: skip

    @property
    def text(self) -> str:
        """The text to be written: several events of one template in one mail are a digest."""
        return "digest" if "items" in self.facts else self.template


Reader = Callable[[Transaction, Asked], Awaitable[dict[str, Any]]]


async def values_for(tx: Transaction, asked: Asked) -> dict[str, Any]:
    """The values of the text. At most two statements. Raises TextFault when what it is about is not there."""
    known = TEMPLATES.get(asked.text) or FOR_TELEPHONES.get(asked.text)
    if known is None:
        raise TextFault(f"there is no text {asked.text!r}")
    missing = sorted(known.needs - asked.facts.keys())
    if missing:
        raise TextFault(f"the text {asked.text!r} needs {', '.join(missing)}")
    reader = next((read for needed, read in _READERS.items() if needed in known.needs), None)
    if asked.text in _OF_EVENTS:
        reader = _stock
    return dict(asked.facts) if reader is None else await reader(tx, asked)


def sender_of(shop: Shop, store: Store) -> Sender:
    """The shop as its mails call it."""
    return Sender(name=store.name, timezone=store.timezone, contact=shop.settings.mail_reply_to)


async def _order(tx: Transaction, asked: Asked) -> dict[str, Any]:
    found = await history_repo.read(tx, _id(asked, "order.id"))
    if found is None:
        raise TextFault(f"there is no order {asked.facts['order.id']}")
    if not _is_of_seller(asked):
        return values_of_order(found, asked)
    seller = None if asked.user_id is None else await repo.seller_of(tx, asked.user_id)
    return values_of_order(found, asked, seller)


def values_of_order(found: OrderDetail, asked: Asked, seller: str | None = None) -> dict[str, Any]:
    """The values of a text about this order; `seller` is the slug of whom one for sellers is to. Raises TextFault."""
    live, locale, home = asked.shop.use(BOOKS).live(asked.store), nearest(asked.locale), asked.store.country
    if _is_of_seller(asked):
        told = seller_values(found, live, locale, home=home, seller=seller)
        if not told["lines"]:
            raise TextFault(f"order {found.head.number} has no lines of this seller")
        return {"order": told, "link": _order_link(asked, found)}
    told = order_values(found, live, locale, home=home, facts=asked.facts, at=asked.at)
    if asked.template == "parcel-shipped":
        # The others are told of when they leave.
        told["parcels"] = [parcel for parcel in told["parcels"] if parcel["is_meant"]] or told["parcels"][-1:]
    return {"order": told, "link": _order_link(asked, found)}


def _is_of_seller(asked: Asked) -> bool:
    known = TEMPLATES.get(asked.template)
    return known is not None and known.audience == "seller"


async def _reward(tx: Transaction, asked: Asked) -> dict[str, Any]:
    found = await repo.reward(tx, _id(asked, "reward.id"))
    if found is None:
        raise TextFault("the code that was given is not there any more")
    live = asked.shop.use(BOOKS).live(asked.store)
    about = _gift_words(live, found.reason, found.campaign, nearest(asked.locale))
    return {
        "name": found.customer,
        "reward": {"code": found.code.upper(), "about": about, "expires_at": found.expires_at},
        "link": asked.shop.settings.base_url,
    }


def _gift_words(live: LiveBook, reason: str, campaign: str, locale: str) -> str:
    """What customers call what they get: in the words of what gives it, else in those of the campaign."""
    givers: tuple[Milestone | Reward, ...] = ()
    if live.referrals is not None:
        givers = (*live.referrals.milestones, *live.referrals.rewards)
    words: Mapping[str, str] = next((giver.message for giver in givers if giver.id == reason), {})
    return in_language(words, locale) or live.wording.label("coupons", campaign, locale)


async def _cart(tx: Transaction, asked: Asked) -> dict[str, Any]:
    found = await repo.cart(tx, _id(asked, "cart.id"))
    if found is None:
        raise NothingToTell("there is nothing in the cart any more")
    lines = [
        {
            "quantity": line.quantity,
            "name": line.product,
            "details": [line.variant] if line.variant != line.product else [],
            "amount": line.price * line.quantity,
        }
        for line in found.lines
    ]
    code = None
    if "reward.id" in asked.facts:
        given = await repo.reward(tx, _id(asked, "reward.id"))
        code = None if given is None else given.code.upper()
    return {
        "name": found.customer,
        "cart": {"currency": asked.store.currency, "lines": lines, "code": code},
        "link": f"{asked.shop.settings.base_url}/cart",
    }


async def _invite(tx: Transaction, asked: Asked) -> dict[str, Any]:
    name = "" if asked.user_id is None else await repo.name_of(tx, asked.user_id)
    counted = asked.facts["invite.counted"]
    live = asked.shop.use(BOOKS).live(asked.store)
    found = None if live.referrals is None else progress(live.referrals, counted)
    upcoming = None if found is None else found.upcoming
    invite = {"counted": counted, "missing": 0, "reward": ""}
    if found is not None and upcoming is not None:
        gift = _gift_words(live, upcoming.id, upcoming.give.campaign, nearest(asked.locale))
        invite |= {"missing": found.missing, "reward": gift}
    return {"name": name, "invite": invite, "link": f"{asked.shop.settings.base_url}/invite"}


async def _stock(tx: Transaction, asked: Asked) -> dict[str, Any]:
    payloads = {} if asked.event_id is None else await repo.payloads(tx, [asked.event_id])
    lines = [line for payload in payloads.values() for line in payload.get("lines", [])]
    if not lines:
        raise TextFault("the event says nothing of stock")
    return {"stock": {"lines": lines}}


async def _conversation(tx: Transaction, asked: Asked) -> dict[str, Any]:
    id = _id(asked, "conversation.id")
    if asked.template == rendering_chat.WAITING:
        values = await rendering_chat.waiting_values(tx, id)
    else:
        answering = asked.shop.use(BOOKS).access(asked.store).holders(rendering_chat.ANSWERS)
        values = await rendering_chat.unread_values(tx, id, asked.user_id, answering)
    return {**values, "link": _conversation_link(asked, id)}


def _conversation_link(asked: Asked, id: UUID) -> str:
    return f"{asked.shop.settings.base_url}/chat/{id}"


async def _own(_tx: Transaction, asked: Asked) -> dict[str, Any]:
    facts = asked.facts
    paragraphs = [part.strip() for part in str(facts["body"]).split("\n\n") if part.strip()]
    own = {
        "subject": facts["subject"],
        "heading": facts["heading"],
        "paragraphs": paragraphs or [""],
        "button": facts.get("button"),
    }
    return {"own": own, "link": facts.get("link") or asked.shop.settings.base_url}


async def _digest(tx: Transaction, asked: Asked) -> dict[str, Any]:
    """A line for each of the items, which are the facts of the events it tells of."""
    items: Sequence[Mapping[str, Any]] = asked.facts["items"]
    if asked.template == rendering_chat.WAITING:
        return {"digest": {"lines": await _waiting_lines(tx, asked, items)}}
    wanted = [UUID(item["event.id"]) for item in items if asked.template in _OF_EVENTS and "event.id" in item]
    payloads = await repo.payloads(tx, wanted) if wanted else {}
    return {"digest": {"lines": [_digest_line(asked, item, payloads) for item in items]}}


async def _waiting_lines(tx: Transaction, asked: Asked, items: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Of the conversations that still wait, those first that wait for longest."""
    found = await rendering_chat_repo.waiting(tx, [UUID(item["conversation.id"]) for item in items])
    if not found:
        raise NothingToTell("somebody looks after the conversations already")
    sender = sender_of(asked.shop, asked.store)
    lines = []
    for each in sorted(found.values(), key=lambda one: one.since):
        shown = rendering_chat.waiting_shown(each)
        two = headline(asked.template, asked.locale, sender, {"conversation": shown})
        lines.append({"subject": two.subject, "detail": two.preview, "link": _conversation_link(asked, each.id)})
    return lines


def _digest_line(asked: Asked, item: Mapping[str, Any], payloads: Mapping[UUID, Any]) -> dict[str, Any]:
    """The subject that the mail of this event alone would have."""
    values: dict[str, Any] = {"order": {"number": item.get("order.number")}, "own": item}
    detail = ""
    if "event.id" in item:
        values["stock"] = {"lines": payloads.get(UUID(item["event.id"]), {}).get("lines", [])}
        detail = ", ".join(f"{line['sku']}: {line['available']}" for line in values["stock"]["lines"])
    if "order.total" in item and not _is_of_seller(asked):
        detail = money_text(item["order.total"], item["order.currency"], nearest(asked.locale))
    return {
        "subject": subject_of(asked.template, asked.locale, sender_of(asked.shop, asked.store), values),
        "detail": detail,
        "link": None,
    }


_OF_EVENTS: Final = frozenset({"low-stock"})
_READERS: Final[Mapping[str, Reader]] = {
    "order.id": _order,
    "reward.id": _reward,
    "cart.id": _cart,
    "invite.counted": _invite,
    "conversation.id": _conversation,
    "items": _digest,
    "heading": _own,
}
"""Who reads what a text is about, by a fact that it needs."""


def _order_link(asked: Asked, order: OrderDetail) -> str:
    """Where the reader sees the order: guests by a signed token, behind # as in every mail, which is theirs alone."""
    shop = asked.shop
    if asked.audience != "customer" or order.head.user_id is not None:
        return f"{shop.settings.base_url}/orders/{order.head.number}"
    token = links.sign(shop.keys, order.head.id, order.placed_at + links.LIFETIME)
    return f"{shop.settings.base_url}/order#token={token}"


def _id(asked: Asked, fact: str) -> UUID:
    try:
        return UUID(str(asked.facts[fact]))
    except ValueError as error:
        raise TextFault(f"{fact} is {str(asked.facts[fact])[:80]!r}, which identifies nothing") from error
