"""How is Stripe's API called? Forms in, JSON out, every call with an idempotency key, errors as the port has them.

https://docs.stripe.com/api/errors and https://docs.stripe.com/error-low-level say what may be asked again: conflicts,
too many requests and faults of theirs, unless the header Stripe-Should-Retry says otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec
import structlog
from aiohttp import ClientConnectionError, ClientError, ClientResponse

from server.payments.providers.outbound import Outbound
from server.ports import ProviderRefused, ProviderUnavailable

VERSION: Final = "2025-06-30.basil"
"""The version of Stripe's API this was written for; sent along, so that a newer default changes nothing."""

_MOST_RETRY_SECONDS: Final = 3600
_CONNECTIONS_TRIED: Final = 2
_LOG: Final = structlog.get_logger("sostech.stripe")


class StripeRefused(ProviderRefused):
    """Stripe's no, with its code and the state of the payment intent it is about, where it told them."""

    def __init__(self, message: str, code: str = "", intent_status: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.intent_status = intent_status


class StripeApi:
    """Calls with one secret key."""

    def __init__(self, outbound: Outbound, base: str, secret_key: str) -> None:
        self._outbound = outbound
        self._base = base.rstrip("/")
        self._headers = {"Authorization": f"Bearer {secret_key}", "Stripe-Version": VERSION}

    async def post(self, path: str, form: Mapping[str, str], key: str) -> dict[str, Any]:
        """The object that Stripe answers with. Raises StripeRefused and ProviderUnavailable."""
        return await self._call("POST", path, dict(form), {"Idempotency-Key": key})

    async def get(self, path: str) -> dict[str, Any]:
        """The same of an object that is there."""
        return await self._call("GET", path, None, {})

    async def _call(
        self, method: str, path: str, form: dict[str, str] | None, more: Mapping[str, str]
    ) -> dict[str, Any]:
        for attempt in range(1, _CONNECTIONS_TRIED + 1):
            try:
                return await self._once(method, path, form, more)
            except ClientConnectionError as error:
                # Most likely a kept connection that Stripe closed just now; the key makes another try safe.
                if attempt == _CONNECTIONS_TRIED:
                    raise ProviderUnavailable(f"no connection to Stripe: {type(error).__name__}") from error
            except (ClientError, TimeoutError) as error:
                raise ProviderUnavailable(f"Stripe did not answer: {type(error).__name__}") from error
        raise AssertionError("unreachable")

    async def _once(
        self, method: str, path: str, form: dict[str, str] | None, more: Mapping[str, str]
    ) -> dict[str, Any]:
        async with self._outbound.session.request(
            method, f"{self._base}{path}", data=form, headers={**self._headers, **more}, allow_redirects=False
        ) as response:
            body = _object(await response.read())
            if response.status == 200 and body is not None:
                return body
            raise _error(response, body or {})


def _object(raw: bytes) -> dict[str, Any] | None:
    try:
        return msgspec.json.decode(raw, type=dict[str, Any])
    except (msgspec.DecodeError, msgspec.ValidationError, UnicodeDecodeError):
        return None


def _error(response: ClientResponse, body: Mapping[str, Any]) -> Exception:
    """What the answer means for us."""
    told: Any = body.get("error")
    error: Mapping[str, Any] = told if isinstance(told, dict) else {}
    message = str(error.get("message") or f"Stripe answered {response.status}")
    _LOG.info(
        "stripe_refused",
        status=response.status,
        code=error.get("code"),
        type=error.get("type"),
        stripe_request_id=response.headers.get("Request-Id"),
    )
    if response.status in (401, 403):
        # Nothing is wrong with the payment: it goes on when somebody has mended the settings.
        _LOG.error("stripe_key_refused", status=response.status)
        return ProviderUnavailable("Stripe does not accept SOSTECH_STRIPE_SECRET_KEY")
    if _may_do_later(response):
        return ProviderUnavailable(message, _retry_after(response))
    intent: Any = error.get("payment_intent")
    status = str(intent.get("status", "")) if isinstance(intent, dict) else ""
    return StripeRefused(message, str(error.get("code") or ""), status)


def _may_do_later(response: ClientResponse) -> bool:
    if response.status >= 500 or response.status < 400:
        # Nobody knows whether it was done, so it is never a no.
        return True
    said = response.headers.get("Stripe-Should-Retry")
    return said == "true" if said is not None else response.status in (409, 429)


def _retry_after(response: ClientResponse) -> int | None:
    said = response.headers.get("Retry-After", "")
    return min(int(said), _MOST_RETRY_SECONDS) if said.isascii() and said.isdigit() and len(said) < 10 else None
