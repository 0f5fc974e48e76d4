"""Are the rows of a tier list in ascending order, each start once?"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from engine.documents.values import ValueReader
from engine.text.diagnostics import Related
from engine.text.source import Span


def ascending(values: ValueReader, starts: Sequence[tuple[int, Span]]) -> bool:
    """Whether each start lies above the one before; the first that does not is reported."""
    for (before, earlier), (start, span) in pairwise(starts):
        if start <= before:
            message = "this row starts no higher than the one before it"
            related = (Related(earlier, "the row before"),)
            values.report("RS324", message, span, hint="sort the rows by `from`", related=related)
            return False
    return True
