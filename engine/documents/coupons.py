"""What does a coupons document say: may a code be used, and what does it give?"""

from __future__ import annotations

from typing import Final, Literal

from engine.documents.common import common_parts
from engine.documents.model import Coupon, CouponsDocument
from engine.documents.places import cart_at
from engine.documents.promotions import read_limits
from engine.documents.read_effects import read_effect
from engine.documents.reading import Ids, Reader
from engine.facts.literals import fold_code
from engine.text.diagnostics import Related
from engine.text.nodes import Mapping, Node
from engine.text.source import Span

PLACE: Final = cart_at("order_promotions")
STACKING: Final[tuple[Literal["none", "all"], ...]] = ("none", "all")


def read_coupons(reader: Reader, fields: Mapping) -> CouponsDocument:
    """The typed document; whatever has a fault is reported and left out."""
    ids, codes = Ids(reader, "coupon"), _Codes(reader)
    nodes = reader.mappings(reader.required(fields, "coupons"))
    coupons = [_coupon(reader, coupon, ids, codes) for coupon in nodes]
    return CouponsDocument(
        coupons=tuple(coupon for coupon in coupons if coupon is not None),
        stacking=reader.choice(fields.get("stacking"), STACKING, "none"),
        **common_parts(reader, fields),
    )


def _coupon(reader: Reader, fields: Mapping, ids: Ids, codes: _Codes) -> Coupon | None:
    coupon_id = ids.claim(fields)
    own_codes = codes.claim(fields.get("codes"))
    campaign = reader.identifier(fields.get("campaign"))
    if fields.get("codes") is None and fields.get("campaign") is None:
        hint = "write codes: […], or campaign: for codes the shop issues"
        reader.report("RS205", "the coupon has no code", fields.span, hint=hint)
    when_node = fields.get("when")
    when = reader.condition(when_node, PLACE)
    then = reader.required(fields, "then")
    effect = read_effect(reader, then, PLACE)
    window, limits = reader.window(fields), read_limits(reader, fields.get("limits"))
    if coupon_id is None or effect is None or then is None:
        return None
    return Coupon(
        id=coupon_id,
        codes=own_codes,
        campaign=campaign,
        then=effect,
        when=when,
        window=window,
        priority=reader.integer(fields.get("priority"), -(10**6), 10**6) or 0,
        limits=limits,
        user_bound=reader.flag(fields.get("user_bound"), False),
        first_order_only=reader.flag(fields.get("first_order_only"), False),
        exclusive_with=reader.identifiers(fields.get("exclusive_with")),
        message=reader.message(fields.get("message")),
        span=fields.span,
        when_span=None if when_node is None else when_node.span,
        then_span=then.span,
    )


class _Codes:
    """The folded codes of the document: each may belong to one coupon only."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._places: dict[str, Span] = {}

    def claim(self, node: Node | None) -> tuple[str, ...]:
        folded = []
        for item in self._reader.items(node):
            written = self._reader.identifier(item)
            if written is not None:
                folded.append(fold_code(written))
                self._claim_one(folded[-1], written, item.span)
        return tuple(dict.fromkeys(folded))

    def _claim_one(self, code: str, written: str, span: Span) -> None:
        before = self._places.setdefault(code, span)
        if before is not span:
            message = f"the code '{written}' is taken (codes are compared trimmed, folded and without case)"
            self._reader.report("RS329", message, span, related=(Related(before, "taken here"),))
