"""What is the JSON Schema of a stated reason to say no?"""

from __future__ import annotations

from engine.documents.shapes.parts import (
    Schema,
    identifier,
    listed,
    message,
    one_or_more,
    record,
    when,
    window,
)


def refusals(about: str, by_method: bool = False) -> Schema:
    """A list of refusals; `by_method` when they may be limited to shipping methods."""
    properties = {
        "id": identifier(),
        "when": when(),
        "code": identifier("The stable code of the refusal; the id when absent."),
        **window(),
        "message": message(),
    }
    if by_method:
        properties["methods"] = one_or_more(identifier(), "The methods that are refused; all when absent.")
    return listed(record(properties, ["id", "when"]), about)
