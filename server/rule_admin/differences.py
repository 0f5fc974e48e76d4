"""What is different between two rulesets of a store: versions, drafts, what is live, and what ships?"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import Final

from engine import Vocabulary
from engine.diff.lines import line_differences
from engine.diff.meaning import differences
from engine.diff.model import Change, Side, side_of
from engine.documents.kinds import kind_named
from engine.text.diagnostics import Diagnostic
from engine.text.load import load
from engine.text.source import Source
from server.decisions import own_repo
from server.decisions.books import BOOKS
from server.decisions.choosing import read_chosen
from server.decisions.errors import MIX_INVALID, MIX_UNKNOWN, RULES_MISSING
from server.decisions.library import RulesetsFaulty
from server.errors import AppError, Fault
from server.rule_admin import equivalences_repo, repo
from server.rule_admin.equivalences_repo import KnownEquivalence
from server.rule_admin.snapshot import Content
from server.web.call import Call
from storage.transaction import Transaction

_STANDING: Final = re.compile(r"(live|shipped):([a-z]{1,30})/([a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?)(?!\n)$")
_NOTHING: Final = "/dev/null"


@dataclass(frozen=True, slots=True)
class Text:
    """A ruleset that was asked for, as it is written. `number` is None for drafts and for what ships."""

    asked: str
    kind: str
    name: str
    number: int | None
    content: Content


@dataclass(frozen=True, slots=True)
class Differences:
    """`lines` is a unified diff of all files.

    `changes` is None where one of them cannot be read as YAML (`faults` says why) or says that it is of another kind.
    `for_any_cart` is the newest proof of what could change on any cart, where somebody asked for one.
    """

    old: Text
    new: Text
    lines: str
    changes: tuple[Change, ...] | None
    faults: tuple[Diagnostic, ...]
    for_any_cart: KnownEquivalence | None = None


async def compare(call: Call, old: str, new: str) -> Differences:
    """Hold two rulesets of one kind against each other, in their lines and in what they mean.

    Each is `promotions/default@4`, `draft:<id>`, `live:promotions/default` or `shipped:promotions/default`. Raises
    MIX_INVALID, MIX_UNKNOWN and RULES_MISSING.
    """

    async def work(tx: Transaction) -> tuple[Text, Text, KnownEquivalence | None]:
        texts = await _text(tx, call, old, "query/from"), await _text(tx, call, new, "query/to")
        return *texts, await equivalences_repo.newest(tx, *(text.content.hash for text in texts))

    before, after, known = await call.database.transaction(call.store.id, work)
    if before.kind != after.kind:
        message = f"is of the kind {after.kind}, and the other one of the kind {before.kind}; name two of one kind"
        raise MIX_INVALID(f"query/to {message}", faults=[Fault("query/to", "kinds_differ", message)])
    found = await asyncio.to_thread(compared, before, after, call.use(BOOKS).vocabularies)
    return replace(found, for_any_cart=known)


def compared(old: Text, new: Text, vocabularies: Mapping[str, Vocabulary]) -> Differences:
    """The same of texts that were read. Takes a second for the largest documents. Pure."""
    before, after = (load(Source(_file(text), text.content.source)) for text in (old, new))
    changes = None
    if before.node is not None and after.node is not None:
        changes = _changes(
            side_of(before.node, _files(old), vocabularies), side_of(after.node, _files(new), vocabularies)
        )
    return Differences(old, new, _lines(old, new), changes, (*before.diagnostics, *after.diagnostics))


async def _text(tx: Transaction, call: Call, asked: str, pointer: str) -> Text:
    standing = _STANDING.match(asked)
    if standing is None:
        found = await _chosen(tx, asked, pointer)
    elif standing[1] == "live":
        found = await _live(tx, call, asked, standing[2], standing[3])
    else:
        found = _shipped(call, asked, standing[2], standing[3])
    if found is None:
        raise MIX_UNKNOWN(
            f"{pointer}: the store has no ruleset {asked}; GET /rulesets/versions, …/drafts and …/live list what it has"
        )
    return found


async def _chosen(tx: Transaction, asked: str, pointer: str) -> Text | None:
    try:
        (chosen,) = read_chosen([asked], pointer)
    except AppError as unread:
        message = (
            f"{asked[:100]!r} names no ruleset; write a version (promotions/default@4), a draft (draft:<id>),"
            " live:promotions/default or shipped:promotions/default"
        )
        raise MIX_INVALID(f"{pointer}: {message}", faults=[Fault(pointer, MIX_INVALID.code, message)]) from unread
    found = await own_repo.chosen(tx, chosen.draft_id, chosen.kind, chosen.name, chosen.number)
    if found is None:
        return None
    content = Content(source=found.source, attachments=found.attachments)
    return Text(asked, found.kind, found.name, found.number or None, content)


async def _live(tx: Transaction, call: Call, asked: str, kind: str, name: str) -> Text | None:
    found = await repo.live(tx, kind, name)
    if found is None:
        return _shipped(call, asked, kind, name)
    version, content = found
    return Text(asked, kind, name, version.number, content)


def _shipped(call: Call, asked: str, kind: str, name: str) -> Text | None:
    known = kind_named(kind)
    try:
        found = None if known is None else call.use(BOOKS).text_of(call.store, known, name)
    except RulesetsFaulty as faults:
        raise RULES_MISSING(f"the rulesets of the store's folder cannot be read: {faults}") from faults
    if found is None:
        return None
    source, attachments = found
    return Text(asked, kind, name, None, Content(source=source, attachments=attachments))


def _changes(old: Side, new: Side) -> tuple[Change, ...] | None:
    try:
        return differences(old, new)
    except ValueError:  # a draft may say anything in its head, also another kind than it was made for
        return None


def _file(text: Text) -> str:
    return f"{text.kind}/{text.name}.yaml"


def _files(text: Text) -> Callable[[str], Source | None]:
    def attachment(written: str) -> Source | None:
        found = text.content.attachments.get(PurePosixPath(written).as_posix())
        return None if found is None else Source(f"{text.kind}/{written}", found)

    return attachment


def _lines(old: Text, new: Text) -> str:
    """One unified diff of the document and all files, as git writes it."""
    texts = [
        {_file(each): each.content.source}
        | {f"{each.kind}/{name}": found for name, found in sorted(each.content.attachments.items())}
        for each in (old, new)
    ]
    # Rulesets may have different names; the first file of both is the document.
    pairs = [(_file(old), _file(new)), *((name, name) for name in dict.fromkeys([*texts[0], *texts[1]])
                                         if name not in (_file(old), _file(new)))]  # fmt: skip
    found = [_file_lines(before, texts[0].get(before), after, texts[1].get(after)) for before, after in pairs]
    return "".join(f"{each}\n" for each in found if each)


def _file_lines(old_name: str, old: str | None, new_name: str, new: str | None) -> str:
    return line_differences(
        _NOTHING if old is None else f"a/{old_name}", old or "", _NOTHING if new is None else f"b/{new_name}", new or ""
    )
