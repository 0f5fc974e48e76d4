"""The addresses of canned answers."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

import msgspec
from msgspec import Meta

from server.chat import access, canned
from server.chat.canned_repo import CannedAnswer, Content
from server.chat.errors import (
    CANNED_ANSWER_INVALID,
    CANNED_ANSWER_TAKEN,
    CANNED_ANSWER_UNKNOWN,
    CONVERSATION_UNKNOWN,
)
from server.decisions.schemas import Locale
from server.web.binding import Body, Path, Query, View
from server.web.call import Call
from server.web.endpoint import Reply, Routes
from server.web.pages import Page, PageQuery, page, position, window
from server.web.problems import NOT_ALLOWED

routes = Routes("Chat")

_ONE: Final = "/chat/canned-answers/{answer_id}"
Shortcut = Annotated[
    str,
    Meta(pattern=r"^[a-z0-9][a-z0-9-]{0,39}(?!\n)$", description="What staff type for it: small letters, digits, `-`."),
]


class CannedAnswerPath(Path, frozen=True, kw_only=True):
    """Names a canned answer."""

    answer_id: UUID


class CannedAnswersQuery(PageQuery, frozen=True, kw_only=True):
    """Answers whose shortcut begins with `prefix`; in the language of `locale`, or of none."""

    prefix: Annotated[str, Meta(min_length=1, max_length=40)] | None = None
    locale: Locale | None = None


class RenderedQuery(Query, frozen=True, kw_only=True):
    """In which conversation it is to be said."""

    conversation_id: UUID


class CannedAnswerBody(Body, frozen=True, kw_only=True):
    """An answer; a shortcut is given once in each language.

    In its text `{customer}` (or `{customer.name}`), `{order}` (`#1001`) and `{order.number}` (`1001`) are filled in.
    """

    shortcut: Shortcut
    title: Annotated[str, Meta(min_length=1, max_length=200, pattern=r"\S")]
    body: Annotated[str, Meta(min_length=1, max_length=10_000, pattern=r"\S")]
    locale: Locale | None = None


class CannedAnswerView(View, frozen=True, kw_only=True):
    """An answer that staff give again and again."""

    id: UUID
    shortcut: str
    title: str
    body: str
    locale: str | None
    created_at: datetime
    updated_at: datetime


class RenderedAnswerView(View, frozen=True, kw_only=True):
    """The text to be sent. `missing` names what could not be filled in, and still stands in it."""

    text: str
    missing: list[str]


@routes.get("/chat/canned-answers", needs=access.MODERATE)
async def list_canned_answers(call: Call, query: CannedAnswersQuery) -> Reply[Page[CannedAnswerView]]:
    """Answers that staff give again and again, by their shortcuts."""
    at = position(call, query)
    found = await canned.page(call, query.prefix, query.locale, window(at, _keys))
    return page(call, query, at, found, lambda each: [each.content.shortcut, str(each.id)], _view)


@routes.post(
    "/chat/canned-answers", needs=access.MODERATE, errors=(CANNED_ANSWER_INVALID, CANNED_ANSWER_TAKEN), status=201
)
async def create_canned_answer(call: Call, body: CannedAnswerBody) -> CannedAnswerView:
    """Keep an answer."""
    return _view(await canned.create(call, _content(body)))


@routes.get(_ONE, needs=access.MODERATE, errors=(CANNED_ANSWER_UNKNOWN,))
async def read_canned_answer(call: Call, path: CannedAnswerPath) -> CannedAnswerView:
    """One canned answer."""
    return _view(await canned.read(call, path.answer_id))


@routes.put(_ONE, needs=access.MODERATE, errors=(CANNED_ANSWER_UNKNOWN, CANNED_ANSWER_INVALID, CANNED_ANSWER_TAKEN))
async def change_canned_answer(call: Call, path: CannedAnswerPath, body: CannedAnswerBody) -> CannedAnswerView:
    """Have it say something else."""
    return _view(await canned.replace(call, path.answer_id, _content(body)))


@routes.delete(_ONE, needs=access.MODERATE, errors=(CANNED_ANSWER_UNKNOWN,))
async def delete_canned_answer(call: Call, path: CannedAnswerPath) -> None:
    """Forget it."""
    await canned.delete(call, path.answer_id)


@routes.get(
    f"{_ONE}/rendered", needs=access.MODERATE, errors=(CANNED_ANSWER_UNKNOWN, CONVERSATION_UNKNOWN, NOT_ALLOWED)
)
async def render_canned_answer(call: Call, path: CannedAnswerPath, query: RenderedQuery) -> RenderedAnswerView:
    """The answer as it is said in a conversation, to be sent, or changed before. Nothing is sent."""
    return RenderedAnswerView(
        **msgspec.structs.asdict(await canned.rendered(call, path.answer_id, query.conversation_id))
    )


def _keys(shortcut: str, name: str) -> tuple[str, UUID]:
    return shortcut, UUID(name)


def _content(body: CannedAnswerBody) -> Content:
    return Content(shortcut=body.shortcut, title=body.title, body=body.body, locale=body.locale)


def _view(found: CannedAnswer) -> CannedAnswerView:
    return CannedAnswerView(
        **msgspec.structs.asdict(found.content), id=found.id, created_at=found.created_at, updated_at=found.updated_at
    )
