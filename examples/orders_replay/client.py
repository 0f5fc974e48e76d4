"""How is the shop spoken to? Requests are repeated when it is busy, and refusals are told apart from faults."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final

import msgspec
from aiohttp import ClientConnectionError, ClientSession

TRIES: Final = 8
"""The last one comes about a minute after the first."""

_BUSY: Final = frozenset({429, 502, 503, 504})
_TOKEN_SECONDS: Final = 600.0
"""Access tokens hold for 15 minutes."""


class Problem(Exception):
    """The shop said no: the problem it answered with, and when."""

    def __init__(self, asked: str, status: int, body: Mapping[str, Any], at: datetime) -> None:
        super().__init__(f"{asked}: {status} {body.get('code')}: {body.get('detail')}")
        self.body = body
        self.at = at

    @property
    def reasons(self) -> tuple[str, ...]:
        """Codes of what the rules have against it and what is wrong with the cart; else the code of the problem."""
        refusals = tuple(str(each["code"]) for each in self.body.get("parameters", {}).get("refusals", ()))
        faults = tuple(str(each["code"]) for each in self.body.get("errors", ()))
        return refusals or faults or (str(self.body.get("code")),)


@dataclass
class ShopClient:
    """The API of one store. `requests` counts what was sent, repetitions too."""

    session: ClientSession
    address: str
    store: str
    requests: int = 0
    seconds: list[float] = field(default_factory=list)

    async def call(
        self, method: str, path: str, body: object = None, *, token: str | None = None, key: str | None = None
    ) -> Any:
        """The answer, as JSON where it is JSON, else as text. Paths are below /api/v1, unless they begin with `//`.

        `key` is the Idempotency-Key, for what must not happen twice. Raises Problem.
        """
        headers = {"X-Tenant-ID": self.store}
        if body is not None:
            headers["Content-Type"] = "application/json"
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        if key is not None:
            headers["Idempotency-Key"] = key
        address = self.address + (path[1:] if path.startswith("//") else f"/api/v1{path}")
        sent = None if body is None else msgspec.json.encode(body)
        for again in range(TRIES):
            if again:
                await asyncio.sleep(0.25 * 2**again)
            self.requests += 1
            try:
                async with self.session.request(method, address, data=sent, headers=headers) as response:
                    raw, status, kind = await response.read(), response.status, response.content_type
                    at = parsedate_to_datetime(response.headers["Date"])
            except ClientConnectionError:
                if again == TRIES - 1:
                    raise
                continue
            if status not in _BUSY or again == TRIES - 1:
                break
        if status >= 400:
            raise Problem(f"{method} {path}", status, _problem(raw, kind), at)
        return msgspec.json.decode(raw) if kind == "application/json" else raw.decode()


@dataclass
class Staff:
    """Whoever runs the store, signed in anew before the token runs out."""

    shop: ShopClient
    email: str
    password: str
    _token: str = ""
    _until: float = 0.0
    _signing_in: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def call(self, method: str, path: str, body: object = None, *, key: str | None = None) -> Any:
        """As `ShopClient.call`."""
        async with self._signing_in:
            if time.monotonic() > self._until:
                who = {"email": self.email, "password": self.password, "delivery": "body"}
                self._token = (await self.shop.call("POST", "/auth/sign-in", who))["access_token"]
                self._until = time.monotonic() + _TOKEN_SECONDS
        return await self.shop.call(method, path, body, token=self._token, key=key)

    async def all(self, path: str) -> list[Any]:
        """All rows of a list, page after page."""
        rows: list[Any] = []
        cursor = ""
        while True:
            found = await self.call("GET", f"{path}?limit=100{cursor}")
            rows += found["items"]
            if not found["next"]:
                return rows
            cursor = f"&cursor={found['next']}"


def _problem(raw: bytes, kind: str) -> Mapping[str, Any]:
    if kind == "application/problem+json":
        body: Mapping[str, Any] = msgspec.json.decode(raw)
        return body
    return {"code": "no_problem", "detail": raw[:200].decode(errors="replace")}
