"""Stripe's API as far as the shop speaks to it, as a program of its own that knows none of our code.

`python -m tests.server.payments.providers.stripe_server` prints `{"address": …}` and serves until it is ended. It was
written from https://docs.stripe.com/api: forms, keys, idempotency, the states of intents, refunds, signed webhooks.
`POST /_control` takes `{"faults": […], "webhook": {"url": …, "secrets": […]}, "untold": [types of events]}`, and
`GET /_control` tells what was asked.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import socket
import time

from aiohttp import ClientSession, web

from tests.server.payments.providers.stripe_account import Form, Refused, Stripe, Thing

SECRET_KEY = "sk_test_local"
STRIPE: web.AppKey[Stripe] = web.AppKey("stripe", Stripe)


async def post(request: web.Request) -> web.StreamResponse:
    stripe = request.app[STRIPE]
    form = {name: str(value) for name, value in (await request.post()).items()}
    stripe.asked.append({"path": request.path, "form": form, "headers": dict(request.headers)})
    fault = stripe.faults.pop(0) if stripe.faults else {}
    await asyncio.sleep(fault.get("delay", 0))
    if fault.get("cut") == "before":
        return cut(request)
    if "status" in fault:
        error = {"error": {"type": "api_error", "message": fault.get("message", "Trouble at Stripe")}}
        return web.json_response(error, status=fault["status"], headers=fault.get("headers", {}))
    status, body, headers = await answer_once(stripe, request, form)
    if fault.get("cut") == "after":
        return cut(request)
    return web.json_response(body, status=status, headers={"Request-Id": "req_1", **headers})


def cut(request: web.Request) -> web.StreamResponse:
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


async def answer_once(stripe: Stripe, request: web.Request, form: Form) -> tuple[int, Thing, dict[str, str]]:
    """The answer, the one kept under the key when there is one."""
    if request.headers.get("Authorization") != f"Bearer {SECRET_KEY}":
        return 401, {"error": {"type": "invalid_request_error", "message": "Invalid API Key provided"}}, {}
    key = request.headers.get("Idempotency-Key", f"none-{next(stripe.numbers)}")
    fingerprint = json.dumps([request.path, form], sort_keys=True)
    if key in stripe.running:
        error = {"type": "idempotency_error", "code": "idempotency_key_in_use", "message": "Another request runs"}
        return 409, {"error": error}, {"Stripe-Should-Retry": "true"}
    if key in stripe.answered:
        before, status, body = stripe.answered[key]
        if before != fingerprint:
            message = "Keys for idempotent requests can only be used with the same parameters."
            return 400, {"error": {"type": "idempotency_error", "message": message}}, {}
        return status, body, {"Idempotent-Replayed": "true"}
    stripe.running.add(key)
    try:
        status, body = 200, stripe.act(request.path, form)
    except Refused as refused:
        status, body = refused.status, refused.body
    finally:
        stripe.running.discard(key)
    stripe.answered[key] = (fingerprint, status, json.loads(json.dumps(body)))
    await send_webhooks(stripe)
    return status, body, {}


async def send_webhooks(stripe: Stripe) -> None:
    events, stripe.events = stripe.events, []
    if stripe.webhook is None:
        return
    async with ClientSession() as session:
        for event in events:
            payload = json.dumps(event, indent=2).encode()
            stamp = int(time.time())
            signed = b"%d.%s" % (stamp, payload)
            tags = [hmac.new(s.encode(), signed, hashlib.sha256).hexdigest() for s in stripe.webhook["secrets"]]
            header = ",".join([f"t={stamp}", *(f"v1={tag}" for tag in tags), f"v0={'0' * 64}"])
            headers = {"Stripe-Signature": header, "Content-Type": "application/json; charset=utf-8"}
            async with session.post(stripe.webhook["url"], data=payload, headers=headers) as response:
                await response.read()


async def get(request: web.Request) -> web.StreamResponse:
    """An intent; whoever asks without the key learns nothing."""
    stripe = request.app[STRIPE]
    stripe.asked.append({"path": request.path, "form": {}, "headers": dict(request.headers)})
    if request.headers.get("Authorization") != f"Bearer {SECRET_KEY}":
        return web.json_response({"error": {"message": "Invalid API Key provided"}}, status=401)
    intent = stripe.intents.get(request.match_info["intent"])
    if intent is None:
        error = {"type": "invalid_request_error", "code": "resource_missing", "message": "No such payment_intent"}
        return web.json_response({"error": error}, status=404)
    if request.query.getall("expand[]", []) == ["latest_charge"] and "latest_charge" in intent:
        return web.json_response({**intent, "latest_charge": stripe.charges[intent["latest_charge"]]})
    return web.json_response(intent)


async def control(request: web.Request) -> web.Response:
    stripe = request.app[STRIPE]
    if request.method == "POST":
        told = await request.json()
        stripe.faults = told.get("faults", [])
        stripe.webhook = told.get("webhook", stripe.webhook)
        stripe.untold = told.get("untold", stripe.untold)
        stripe.asked.clear()
        if "settle" in told:
            stripe.settle(stripe.refunds[told["settle"]])
            await send_webhooks(stripe)
    return web.json_response({"asked": stripe.asked, "intents": stripe.intents, "refunds": stripe.refunds})


def main() -> None:
    app = web.Application()
    app[STRIPE] = Stripe()
    app.router.add_post("/v1/{path:.+}", post)
    app.router.add_get("/v1/payment_intents/{intent}", get)
    app.router.add_get("/_control", control)
    app.router.add_post("/_control", control)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        print(json.dumps({"address": f"http://127.0.0.1:{listener.getsockname()[1]}"}), flush=True)
        web.run_app(app, sock=listener, print=None, access_log=None)


if __name__ == "__main__":
    main()
