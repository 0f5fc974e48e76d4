"""What is one finding about a text?"""

from __future__ import annotations

from dataclasses import dataclass

from engine.text.codes import Severity
from engine.text.source import Span


@dataclass(frozen=True, slots=True)
class Related:
    """Another place that explains a finding, with what is to be seen there."""

    span: Span
    message: str


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding. `span` is None only for a finding about a whole file or call.

    `hint` says the way out; `witness` is the smallest example that shows the fault, such as a cart.
    """

    code: str
    message: str
    span: Span | None
    hint: str = ""
    witness: str = ""
    related: tuple[Related, ...] = ()
    severity: Severity = "error"
