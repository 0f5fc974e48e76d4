"""Which texts does the shop ship, and what must an event carry so that each can be written?

A text's words are in `texts/<locale>.toml`, its order of parts in `mails/<name>.j2`. Whoever asks for a text gives the
facts it `needs`; the rest (lines of an order, a coupon code) is read by them when it is written.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Literal

import msgspec

from engine.documents.templates import TEMPLATES as NAMED_BY_RULESETS

Audience = Literal["account", "customer", "staff", "seller"]


class Template(msgspec.Struct, frozen=True, kw_only=True):
    """A text. `needs` are facts by their names; `events` those it is about, empty: any with these facts.

    Texts for an `account` are asked for by the shop itself and by no ruleset; their needs are values it gives.
    """

    about: str
    audience: Audience
    needs: frozenset[str] = frozenset()
    events: frozenset[str] = frozenset()


def _account(about: str, *needs: str) -> Template:
    return Template(about=about, audience="account", needs=frozenset(needs))


def _named(texts: Mapping[str, str]) -> dict[str, Template]:
    """Texts that rulesets may name; whom they are for, and what events must carry for them, is known to their check."""
    return {
        name: Template(
            about=about,
            audience=NAMED_BY_RULESETS[name].reader,
            needs=frozenset(NAMED_BY_RULESETS[name].needs),
            events=frozenset(NAMED_BY_RULESETS[name].events),
        )
        for name, about in texts.items()
    }


TEMPLATES: Final[Mapping[str, Template]] = MappingProxyType(
    {
        "activation": _account("Confirm the address and open the account.", "link", "hours"),
        "account_exists": _account("Somebody signed up with the address of an account."),
        "password_reset": _account("Set a new password.", "link", "hours"),
        "password_reset_unknown": _account("There is no account with the address."),
        "password_changed": _account("The password was changed."),
        "email_change": _account("Confirm a new address.", "link", "hours"),
        "email_changed": _account("The address was changed; sent to the old one."),
        **_named(
            {
                "order-confirmation": "The order with its lines, totals, and why they are so.",
                "order-paid": "The money came.",
                "order-shipped": "All is on its way, with tracking.",
                "parcel-shipped": "A part is on its way, with tracking.",
                "rest-dropped": "The rest will not come.",
                "order-delivered": "It was delivered.",
                "order-cancelled": "The order was cancelled.",
                "payment-failed": "The payment did not work.",
                "refund": "Money goes back.",
                "return-label": "How to send things back.",
                "return-received": "What was sent back has come.",
                "return-refused": "The return is not accepted.",
                "refund-refused": "The refund is not granted.",
                "referral-progress": "A friend counts.",
                "reward": "A code as a reward, and until when it works.",
                "abandoned-cart": "What was left in the cart.",
                "messages-unread": "Messages somebody has not read.",
                "low-stock": "Little or nothing is left.",
                "review-needed": "An order waits for a look.",
                "order-stuck": "An order does not go on.",
                "order-to-pack": "An order is to be packed, and where it goes.",
                "messages-waiting": "A conversation waits for the shop, and nobody looks after it.",
                "order-of-seller": "What a seller has sold, and where it goes: their own lines alone.",
            }
        ),
        "digest": Template(about="Several messages in one.", audience="staff", needs=frozenset({"items"})),
        "own": Template(
            about="Words of the store's own.",
            audience="customer",
            needs=frozenset({"subject", "heading", "body"}),
        ),
    }
)
"""Every text of a mail by its name, in the order of the reference."""

FOR_TELEPHONES: Final[Mapping[str, Template]] = MappingProxyType(
    {"order_code": _account("Confirm an order by the code that is in it.", "code", "number", "minutes")}
)
"""Texts that go to telephones and are no mails."""

LOCALES: Final = ("en", "pt-BR")
"""Languages that every text has; the first is for all others."""
