"""What do people say about a draft or a version? Comments stay with a draft when it is published."""

from __future__ import annotations

from uuid import UUID

from server.rule_admin import comments_repo, service
from server.rule_admin.comments_repo import Comment
from server.rule_admin.errors import COMMENT_NOT_YOURS, COMMENT_UNKNOWN
from server.rule_admin.snapshot import Version
from server.web.call import Call
from storage.transaction import Transaction


async def of_version(call: Call, kind: str, name: str, number: int) -> list[Comment]:
    """Comments on a published version, the oldest first. Raises RULESET_UNKNOWN."""

    async def work(tx: Transaction) -> list[Comment]:
        version, _ = await service.published(tx, kind, name, number)
        return await comments_repo.of_version(tx, version.id)

    return await call.database.transaction(call.store.id, work)


async def of_draft(call: Call, draft_id: UUID) -> list[Comment]:
    """Comments on a draft, the oldest first. Raises DRAFT_UNKNOWN."""

    async def work(tx: Transaction) -> list[Comment]:
        draft, _ = await service.draft(tx, draft_id)
        return await comments_repo.of_version(tx, draft.id)

    return await call.database.transaction(call.store.id, work)


async def add_to_version(call: Call, kind: str, name: str, number: int, text: str) -> Comment:
    """Comment on a published version. Raises RULESET_UNKNOWN."""

    async def work(tx: Transaction) -> Comment:
        return await _add(tx, call, (await service.published(tx, kind, name, number))[0], text)

    return await call.database.transaction(call.store.id, work)


async def add_to_draft(call: Call, draft_id: UUID, text: str) -> Comment:
    """Comment on a draft. Raises DRAFT_UNKNOWN."""

    async def work(tx: Transaction) -> Comment:
        return await _add(tx, call, (await service.draft(tx, draft_id))[0], text)

    return await call.database.transaction(call.store.id, work)


async def delete(call: Call, comment_id: UUID) -> None:
    """Take one's own comment back. Raises COMMENT_UNKNOWN and COMMENT_NOT_YOURS."""

    async def work(tx: Transaction) -> None:
        found = await comments_repo.one(tx, comment_id)
        if found is None:
            raise _unknown(comment_id)
        if found.author_id != call.actor.id:
            raise COMMENT_NOT_YOURS("somebody else wrote this comment; write another one")
        if not await comments_repo.delete(tx, comment_id, call.actor.id):
            raise _unknown(comment_id)
        before = {"comment": str(comment_id), "text": found.text}
        await service.note(tx, call, "rulesets.comment_deleted", found.version_id, before, None)

    await call.database.transaction(call.store.id, work)


async def _add(tx: Transaction, call: Call, version: Version, text: str) -> Comment:
    comment = await comments_repo.add(tx, version.id, text, call.actor.id)
    after = {"kind": version.kind, "name": version.name, "comment": str(comment.id), "text": text}
    await service.note(tx, call, "rulesets.comment", version.id, None, after)
    return comment


def _unknown(comment_id: UUID) -> Exception:
    return COMMENT_UNKNOWN(f"there is no comment {comment_id}; GET …/comments of a draft or version lists those it has")
