"""What can admins do with the rulesets of their store? Write drafts, look at versions, and hear what is wrong."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final
from uuid import UUID

from engine.documents.kinds import KINDS
from engine.documents.model import Kind
from engine.text.load import decode
from engine.text.suggest import did_you_mean
from server.decisions.books import BOOKS
from server.errors import AppError
from server.rule_admin import repo
from server.rule_admin.checking import Checked, check
from server.rule_admin.errors import (
    CONTENT_CHANGED,
    DRAFT_UNKNOWN,
    FILE_UNKNOWN,
    KIND_UNKNOWN,
    RULESET_UNKNOWN,
    SOURCE_INVALID,
)
from server.rule_admin.orders_left import orders_left
from server.rule_admin.snapshot import SAVED, Content, Version
from server.web import noting
from server.web.call import Call
from storage.transaction import Transaction

LARGEST_SOURCE: Final = 1 << 20
"""Bytes of a document; so much is read and checked within seconds."""
MOST_ATTACHMENTS: Final = 20

_Changed = Callable[[Content], Content]

HEAD_VERSION: Final = re.compile(r"^version:[ \t]*(\d{1,9})\b", re.MULTILINE)
"""Where a document names its version."""


async def list_versions(call: Call, kind: str | None, name: str | None, *, drafts: bool) -> list[Version]:
    """Drafts or published versions of the store, the newest of each ruleset first; at most 1,000."""

    async def work(tx: Transaction) -> list[Version]:
        return await repo.versions(tx, kind, name, drafts=drafts)

    return await call.database.transaction(call.store.id, work)


async def read_version(call: Call, kind: str, name: str, number: int) -> tuple[Version, Content]:
    """A published version with its text. Raises RULESET_UNKNOWN."""

    async def work(tx: Transaction) -> tuple[Version, Content]:
        return await published(tx, kind, name, number)

    return await call.database.transaction(call.store.id, work)


async def read_draft(call: Call, draft_id: UUID) -> tuple[Version, Content]:
    """A draft with its text. Raises DRAFT_UNKNOWN."""

    async def work(tx: Transaction) -> tuple[Version, Content]:
        return await draft(tx, draft_id)

    return await call.database.transaction(call.store.id, work)


async def create_draft(call: Call, kind: str, name: str, based_on: int | None, comment: str | None) -> Version:
    """A draft of a version of the store's own, or of what decides now: with the next version in its head.

    Raises KIND_UNKNOWN and RULESET_UNKNOWN.
    """
    known = next((each for each in KINDS if each == kind), None)
    if known is None:
        raise KIND_UNKNOWN(f"no kind is called {kind!r}; {did_you_mean(kind, KINDS) or ', '.join(KINDS)}")

    async def work(tx: Transaction) -> Version:
        before, content = await _begun_from(tx, call, known, name, based_on)
        number = max(await repo.highest_number(tx, kind, name), _base_number(call, kind)) + 1
        text = HEAD_VERSION.sub(f"version: {number}", content.source, count=1)
        content = Content(source=text, attachments=content.attachments)
        by = call.actor.id
        draft_id = await repo.add_draft(tx, kind, name, content, None if before is None else before.id, comment, by)
        await note(tx, call, "rulesets.draft", draft_id, None, {"kind": kind, "name": name})
        return (await draft(tx, draft_id))[0]

    return await call.database.transaction(call.store.id, work)


async def save_source(call: Call, draft_id: UUID, raw: bytes, was: str | None) -> Version:
    """Write the YAML of a draft over the content with the hash `was` (None: whichever there is).

    It is kept as it is written, faults and all. Raises DRAFT_UNKNOWN, CONTENT_CHANGED, and SOURCE_INVALID for what is
    no text.
    """
    source = _text(raw)
    return await _change(call, draft_id, was, lambda content: Content(source=source, attachments=content.attachments))


async def save_attachment(call: Call, draft_id: UUID, file: str, raw: bytes | None, was: str | None) -> Version:
    """Write, or with None take away, a file that the draft names. Raises as `save_source`, and FILE_UNKNOWN."""
    text = None if raw is None else _text(raw)

    def changed(content: Content) -> Content:
        if text is None and file not in content.attachments:
            raise FILE_UNKNOWN(f"the draft has no file {file!r}; it has: {', '.join(content.attachments) or 'none'}")
        attachments = {each: found for each, found in content.attachments.items() if each != file}
        if text is not None:
            attachments[file] = text
        if len(attachments) > MOST_ATTACHMENTS:
            raise SOURCE_INVALID(f"a ruleset has {MOST_ATTACHMENTS} files beside it at most")
        return Content(source=content.source, attachments=attachments)

    return await _change(call, draft_id, was, changed)


async def delete_draft(call: Call, draft_id: UUID) -> None:
    """Throw a draft away. Raises DRAFT_UNKNOWN."""

    async def work(tx: Transaction) -> None:
        found, _ = await draft(tx, draft_id)
        if not await repo.delete_draft(tx, draft_id):
            raise _no_draft(draft_id)
        await note(tx, call, "rulesets.draft_deleted", draft_id, {"kind": found.kind, "name": found.name}, None)

    await call.database.transaction(call.store.id, work)


async def check_draft(call: Call, draft_id: UUID) -> tuple[Version, Checked]:
    """All that can be said against a draft, its cases included. Nothing is written. Raises DRAFT_UNKNOWN."""
    found, content = await read_draft(call, draft_id)
    return found, await checked(call, found, content)


async def checked(call: Call, version: Version, content: Content) -> Checked:
    """The same of a text that was read; off the event loop, because it may take seconds."""
    books = call.use(BOOKS)
    live = books.live(call.store)
    found = await asyncio.to_thread(check, live, books.vocabularies, version.kind, version.name, content)
    left = await orders_left(call, found.reading.document)
    return replace(found, findings=(*found.findings, *left))


async def draft(tx: Transaction, draft_id: UUID, *, lock: bool = False) -> tuple[Version, Content]:
    """A draft with its text. Raises DRAFT_UNKNOWN."""
    found = await repo.draft(tx, draft_id, lock=lock)
    if found is None:
        raise _no_draft(draft_id)
    return found


async def published(tx: Transaction, kind: str, name: str, number: int) -> tuple[Version, Content]:
    """A published version with its text. Raises RULESET_UNKNOWN."""
    found = await repo.published(tx, kind, name, number)
    if found is None:
        raise RULESET_UNKNOWN(
            f"the store has no version {number} of {kind}/{name}; GET /rulesets/versions lists those there are"
        )
    return found


async def note(
    tx: Transaction,
    call: Call,
    action: str,
    resource_id: UUID,
    before: Mapping[str, object] | None,
    after: Mapping[str, object] | None,
) -> None:
    """Write to the audit log who did what."""
    await noting.note(tx, call, action, "ruleset", resource_id, before, after)


async def _change(call: Call, draft_id: UUID, was: str | None, changed: _Changed) -> Version:
    async def work(tx: Transaction) -> Version:
        found, content = await draft(tx, draft_id, lock=True)
        if was is not None and was != found.content_hash:
            raise CONTENT_CHANGED(
                f"the draft is another one by now ({found.content_hash}); read it again, and change that",
                current=found.content_hash,
            )
        if not await repo.save(tx, draft_id, changed(content), found.content_hash, call.actor.id):
            raise _no_draft(draft_id)
        saved = (await draft(tx, draft_id))[0]
        before, after = {"content_hash": found.content_hash}, {"content_hash": saved.content_hash}
        await note(tx, call, SAVED, draft_id, before, after)
        return saved

    return await call.database.transaction(call.store.id, work)


async def _begun_from(
    tx: Transaction, call: Call, kind: Kind, name: str, number: int | None
) -> tuple[Version | None, Content]:
    """The text a draft begins with: of that version, else of the one that is live, else of what ships."""
    if number is not None:
        return await published(tx, kind, name, number)
    own = await repo.live(tx, kind, name)
    if own is not None:
        return own
    shipped = call.use(BOOKS).text_of(call.store, kind, name)
    if shipped is None:
        raise RULESET_UNKNOWN(f"nothing is live as {kind}/{name}; GET /rulesets/live lists what is")
    return None, Content(source=shipped[0], attachments=shipped[1])


def head_version(source: str) -> int:
    """The version a document names; 0 when it names none."""
    found = HEAD_VERSION.search(source)
    return 0 if found is None else int(found[1])


def _base_number(call: Call, kind: str) -> int:
    live = call.use(BOOKS).live(call.store)
    return next((each.version for each in live.rulesets if each.kind == kind), 0)


def _text(raw: bytes) -> str:
    """The bytes as a text of YAML or CSV. Raises SOURCE_INVALID with what is wrong with them."""
    if len(raw) > LARGEST_SOURCE:
        raise SOURCE_INVALID(f"{len(raw)} bytes are too many; a document has {LARGEST_SOURCE} at most")
    source, faults = decode("document", raw)
    if source is None or "\x00" in source.text:
        raise SOURCE_INVALID(f"this is no text: {faults[0].message if faults else 'it holds the character NUL'}")
    return source.text


def _no_draft(draft_id: UUID) -> AppError:
    return DRAFT_UNKNOWN(f"there is no draft {draft_id}; GET /rulesets/drafts lists those there are")
