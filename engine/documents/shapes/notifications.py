"""What is the JSON Schema of a notifications document?"""

from __future__ import annotations

from typing import get_args

from engine.documents.model.notifications import Audience, Category, Channel, OncePer, Quiet
from engine.documents.shapes.parts import (
    ID_PATTERN,
    LOCALE_PATTERN,
    Schema,
    described,
    exactly_one,
    identifier,
    listed,
    mapped,
    one_or_more,
    quantity,
    record,
    text,
    when,
    with_companions,
    word,
)

REQUIRED = ("rules",)


def notifications_shape() -> dict[str, Schema]:
    """The keys beside the head."""
    return {
        "order_events": one_or_more(identifier(), "Events that the lifecycle of the store announces besides."),
        "signal_events": one_or_more(identifier(), "Events that signals of the store announce."),
        "quiet_hours": _quiet_hours(),
        "texts": mapped(_own_text(), {"title": "an id", "pattern": ID_PATTERN}, "Texts of the store's own."),
        "rules": listed(_rule(), "Each tells somebody something when an event happens."),
    }


def _quiet_hours() -> Schema:
    times = {
        "from": quantity('First minute, on a clock of `timezone`: "22:00".'),
        "until": quantity('First minute after it: "08:00".'),
    }
    return record(times, ["from", "until"], "When optional messages wait until the morning.")


def _own_text() -> Schema:
    words = {
        "subject": text("The subject of the mail, and the title in the inbox. {order.number} is filled in."),
        "heading": text("What stands above the text."),
        "body": text("The text; an empty line begins a new paragraph."),
        "button": text("What is written on the button."),
        "link": text("Where the button leads: an address that begins with https:// or /."),
    }
    companions = {"button": ["link"], "link": ["button"]}
    locale: Schema = {"title": "a locale such as pt-BR", "pattern": LOCALE_PATTERN}
    return mapped(with_companions(record(words, ["subject", "heading", "body"]), companions), locale)


def _rule() -> Schema:
    keys: dict[str, Schema] = {
        "id": identifier("Names the rule."),
        "on": one_or_more(identifier(), "The event, or several."),
        "when": when(),
        "to": word(get_args(Audience), "Who is told; staff are named by `roles`."),
        "roles": one_or_more(identifier(), "Everybody with one of these roles; for staff only."),
        "channels": _channels("All of these are used."),
        "first_of": _channels("Only the first of these that somebody has."),
        "template": identifier("A text of `texts`, or one that comes with the shop."),
        "category": word(get_args(Category), "account and order are always told; people may switch off the others."),
        "delay": quantity("How long after the event: 1h."),
        "quiet": word(
            get_args(Quiet), "Whether it waits while quiet hours last; optional categories do unless told otherwise."
        ),
        "digest": _digest(),
        "once": _once(),
    }
    return exactly_one(record(keys, ["id", "on", "to", "template", "category"]), ["channels", "first_of"])


def _channels(about: str) -> Schema:
    title, name = "a channel or a list of channels", word(get_args(Channel))
    return described({"title": title, "type": ["string", "array"], "items": name, "minItems": 1}, about)


def _digest() -> Schema:
    keys = {
        "every": quantity("1h, 4h, 1d, 7d: what came together in that time goes out as one."),
        "at": quantity('At what time of the day, where it is days: "08:00".'),
    }
    return record(keys, ["every"], "Collect messages, and send them as one.")


def _once() -> Schema:
    keys = {
        "per": word(get_args(OncePer), "What it is told of once."),
        "within": quantity("customer only: again after this time: 7d; never again when absent."),
    }
    return described(record(keys, ["per"]), "Tell it once; of each event when absent.")
