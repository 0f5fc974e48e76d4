"""What do requests and answers about comments on rulesets look like?"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

from msgspec import Meta

from server.web.binding import Body, Path, View

LINES: Final = r"^[^\x00-\x09\x0b-\x1f\x7f]*[^\s\x00-\x1f\x7f][^\x00-\x09\x0b-\x1f\x7f]*$"
"""Lines with something to see in them."""


class CommentPath(Path, frozen=True, kw_only=True):
    """Names a comment."""

    comment_id: UUID


class CommentBody(Body, frozen=True, kw_only=True):
    """What is to be said."""

    text: Annotated[str, Meta(min_length=1, max_length=5000, pattern=LINES)]


class CommentView(View, frozen=True, kw_only=True):
    """What somebody said, and when. `author_id` is a user of the store."""

    id: UUID
    author_id: UUID | None
    text: str
    created_at: datetime


class CommentsView(View, frozen=True, kw_only=True):
    """Comments, the oldest first."""

    items: list[CommentView]
