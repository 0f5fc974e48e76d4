"""How does `fact: {at_least: 3, less_than: 10}` become tests of one fact?"""

from __future__ import annotations

from collections.abc import Iterator

from engine.documents.conditions import Key, Operator, Test
from engine.documents.operators import (
    ELEMENT_TYPE,
    FOLDED_FACTS,
    LISTS,
    ONE_OR_MORE,
    OPERATORS,
    OPERATORS_OF,
)
from engine.documents.values import ValueReader
from engine.facts.expected import described
from engine.facts.literals import fold_code
from engine.facts.vocabulary import FactType
from engine.money import is_currency
from engine.text.nodes import Entry, Mapping, Node, Scalar
from engine.text.nodes import Sequence as ListNode


class TestReader:
    """Reads what is asked about one fact (or aggregate axis) of the given type; faults are reported."""

    __test__ = False  # pytest would otherwise take the class for a test case

    def __init__(self, values: ValueReader, fact: str, fact_type: FactType) -> None:
        self._values = values
        self._fact = fact
        self._type = fact_type

    def read(self, entry: Entry) -> Iterator[Test]:
        """The tests of one entry: a bare value means `is`, several operators must all hold."""
        node = entry.value
        if isinstance(node, Mapping) and not self._is_amount(node):
            if not node.entries:
                self._values.report("RS206", "no operator is given", node.span, hint=self._fitting())
            for operation in node.entries:
                yield from self._operation(operation)
        elif isinstance(node, ListNode):
            operator = "any_of" if self._type == "codes" else "in"
            message = "a list needs an operator that says how its values are meant"
            self._values.report("RS307", message, node.span, hint=f"write {{{operator}: […]}}")
        elif self._fits(entry, "is"):
            yield from self._test("is", self._one(node), entry)

    def _operation(self, entry: Entry) -> Iterator[Test]:
        operator = next((known for known in OPERATORS if known == entry.key.text), None)
        if operator is None:
            hint = self._values.suggest(entry.key.text, OPERATORS_OF[self._type], self._fitting())
            self._values.report("RS306", f"there is no operator '{entry.key.text}'", entry.key.span, hint=hint)
        elif self._fits(entry, operator):
            yield from self._test(operator, self._operands(entry.value, operator), entry)

    def _test(self, operator: Operator, operands: tuple[Key, ...], entry: Entry) -> Iterator[Test]:
        if operands:
            yield Test(self._fact, operator, operands, entry.key.span.until(entry.value.span))

    def _fits(self, entry: Entry, operator: Operator) -> bool:
        if operator in OPERATORS_OF[self._type]:
            return True
        what = "set of codes" if self._type == "codes" else self._type
        message = f"{self._fact} is a {what} and cannot be tested with '{operator}'"
        self._values.report("RS307", message, entry.key.span, hint=self._fitting())
        return False

    def _fitting(self) -> str:
        return f"operators that fit: {', '.join(OPERATORS_OF[self._type])}"

    # operands --------------------------------------------------------------------------------------------------

    def _operands(self, node: Node, operator: Operator) -> tuple[Key, ...]:
        if operator == "known":
            return self._known(node)
        if operator == "between":
            return self._between(node)
        if operator in LISTS or (operator in ONE_OR_MORE and isinstance(node, ListNode)):
            found = self._list(node, operator)
        else:
            found = self._one(node)
        if operator == "starts_with" and "" in found:
            hint = "write a prefix, or known: true"
            self._values.report("RS319", "every text starts with the empty text", node.span, hint=hint)
            return ()
        return found

    def _one(self, node: Node) -> tuple[Key, ...]:
        key = self._values.literal(node, ELEMENT_TYPE.get(self._type, self._type))
        if key is None:
            return ()
        return (fold_code(key) if self._fact in FOLDED_FACTS and isinstance(key, str) else key,)

    def _known(self, node: Node) -> tuple[Key, ...]:
        value = node.value if isinstance(node, Scalar) else None
        if isinstance(value, bool):
            return (int(value),)
        self._values.report("RS315", f"'known' takes true or false, got {described(node)}", node.span)
        return ()

    def _between(self, node: Node) -> tuple[Key, ...]:
        if not isinstance(node, ListNode) or len(node.items) != 2:
            hint = "write [low, high]; high is excluded"
            self._values.report("RS307", "'between' takes two values", node.span, hint=hint)
            return ()
        bounds = (*self._one(node.items[0]), *self._one(node.items[1]))
        if len(bounds) == 2 and not _is_below(bounds[0], bounds[1]):
            hint = "the first value is included, the second excluded"
            message = "the range is empty: nothing lies between these values"
            self._values.report("RS319", message, node.span, hint=hint)
            return ()
        return bounds if len(bounds) == 2 else ()

    def _list(self, node: Node, operator: Operator) -> tuple[Key, ...]:
        if not isinstance(node, ListNode):
            message = f"'{operator}' takes a list, got {described(node)}"
            self._values.report("RS307", message, node.span, hint=f"write {operator}: […]")
            return ()
        if not node.items:
            hint = "add a value or remove the test"
            self._values.report("RS319", f"'{operator}' has an empty list", node.span, hint=hint)
        keys = [key for item in self._values.items(node) for key in self._one(item)]
        return tuple(dict.fromkeys(keys))

    def _is_amount(self, node: Mapping) -> bool:
        """Whether a map is an amount by currency rather than a map of operators."""
        return self._type == "money" and any(is_currency(entry.key.text) for entry in node.entries)


def _is_below(low: Key, high: Key) -> bool:
    if isinstance(low, int) and isinstance(high, int):
        return low < high
    return str(low) < str(high)
