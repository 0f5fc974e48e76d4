"""Do two rule books decide every cart the same? The same, or regions of facts with the smallest cart of each."""

from engine.equivalence.books import Limits, OtherCurrency, compare_books
from engine.equivalence.model import Equivalence, Example, Node, Outcome, Region

__all__ = [
    "Equivalence",
    "Example",
    "Limits",
    "Node",
    "OtherCurrency",
    "Outcome",
    "Region",
    "compare_books",
]
