"""How is a request safe to send twice? Its answer is stored in the transaction of its effect (semantics, section 7).

The handler runs inside our transaction, so effect and answer are one; a refusal rolls both back and leaves no row.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta
from typing import Final

import asyncpg
import msgspec
from aiohttp import web

from server.errors import AppError
from server.web.call import Call
from server.web.endpoint import Endpoint
from server.web.problems import KEY_IN_USE, KEY_MALFORMED, KEY_MISSING, KEY_REUSED
from storage.database import TryAgain
from storage.transaction import Transaction

HEADER: Final = "Idempotency-Key"
REPLAYED: Final = "Idempotency-Replayed"
LIFETIME: Final = timedelta(hours=24)
LONGEST_KEY: Final = 255
PATTERN: Final = r'^(?:"[ !#-\[\]-~]{1,255}"|[!#-\[\]-~](?:[ !#-\[\]-~]{0,253}[!#-\[\]-~])?)$'
"""Printable ASCII without quotes and backslashes; in quotes (RFC 8941), or as it is."""

_READABLE: Final = re.compile(PATTERN.removesuffix("$") + r"\Z")
_KEPT_HEADERS: Final = ("Content-Type", "Location", "ETag", "Link")

_CLAIM: Final = """
SELECT pg_try_advisory_xact_lock(hashtextextended(
           concat_ws(E'\\n', current_store_id(), $1::text, $2::text, $3::text, $4::text), 0)) AS is_ours,
       k.fingerprint, k.status, k.headers::text AS headers, k.body
  FROM (SELECT 1) AS one
  LEFT JOIN idempotency_keys k
    ON k.principal = $1 AND k.method = $2 AND k.route = $3 AND k.key = $4 AND k.expires_at > now()
"""
_ANSWERED: Final = """
SELECT EXISTS (SELECT FROM idempotency_keys
                WHERE principal = $1 AND method = $2 AND route = $3 AND key = $4 AND expires_at > now())
"""
_RECORD: Final = """
INSERT INTO idempotency_keys AS k
    (store_id, principal, method, route, key, fingerprint, status, headers, body, expires_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8::jsonb, $9, now() + $10::interval)
ON CONFLICT (store_id, principal, method, route, key) DO UPDATE
   SET fingerprint = excluded.fingerprint, status = excluded.status, headers = excluded.headers,
       body = excluded.body, created_at = now(), expires_at = excluded.expires_at
 WHERE k.expires_at <= now()
"""
# Materialized, or the limit could be taken anew for every row it is compared with.
_FORGET: Final = """
WITH gone AS MATERIALIZED (
    SELECT principal, method, route, key FROM idempotency_keys WHERE expires_at <= now()
     ORDER BY expires_at LIMIT $1 FOR UPDATE SKIP LOCKED
)
DELETE FROM idempotency_keys k USING gone
 WHERE (k.principal, k.method, k.route, k.key) = (gone.principal, gone.method, gone.route, gone.key)
"""


def read_key(call: Call, endpoint: Endpoint) -> str | None:
    """The key of the request: an RFC 8941 string, or the same without quotes. Raises when it has to be and is not."""
    values = call.request.headers.getall(HEADER, [])
    if not values:
        if endpoint.idempotency == "required":
            raise KEY_MISSING(f"send the header {HEADER} with a value of your own, a UUID for example")
        return None
    text = values[0].strip()
    if len(values) > 1 or not _READABLE.match(text):
        raise KEY_MALFORMED(f"{HEADER} has to be one string of 1 to {LONGEST_KEY} printable ASCII characters")
    return text[1:-1] if text.startswith('"') else text


async def answer_once(
    call: Call, endpoint: Endpoint, key: str, raw_body: bytes, answer: Callable[[], Awaitable[web.Response]]
) -> web.Response:
    """The stored answer of this key; or the effect and its answer, stored together.

    Raises KEY_REUSED when the key came with another request, KEY_IN_USE while the same one is still running.
    """
    principal = call.actor.principal if call.actor.id else f"anonymous:{call.client_ip}"
    scope = (principal, endpoint.method, endpoint.path, key)
    fingerprint = _fingerprint(call, raw_body)

    async def work(transaction: Transaction) -> web.Response:
        row = await transaction.fetchrow(_CLAIM, *scope)
        assert row is not None
        if row["fingerprint"] is not None:
            if row["fingerprint"] != fingerprint:
                raise KEY_REUSED(f"{HEADER} {key!r} was used with another request; take a new key for this one")
            return _stored(row["status"], row["headers"], row["body"])
        if not row["is_ours"]:
            raise KEY_IN_USE(f"the request with {HEADER} {key!r} is still running", retry_after_seconds=1)
        try:
            response = await answer()
        except AppError:
            # Somebody who finished between our look and our claim is why it is refused: undo, and find their answer.
            if await _is_answered(transaction, scope):
                raise TryAgain from None
            raise
        headers = {name: response.headers[name] for name in _KEPT_HEADERS if name in response.headers}
        body = response.body if isinstance(response.body, bytes) else b""
        recorded = await transaction.execute(
            _RECORD, call.store.id, *scope, fingerprint, response.status,
            msgspec.json.encode(headers).decode(), body, LIFETIME,
        )  # fmt: skip
        if recorded != 1:
            # Somebody finished between our look and our claim: undo, and find their answer.
            raise TryAgain
        return response

    return await call.database.transaction(call.store.id, work)


async def _is_answered(tx: Transaction, scope: tuple[str, str, str, str]) -> bool:
    """Whether there is an answer by now."""
    # A refusal may come of an error of PostgreSQL, after which the transaction answers nothing more.
    with suppress(asyncpg.InFailedSQLTransactionError):
        return bool(await tx.fetchval(_ANSWERED, *scope))
    return False


async def forget_answers(tx: Transaction, most: int) -> int:
    """Forget answers of the store that are not repeated any more, at most so many; how many."""
    return await tx.execute(_FORGET, most)


def _fingerprint(call: Call, raw_body: bytes) -> bytes:
    """sha256 of the address and the canonical body: keys sorted when it is JSON, the bytes themselves otherwise."""
    try:
        canonical = msgspec.json.encode(msgspec.json.decode(raw_body), order="sorted") if raw_body else b""
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        canonical = raw_body
    return hashlib.sha256(call.request.path_qs.encode() + b"\n" + canonical).digest()


def _stored(status: int, headers: str, body: bytes) -> web.Response:
    kept: dict[str, str] = msgspec.json.decode(headers)
    return web.Response(status=status, body=body, headers={**kept, REPLAYED: "true"})
