"""A provider of text messages that answers as the test says. Real HTTP, Twilio's way."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import encode_basic_auth, web
from aiohttp.test_utils import TestServer

ACCOUNT, TOKEN, SENDER = "AC0", "secret", "+15005550006"


@dataclass
class SmsServer:
    """What it was sent. `says` is what it answers: a status, a body, headers; with `answers`, once that is set."""

    says: tuple[int, Mapping[str, Any], Mapping[str, str]] = (201, {"sid": "SM1"}, {})
    got: list[dict[str, str]] = field(default_factory=list)
    url: str = ""
    answers: asyncio.Event | None = None

    @property
    def settings(self) -> dict[str, Any]:
        """Of a shop that sends by it."""
        return {"sms_account": ACCOUNT, "sms_token": TOKEN, "sms_from": SENDER, "sms_api_url": self.url, "sms_rate": 0}

    async def take(self, request: web.Request) -> web.Response:
        """Messages.json."""
        if request.headers.get("Authorization") != encode_basic_auth(ACCOUNT, TOKEN):
            return web.json_response({"code": 20003, "message": "Authenticate"}, status=401)
        self.got.append({name: str(value) for name, value in (await request.post()).items()})
        if self.answers is not None:
            await self.answers.wait()
        status, body, headers = self.says
        return web.json_response(body, status=status, headers=headers)


@asynccontextmanager
async def sms_server() -> AsyncIterator[SmsServer]:
    """On a free port of the loopback, as long as the block runs."""
    provider = SmsServer()
    app = web.Application()
    app.router.add_post(f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json", provider.take)
    async with TestServer(app) as server:
        provider.url = str(server.make_url(""))
        yield provider
