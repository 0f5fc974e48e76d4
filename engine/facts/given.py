"""Which facts of a cart does a caller give, under which keys, and which does the engine work out itself?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from engine.facts.vocabulary import Fact, Scope, Vocabulary

ATTRIBUTE: Final = ".attr."
"""Stands between the owner and the name of an attribute: `line.attr.material`."""

ATTRIBUTE_OWNERS: Final[Mapping[str, Scope]] = {"line": "line", "customer": "cart", "cart": "cart"}
"""What can have attributes, and the scope their facts have."""

STORE_KEYS: Final[Mapping[str, str]] = {"channel": "channel", "locale": "locale"}
"""Keys of `store` that are facts of the cart."""

LINE_KEYS: Final[Mapping[str, str]] = {
    "price": "line.list_price",
    "weight": "line.weight_g",
    "volume": "line.volume_cm3",
}
"""Keys of a line whose fact has another name; every other fact is called by its last word."""

_WORKED_OUT: Final = frozenset(
    {"customer.signed_in", "cart.line_count", "cart.item_count", "cart.seller_count", "cart.weight_g"}
)
_WORKED_OUT_SECTIONS: Final = frozenset({"now", "coupon", "shipment", "shipping", "subtotal"})


def sections(vocabulary: Vocabulary) -> dict[str, dict[str, Fact]]:
    """The sections of a scenario that hold facts of the cart (`customer`, `destination`), each with its keys."""
    found: dict[str, dict[str, Fact]] = {}
    for fact in vocabulary.facts.values():
        section, _, key = fact.name.partition(".")
        if key and fact.scope == "cart" and is_given(fact) and ATTRIBUTE not in fact.name:
            found.setdefault(section, {})[key] = fact
    return found


def line_keys(vocabulary: Vocabulary) -> dict[str, Fact]:
    """The keys of a line that are facts; `quantity` among them."""
    renamed = {fact: key for key, fact in LINE_KEYS.items()}
    return {
        renamed.get(fact.name, fact.name.partition(".")[2]): fact
        for fact in vocabulary.facts.values()
        if fact.scope == "line" and is_given(fact) and ATTRIBUTE not in fact.name
    }


def attributes_of(owner: str, vocabulary: Vocabulary) -> dict[str, Fact]:
    """The declared attributes of `line`, `customer` or `cart`, by their short names."""
    prefix = owner + ATTRIBUTE
    return {name.removeprefix(prefix): fact for name, fact in vocabulary.facts.items() if name.startswith(prefix)}


def is_given(fact: Fact) -> bool:
    """Whether a caller states the fact, rather than the engine working it out from the rest of the cart."""
    section = fact.name.partition(".")[0]
    return fact.stage == "request" and fact.name not in _WORKED_OUT and section not in _WORKED_OUT_SECTIONS


def attribute_scope(name: str) -> Scope | None:
    """The scope of `line.attr.material`; None for what is not the name of an attribute."""
    owner, _, word = name.partition(ATTRIBUTE)
    is_word = word.isascii() and word.replace("_", "").isalnum() and word == word.lower()
    return ATTRIBUTE_OWNERS.get(owner) if is_word else None
