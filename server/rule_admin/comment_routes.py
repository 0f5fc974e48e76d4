"""The addresses of comments on rulesets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from server.rule_admin import comments
from server.rule_admin.comments_repo import Comment
from server.rule_admin.comments_schemas import CommentBody, CommentPath, CommentsView, CommentView
from server.rule_admin.errors import COMMENT_NOT_YOURS, COMMENT_UNKNOWN, DRAFT_UNKNOWN, RULESET_UNKNOWN
from server.rule_admin.routes import PUBLISH, READ, WRITE
from server.rule_admin.schemas import DraftPath, VersionPath
from server.web.call import Call
from server.web.endpoint import Routes

COMMENT: Final = f"{WRITE} or {PUBLISH}"
"""Who writes rules, and who looks at them before they count."""

routes = Routes("Rulesets")


@routes.get("/rulesets/versions/{kind}/{name}/{version}/comments", needs=READ, errors=(RULESET_UNKNOWN,))
async def list_ruleset_comments(call: Call, path: VersionPath) -> CommentsView:
    """What was said about a version, also while it was a draft."""
    return _views(await comments.of_version(call, path.kind, path.name, path.version))


@routes.post(
    "/rulesets/versions/{kind}/{name}/{version}/comments", needs=COMMENT, errors=(RULESET_UNKNOWN,), status=201
)
async def comment_on_ruleset(call: Call, path: VersionPath, body: CommentBody) -> CommentView:
    """Say something about a version."""
    return _view(await comments.add_to_version(call, path.kind, path.name, path.version, body.text))


@routes.get("/rulesets/drafts/{draft_id}/comments", needs=READ, errors=(DRAFT_UNKNOWN,))
async def list_ruleset_draft_comments(call: Call, path: DraftPath) -> CommentsView:
    """What was said about a draft."""
    return _views(await comments.of_draft(call, path.draft_id))


@routes.post("/rulesets/drafts/{draft_id}/comments", needs=COMMENT, errors=(DRAFT_UNKNOWN,), status=201)
async def comment_on_ruleset_draft(call: Call, path: DraftPath, body: CommentBody) -> CommentView:
    """Say something about a draft; it stays there when the draft is published."""
    return _view(await comments.add_to_draft(call, path.draft_id, body.text))


@routes.delete("/rulesets/comments/{comment_id}", needs=COMMENT, errors=(COMMENT_UNKNOWN, COMMENT_NOT_YOURS))
async def delete_ruleset_comment(call: Call, path: CommentPath) -> None:
    """Take back what you said yourself."""
    await comments.delete(call, path.comment_id)


def _views(found: Sequence[Comment]) -> CommentsView:
    return CommentsView(items=[_view(comment) for comment in found])


def _view(comment: Comment) -> CommentView:
    return CommentView(id=comment.id, author_id=comment.author_id, text=comment.text, created_at=comment.created_at)
