"""Does a document have the shape of its kind: the right keys, with the right sort of value?

The document is held against the JSON Schema that editors use; what does not fit is told in the words of an author.
"""

from __future__ import annotations

from functools import cache

from engine.documents.model import Kind
from engine.documents.schema import shape_schema
from engine.documents.shape_checks import compiled
from engine.documents.shape_values import Check, ShapeFaults
from engine.text.diagnostics import Diagnostic
from engine.text.nodes import Node


def check_shape(node: Node, kind: Kind) -> list[Diagnostic]:
    """Every fault of shape (RS2xx), located, at most 50."""
    faults = ShapeFaults()
    _checks(kind)(node, faults)
    return faults.findings


@cache
def _checks(kind: Kind) -> Check:
    return compiled(shape_schema(kind))
