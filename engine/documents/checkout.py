"""What does a checkout document say: may this cart become an order?"""

from __future__ import annotations

from typing import Final, Literal

from engine.documents.common import common_parts
from engine.documents.model import CheckoutDocument, MinimumOrder, PaymentMethod
from engine.documents.places import CHECKOUT
from engine.documents.reading import Ids, Reader
from engine.documents.refusals import read_refusals
from engine.text.nodes import Mapping, Node
from engine.text.source import Span

PRICE_LOCK_SECONDS: Final = 900
CONFIRMATIONS: Final[tuple[Literal["sms"], ...]] = ("sms",)


def read_checkout(reader: Reader, fields: Mapping) -> CheckoutDocument:
    """The typed document; whatever has a fault is reported and left out."""
    methods = _payment_methods(reader, fields.get("payment_methods"))
    step, rounded, span = _cash_rounding(reader, fields.get("cash_rounding"), {method.id for method in methods})
    return CheckoutDocument(
        required=_required_facts(reader, fields.get("require")),
        minimum_order=_minimum_order(reader, fields.get("minimum_order")),
        refusals=read_refusals(reader, fields.get("refuse"), "refusal", CHECKOUT),
        payment_methods=methods,
        price_lock_seconds=_price_lock(reader, fields.get("price_lock")),
        cash_rounding=step,
        cash_rounding_methods=rounded,
        cash_rounding_span=span,
        **common_parts(reader, fields),
    )


def _required_facts(reader: Reader, node: Node | None) -> tuple[tuple[str, Span], ...]:
    facts: dict[str, Span] = {}
    for item in reader.items(node):
        found = reader.fact(item, CHECKOUT)
        if found is not None:
            facts.setdefault(found[0], item.span)
    return tuple(facts.items())


def _minimum_order(reader: Reader, node: Node | None) -> MinimumOrder | None:
    fields = reader.mapping(node)
    if fields is None:
        return None
    amount = reader.price(reader.required(fields, "amount"))
    basis = reader.money_basis(fields, "of", CHECKOUT)
    return None if amount is None or basis is None else MinimumOrder(amount=amount, of=basis, span=fields.span)


def _payment_methods(reader: Reader, node: Node | None) -> tuple[PaymentMethod, ...]:
    ids = Ids(reader, "payment method")
    methods = [_payment_method(reader, fields, ids) for fields in reader.mappings(node)]
    return tuple(method for method in methods if method is not None)


def _payment_method(reader: Reader, fields: Mapping, ids: Ids) -> PaymentMethod | None:
    method_id = ids.claim(fields)
    when_node = fields.get("when")
    when = reader.condition(when_node, CHECKOUT)
    if method_id is None:
        return None
    return PaymentMethod(
        id=method_id,
        when=when,
        confirm=_confirm(reader, fields.get("confirm")),
        name=reader.message(fields.get("name")),
        span=fields.span,
        when_span=None if when_node is None else when_node.span,
    )


def _confirm(reader: Reader, node: Node | None) -> Literal["sms"] | None:
    return None if node is None else reader.choice(node, CONFIRMATIONS, "sms")


def _price_lock(reader: Reader, node: Node | None) -> int:
    seconds = reader.duration(node)
    if node is not None and seconds is not None and seconds <= 0:
        reader.report("RS327", "a price lock must last", node.span, hint="write it as in 15m")
        return PRICE_LOCK_SECONDS
    return PRICE_LOCK_SECONDS if seconds is None else seconds


def _cash_rounding(
    reader: Reader, node: Node | None, methods: set[str]
) -> tuple[int | None, tuple[str, ...], Span | None]:
    fields = reader.mapping(node)
    if fields is None:
        return None, (), None
    step_node = reader.required(fields, "step")
    step = reader.price(step_node)
    if step_node is not None and step == 0:
        reader.report("RS327", "cash cannot be rounded to multiples of zero", step_node.span)
        step = None
    return step, reader.references(fields.get("methods"), methods, "payment method"), fields.span
