"""How does a saved scenario become a case of a ruleset, so that it is run at every check from then on?"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from engine.cases.insertion import NoPlace, Written, names_in, with_cases
from engine.documents.kinds import APART
from engine.facts.scenario import ScenarioContext, read_scenario
from engine.text.load import load
from engine.text.nodes import Mapping
from engine.text.nodes import Sequence as SequenceNode
from engine.text.source import Source
from server.analysis import scenario_repo as repo
from server.analysis import scenarios
from server.analysis.scenario_errors import CASE_NAME_TAKEN, DRAFT_UNREADABLE, NO_CASE, SCENARIOS_UNKNOWN
from server.analysis.scenario_repo import Saved
from server.analysis.scenario_text import Unwritable, case_in_one_line, case_lines
from server.decisions.books import BOOKS, LiveBook
from server.decisions.dry_runs import instant
from server.decisions.facts import to_cart
from server.decisions.given import basket_of
from server.errors import AppError, Fault
from server.rule_admin import repo as rulesets
from server.rule_admin import service as drafts
from server.rule_admin.errors import CONTENT_CHANGED
from server.rule_admin.snapshot import CASES_ADDED, Content, Version
from server.web.call import Call
from storage.transaction import Transaction


async def as_case(call: Call, scenario_id: UUID) -> str:
    """The case as YAML, as it stands under `cases:`. Raises SCENARIO_UNKNOWN, NO_CASE and RULES_MISSING."""
    saved = await scenarios.find(call, scenario_id)
    written = _written(call.use(BOOKS).live(call.store), saved, await instant(call), "")
    return "".join(f"{line}\n" for line in written.lines)


async def add_cases(call: Call, draft_id: UUID, ids: Sequence[UUID], was: str | None) -> Version:
    """Write scenarios as cases after those of a draft with the hash `was` (None: whichever there is).

    Raises DRAFT_UNKNOWN, CONTENT_CHANGED, SCENARIOS_UNKNOWN, NO_CASE, CASE_NAME_TAKEN, DRAFT_UNREADABLE, and
    RULES_MISSING.
    """
    found, content = await drafts.read_draft(call, draft_id)
    if was is not None and was != found.content_hash:
        raise _changed(found)
    if found.kind in APART:
        raise DRAFT_UNREADABLE(f"cases of {found.kind} decide no baskets; add the scenario to another kind of ruleset")
    chosen = await _chosen(call, ids)
    live, now = call.use(BOOKS).live(call.store), await instant(call)
    added = [_written(live, saved, now, f"/scenarios/{ids.index(saved.id)}") for saved in chosen]
    text = await asyncio.to_thread(_added, content.source, added)  # reading a large document takes a while

    async def work(tx: Transaction) -> Version:
        changed = Content(source=text, attachments=content.attachments)
        if not await rulesets.save(tx, draft_id, changed, found.content_hash, call.actor.id):
            raise _changed((await drafts.draft(tx, draft_id))[0])
        after = {"content_hash": changed.hash, "cases": [each.name for each in added]}
        before = {"content_hash": found.content_hash}
        await drafts.note(tx, call, CASES_ADDED, draft_id, before, after)
        return (await drafts.draft(tx, draft_id))[0]

    return await call.database.transaction(call.store.id, work)


async def _chosen(call: Call, ids: Sequence[UUID]) -> list[Saved]:
    """The scenarios in the order that was asked for, each once. Raises SCENARIOS_UNKNOWN."""

    async def work(tx: Transaction) -> list[Saved]:
        return await repo.of_ids(tx, ids)

    found = {saved.id: saved for saved in await call.database.transaction(call.store.id, work)}
    faults = [
        Fault(f"/scenarios/{number}", SCENARIOS_UNKNOWN.code, "is the id of no scenario")
        for number, scenario_id in enumerate(ids)
        if scenario_id not in found
    ]
    if faults:
        raise SCENARIOS_UNKNOWN(
            f"{faults[0].pointer} is the id of no scenario; GET /analysis/scenarios lists those there are",
            faults=faults,
        )
    return [found[scenario_id] for scenario_id in dict.fromkeys(ids)]


def _added(text: str, added: Sequence[Written]) -> str:
    try:
        taken = names_in(text)
        twice = [each.name for each in added if each.name in taken]
        if twice:
            raise CASE_NAME_TAKEN(f"the draft has a case {twice[0]!r} already; rename the scenario, or that case")
        return with_cases(text, added)
    except NoPlace as fault:
        raise DRAFT_UNREADABLE(str(fault)) from fault


def _written(live: LiveBook, saved: Saved, now: datetime, pointer: str) -> Written:
    """The scenario as a case that is decided exactly as the scenario is. Raises NO_CASE."""
    at = saved.basket.at or now.replace(microsecond=0)
    if not saved.expected:
        raise _no_case(saved, pointer, "nothing is expected of it, and a case says what has to come out")
    try:
        lines = case_lines(saved.name, saved.basket, saved.expected, live.currency, at)
        flow = case_in_one_line(saved.name, saved.basket, saved.expected, live.currency, at)
    except Unwritable as fault:
        raise _no_case(saved, pointer, f"{fault.key} {fault}") from fault
    why = _misread(live, saved, at, lines)
    if why:
        raise _no_case(saved, pointer, why)
    return Written(saved.name, lines, flow)


def _misread(live: LiveBook, saved: Saved, at: datetime, lines: Sequence[str]) -> str:
    """Why the case would not be the cart of the scenario; empty when it is. Cases are stricter about texts."""
    loaded = load(Source("case", "".join(f"{line}\n" for line in lines)))
    if not isinstance(loaded.node, SequenceNode) or not isinstance(loaded.node.items[0], Mapping):
        return loaded.diagnostics[0].message if loaded.diagnostics else "it cannot be read as YAML"
    given = loaded.node.items[0].get("given")
    assert given is not None
    context = ScenarioContext(vocabulary=live.vocabulary, currency=live.currency, timezone=live.timezone)
    scenario, faults = read_scenario(given, context)
    if scenario is None:
        return faults[0].message
    same = scenario.cart == to_cart(basket_of(saved.basket, live.currency, at))
    return "" if same else "a case cannot say exactly the same basket"


def _no_case(saved: Saved, pointer: str, why: str) -> AppError:
    message = f"{saved.name!r}: {why}"
    return NO_CASE(message, faults=[Fault(pointer, NO_CASE.code, message)] if pointer else [])


def _changed(found: Version) -> AppError:
    return CONTENT_CHANGED(
        f"the draft is another one by now ({found.content_hash}); read it again, and change that",
        current=found.content_hash,
    )
