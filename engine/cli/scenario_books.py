"""Which rulesets is a scenario decided by?"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from engine.cli.files import Files, shown
from engine.cli.shelf import Shelf
from engine.facts.scenario import Scenario
from engine.facts.vocabulary import Vocabulary
from engine.runtime.book import Book
from engine.text.diagnostics import Diagnostic, error
from engine.text.nodes import Mapping as MappingNode
from engine.text.nodes import Node, Scalar, Sequence

Answer = tuple[Book | None, tuple[Diagnostic, ...]]


class ScenarioBooks:
    """Books for scenarios: those of a folder by default, or what the scenario's own `rules:` names or holds.

    `chosen` are rulesets of the default folder by kind: a name, `name/version` or `none`.
    """

    def __init__(
        self, files: Files, vocabularies: Mapping[str, Vocabulary], folder: Path, chosen: Mapping[str, str]
    ) -> None:
        self._files = files
        self._vocabularies = vocabularies
        self._folder = folder
        self._chosen = chosen
        self._shelves: dict[Path, Shelf] = {}

    def book_for(self, scenario: Scenario, folder: Path) -> Answer:
        """The book in the scenario's currency; paths in `rules:` are relative to `folder`."""
        currency = scenario.cart.currency
        rules = scenario.rules
        if rules is None:
            return self.default(currency)
        if isinstance(rules, Scalar) and (folder / rules.text).is_dir():
            return self._of_shelf(self._shelf(folder / rules.text), {}, currency)
        return self._of_list(rules, folder, currency)

    def default(self, currency: str) -> Answer:
        """The book of the default folder."""
        return self._of_shelf(self._shelf(self._folder), self._chosen, currency)

    def _shelf(self, folder: Path) -> Shelf:
        path = folder.absolute()
        if path not in self._shelves:
            shelf = Shelf(self._files, self._vocabularies)
            shelf.add_folder(folder)
            self._shelves[path] = shelf
        return self._shelves[path]

    def _of_shelf(self, shelf: Shelf, chosen: Mapping[str, str], currency: str) -> Answer:
        standing, faults = shelf.choose({**chosen, "orders": "none"})
        if faults:
            return None, tuple(faults)
        return shelf.book(standing.values(), currency)

    def _of_list(self, rules: Node, folder: Path, currency: str) -> Answer:
        """A shelf with exactly the rulesets listed, each inline or by the path of a file."""
        shelf = Shelf(self._files, self._vocabularies)
        faults: list[Diagnostic] = []
        for item in rules.items if isinstance(rules, Sequence) else (rules,):
            faults += self._add(shelf, item, folder)
        return (None, tuple(faults)) if faults else self._of_shelf(shelf, {}, currency)

    def _add(self, shelf: Shelf, item: Node, folder: Path) -> tuple[Diagnostic, ...]:
        if isinstance(item, MappingNode):
            standing, faults = shelf.inline(item, folder)
        elif isinstance(item, Scalar) and item.value is not None:
            path = folder / item.text
            if not path.is_file():
                message = f"there is no ruleset or folder '{shown(path)}'"
                hint = "paths are relative to the file of the scenario"
                return (error("RS914", message, item.span, hint=hint),)
            standing, faults = shelf.standing(path), ()
        else:
            message = "`rules` is a folder, or a list of rulesets: each a path or written inline"
            return (error("RS914", message, item.span),)
        if standing is None:
            return faults or (error("RS914", "this is not a ruleset", item.span),)
        shelf.add(standing)
        return ()
