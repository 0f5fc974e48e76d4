"""Which columns does a catalogue file have, and how is each of them read and written?"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import msgspec

from engine.money import BadAmount, format_amount, parse_amount
from server.catalog.imports.cells import join_list, join_pairs, split_list, split_pairs
from server.catalog.inventory_levels import MOST_ON_HAND
from server.catalog.parts import RESERVED_SLUGS

Read: TypeAlias = Callable[[str, str], Any]
"""Makes a value of a cell, given the store's currency. Raises ValueError with a sentence that ends in the way out."""
Write: TypeAlias = Callable[[Any, str], str]

LONGEST_DESCRIPTION: Final = 20_000
LARGEST_MEASURE: Final = 1_000_000_000
DEEPEST_CATEGORY: Final = 8
# As server/catalog/parts.py has them, so that what is imported can be addressed, and what is exported be imported.
_SLUG: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,99}")
_SKU: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._ -]{0,99}")
_CODE: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,59}")
_VALUE_CODE: Final = re.compile(r"[a-z0-9][a-z0-9_.-]{0,59}")
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Column:
    """One column. A required one has to be in the file and filled in every row."""

    name: str
    about: str
    read: Read
    write: Write
    is_required: bool = False
    is_internal: bool = False  # shown only to those who may write the catalogue


def _text(most: int) -> Read:
    def read(cell: str, _currency: str) -> str:
        if len(cell) > most:
            raise ValueError(f"has {len(cell)} characters; at most {most} are kept")
        return cell

    return read


def _sku(cell: str, currency: str) -> str:
    if cell != cell.strip():
        raise ValueError("begins or ends with a space; a SKU that differs only by one would be another variant")
    return str(
        _matching(_SKU, "letters a-z, digits, and inside - _ . and spaces, up to 100 characters")(cell, currency)
    )


def _product(cell: str, currency: str) -> str:
    slug = str(_slug(cell, currency))
    if slug in RESERVED_SLUGS:
        raise ValueError("is a word of the API's own addresses; choose another slug")
    return slug


def _matching(pattern: re.Pattern[str], rule: str) -> Read:
    def read(cell: str, _currency: str) -> str:
        if cell and pattern.fullmatch(cell) is None:
            raise ValueError(f"has to be {rule}")
        return cell

    return read


def _one_of(*words: str) -> Read:
    def read(cell: str, _currency: str) -> str:
        found = cell.lower() or words[0]
        if found not in words:
            raise ValueError(f"has to be one of {', '.join(words)}")
        return found

    return read


def _price(cell: str, currency: str) -> int | None:
    if not cell:
        return None
    try:
        amount = parse_amount(cell, currency)
    except BadAmount as error:
        raise ValueError(str(error)) from error
    if amount < 0:
        raise ValueError("is negative; a price is 0 or more")
    return amount


def _whole(most: int, when_empty: int | None) -> Read:
    def read(cell: str, _currency: str) -> int | None:
        if not cell:
            return when_empty
        if not (cell.isascii() and cell.isdigit()) or len(cell) > 10 or int(cell) > most:
            raise ValueError(f"has to be a whole number from 0 to {most}, without separators")
        return int(cell)

    return read


def _names(cell: str, _currency: str) -> tuple[str, ...]:
    names = split_list(cell)
    if any(not 1 <= len(name) <= 200 for name in names):
        raise ValueError("a name in it is empty or longer than 200 characters")
    return names


def _tags(cell: str, _currency: str) -> tuple[str, ...]:
    tags = tuple(dict.fromkeys(split_list(cell)))
    if len(tags) > 50 or any(not 1 <= len(tag) <= 60 for tag in tags):
        raise ValueError("takes up to 50 tags of 1 to 60 characters, as in new|fragile")
    return tags


def _category(cell: str, _currency: str) -> tuple[str, ...]:
    slugs = tuple(cell.split("/")) if cell else ()
    if len(slugs) > DEEPEST_CATEGORY or any(_SLUG.fullmatch(slug) is None for slug in slugs):
        raise ValueError(f"has to be a path such as clothing/socks of up to {DEEPEST_CATEGORY} slugs (a-z 0-9 - _)")
    return slugs


def _pairs(cell: str, _currency: str) -> tuple[tuple[str, str], ...]:
    pairs = split_pairs(cell)
    if len(pairs) > 50 or len(set(pairs)) != len(pairs):
        raise ValueError("takes up to 50 pairs, each of them once")
    if any(_CODE.fullmatch(code) is None or _VALUE_CODE.fullmatch(value) is None for code, value in pairs):
        raise ValueError("has to be pairs of codes (a-z 0-9 - _), as in colour:red|size:m")
    return pairs


def _options(cell: str, currency: str) -> tuple[tuple[str, str], ...]:
    pairs = _pairs(cell, currency)
    if len({code for code, _ in pairs}) != len(pairs):
        raise ValueError("gives an option two values; a variant has one of each")
    return pairs


