"""What are the words, codes and amounts of the catalogue's requests allowed to be?"""

from __future__ import annotations

from typing import Annotated, Final
from uuid import UUID

from msgspec import Meta

from server.web.binding import Path, View

MOST_VARIANTS: Final = 500
"""Variants of one product."""

RESERVED_SLUGS: Final = frozenset({"facets"})
"""Words that stand in addresses where the slug of a product would; a test holds them against all addresses."""

_SLUG: Final = r"^[a-z0-9][a-z0-9_-]*(?!\n)$"

Slug = Annotated[str, Meta(min_length=1, max_length=100, pattern=_SLUG, description="Small letters, digits, - and _.")]
Code = Annotated[str, Meta(min_length=1, max_length=60, pattern=_SLUG, description="Small letters, digits, - and _.")]
ValueCode = Annotated[str, Meta(min_length=1, max_length=60, pattern=r"^[a-z0-9][a-z0-9_.-]*(?!\n)$")]
Name = Annotated[str, Meta(min_length=1, max_length=300, pattern=r"\S")]
Sku = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=100,
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._ -]*(?!\n)$",
        description="Stock-keeping unit: the variant's own code.",
    ),
]
CategoryPath = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=1010,
        pattern=r"^[a-z0-9][a-z0-9_-]*(/[a-z0-9][a-z0-9_-]*)*(?!\n)$",
        description="Slugs from the root of the tree: clothing/socks.",
    ),
]
Amount = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=20,
        pattern=r"^[0-9]{1,13}(\.[0-9]{1,4})?(?!\n)$",
        description="In the store's currency, with at most the digits it has: 19.90.",
    ),
]
Tag = Annotated[str, Meta(min_length=1, max_length=60, pattern=_SLUG)]
TaxClass = Annotated[str, Meta(min_length=1, max_length=60, pattern=_SLUG, description="A class of the tax ruleset.")]
Order = Annotated[int, Meta(ge=-1_000_000, le=1_000_000, description="Lower ones come first.")]
Grams = Annotated[int, Meta(ge=0, le=1_000_000_000)]
CubicCentimetres = Annotated[int, Meta(ge=0, le=1_000_000_000)]
Alt = Annotated[str, Meta(max_length=300, description="What the picture shows, for those who do not see it.")]


class SlugPath(Path, frozen=True, kw_only=True):
    """Names something by its slug."""

    slug: Slug


class CodePath(Path, frozen=True, kw_only=True):
    """Names an attribute."""

    code: Code


class ValuePath(Path, frozen=True, kw_only=True):
    """Names a value of an attribute."""

    code: Code
    value: ValueCode


class IdPath(Path, frozen=True, kw_only=True):
    """Names something by its id."""

    id: UUID


class NamedView(View, frozen=True, kw_only=True):
    """A slug, path or code, with the name people read."""

    code: str
    name: str
