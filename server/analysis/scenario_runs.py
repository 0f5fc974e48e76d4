"""Does what is expected of saved scenarios hold under these rulesets? Compared by the code that compares cases."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from engine.cases import Seen, compare
from engine.text.diagnostics import Diagnostic, has_errors
from engine.text.load import load
from engine.text.nodes import Mapping as MappingNode
from engine.text.source import Source
from server.analysis import scenario_repo as repo
from server.analysis.scenario_errors import EXPECTATION_INVALID, SCENARIOS_UNKNOWN
from server.analysis.scenario_repo import Saved
from server.analysis.scenario_schemas import RunBody
from server.analysis.scenario_text import Unwritable, expected_lines
from server.decisions import service
from server.decisions.books import LiveBook
from server.decisions.dry_runs import book_of, instant
from server.decisions.given import basket_of
from server.decisions.schemas import DryRunBody
from server.errors import AppError, Fault
from server.web.call import Call
from storage.transaction import Transaction

_UNREADABLE: Final = frozenset({"RS601", "RS610"})
"""Codes of what can never be compared, whatever is decided."""


@dataclass(frozen=True, slots=True)
class Difference:
    """Something expected that is not so. `key` is the key of what is expected that says so."""

    key: str
    finding: Diagnostic


@dataclass(frozen=True, slots=True)
class Ran:
    """A scenario and what came of it: a decision with its differences, or a problem."""

    saved: Saved
    outcome: Seen | AppError
    differences: tuple[Difference, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether it could be decided, and everything expected holds."""
        return isinstance(self.outcome, Seen) and not self.differences


async def run(call: Call, asked: RunBody) -> tuple[LiveBook, list[Ran]]:
    """Decide the scenarios by the rulesets that are asked for, those without an instant for now.

    Raises SCENARIOS_UNKNOWN for names nobody gave, and for rulesets what `dry_runs.book_of` raises.
    """
    live = await book_of(call, asked.rulesets, "/rulesets")
    now = await instant(call)
    found = await _chosen(call, asked.names)
    ran = []
    for saved in found:
        ran.append(_ran(live, saved, now))
        await asyncio.sleep(0)  # other requests get their turn between two scenarios
    return live, ran


def decided(live: LiveBook, name: str, asked: DryRunBody, now: datetime) -> Seen:
    """The decision of a scenario's basket. Raises AMOUNT_INVALID and BASKET_INVALID."""
    basket = basket_of(asked, live.currency, asked.at or now)
    decision = service.decide(live, basket)
    return Seen(f"scenario '{name}'", decision, lambda: service.hints_for(live, basket, decision))


def faults_of(expected: Mapping[str, Any], seen: Seen) -> list[Fault]:
    """What of an expectation can never hold because it cannot be compared: unknown keys, amounts that are none."""
    try:
        node, keys, findings = _read(expected)
    except Unwritable as unwritable:
        return [_fault(unwritable.key, str(unwritable))]
    if node is None:
        return [_fault(_key(found, keys), found.message) for found in findings]
    return [
        _fault(_key(found, keys), f"{found.message}{f'; {found.hint}' if found.hint else ''}")
        for found in compare(node, seen)
        if found.code in _UNREADABLE
    ]


def differences(expected: Mapping[str, Any], seen: Seen) -> Iterator[Difference]:
    """Everything expected that the decision does not meet; what is expected could be read when it was saved."""
    node, keys, findings = _read(expected)
    for found in findings if node is None else compare(node, seen):
        yield Difference(_key(found, keys), found)


def _ran(live: LiveBook, saved: Saved, now: datetime) -> Ran:
    try:
        seen = decided(live, saved.name, saved.basket, now)
    except AppError as problem:
        return Ran(saved, problem)
    return Ran(saved, seen, tuple(differences(saved.expected, seen)))


async def _chosen(call: Call, names: Sequence[str] | None) -> list[Saved]:
    async def work(tx: Transaction) -> list[Saved]:
        return await repo.chosen(tx, names)

    found = await call.database.transaction(call.store.id, work)
    known = {saved.name for saved in found}
    faults = [
        Fault(f"/names/{number}", SCENARIOS_UNKNOWN.code, "is the name of no scenario")
        for number, name in enumerate(names or ())
        if name not in known
    ]
    if faults:
        raise SCENARIOS_UNKNOWN(
            f"{faults[0].pointer} is the name of no scenario; GET /analysis/scenarios lists those there are",
            faults=faults,
        )
    return found


def _read(expected: Mapping[str, Any]) -> tuple[MappingNode | None, list[str], tuple[Diagnostic, ...]]:
    """What is expected as a node with its keys, one on each line; None with the faults of its text.

    Raises Unwritable.
    """
    loaded = load(Source("expected", "\n".join(expected_lines(expected)) or "{}"))
    if not isinstance(loaded.node, MappingNode) or has_errors(loaded.diagnostics):
        return None, list(expected), loaded.diagnostics
    return loaded.node, list(expected), ()


def _key(found: Diagnostic, keys: Sequence[str]) -> str:
    """The key on whose line it was found."""
    line = 0 if found.span is None else found.span.line
    return keys[line - 1] if 0 < line <= len(keys) else ""


def _fault(key: str, message: str) -> Fault:
    pointer = key.replace("~", "~0").replace("/", "~1")
    return Fault(f"/expected/{pointer}" if key else "/expected", EXPECTATION_INVALID.code, message)
