"""How does `fact: {at_least: 3, less_than: 10}` become tests of one fact?"""

from __future__ import annotations

from collections.abc import Iterator

from engine.documents.conditions import Key, Operator, Test
from engine.documents.operators import ELEMENT_TYPE, LISTS, ONE_OR_MORE, OPERATORS, OPERATORS_OF
from engine.documents.values import ValueReader, described
from engine.facts.vocabulary import FactType
from engine.money import is_currency
from engine.text.nodes import Entry, Mapping, Node, Scalar
from engine.text.nodes import Sequence as ListNode


def read_tests(values: ValueReader, entry: Entry, fact: str, fact_type: FactType) -> Iterator[Test]:
    """The tests of one entry: a bare value means `is`, several operators must all hold. Faults are reported."""
    node = entry.value
    if isinstance(node, Mapping) and not _is_amount(node, fact_type):
        if not node.entries:
            hint = f"write one of {', '.join(OPERATORS_OF[fact_type])}"
            values.report("RS206", "no operator is given", node.span, hint=hint)
        for operation in node.entries:
            yield from _operation(values, operation, fact, fact_type)
    elif isinstance(node, ListNode):
        operator = "any_of" if fact_type == "codes" else "in"
        message = "a list needs an operator that says how its values are meant"
        values.report("RS307", message, node.span, hint=f"write {{{operator}: […]}}")
    elif _fits(values, entry, "is", fact, fact_type):
        key = _operand(values, node, fact_type)
        if key is not None:
            yield Test(fact, "is", (key,), entry.key.span.until(node.span))


def _operation(values: ValueReader, entry: Entry, fact: str, fact_type: FactType) -> Iterator[Test]:
    operator = next((known for known in OPERATORS if known == entry.key.text), None)
    if operator is None:
        hint = values.suggest(entry.key.text, OPERATORS_OF[fact_type], _fitting(fact_type))
        values.report("RS306", f"there is no operator '{entry.key.text}'", entry.key.span, hint=hint)
        return
    if not _fits(values, entry, operator, fact, fact_type):
        return
    operands = _operands(values, entry.value, operator, fact_type)
    if operands:
        yield Test(fact, operator, operands, entry.key.span.until(entry.value.span))


def _fits(values: ValueReader, entry: Entry, operator: Operator, fact: str, fact_type: FactType) -> bool:
    if operator in OPERATORS_OF[fact_type]:
        return True
    message = f"{fact} is a {fact_type} and cannot be tested with '{operator}'"
    if fact_type == "codes":
        message = f"{fact} is a set of codes and cannot be tested with '{operator}'"
    values.report("RS307", message, entry.key.span, hint=_fitting(fact_type))
    return False


def _fitting(fact_type: FactType) -> str:
    return f"operators that fit: {', '.join(OPERATORS_OF[fact_type])}"


def _operands(values: ValueReader, node: Node, operator: Operator, fact_type: FactType) -> tuple[Key, ...]:
    if operator == "known":
        return _known(values, node)
    if operator == "between":
        return _between(values, node, fact_type)
    if operator in LISTS or (operator in ONE_OR_MORE and isinstance(node, ListNode)):
        return _list(values, node, operator, fact_type)
    key = _operand(values, node, fact_type)
    if key == "" and operator == "starts_with":
        values.report("RS319", "every text starts with the empty text", node.span)
        return ()
    return () if key is None else (key,)


def _known(values: ValueReader, node: Node) -> tuple[Key, ...]:
    value = node.value if isinstance(node, Scalar) else None
    if isinstance(value, bool):
        return (int(value),)
    values.report("RS315", f"known takes true or false, got {described(node)}", node.span)
    return ()


def _between(values: ValueReader, node: Node, fact_type: FactType) -> tuple[Key, ...]:
    if not isinstance(node, ListNode) or len(node.items) != 2:
        values.report("RS307", "between takes two values", node.span, hint="write [low, high]; high is excluded")
        return ()
    low = _operand(values, node.items[0], fact_type)
    high = _operand(values, node.items[1], fact_type)
    if low is None or high is None:
        return ()
    if _is_empty(low, high):
        hint = "the first value is included, the second excluded"
        values.report("RS319", "the range is empty: nothing lies between these values", node.span, hint=hint)
        return ()
    return (low, high)


def _is_empty(low: Key, high: Key) -> bool:
    if isinstance(low, int) and isinstance(high, int):
        return low >= high
    return str(low) >= str(high)


def _list(values: ValueReader, node: Node, operator: Operator, fact_type: FactType) -> tuple[Key, ...]:
    if not isinstance(node, ListNode):
        message = f"{operator} takes a list, got {described(node)}"
        values.report("RS307", message, node.span, hint=f"write {operator}: […]")
        return ()
    if not node.items:
        values.report("RS319", f"{operator} has an empty list", node.span, hint="add a value or remove the test")
        return ()
    keys = [_operand(values, item, fact_type) for item in values.items(node)]
    return tuple(dict.fromkeys(key for key in keys if key is not None and (key != "" or operator != "starts_with")))


def _operand(values: ValueReader, node: Node, fact_type: FactType) -> Key | None:
    return values.literal(node, ELEMENT_TYPE.get(fact_type, fact_type))


def _is_amount(node: Mapping, fact_type: FactType) -> bool:
    """Whether a map is an amount by currency rather than a map of operators."""
    return fact_type == "money" and any(is_currency(entry.key.text) for entry in node.entries)
