"""What are the things called that a row refers to by code? An exported row says so, for stores that lack them."""

from __future__ import annotations

import msgspec

from server.catalog.imports.entries import Entry, Pairs
from server.catalog.imports.known import Names


def named(entry: Entry, names: Names) -> Entry:
    """The entry with the names of everything it refers to."""
    return msgspec.structs.replace(
        entry,
        brand_name=names.name("brand", entry.brand),
        category_names=tuple(
            names.name("category", "/".join(entry.category[: depth + 1])) for depth in range(len(entry.category))
        ),
        seller_name=names.name("seller", entry.seller),
        attribute_names=_names(entry.attributes, names),
        option_names=_names(entry.options, names),
    )


def _names(pairs: Pairs, names: Names) -> Pairs:
    return tuple((names.name("attribute", code), names.name("value", f"{code}:{value}")) for code, value in pairs)
