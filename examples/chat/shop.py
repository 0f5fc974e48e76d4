"""What does the terminal client ask over HTTP? To sign in, which conversation it is, and what has no event."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from aiohttp import ClientError, ClientSession

LATER: Final = frozenset({429, 502, 503, 504})
"""Too many for now, or nobody there who could answer: no answer to what was asked."""
_TOKEN_SECONDS: Final = 600.0
"""Access tokens hold for 15 minutes; after this long we take the next one."""
_QUESTION: Final = {"en": "A question", "pt": "Uma pergunta"}


class Lost(Exception):
    """No answer came, or only that it has to be asked later: nobody knows whether it was done, so ask again."""


class Refused(Exception):
    """The shop said no; `code` is that of the problem."""

    def __init__(self, problem: Mapping[str, Any]) -> None:
        super().__init__(f"{problem.get('code')}: {problem.get('detail')}")
        self.code = str(problem.get("code"))


def failure(problem: Mapping[str, Any]) -> Refused | Lost:
    """What a problem is to whoever asked: a no, or nothing yet."""
    refusal = Refused(problem)
    return Lost(str(refusal)) if problem.get("status") in LATER else refusal


@dataclass
class Shop:
    """The API of one store, as somebody who signs in with a password."""

    session: ClientSession
    address: str
    store: str
    email: str
    password: str
    me: Mapping[str, Any] = field(default_factory=dict)
    _token: str = ""
    _signed_in_at: float = float("-inf")

    async def token(self) -> str:
        """An access token that holds for some minutes yet. Raises Refused and Lost."""
        if time.monotonic() - self._signed_in_at > _TOKEN_SECONDS:
            await self.sign_in()
        return self._token

    async def sign_in(self) -> None:
        """Take a new access token, and learn who we are. Raises Refused and Lost."""
        body = {"email": self.email, "password": self.password}
        self._token = (await self._call("POST", "auth/sign-in", body, token=None))["access_token"]
        self._signed_in_at = time.monotonic()
        self.me = await self.call("GET", "me")

    async def call(self, method: str, path: str, body: object = None) -> Any:
        """The answer to a request of ours; paths are below /api/v1. Raises Refused and Lost."""
        return await self._call(method, path, body, token=await self.token())

    async def _call(self, method: str, path: str, body: object, *, token: str | None) -> Any:
        headers = {"X-Tenant-ID": self.store} | ({} if token is None else {"Authorization": f"Bearer {token}"})
        url = f"{self.address}/api/v1/{path}"
        try:
            async with self.session.request(method, url, json=body, headers=headers) as answer:
                content = _content(await answer.text())
        except (ClientError, TimeoutError) as error:
            raise Lost(f"no shop answers at {self.address}: {error}") from error
        if answer.status >= 400:
            problem = content if isinstance(content, dict) else {"code": answer.status, "detail": answer.reason}
            raise failure({**problem, "status": answer.status})
        return content


def _content(text: str) -> Any:
    """What the shop said; None for what is not of the shop, but of something before it."""
    try:
        return json.loads(text) if text else None
    except ValueError:
        return None


async def of_customer(shop: Shop, order: int | None) -> Mapping[str, Any]:
    """The customer's conversation about an order, or about nothing in particular; the same one every time.

    The keys are those of the page for storefronts, so that it is the same one there, too.
    """
    if order is not None:
        return dict(await shop.call("POST", "chat/conversations", {"key": f"order-{order}", "order": order}))
    language = str(shop.me.get("locale") or "en").partition("-")[0]
    body = {"key": "shop", "subject": _QUESTION.get(language, _QUESTION["en"])}
    return dict(await shop.call("POST", "chat/conversations", body))


async def for_staff(shop: Shop, order: int | None) -> Mapping[str, Any] | None:
    """The newest conversation about an order, or the one that has waited longest; None while there is none."""
    path = "chat/queue?limit=1" if order is None else f"staff/chat/conversations?order={order}&limit=1"
    items = (await shop.call("GET", path))["items"]
    return dict(items[0]) if items else None
