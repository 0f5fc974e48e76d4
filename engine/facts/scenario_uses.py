"""How are `coupon:` and `usage:` of a scenario read: the codes on the cart and what was used before?"""

from __future__ import annotations

from typing import Final

from engine.facts.cart import CouponEntry, Usage
from engine.facts.scenario_reader import ScenarioReader, is_null
from engine.facts.vocabulary import Fact
from engine.facts.words import fold_code
from engine.text.diagnostics import Related, error
from engine.text.nodes import Entry, Mapping, Node, Scalar, Sequence
from engine.text.source import Span

MOST_COUPONS: Final = 20
"""The most codes on one cart."""

MOST_USES: Final = 10_000
"""The most rules whose earlier use a scenario tells."""

_COUPON_KEYS: Final = ("code", "campaign", "owner", "known", "used", "spent")
_USED_KEYS: Final = ("code", "customer", "total")
_USAGE_KEYS: Final = ("customer", "total", "spent")
_USES: Final = {"code": "uses of the code", "customer": "uses by the customer", "total": "uses in total"}
_SPENT: Final = Fact("spent", "money", "cart", "request", True, "Money a rule has given away so far.")


def read_coupons(reader: ScenarioReader, node: Node | None) -> tuple[CouponEntry, ...]:
    """The codes of `WELCOME10`, of `{code, campaign, …}` or of a list of these, folded, in the order of the codes.

    The same code with the same details counts once.
    """
    found: dict[str, tuple[CouponEntry, Span]] = {}
    nodes = (
        reader.items(node, "coupon", MOST_COUPONS)
        if isinstance(node, Sequence)
        else iter(() if node is None else (node,))
    )
    for item in nodes:
        coupon = _coupon(reader, item)
        if coupon is None:
            continue
        first, place = found.setdefault(coupon.code, (coupon, item.span))
        if first != coupon:
            message = f"the code '{coupon.code[:40]}' is given twice with different details"
            reader.faults.add(error("RS719", message, item.span, related=(Related(place, "the first one"),)))
    return tuple(found[code][0] for code in sorted(found))


def read_usage(reader: ScenarioReader, node: Node | None, customer_id: str | None) -> dict[str, Usage]:
    """How often each rule was used before. What is not stated is 0, and None for a customer who is not known."""
    fields = reader.mapping(node, "usage")
    usage: dict[str, Usage] = {}
    for entry in reader.named(fields, "usage", MOST_USES):
        what = "usage of a rule"
        told = reader.mapping(entry.value, what)
        parts = reader.entries(told, _USAGE_KEYS, what)
        usage[entry.key.text] = Usage(
            customer=_uses(reader, told, "customer", None if customer_id is None else 0),
            total=_uses(reader, told, "total", 0) or 0,
            spent=_spent(reader, parts),
        )
    return dict(sorted(usage.items()))


def _coupon(reader: ScenarioReader, node: Node) -> CouponEntry | None:
    if isinstance(node, Scalar):
        code = _code(reader, node)
        return None if code is None else CouponEntry(code=code)
    fields = reader.mapping(node, "coupon")
    if fields is None:
        return None
    parts = reader.entries(fields, _COUPON_KEYS, "a coupon")
    if "code" not in parts:
        reader.report("RS712", "'code' is missing", fields.span)
    used = reader.mapping(fields.get("used"), "used")
    reader.entries(used, _USED_KEYS, "used")
    code = _code(reader, parts["code"].value) if "code" in parts else None
    campaign = reader.text(fields.get("campaign"), "campaign")
    owner = reader.text(fields.get("owner"), "owner")
    entry = CouponEntry(
        code=code or "",
        campaign=campaign,
        owner=owner,
        known=reader.flag(fields.get("known"), "known", True),
        used_code=_uses(reader, used, "code", 0),
        used_customer=_uses(reader, used, "customer", None),
        used_total=_uses(reader, used, "total", 0),
        spent=_spent(reader, parts),
    )
    return None if code is None else entry


def _code(reader: ScenarioReader, node: Node) -> str | None:
    written = reader.text(node, "coupon code")
    return None if written is None else fold_code(written)


def _uses(reader: ScenarioReader, fields: Mapping | None, key: str, default: int | None) -> int | None:
    """A number of uses; null says that it is not known, an absent key stands for `default`."""
    node = None if fields is None else fields.get(key)
    if node is None:
        return default
    return None if is_null(node) else reader.whole(node, _USES[key])


def _spent(reader: ScenarioReader, parts: dict[str, Entry]) -> int:
    entry = parts.get("spent")
    spent = None if entry is None else reader.key(entry.value, _SPENT)
    return spent if isinstance(spent, int) else 0
