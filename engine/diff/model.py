"""What is compared, and what is one difference?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from engine.facts.vocabulary import Vocabulary
from engine.text.nodes import Mapping as MappingNode
from engine.text.nodes import Node, Scalar
from engine.text.source import Source, Span

ChangeKind = Literal["added", "removed", "changed", "moved"]


@dataclass(frozen=True, slots=True)
class Side:
    """One of two rulesets: its resolved document, the files it names, and its facts (None: values stay as written)."""

    node: Node
    attachments: Callable[[str], Source | None]
    vocabulary: Vocabulary | None = None


def side_of(node: Node, attachments: Callable[[str], Source | None], vocabularies: Mapping[str, Vocabulary]) -> Side:
    """The side of a document, faulty or not, with the vocabulary its head names."""
    named = node.get("vocabulary") if isinstance(node, MappingNode) else None
    return Side(node, attachments, vocabularies.get(named.text) if isinstance(named, Scalar) else None)


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that is not the same in both.

    `path` leads to it (`rules[free-shipping].then.amount`); an item of a list goes by its id, by what else names it, or
    by its place counted from 1 (`rows[#2]`). `before` and `after` are in shop words (`199.00 BRL`); None on the side
    where it is not there, the places (`place 2`) of what moved. `decides` is False when it cannot change a decision:
    another order where order means nothing, another way to write a table.
    """

    kind: ChangeKind
    path: str
    before: str | None
    after: str | None
    at_before: Span | None
    at_after: Span | None
    decides: bool = True
