"""Where is the test provider? At /test-provider: outside of the API, of no store, and only where settings allow it."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final
from urllib.parse import parse_qsl

import msgspec
from aiohttp import web

from engine.money import BadAmount, format_amount, parse_amount
from server.errors import AppError, Fault
from server.payments.test_provider import page
from server.payments.test_provider.events import TrialEvent, Wish
from server.payments.test_provider.repo import DeliveryState
from server.payments.test_provider.schemas import ChargeView, DeliveryView, PayBody, PayForm
from server.payments.test_provider.service import FoundCharge, end_charge, read_charge
from server.web.binding import parse_body, read_limited
from server.web.call import SHOP
from server.web.problems import invalid, status_of

_MOST_BYTES: Final = 16 * 1024


def serve_test_provider(app: web.Application) -> None:
    """Answer at /test-provider and below, when the settings allow payments that move no money."""
    if not app[SHOP].settings.has_test_provider:
        return
    app.router.add_get("/test-provider/pay/{charge}", _show)
    app.router.add_post("/test-provider/pay/{charge}", _pay_by_form)
    app.router.add_get("/test-provider/v1/charges/{charge}", _read)
    app.router.add_post("/test-provider/v1/charges/{charge}/pay", _pay)


async def _show(request: web.Request) -> web.Response:
    return _page(await _found(request))


async def _pay_by_form(request: web.Request) -> web.StreamResponse:
    found = await _found(request)
    if found.charge.status != "open":
        return _page(found, HTTPStatus.CONFLICT)
    raw = await read_limited(request, _MOST_BYTES)
    try:
        form = _read_form(raw)
        delay = form.delay_seconds + 60 * form.delay_minutes
        ended = await end_charge(request.app[SHOP], found.reference, _wish(form, found, delay))
    except AppError as error:
        wrong = error.faults[0].message if error.faults else error.detail
        return _page(await _found(request), status_of(error.error), wrong)
    # See Other, so that reloading does not pay again; the result is told by the webhook, not by coming back.
    return web.Response(status=HTTPStatus.SEE_OTHER, headers={**_headers(ended), "Location": _next(request, ended)})


async def _read(request: web.Request) -> web.Response:
    return _json(await read_charge(request.app[SHOP], request.match_info["charge"], with_deliveries=True))


async def _pay(request: web.Request) -> web.Response:
    found = await _found(request)
    raw = await read_limited(request, _MOST_BYTES)
    body = parse_body(raw or b"{}", request.content_type if raw else "application/json", PayBody)
    shop, wish = request.app[SHOP], _wish(body, found, body.delay_seconds)
    await end_charge(shop, found.reference, wish)
    return _json(await read_charge(shop, found.reference, with_deliveries=True))


async def _found(request: web.Request) -> FoundCharge:
    return await read_charge(request.app[SHOP], request.match_info["charge"])


def _read_form(raw: bytes) -> PayForm:
    """What the page sent; fields left empty are as if not there. Raises BODY_INVALID."""
    given = dict(parse_qsl(raw.decode(errors="replace")))
    try:
        return msgspec.convert(given, PayForm, strict=False)
    except msgspec.ValidationError as error:
        raise invalid([Fault("", "invalid", str(error))]) from error


def _wish(body: PayBody, found: FoundCharge, delay_seconds: int) -> Wish:
    """What to do. Raises BODY_INVALID for an amount that is none of the charge's currency."""
    amount = None
    if body.amount is not None:
        try:
            amount = parse_amount(body.amount, found.charge.currency)
        except BadAmount as error:
            raise invalid([Fault("/amount", "amount_invalid", str(error))]) from error
    return Wish(
        outcome=body.outcome,
        delay_seconds=delay_seconds,
        times=body.times,
        stray=body.stray,
        forge=body.forge,
        amount=amount,
        refunds_fail=body.refunds_fail,
        payer=body.payer,
    )


def _page(found: FoundCharge, status: int = HTTPStatus.OK, wrong: str = "") -> web.Response:
    return web.Response(
        text=page.draw(found, wrong), status=status, content_type="text/html", charset="utf-8", headers=_headers(found)
    )


def _headers(found: FoundCharge) -> dict[str, str]:
    return {"Content-Security-Policy": page.policy(found), "Cache-Control": "no-store"}


def _next(request: web.Request, ended: FoundCharge) -> str:
    return page.leads_back(ended) or request.path


def _json(found: FoundCharge) -> web.Response:
    charge = found.charge
    view = ChargeView(
        reference=found.reference,
        status=charge.status,
        amount=format_amount(charge.amount, charge.currency),
        refunded=format_amount(charge.refunded, charge.currency),
        currency=charge.currency,
        metadata=charge.metadata,
        deliveries=[_delivery(each) for each in found.deliveries],
    )
    headers = {"Cache-Control": "no-store"}
    return web.Response(body=msgspec.json.encode(view), content_type="application/json", headers=headers)


def _delivery(state: DeliveryState) -> DeliveryView:
    return DeliveryView(
        event_id=state.event_id,
        type=msgspec.json.decode(state.payload, type=TrialEvent).type,
        tries=state.tries,
        last_status=state.last_status,
        due_at=state.due_at,
    )
