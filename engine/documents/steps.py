"""How is `plus: "2.50", per: 1kg` read: a price that grows with every started unit?"""

from __future__ import annotations

from engine.documents.model import Step
from engine.documents.reading import Reader
from engine.facts.vocabulary import FactType
from engine.text.nodes import Mapping, Node


def read_step(reader: Reader, fields: Mapping, fact_type: FactType, over: int) -> Step | None:
    """The step beside a price, counted from `over`; None when there is none (or it is wrong, which is reported)."""
    if fields.get("plus") is None and fields.get("per") is None:
        return None
    plus = reader.price(reader.required(fields, "plus"))
    per = step_size(reader, reader.required(fields, "per"), fact_type)
    return None if plus is None or per is None else Step(plus=plus, per=per, over=over)


def step_size(reader: Reader, node: Node | None, fact_type: FactType) -> int | None:
    """How much of the measured fact one step is: more than nothing."""
    size = None if node is None else reader.literal(node, fact_type)
    if node is not None and isinstance(size, int) and size <= 0:
        reader.report("RS327", "a step must be more than nothing", node.span)
        return None
    return size if isinstance(size, int) else None
