"""What does the store hold of the rows of a file? Snapshots to plan against; nothing here asks the database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias
from uuid import UUID

from server.catalog.imports.entries import Entry

NamedKind: TypeAlias = Literal["brand", "seller", "category", "attribute", "value"]
NAMED_KINDS: Final[tuple[NamedKind, ...]] = ("brand", "seller", "category", "attribute", "value")


@dataclass(frozen=True, slots=True)
class Named:
    """Something rows refer to by its key."""

    id: UUID
    name: str


@dataclass(slots=True)
class Names:
    """Brands and sellers by slug, categories by path, attributes by code, values by `attribute:value`."""

    by_kind: dict[NamedKind, dict[str, Named]] = field(default_factory=lambda: {kind: {} for kind in NAMED_KINDS})

    def id(self, kind: NamedKind, key: str) -> UUID | None:
        """The id; None for the empty key."""
        return self.by_kind[kind][key].id if key else None

    def name(self, kind: NamedKind, key: str) -> str:
        """The name; empty for what the store does not have."""
        found = self.by_kind[kind].get(key)
        return found.name if found is not None else ""


@dataclass(frozen=True, slots=True)
class KnownVariant:
    """A variant of the store as an entry."""

    id: UUID
    entry: Entry


@dataclass(frozen=True, slots=True)
class KnownProduct:
    """A product of the store: `template` is an entry with its product part only, `options` the codes it differs by."""

    id: UUID
    template: Entry
    options: tuple[str, ...]
    variants: Mapping[str, KnownVariant]


@dataclass(frozen=True, slots=True)
class Known:
    """The products of some rows by slug, and the product of each of their variants by SKU."""

    products: Mapping[str, KnownProduct]
    product_of: Mapping[str, str]
