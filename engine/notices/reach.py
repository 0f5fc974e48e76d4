"""By which channels is somebody told, and if by none, why not?

What is optional is kept from people who switched it off, from addresses that refused mail, and, if it is marketing,
from addresses that nobody has confirmed. What concerns an order or an account is always told.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from engine.documents.model.notifications import Category, Channel, NoticeRule

Why = Literal["no_channel", "no_address", "switched_off", "bounced", "not_verified", "account_closed"]

WORDS: Final[Mapping[Why, str]] = {
    "no_channel": "the shop has no such channel",
    "no_address": "the recipient has no address for it",
    "switched_off": "the recipient does not want it",
    "bounced": "the address refused earlier mail",
    "not_verified": "nobody has confirmed the address",
    "account_closed": "the account is closed or suspended",
}


@dataclass(frozen=True, slots=True)
class Recipient:
    """What decides by which channels somebody is told.

    `addresses` are those they have. `verified`: they have an account, and confirmed its address. `unwanted` are the
    categories they switched off, by channel.
    """

    addresses: Mapping[Channel, str]
    verified: bool = True
    closed: bool = False
    bounced: bool = False
    unwanted: frozenset[tuple[Category, Channel]] = field(default_factory=frozenset)


@dataclass(frozen=True, slots=True)
class Way:
    """One channel: told by it, or not and why."""

    channel: Channel
    address: str
    why_not: Why | None = None


def reach(rule: NoticeRule, recipient: Recipient, available: Collection[Channel]) -> tuple[Way, ...]:
    """The ways to tell, and those that are closed although there is an address; at least one of either."""
    ways = [_way(rule, recipient, available, channel) for channel in rule.channels]
    open_ways = [way for way in ways if way.why_not is None]
    closed = [way for way in ways if way.why_not not in (None, "no_channel", "no_address")]
    if rule.first_only:
        return (*open_ways, *closed, *ways)[:1]
    return (*open_ways, *closed) or (ways[0],)


def _way(rule: NoticeRule, recipient: Recipient, available: Collection[Channel], channel: Channel) -> Way:
    address = recipient.addresses.get(channel, "")
    if not address:
        return Way(channel, "", "no_address")
    if channel not in available:
        return Way(channel, address, "no_channel")
    return Way(channel, address, _kept_from(rule, recipient, channel))


def _kept_from(rule: NoticeRule, recipient: Recipient, channel: Channel) -> Why | None:
    if not rule.is_optional:
        return None
    if recipient.closed:
        return "account_closed"
    if (rule.category, channel) in recipient.unwanted:
        return "switched_off"
    if rule.category == "marketing" and not recipient.verified:
        return "not_verified"
    return "bounced" if channel == "email" and recipient.bounced else None