def _name_pairs(cell: str, _currency: str) -> tuple[tuple[str, str], ...]:
    pairs = split_pairs(cell)
    if any(not 1 <= len(name) <= 200 for pair in pairs for name in pair):
        raise ValueError("a name in it is empty or longer than 200 characters")
    return pairs


def _specifications(cell: str, _currency: str) -> str:
    if len(cell) > LONGEST_DESCRIPTION:
        raise ValueError(f"has {len(cell)} characters; at most {LONGEST_DESCRIPTION} are kept")
    try:
        value = msgspec.json.decode(cell or "{}", type=dict[str, Any])
        text = msgspec.json.encode(value, order="sorted").decode()
    except (msgspec.MsgspecError, RecursionError) as error:
        raise ValueError(f'has to be a JSON object, as {{"material": "wool"}}: {error}') from error
    if "\\u0000" in text:
        raise ValueError("holds the character NUL; leave it out")
    return text


def _as_text(value: Any, _currency: str) -> str:
    return "" if value is None else str(value)


def _as_amount(value: int | None, currency: str) -> str:
    return "" if value is None else format_amount(value, currency)


def _as_list(value: tuple[str, ...], _currency: str) -> str:
    return join_list(value)


def _as_path(value: tuple[str, ...], _currency: str) -> str:
    return "/".join(value)


def _as_pairs(value: tuple[tuple[str, str], ...], _currency: str) -> str:
    return join_pairs(value)


_slug = _matching(_SLUG, "a slug: small letters a-z, digits, - and _, up to 100")
_code = _matching(_CODE, "a code: small letters a-z, digits, - and _, up to 60")

COLUMNS: Final = (
    Column("product", "slug of the product; rows with the same one are its variants", _product, _as_text, True),
    Column("product_name", "name, up to 300 characters", _text(300), _as_text, True),
    Column("description", f"text, up to {LONGEST_DESCRIPTION} characters", _text(LONGEST_DESCRIPTION), _as_text),
    Column("status", "draft, active or archived", _one_of("draft", "active", "archived"), _as_text),
    Column("brand", "slug of the brand; it is made when there is none", _slug, _as_text),
    Column("brand_name", "its name, when it has to be made", _text(200), _as_text),
    Column("category", "path of slugs, as clothing/socks; what is missing is made", _category, _as_path),
    Column("category_names", "names of the path, as Clothing|Socks, when they have to be made", _names, _as_list),
    Column("seller", "slug of the seller; it is made when there is none", _slug, _as_text),
    Column("seller_name", "its name, when it has to be made", _text(200), _as_text),
    Column("tags", "tags, as new|fragile", _tags, _as_list),
    Column("tax_class", "tax class that the tax ruleset knows; empty: standard", _code, _as_text),
    Column("attributes", "values the whole product has, as material:wool", _pairs, _as_pairs),
    Column("attribute_names", "their names, as Material:Wool, in the same order", _name_pairs, _as_pairs),
    Column("specifications", "a JSON object", _specifications, _as_text),
    Column("sku", "the variant's own code, up to 100 characters; says which variant a row is", _sku, _as_text, True),
    Column("variant_name", "name of the variant, up to 300 characters", _text(300), _as_text),
    Column("variant_status", "active or inactive", _one_of("active", "inactive"), _as_text),
    Column("options", "what the variant differs by, as colour:red|size:m", _options, _as_pairs),
    Column("option_names", "their names, as Colour:Red|Size:M, in the same order", _name_pairs, _as_pairs),
    Column("list_price", "price in the store's currency, as 19.90", _price, _as_amount, True),
    Column("sale_price", "lower price, or empty", _price, _as_amount),
    Column("cost", "what one costs the shop, or empty", _price, _as_amount, is_internal=True),
    Column("floor_price", "the least it may be sold for, or empty", _price, _as_amount, is_internal=True),
    Column("weight_g", "weight in grams, or empty", _whole(LARGEST_MEASURE, None), _as_text),
    Column("volume_cm3", "volume in cubic centimetres, or empty", _whole(LARGEST_MEASURE, None), _as_text),
    Column("barcode", "barcode, up to 64 characters", _text(64), _as_text),
    Column("on_hand", "pieces counted now; the difference goes into the ledger", _whole(MOST_ON_HAND, 0), _as_text),
    Column("low_stock_threshold", "available pieces that count as low, or empty", _whole(MOST_ON_HAND, None), _as_text),
)  # fmt: skip
BY_NAME: Final = {column.name: column for column in COLUMNS}


def control_character(cell: str) -> str | None:
    """The first character of a cell that no text may hold; tabs and line ends are fine."""
    match = _CONTROL.search(cell)
    return None if match is None else match[0]
