"""How are the values of an expectation read?"""

from __future__ import annotations

from engine.facts.expected import described
from engine.money.amount import parse_amount
from engine.money.faults import BadAmount
from engine.text.diagnostics import Diagnostic, error
from engine.text.nodes import Mapping, Node, Scalar, Sequence


def amount(node: Node, currency: str) -> tuple[int, Diagnostic | None]:
    """Minor units of an amount, or of the currency's entry in a map of amounts; the fault makes the number void."""
    if isinstance(node, Mapping):
        own = node.get(currency)
        if own is None:
            return 0, malformed(node, f"an amount in {currency}")
        node = own
    if not isinstance(node, Scalar) or isinstance(node.value, bool | None):
        return 0, malformed(node, "an amount")
    try:
        return parse_amount(node.text, currency), None
    except BadAmount as fault:
        return 0, error("RS610", fault.message, node.span, hint=fault.hint)


def texts(node: Node) -> tuple[list[Scalar], Diagnostic | None]:
    """The texts of a list; a single text counts as a list of one."""
    if isinstance(node, Scalar) and node.value is not None:
        return [node], None
    if isinstance(node, Sequence):
        scalars = [item for item in node.items if isinstance(item, Scalar)]
        if len(scalars) == len(node.items):
            return scalars, None
    return [], malformed(node, "a list of names, as [a, b]; [] for none")


def malformed(node: Node, wanted: str) -> Diagnostic:
    """RS610: the expectation has another shape than what can be compared."""
    return error("RS610", f"{wanted} was expected here, got {described(node)}", node.span)
