"""What does a pricing document say: how the unit price of a line comes about?"""

from __future__ import annotations

from typing import Final, Literal

from engine.documents.common import common_parts
from engine.documents.model import GuardRails, PriceRule, PriceTier, PricingDocument
from engine.documents.places import cart_at, line_at
from engine.documents.reading import Ids, Reader
from engine.documents.rows import ascending
from engine.text.nodes import Mapping, Node

CART: Final = cart_at("request")
LINE: Final = line_at("request")
PICKS: Final[tuple[Literal["best", "first"], ...]] = ("best", "first")
WAYS: Final = ("price", "percent_off", "amount_off", "use", "tiers")
"""How a rule may say the price; exactly one."""

COST_FACTS: Final = ("line.cost", "line.floor_price")
MOST_UNITS: Final = 1_000_000


def read_pricing(reader: Reader, fields: Mapping) -> PricingDocument:
    """The typed document; whatever has a fault is reported and left out."""
    ids = Ids(reader, "rule")
    rules = [_rule(reader, rule, ids) for rule in reader.mappings(reader.required(fields, "rules"))]
    pick = reader.choice(fields.get("pick"), PICKS, "best")
    guard = _guard(reader, fields.get("guard"))
    return PricingDocument(
        rules=tuple(rule for rule in rules if rule is not None),
        pick=pick,
        guard=guard,
        **common_parts(reader, fields),
    )


def _rule(reader: Reader, fields: Mapping, ids: Ids) -> PriceRule | None:
    rule_id = ids.claim(fields)
    when = reader.condition(fields.get("when"), CART)
    where = reader.condition(fields.get("where"), LINE)
    window = reader.window(fields)
    then = reader.mapping(reader.required(fields, "then"))
    if then is None:
        return None
    way = _way(reader, then)
    price = reader.price(then.get("price"))
    percent = reader.percent(then.get("percent_off"))
    amount = reader.price(then.get("amount_off"))
    fact = _money_fact(reader, then.get("use"))
    tiers = _tiers(reader, then.get("tiers"))
    if rule_id is None or not way or (price, percent, amount, fact, tiers) == (None, None, None, None, ()):
        return None
    return PriceRule(
        id=rule_id,
        when=when,
        where=where,
        window=window,
        priority=reader.integer(fields.get("priority"), -(10**6), 10**6) or 0,
        price=price,
        percent=percent,
        amount=amount,
        fact=fact,
        tiers=tiers,
        marks_sale=reader.flag(fields.get("marks_sale"), True),
        message=reader.message(fields.get("message")),
        span=fields.span,
        then_span=then.span,
    )


def _way(reader: Reader, then: Mapping) -> str:
    given = [key for key in WAYS if then.get(key) is not None]
    if len(given) == 1:
        return given[0]
    message = f"{' and '.join(given)} exclude each other" if given else "no price is given"
    hint = "keep one of them" if given else f"one of {', '.join(WAYS)}"
    reader.report("RS205", message, then.span, hint=hint)
    return ""


def _money_fact(reader: Reader, node: Node | None) -> str | None:
    if node is None:
        return None
    found = reader.fact(node, LINE)
    if found is not None and found[1] != "money":
        reader.report("RS323", f"{found[0]} is a {found[1]}, not an amount of money", node.span)
        return None
    return None if found is None else found[0]


def _tiers(reader: Reader, node: Node | None) -> tuple[PriceTier, ...]:
    tiers: list[PriceTier] = []
    for row in reader.mappings(node):
        start = reader.integer(reader.required(row, "from"), 1, MOST_UNITS)
        price, percent = reader.price(row.get("price")), reader.percent(row.get("percent_off"))
        if (row.get("price") is None) == (row.get("percent_off") is None):
            reader.report("RS205", "a tier needs either a price or percent_off", row.span)
        elif start is not None and (price is not None or percent is not None):
            tiers.append(PriceTier(start, price, percent, row.span))
    is_sorted = ascending(reader, [(tier.start, tier.span) for tier in tiers])
    return tuple(tiers) if is_sorted else ()


def _guard(reader: Reader, node: Node | None) -> GuardRails:
    fields = reader.mapping(node)
    if fields is None:
        return GuardRails()
    below = fields.get("never_below")
    max_change = reader.percent(fields.get("max_change"), 1000)
    if isinstance(below, Mapping) and below.get("fact") is not None:
        fact = reader.reference(below.get("fact"), COST_FACTS, "fact a price can be held against named")
        plus = reader.percent(below.get("plus"), 1000)
        return GuardRails(
            never_below_fact=fact, never_below_plus=plus or (0, 1), max_change=max_change, span=fields.span
        )
    return GuardRails(never_below=reader.price(below), max_change=max_change, span=fields.span)
