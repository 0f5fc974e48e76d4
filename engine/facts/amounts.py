"""How are amounts of money and percentages read from a node?"""

from __future__ import annotations

from engine.facts.answers import Answer, LiteralContext
from engine.facts.expected import described, example, is_word, shown, wrong_type
from engine.money import EXPONENTS, BadAmount, BadPercent, UnknownCurrency, is_currency, parse_amount, parse_percent
from engine.text.diagnostics import Diagnostic, error
from engine.text.nodes import Mapping, Node, Scalar
from engine.text.suggest import did_you_mean

Ratio = tuple[int, int]


def read_money(node: Node, context: LiteralContext) -> Answer[int]:
    """Minor units of the currency of the context, from `"150.00"`, `150` or `{BRL: "150.00", USD: "30.00"}`.

    Too many digits are a fault (RS310), never rounded. Of a map only the amount in that currency is read.
    """
    if context.currency is None:
        return None, error("RS316", "an amount needs a currency", node.span, hint="write `currency:` in the head")
    if isinstance(node, Mapping):
        return _from_map(node, context.currency)
    return _amount(node, context.currency)


def read_percent(node: Node) -> Answer[Ratio]:
    """The exact ratio of `10`, `12.5` or `"12.5%"` in lowest terms: 12.5 is (1, 8). Not negative, not bounded above."""
    if not isinstance(node, Scalar) or not is_word(node):
        return None, error("RS311", f"expected a percentage, got {described(node)}", node.span, hint="write 12.5")
    try:
        return parse_percent(node.text.strip()), None
    except BadPercent as fault:
        return None, error("RS311", fault.message, node.span, hint=fault.hint)


def _amount(node: Node, currency: str) -> Answer[int]:
    if not isinstance(node, Scalar) or not is_word(node):
        return None, wrong_type(node, "money")
    try:
        return parse_amount(node.text.strip(), currency), None
    except UnknownCurrency as fault:
        return None, error("RS316", fault.message, node.span, hint=fault.hint)
    except BadAmount as fault:
        return None, error("RS310", fault.message, node.span, hint=fault.hint)


def _from_map(node: Mapping, currency: str) -> Answer[int]:
    stranger = next((entry.key for entry in node.entries if not is_currency(entry.key.text)), None)
    if stranger is not None:
        return None, _unknown_currency(stranger)
    own = node.get(currency)
    if own is not None:
        return _amount(own, currency)
    given = ", ".join(node.keys()) or "none"
    message = f"there is no amount in {currency} (given: {given})"
    return None, error("RS316", message, node.span, hint=f'add {currency}: "…"')


def _unknown_currency(key: Scalar) -> Diagnostic:
    hint = did_you_mean(key.text.upper(), EXPONENTS) or example("money")
    return error("RS316", f"'{shown(key.text)}' is not an active ISO 4217 currency", key.span, hint=hint)
