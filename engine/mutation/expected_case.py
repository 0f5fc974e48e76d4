"""How is a proposed case read as if it stood in the ruleset, so that it can be tried before it is proposed?"""

from __future__ import annotations

from engine.cases.insertion import Written
from engine.text.load import load
from engine.text.nodes import Mapping, Sequence
from engine.text.source import Source


def node_of(written: Written) -> Mapping | None:
    """The case as a node; None when its text is not read as one."""
    loaded = load(Source("proposal", "".join(f"{line}\n" for line in written.lines))).node
    if isinstance(loaded, Sequence) and len(loaded.items) == 1 and isinstance(loaded.items[0], Mapping):
        return loaded.items[0]
    return None
