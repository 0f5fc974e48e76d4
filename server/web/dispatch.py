"""How does a request become one call of a handler? Guard, bind, call, render: in this order, the same for all.

The guard comes before binding, so that nobody learns what a body must look like by sending one they may not send.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import msgspec
from aiohttp import web

from server.web.actor import Actor
from server.web.binding import parse_body, parse_path, parse_query, read_limited
from server.web.call import ACTOR, REQUEST_ID, SHOP, STORE, Call
from server.web.endpoint import GUEST, PUBLIC, SIGNED_IN, Endpoint, Raw, Reply, Routes, Stream, Upload
from server.web.idempotency import answer_once, read_key
from server.web.problems import MEDIA_TYPE_UNSUPPORTED, NOT_ALLOWED, SIGN_IN_NEEDED
from server.web.streams import Streamed

AioHandler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def mount(app: web.Application, rooms: Sequence[Routes]) -> list[Endpoint]:
    """Serve every endpoint of the rooms; the endpoints in order, for the API document."""
    endpoints = [endpoint for room in rooms for endpoint in room.endpoints]
    for endpoint in endpoints:
        handler = aiohttp_handler(endpoint)
        app.router.add_route(endpoint.method, endpoint.path, handler, name=endpoint.operation_id)
        if endpoint.method == "GET":
            # The same without a body (RFC 9110, 9.3.2), which aiohttp leaves out.
            app.router.add_route("HEAD", endpoint.path, handler)
    return endpoints


def aiohttp_handler(endpoint: Endpoint) -> AioHandler:
    """The endpoint as aiohttp calls it."""

    async def handle(request: web.Request) -> web.StreamResponse:
        call = Call(request, request.app[SHOP], request[STORE], request[ACTOR], request[REQUEST_ID])
        guard(endpoint.needs, call.actor)
        key = read_key(call, endpoint) if endpoint.idempotency != "none" else None
        raw, arguments = await _bind(endpoint, call)

        async def answer() -> web.Response:
            return _render(endpoint, await endpoint.handler(call, **arguments))

        if endpoint.answers is Stream:
            return Streamed(request.app, await endpoint.handler(call, **arguments))
        if key is None:
            return await answer()
        return await answer_once(call, endpoint, key, raw, answer)

    return handle


def guard(needs: str, actor: Actor) -> None:
    """Raise SIGN_IN_NEEDED or NOT_ALLOWED unless the actor may use what `needs` this (see Routes)."""
    if needs == PUBLIC:
        return
    if actor.kind == "anonymous":
        raise SIGN_IN_NEEDED("this needs an access token: sign in, or start a guest session where guests may go")
    if needs == GUEST:
        return
    if not actor.is_signed_in:
        raise SIGN_IN_NEEDED("guests cannot do this: sign in")
    if needs != SIGNED_IN and not any(actor.may(action) for action in needs.split(" or ")):
        raise NOT_ALLOWED(f"this needs the permission {needs}, which {_roles(actor.roles)} not give", permission=needs)


def _roles(roles: tuple[str, ...]) -> str:
    return f"your role {roles[0]} does" if len(roles) == 1 else f"your roles {', '.join(roles)} do"


async def _bind(endpoint: Endpoint, call: Call) -> tuple[bytes, dict[str, Any]]:
    arguments: dict[str, Any] = {}
    raw = b""
    if endpoint.path_type is not None:
        arguments["path"] = parse_path(call.request, endpoint.path_type)
    if endpoint.query_type is not None:
        arguments["query"] = parse_query(call.request, endpoint.query_type)
    settings = call.shop.settings
    if endpoint.takes_upload:
        content_type = call.request.content_type
        if content_type not in endpoint.takes_upload:
            raise MEDIA_TYPE_UNSUPPORTED(
                f"the body is {content_type}; this endpoint takes {', '.join(endpoint.takes_upload)}"
            )
        raw = await read_limited(call.request, endpoint.upload_limit_bytes or settings.upload_limit_bytes)
        arguments["upload"] = Upload(raw, content_type)
    elif endpoint.body_type is not None:
        raw = await read_limited(call.request, settings.body_limit_bytes)
        content_type = call.request.content_type if "Content-Type" in call.request.headers else ""
        arguments["body"] = parse_body(raw, content_type, endpoint.body_type)
    return raw, arguments


def _render(endpoint: Endpoint, result: Any) -> web.Response:
    if isinstance(result, Raw):
        headers = {**result.headers, "Content-Type": result.content_type}
        return web.Response(body=result.content, status=result.status, headers=headers)
    reply = result if isinstance(result, Reply) else Reply(result)
    status = reply.status or endpoint.status
    if reply.body is None:
        response = web.Response(status=status, headers=reply.headers)
    else:
        body = msgspec.json.encode(reply.body)
        response = web.Response(body=body, status=status, headers=reply.headers, content_type="application/json")
    for name, (value, attributes) in reply.cookies.items():
        response.set_cookie(name, value, **attributes)
    return response
