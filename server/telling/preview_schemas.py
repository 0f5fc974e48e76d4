"""What do requests and answers about the texts of mails look like?"""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from notifications.templates import Audience
from server.decisions.schemas import Locale
from server.web.binding import Body, View

TemplateName = Annotated[
    str, Meta(min_length=1, max_length=100, description="One that GET /notifications/templates lists.")
]


class TemplateView(View, frozen=True, kw_only=True):
    """A text the shop ships. `needs` are the facts an event has to carry; `events`, when not empty, the only ones."""

    name: str
    about: str
    audience: Annotated[Audience, Meta(description="`account` texts are sent by the shop itself and by no rule.")]
    needs: list[str]
    events: list[str]


class TemplatesView(View, frozen=True, kw_only=True):
    """Every text, and the languages each has; the first is for all others."""

    locales: list[str]
    items: list[TemplateView]


class PreviewBody(Body, frozen=True, kw_only=True):
    """Which mail to write. With an order (its number) texts about orders tell of that one; else of a sample."""

    template: TemplateName
    locale: Locale | None = None
    order: Annotated[int, Meta(ge=1, le=2**53)] | None = None


class PreviewView(View, frozen=True, kw_only=True):
    """The mail as it would be sent. `preview` is what lists of mails show below the subject."""

    template: str
    locale: Annotated[str, Meta(description="The language it came out in.")]
    subject: str
    preview: str
    html: str
    text: str
