"""The addresses for looking at rulesets: as JSON, in canonical form, file by file, and one against another."""

from __future__ import annotations

import asyncio
import hashlib
from typing import Final

import msgspec

from engine.diff.model import Change
from engine.diff.plain import as_plain
from server.decisions.errors import MIX_INVALID, MIX_UNKNOWN, RULES_MISSING
from server.rule_admin import differences, reading, service
from server.rule_admin.differences import Text
from server.rule_admin.differences_schemas import (
    ChangeView,
    DiffQuery,
    DiffView,
    FilesView,
    FileView,
    ForAnyCartView,
    SideView,
)
from server.rule_admin.equivalences_repo import KnownEquivalence
from server.rule_admin.errors import DRAFT_UNKNOWN, FILE_UNKNOWN, RULESET_UNKNOWN, RULESET_UNREADABLE
from server.rule_admin.routes import READ, finding_view
from server.rule_admin.schemas import AttachmentPath, DraftPath, VersionFilePath, VersionPath
from server.rule_admin.snapshot import Content, Version
from server.web.call import Call
from server.web.endpoint import Raw, Routes

MOST_CHANGES: Final = 1_000

_JSON: Final = "application/json"
_CSV: Final = "text/csv"

routes = Routes("Rulesets")


@routes.get("/rulesets/diff", needs=READ, errors=(MIX_INVALID, MIX_UNKNOWN, RULES_MISSING))
async def diff_rulesets(call: Call, query: DiffQuery) -> DiffView:
    """What is different between two rulesets of one kind, line by line and in what they mean.

    Either of them is a version (`promotions/default@4`), a draft (`draft:<id>`), what decides now
    (`live:promotions/default`), or what decides without versions of the store's own (`shipped:promotions/default`).
    Layout, comments, cases and the number of the version make no difference in meaning.
    """
    found = await differences.compare(call, query.old, query.new)
    changes = None if found.changes is None else [_change(each) for each in found.changes[:MOST_CHANGES]]
    return DiffView(
        old=_side(found.old),
        new=_side(found.new),
        text=found.lines,
        changes=changes,
        changes_left_out=max(len(found.changes or ()) - MOST_CHANGES, 0),
        findings=[finding_view(each) for each in found.faults],
        for_any_cart=_for_any_cart(found.for_any_cart),
    )


@routes.get(
    "/rulesets/versions/{kind}/{name}/{version}/document",
    needs=READ,
    errors=(RULESET_UNKNOWN, RULESET_UNREADABLE),
    raw_types=(_JSON,),
)
async def read_ruleset_document(call: Call, path: VersionPath) -> Raw:
    """A version as JSON, its keys in the order of the YAML and its numbers as they are written."""
    return await _document(*await service.read_version(call, path.kind, path.name, path.version))


@routes.get(
    "/rulesets/versions/{kind}/{name}/{version}/canonical",
    needs=READ,
    errors=(RULESET_UNKNOWN, RULESET_UNREADABLE),
    raw_types=(_JSON,),
)
async def read_ruleset_canonical(call: Call, path: VersionPath) -> Raw:
    """The canonical form of a version: what it means and no more, which is what its hash is made of."""
    return await _canonical(*await service.read_version(call, path.kind, path.name, path.version))


@routes.get("/rulesets/versions/{kind}/{name}/{version}/files", needs=READ, errors=(RULESET_UNKNOWN,))
async def list_ruleset_files(call: Call, path: VersionPath) -> FilesView:
    """The files beside a version, such as the table of a tariff."""
    return _files((await service.read_version(call, path.kind, path.name, path.version))[1])


@routes.get(
    "/rulesets/versions/{kind}/{name}/{version}/files/{file}",
    needs=READ,
    errors=(RULESET_UNKNOWN, FILE_UNKNOWN),
    raw_types=(_CSV,),
)
async def read_ruleset_file(call: Call, path: VersionFilePath) -> Raw:
    """A file beside a version. A slash in its name is written %2F."""
    return _file(*await service.read_version(call, path.kind, path.name, path.version), path.file)


@routes.get(
    "/rulesets/drafts/{draft_id}/document", needs=READ, errors=(DRAFT_UNKNOWN, RULESET_UNREADABLE), raw_types=(_JSON,)
)
async def read_ruleset_draft_document(call: Call, path: DraftPath) -> Raw:
    """A draft as JSON, its keys in the order of the YAML and its numbers as they are written."""
    return await _document(*await service.read_draft(call, path.draft_id))


@routes.get(
    "/rulesets/drafts/{draft_id}/canonical", needs=READ, errors=(DRAFT_UNKNOWN, RULESET_UNREADABLE), raw_types=(_JSON,)
)
async def read_ruleset_draft_canonical(call: Call, path: DraftPath) -> Raw:
    """The canonical form of a draft: what it means and no more, which is what its hash will be made of."""
    return await _canonical(*await service.read_draft(call, path.draft_id))


@routes.get("/rulesets/drafts/{draft_id}/files", needs=READ, errors=(DRAFT_UNKNOWN,))
async def list_ruleset_draft_files(call: Call, path: DraftPath) -> FilesView:
    """The files beside a draft."""
    return _files((await service.read_draft(call, path.draft_id))[1])


@routes.get(
    "/rulesets/drafts/{draft_id}/files/{file}", needs=READ, errors=(DRAFT_UNKNOWN, FILE_UNKNOWN), raw_types=(_CSV,)
)
async def read_ruleset_draft_file(call: Call, path: AttachmentPath) -> Raw:
    """A file beside a draft, with the ETag to save it over. A slash in its name is written %2F."""
    return _file(*await service.read_draft(call, path.draft_id), path.file)


def _for_any_cart(known: KnownEquivalence | None) -> ForAnyCartView | None:
    if known is None:
        return None
    return msgspec.convert({**msgspec.structs.asdict(known), "proof_id": known.id}, ForAnyCartView)


def _change(change: Change) -> ChangeView:
    return msgspec.convert(as_plain(change), ChangeView)


async def _document(version: Version, content: Content) -> Raw:
    # Large documents take a while to be read.
    return Raw(await asyncio.to_thread(reading.as_json, version, content), _JSON, _headers(version))


async def _canonical(version: Version, content: Content) -> Raw:
    return Raw(await asyncio.to_thread(reading.as_canonical, version, content), _JSON, _headers(version))


def _file(version: Version, content: Content, file: str) -> Raw:
    return Raw(reading.file_of(content, file).encode(), _CSV, _headers(version))


def _headers(version: Version) -> dict[str, str]:
    return {"ETag": f'"{version.content_hash}"', "Cache-Control": "private, no-cache"}


def _files(content: Content) -> FilesView:
    found = sorted((name, text.encode()) for name, text in content.attachments.items())
    return FilesView(
        items=[FileView(name=name, bytes=len(raw), sha256=hashlib.sha256(raw).hexdigest()) for name, raw in found]
    )


def _side(text: Text) -> SideView:
    return SideView(
        asked=text.asked, kind=text.kind, name=text.name, number=text.number, content_hash=text.content.hash
    )
