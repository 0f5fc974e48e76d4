"""What became of a text message that a provider took? It tells us here, outside of the API and signed by it."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final
from uuid import UUID

import structlog
from aiohttp import web

from server.settings import Settings
from server.telling import messages_repo as repo
from server.telling.sms_channel import REPORT_PATH
from server.telling.sms_http import is_signed
from server.web.call import SHOP, Shop
from server.web.middlewares import STORES
from server.web.problems import NO_SUCH_ROUTE

_FAILED: Final = frozenset({"failed", "undelivered"})
_LOG: Final = structlog.get_logger("sostech.telling.sms")


def serve_sms_reports(app: web.Application, settings: Settings) -> None:
    """Answer at /notifications/sms/status, where there is a provider that could ask."""
    if settings.sms_token:
        app.router.add_post(REPORT_PATH, _take)


async def _take(request: web.Request) -> web.Response:
    """Note that a message did not arrive; that it did is no news. A report that comes twice changes nothing."""
    shop: Shop = request.app[SHOP]
    form = {name: value for name, value in (await request.post()).items() if isinstance(value, str)}
    # What the provider signed is the address it was given, whatever proxies made of it on the way.
    url = f"{shop.settings.base_url}{request.path_qs}"
    assert shop.settings.sms_token
    if not is_signed(shop.settings.sms_token, url, form, request.headers.get("X-Twilio-Signature", "")):
        raise NO_SUCH_ROUTE("the signature is not that of the provider")
    if form.get("MessageStatus") in _FAILED:
        await _failed(shop, request, form)
    return web.Response(status=HTTPStatus.NO_CONTENT)


async def _failed(shop: Shop, request: web.Request, form: dict[str, str]) -> None:
    store_id, message_id = (_id(request.query.get(name, "")) for name in ("store", "message"))
    stores = {store.id for store in await shop.use(STORES).all()}
    if message_id is None or store_id is None or store_id not in stores:
        return
    reason = f"the provider could not deliver it: {form['MessageStatus']} {form.get('ErrorCode', '')}".strip()[:500]
    changed = await shop.database.transaction(store_id, lambda tx: repo.note_failed(tx, message_id, "sms", reason))
    if changed:
        _LOG.warning("text_message_failed", message_id=str(message_id), reason=reason)


def _id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
