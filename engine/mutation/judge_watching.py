"""Do the cases of a ruleset that watches over time notice a fault in it: of stock, invites, patterns and notices?

A fault that no case notices counts as survived: whether anything that happens would show it is not looked for.
"""

from __future__ import annotations

from engine.cases.insertion import Written
from engine.cases.watching import Watching, play
from engine.facts.vocabulary import Vocabulary
from engine.mutation.expected_case import node_of
from engine.mutation.model import Judged
from engine.mutation.mutants import mutants_of
from engine.text.diagnostics import Diagnostic
from engine.text.nodes import Mapping


class WatchingJudge:
    """See `engine.mutation.judging.Judge`."""

    def __init__(self, document: Watching, vocabulary: Vocabulary) -> None:
        self.mutants = mutants_of(document, vocabulary)
        self._document, self._vocabulary = document, vocabulary
        ran = [play(document, vocabulary, node, number) for number, node in enumerate(document.cases, 1)]
        self.faults: tuple[Diagnostic, ...] = tuple(fault for each in ran for fault in each.differences)
        self._cases = [(node, each.name) for node, each in zip(document.cases, ran, strict=True) if each.passed]

    def judge(self, number: int) -> Judged:
        """Killed by which case; else survived."""
        wrong = self.mutants[number].of(self._document)
        for node, name in self._cases:
            if not self._passes(wrong, node):
                return Judged(number=number, status="killed", by=name)
        return Judged(number=number, status="survived", why="no case fails; what would show it was not looked for")

    def kills(self, proposal: Written, number: int) -> bool:
        """Whether the case fails for the mutant."""
        node = node_of(proposal)
        if node is None or not self._passes(self._document, node):
            return False
        return not self._passes(self.mutants[number].of(self._document), node)

    def _passes(self, document: Watching, node: Mapping) -> bool:
        return play(document, self._vocabulary, node).passed
