"""Which rulesets is a scenario decided by?"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from engine.cli.files import Files, shown
from engine.cli.shelf import APART_LEFT_OUT, Shelf, Standing
from engine.facts.vocabulary import Vocabulary
from engine.pipeline import Reading
from engine.runtime.book import Book
from engine.text.diagnostics import Diagnostic, error
from engine.text.nodes import Mapping as MappingNode
from engine.text.nodes import Node, Scalar, Sequence


@dataclass(frozen=True, slots=True)
class Choice:
    """The rulesets that decide a scenario, or the faults that keep them from being found."""

    shelf: Shelf
    standing: tuple[Standing, ...]
    faults: tuple[Diagnostic, ...] = ()

    def readings(self) -> list[Reading]:
        """The rulesets in their first currency."""
        return [self.shelf.reading(each) for each in self.standing]

    def book(self, currency: str) -> tuple[Book | None, tuple[Diagnostic, ...]]:
        """The book in a currency, or None and why not."""
        return (None, self.faults) if self.faults else self.shelf.book(self.standing, currency)


class ScenarioBooks:
    """Rulesets for scenarios: what the scenario's own `rules:` names or holds, else those of a folder.

    With `whatever_it_says` those of the folder decide every scenario. `chosen` are rulesets by kind: a name,
    `name/version` or `none`.
    """

    def __init__(
        self,
        files: Files,
        vocabularies: Mapping[str, Vocabulary],
        folder: Path,
        chosen: Mapping[str, str],
        *,
        whatever_it_says: bool = False,
    ) -> None:
        self._files = files
        self._vocabularies = vocabularies
        self._folder = folder
        self._chosen = chosen
        self._whatever_it_says = whatever_it_says
        self._choices: dict[Path, Choice] = {}

    def choice(self, scenario: Node, folder: Path) -> Choice:
        """What decides a scenario that is not read yet; paths in its `rules:` are relative to `folder`."""
        rules = scenario.get("rules") if isinstance(scenario, MappingNode) else None
        if self._whatever_it_says or rules is None or (isinstance(rules, Scalar) and rules.value is None):
            return self.default()
        if isinstance(rules, Scalar) and (folder / rules.text).is_dir():
            return self._of_folder(folder / rules.text)
        return self._of_list(rules, folder)

    def default(self) -> Choice:
        """The rulesets of the folder."""
        return self._of_folder(self._folder)

    def _of_folder(self, folder: Path) -> Choice:
        path = Path(os.path.abspath(folder))
        if path not in self._choices:
            self._choices[path] = _chosen(Shelf(self._files, self._vocabularies, path), self._chosen)
        return self._choices[path]

    def _of_list(self, rules: Node, folder: Path) -> Choice:
        """Exactly the rulesets listed, each inline or by the path of a file."""
        shelf = Shelf(self._files, self._vocabularies)
        items = rules.items if isinstance(rules, Sequence) else (rules,)
        faults = tuple(fault for item in items for fault in self._add(shelf, item, folder))
        return Choice(shelf, (), faults) if faults else _chosen(shelf, self._chosen)

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


def _chosen(shelf: Shelf, wanted: Mapping[str, str]) -> Choice:
    standing, faults = shelf.choose({**wanted, **APART_LEFT_OUT})
    return Choice(shelf, tuple(standing.values()), tuple(faults))
