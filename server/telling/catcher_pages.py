"""How does a developer read the mails the shop has sent? At /dev/mail; outside development there is no such page.

A mail is what somebody else wrote: its HTML is shown in a frame without scripts, forms and other addresses.
"""

from __future__ import annotations

from email.message import EmailMessage, MIMEPart
from email.utils import parsedate_to_datetime
from html import escape
from typing import Final

from aiohttp import web

from server.settings import Settings
from server.telling.catcher import catches
from server.telling.catcher_files import MOST_KEPT, Caught, CaughtMails
from server.web.call import SHOP
from server.web.problems import NO_SUCH_ROUTE

PAGE_POLICY: Final = (
    "default-src 'none'; style-src 'unsafe-inline'; frame-src 'self'; frame-ancestors 'self'; base-uri 'none'; "
    "form-action 'none'"
)
MAIL_POLICY: Final = (
    "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; style-src 'unsafe-inline'; "
    "img-src data: cid:; frame-ancestors 'self'; base-uri 'none'; form-action 'none'"
)
"""Of the mail itself: nothing is loaded from elsewhere, nothing runs, and its links open beside it."""

_STYLE: Final = """
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { margin: 0 auto; max-width: 60rem; padding: 1rem; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: .5rem .75rem .5rem 0; border-bottom: 1px solid #8886; vertical-align: top; }
td { overflow-wrap: anywhere; }
iframe { width: 100%; height: 70vh; border: 1px solid #8886; border-radius: 6px; background: #fff; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; border: 1px solid #8886; border-radius: 6px; padding: 1rem; }
nav a { margin-right: 1rem; }
.quiet { opacity: .75; }
"""


def serve_caught_mails(app: web.Application, settings: Settings) -> None:
    """Answer at /dev/mail and below, where mails are caught."""
    if not catches(settings):
        return
    app.router.add_get("/dev/mail", _list)
    app.router.add_get("/dev/mail/{id}", _one)
    app.router.add_get("/dev/mail/{id}/html", _html)
    app.router.add_get("/dev/mail/{id}/source", _source)
    app.router.add_get("/dev/mail/{id}/attachments/{number}", _attachment)


async def _list(request: web.Request) -> web.Response:
    mails = _mails(request).all()
    rows = "".join(_row(mail) for mail in mails)
    table = f"<table><thead><tr><th>Sent<th>To<th>Subject<tbody>{rows}</table>"
    empty = "<p>None yet. Sign up, or place an order, and look again."
    about = f"<p class=quiet>What the shop has sent, the newest first; the last {MOST_KEPT} are kept."
    return _page("Mails", f"<h1>Mails</h1>{about}{table if mails else empty}")


async def _one(request: web.Request) -> web.Response:
    mail = _found(request)
    message = mail.message
    path = f"/dev/mail/{mail.id}"
    headers = "".join(
        f"<tr><th scope=row>{escape(name)}<td>{escape(str(value))}" for name, value in message.items() if _is_told(name)
    )
    text = message.get_body(("plain",))
    attached = "".join(
        f'<li><a href="{path}/attachments/{number}">{escape(part.get_filename() or part.get_content_type())}</a>'
        for number, part in enumerate(message.iter_attachments())
    )
    parts = [
        f"<nav><a href=/dev/mail>All mails</a><a href={path}/html>HTML alone</a><a href={path}/source>Source</a></nav>",
        f"<h1>{escape(_subject(message))}</h1><table>{headers}</table>",
        f'<h2>HTML</h2><iframe src="{path}/html" title="The mail as HTML" sandbox="allow-popups '
        'allow-popups-to-escape-sandbox"></iframe>'
        if message.get_body(("html",)) is not None
        else "",
        f"<h2>Text</h2><pre>{escape(_content(text))}</pre>" if text is not None else "",
        f"<h2>Attachments</h2><ul>{attached}</ul>" if attached else "",
    ]
    return _page(_subject(message), "".join(parts))


async def _html(request: web.Request) -> web.Response:
    part = _found(request).message.get_body(("html",))
    if part is None:
        raise NO_SUCH_ROUTE("this mail has no HTML")
    # Links would otherwise open in the small frame.
    content = _content(part).replace("<head>", '<head><base target="_blank">', 1)
    headers = {"Content-Security-Policy": MAIL_POLICY, "X-Frame-Options": "SAMEORIGIN", "Cache-Control": "no-store"}
    return web.Response(text=content, content_type="text/html", headers=headers)


async def _source(request: web.Request) -> web.Response:
    return web.Response(body=_found(request).source, content_type="text/plain", charset="utf-8")


async def _attachment(request: web.Request) -> web.Response:
    parts = dict(enumerate(_found(request).message.iter_attachments()))
    number = request.match_info["number"]
    part = parts.get(int(number)) if number.isdecimal() else None
    if part is None:
        raise NO_SUCH_ROUTE("this mail has no such attachment")
    content = part.get_payload(decode=True)
    headers = {"Content-Disposition": "attachment"}
    return web.Response(
        body=content if isinstance(content, bytes) else b"", content_type="application/octet-stream", headers=headers
    )


def _mails(request: web.Request) -> CaughtMails:
    return CaughtMails(request.app[SHOP].settings.data_dir)


def _found(request: web.Request) -> Caught:
    mail = _mails(request).find(request.match_info["id"])
    if mail is None:
        raise NO_SUCH_ROUTE("there is no such mail; /dev/mail lists those that were kept")
    return mail


def _row(mail: Caught) -> str:
    message = mail.message
    link = f'<a href="/dev/mail/{mail.id}">{escape(_subject(message))}</a>'
    return f"<tr><td>{escape(_sent_at(message))}<td>{escape(str(message['To'] or ''))}<td>{link}"


def _subject(message: EmailMessage) -> str:
    return str(message["Subject"] or "") or "(no subject)"


def _sent_at(message: EmailMessage) -> str:
    try:
        return parsedate_to_datetime(str(message["Date"])).strftime("%Y-%m-%d %H:%M:%S")
    except ValueError:
        return ""


def _is_told(header: str) -> bool:
    return not header.lower().startswith(("content-", "mime-"))


def _content(part: MIMEPart) -> str:
    return str(part.get_content())


def _page(title: str, body: str) -> web.Response:
    html = (
        f'<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content="width=device-width">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style>{body}</html>"
    )
    return web.Response(
        text=html,
        content_type="text/html",
        headers={"Content-Security-Policy": PAGE_POLICY, "Cache-Control": "no-store"},
    )
