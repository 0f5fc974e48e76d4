"""The addresses of the texts that mails are made of: which there are, and how they look."""

from __future__ import annotations

from notifications.templates import LOCALES, TEMPLATES
from server.orders.errors import ORDER_UNKNOWN
from server.telling.preview import preview
from server.telling.preview_errors import TEMPLATE_NOT_OF_ORDERS, TEMPLATE_UNKNOWN
from server.telling.preview_schemas import PreviewBody, PreviewView, TemplatesView, TemplateView
from server.web.call import Call
from server.web.endpoint import Routes

routes = Routes("Notifications")

READ = "rules.read"


@routes.get("/notifications/templates", needs=READ)
async def list_templates(call: Call) -> TemplatesView:
    """The texts of mails: their names for the notifications ruleset, and what events must carry for them."""
    return TemplatesView(
        locales=list(LOCALES),
        items=[
            TemplateView(
                name=name,
                about=each.about,
                audience=each.audience,
                needs=sorted(each.needs),
                events=sorted(each.events),
            )
            for name, each in TEMPLATES.items()
        ],
    )


@routes.post(
    "/notifications/preview",
    needs=READ,
    errors=(TEMPLATE_UNKNOWN, TEMPLATE_NOT_OF_ORDERS, ORDER_UNKNOWN),
    idempotency="none",
)
async def preview_mail(call: Call, body: PreviewBody) -> PreviewView:
    """Write a mail without sending it: subject, preview text, HTML and plain text.

    It tells of a sample, or of the order named (needs `orders.read`). The language is by default the store's.
    """
    written = await preview(call, body.template, body.locale, body.order)
    return PreviewView(
        template=body.template,
        locale=written.locale,
        subject=written.subject,
        preview=written.preview,
        html=written.html,
        text=written.text,
    )
