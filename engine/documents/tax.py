"""What does a tax document say: which rate taxes a line or shipping, and how is it rounded?"""

from __future__ import annotations

from typing import Final, Literal

from engine.documents.common import common_parts
from engine.documents.effects import TaxMode
from engine.documents.model import TaxDocument, TaxRate
from engine.documents.places import TAXABLE, cart_at
from engine.documents.reading import Ids, Reader
from engine.documents.refusals import read_refusals
from engine.text.nodes import Mapping

PRICES: Final[tuple[TaxMode, ...]] = ("included", "excluded")
LEVELS: Final[tuple[Literal["line", "unit", "total"], ...]] = ("line", "unit", "total")
TARGETS: Final[tuple[Literal["net", "tax"], ...]] = ("net", "tax")
POLICIES: Final[tuple[Literal["first", "unique"], ...]] = ("first", "unique")
OTHERWISE: Final[tuple[Literal["refuse", "zero"], ...]] = ("refuse", "zero")
EXEMPT: Final = cart_at("shipping_promotions")


def read_tax(reader: Reader, fields: Mapping) -> TaxDocument:
    """The typed document; whatever has a fault is reported and left out."""
    ids = Ids(reader, "rate")
    rates = [_rate(reader, rate, ids) for rate in reader.mappings(reader.required(fields, "rates"))]
    return TaxDocument(
        prices=reader.choice(reader.required(fields, "prices"), PRICES, "included"),
        level=reader.choice(fields.get("level"), LEVELS, "line"),
        target=reader.choice(fields.get("target"), TARGETS, "net"),
        policy=reader.choice(fields.get("policy"), POLICIES, "first"),
        rates=tuple(rate for rate in rates if rate is not None),
        exemptions=read_refusals(reader, fields.get("exempt"), "exemption", EXEMPT),
        shipping=reader.identifier(fields.get("shipping")) or "standard",
        otherwise=reader.choice(fields.get("otherwise"), OTHERWISE, "refuse"),
        **common_parts(reader, fields),
    )


def _rate(reader: Reader, fields: Mapping, ids: Ids) -> TaxRate | None:
    rate_id = ids.claim(fields)
    where = reader.condition(fields.get("where"), TAXABLE)
    percent = reader.percent(reader.required(fields, "percent"))
    window = reader.window(fields)
    if rate_id is None or percent is None:
        return None
    return TaxRate(
        id=rate_id,
        where=where,
        percent=percent,
        window=window,
        message=reader.message(fields.get("message")),
        span=fields.span,
    )
