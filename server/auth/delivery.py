"""How do tokens get to who signed in? In the body, in cookies, or one each."""

from __future__ import annotations

from collections.abc import Mapping

from server.auth.cookies import ACCESS_COOKIE, DEVICE_COOKIE, REFRESH_COOKIE, Cookie, cookie
from server.auth.devices import KNOWN_SECONDS, new_mark
from server.auth.emails import fold
from server.auth.schemas import Delivery, SignedInView, TokensView
from server.auth.service import ACCESS_LIFETIME, REFRESH_LIFETIME, SignedIn
from server.web.call import Call
from server.web.endpoint import Reply

_NO_STORE: Mapping[str, str] = {"Cache-Control": "no-store"}


def deliver(call: Call, signed_in: SignedIn, delivery: Delivery, *, is_new_session: bool) -> Reply[TokensView]:
    """The answer with the tokens; a browser that signed in becomes a known device."""
    session = signed_in.session
    view = TokensView(
        access_token=None if delivery is Delivery.COOKIES else signed_in.access_token,
        expires_at=signed_in.access_expires_at,
        refresh_token=signed_in.refresh_token if delivery is Delivery.BODY else None,
        refresh_expires_at=session.expires_at,
        user=SignedInView(id=session.user_id, email=session.email, name=session.name, roles=list(session.roles)),
    )
    return Reply(view, headers=_NO_STORE, cookies=_cookies(call, signed_in, delivery, is_new_session))


def _cookies(call: Call, signed_in: SignedIn, delivery: Delivery, is_new_session: bool) -> dict[str, Cookie]:
    settings, found = call.shop.settings, dict[str, Cookie]()
    if delivery is not Delivery.BODY:
        seconds = int(REFRESH_LIFETIME.total_seconds())
        found[REFRESH_COOKIE] = cookie(REFRESH_COOKIE, signed_in.refresh_token, seconds, settings)
    if delivery is Delivery.COOKIES:
        seconds = int(ACCESS_LIFETIME.total_seconds())
        found[ACCESS_COOKIE] = cookie(ACCESS_COOKIE, signed_in.access_token, seconds, settings)
    if is_new_session:
        mark = new_mark(call.shop.keys, call.store.id, fold(signed_in.session.email))
        found[DEVICE_COOKIE] = cookie(DEVICE_COOKIE, mark, KNOWN_SECONDS, settings)
    return found
