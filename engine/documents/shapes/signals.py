"""What is the JSON Schema of a signals document?"""

from __future__ import annotations

from typing import Final, get_args

from engine.documents.model.signals import SubjectKind
from engine.documents.shapes.parts import (
    ID_PATTERN,
    Schema,
    described,
    exactly_one,
    identifier,
    listed,
    one_or_more,
    quantity,
    record,
    text,
    when,
    where,
    whole_number,
    window,
    word,
)

REQUIRED = ("signals",)

EVENT_PATTERN: Final = r"^[A-Z][A-Za-z0-9]{0,99}$"
DERIVED_PATTERN: Final = r"^(cart|order|customer)\.[a-z][a-z0-9_]{0,99}$"
MOST_OF_A_STEP: Final = 100
"""Events that one step of a pattern may ask for."""

_SUBJECTS: Final = get_args(SubjectKind)


def signals_shape() -> dict[str, Schema]:
    """The keys beside the head."""
    return {
        "order_events": one_or_more(_event(), "Names that the lifecycle of the store announces and nobody else knows."),
        "derive": listed(
            _derivation(), "Facts that follow from others, read from the top: the first that holds counts."
        ),
        "tags": listed(_tag(), "Tags that customers have while a condition holds."),
        "signals": listed(_signal(), "Patterns over time, and what is done each time one is seen."),
    }


def _event() -> Schema:
    return {"title": "a name such as OrderPaid", "type": "string", "pattern": EVENT_PATTERN}


def _derivation() -> Schema:
    properties: dict[str, Schema] = {
        "fact": {
            "title": "a name such as customer.tier",
            "description": "A new fact of a cart, an order or a customer.",
            "type": "string",
            "pattern": DERIVED_PATTERN,
        },
        "is": {
            "title": "a value",
            "description": "What it is: true or false, a whole number, or a word.",
            "type": ["boolean", "integer", "string"],
            "pattern": ID_PATTERN,
            "minimum": 0,
            "maximum": 10**9,
        },
        "when": when(),
    }
    return record(properties, ["fact", "is", "when"])


def _tag() -> Schema:
    return record({"tag": identifier("As promotions read it in customer.tags."), "when": when()}, ["tag", "when"])


def _signal() -> Schema:
    properties = {
        "id": identifier(),
        "summary": text("One sentence for whoever reads that it was seen."),
        "repeated": _repeated(),
        "sequence": _sequence(),
        "idle": _idle(),
        "then": listed(_effect(), "What is done each time."),
        **window(),
    }
    return exactly_one(record(properties, ["id", "then"]), ("repeated", "sequence", "idle"))


def _step() -> dict[str, Schema]:
    return {
        "events": one_or_more(_event(), "Names of the events that count."),
        "where": where(),
        "at_least": whole_number(1, MOST_OF_A_STEP, "How many of them; 1 when absent."),
    }


def _over_time() -> dict[str, Schema]:
    fact: Schema = {"title": "a fact", "type": "string"}
    same = one_or_more(fact, "Facts that are known and equal in all the events; of the whole shop when absent.")
    alternatives = listed(one_or_more(fact), "One of these is the same, the first that is.", least=1)
    return {
        "same": same,
        "same_any": alternatives,
        "within": quantity("How far back it looks from the last event, as in 10m; that far is excluded."),
    }


def _repeated() -> Schema:
    return described(
        record({**_step(), **_over_time()}, ["events", "within"]), "The same kind of thing happens several times."
    )


def _sequence() -> Schema:
    steps = listed(record(_step(), ["events"]), "One after the other; the last one completes the pattern.", least=2)
    return described(record({"steps": steps, **_over_time()}, ["steps", "within"]), "One thing follows another.")


def _idle() -> Schema:
    properties = {
        "subject": word(_SUBJECTS, "What does not change."),
        "for": quantity("For how long at least, as in 24h."),
        "before": quantity("Not any more after so long, as in 7d; for ever when absent."),
        "when": when(),
    }
    return described(record(properties, ["subject", "for"]), "Nothing happens for a while.")


def _effect() -> Schema:
    properties: dict[str, Schema] = {
        "flag": word(_SUBJECTS, "Shown to staff beside it."),
        "hold": word(("order",), "The order waits for a look by a person."),
        "announce": described(_event(), "An event that notifications and rewards can wait for."),
        "tag": identifier("Give the customer a tag."),
        "untag": identifier("Take a tag from the customer."),
    }
    return exactly_one(record(properties), tuple(properties))
