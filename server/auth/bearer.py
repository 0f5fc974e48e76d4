"""How are access tokens made and believed? The one file that knows JWT, and that keeps aiohttp-jwt within bounds.

aiohttp-jwt's middleware verifies; everything around it is ours, because by itself it believes too much:

- it takes any scheme that begins with "Bearer", and lets an OPTIONS request pass without a look. It never sees the
  request: `_Presented` hands it the one token that `read_scheme` found, or that came in a body.
- it knows one key. There is one instance for each key of the ring, chosen by the token's `kid`.
- it takes tokens without `exp`, `iat`, `sub` or `jti`, and by default any algorithm, audience and issuer: all are given
  or demanded here.
- it logs a traceback, with what the token said, for each bad token: its logger is silenced.
- its guards `login_required` and `check_permissions` are not used anywhere: ours are in server/web.
"""

from __future__ import annotations

import base64
import binascii
import logging
import re
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final, Literal
from uuid import UUID

import jwt
import msgspec
from aiohttp import web
from aiohttp_jwt import JWTMiddleware  # type: ignore[import-untyped]

from server.keys import KeyRing
from server.web.call import Resource
from server.web.problems import TOKEN_INVALID
from storage.ids import new_id

ALGORITHM: Final = "HS256"
ISSUER: Final = "sostech-store"
AUDIENCE: Final = "sostech-store-api"
PURPOSE: Final = "access-token"
LONGEST_TOKEN: Final = 4096
MOST_BELIEVED: Final = 20_000
"""Tokens whose signature has been found right are remembered until they expire, at most so many."""

_SHAPE: Final = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")
_DEMANDED: Final = ("exp", "iat", "sub", "jti")
_PLACE: Final = "claims"

logging.getLogger("aiohttp_jwt.middleware").addFilter(lambda _record: False)


class Claims(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What one of our tokens says. Times are seconds since 1970; `store` and `sid` are those of the session.

    A guest has no session; someone of the platform has neither session nor store.
    """

    sub: UUID
    kind: Literal["user", "guest", "platform"]
    iat: int
    exp: int
    sid: UUID | None = None
    store: UUID | None = None


class Tokens:
    """Makes and believes tokens with the keys of the ring: the first signs, all of them verify."""

    def __init__(self, keys: KeyRing) -> None:
        self._keys = keys
        self._judges = {key_id: _judge(_secret(keys, key_id)) for key_id in keys.ids}
        # Judging a signature costs as much as a third of a decision, and a caller sends the same token again and again.
        self._believed: dict[str, Claims] = {}

    def issue(self, claims: Claims) -> str:
        """The token."""
        said = {**msgspec.to_builtins(claims), "iss": ISSUER, "aud": AUDIENCE, "jti": str(new_id())}
        key_id = self._keys.current
        return jwt.encode(said, _secret(self._keys, key_id), algorithm=ALGORITHM, headers={"kid": key_id})

    async def read(self, token: str) -> Claims:
        """What the token says, if it is ours and still holds. Raises TOKEN_INVALID."""
        believed = self._believed.get(token)
        if believed is not None and time.time() < believed.exp:
            return believed
        claims = await self._judged(token)
        if len(self._believed) >= MOST_BELIEVED:
            self._believed.clear()
        self._believed[token] = claims
        return claims

    async def _judged(self, token: str) -> Claims:
        judge = self._judges.get(_key_id(token))
        if judge is None:
            raise TOKEN_INVALID("the access token is signed with a key we do not know; sign in again")
        try:
            said = await judge(_Presented(token), _said)
        except web.HTTPException as error:
            if isinstance(error.__context__, jwt.ExpiredSignatureError):
                raise TOKEN_INVALID("the access token has expired; refresh it") from None
            raise TOKEN_INVALID("the access token is not one of ours; sign in again") from None
        try:
            return msgspec.convert(said, Claims)
        except msgspec.ValidationError as error:
            raise TOKEN_INVALID("the access token does not say what ours say; sign in again") from error


TOKENS: Final = Resource["Tokens"]("auth.tokens")


def read_scheme(authorization: Sequence[str]) -> str | None:
    """The token of the Authorization headers: None without one. Raises TOKEN_INVALID unless it is `Bearer <token>`."""
    if not authorization:
        return None
    scheme, space, token = authorization[0].partition(" ")
    if len(authorization) > 1 or scheme != "Bearer" or not space or not _SHAPE.fullmatch(token):
        raise TOKEN_INVALID("Authorization has to be one header: Bearer, one space, and the access token")
    return token


class _Header(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The header of our tokens, and nothing else: what is nested deeper or names another key never gets further."""

    alg: Literal["HS256"]
    kid: str
    typ: Literal["JWT"]


class _Presented(dict[str, Any]):
    """What aiohttp-jwt sees in place of the request: a token, and room for what it says."""

    method: Final = "GET"
    path: Final = ""

    def __init__(self, token: str) -> None:
        super().__init__()
        self.token = token


Judge = Callable[[_Presented, Callable[[_Presented], Awaitable[Any]]], Awaitable[Any]]


def _judge(secret: str) -> Judge:
    judge: Judge = JWTMiddleware(
        secret,
        request_property=_PLACE,
        token_getter=lambda presented: presented.token,
        is_revoked=_lacks_claims,
        algorithms=[ALGORITHM],
        audience=AUDIENCE,
        issuer=ISSUER,
    )
    return judge


async def _said(presented: _Presented) -> Any:
    return presented[_PLACE]


def _lacks_claims(_presented: _Presented, said: Mapping[str, Any]) -> bool:
    return any(not said.get(name) for name in _DEMANDED)


def _key_id(token: str) -> str:
    """The `kid` of the header, which nobody has verified yet: it only chooses the key to verify with."""
    if len(token) > LONGEST_TOKEN or not _SHAPE.fullmatch(token):
        raise TOKEN_INVALID("the access token is not a JWT in compact form")
    encoded = token.partition(".")[0]
    try:
        text = base64.b64decode(encoded + "=" * (-len(encoded) % 4), altchars=b"-_", validate=True)
        return msgspec.json.decode(text, type=_Header).kid
    except (binascii.Error, msgspec.DecodeError, UnicodeDecodeError) as error:
        raise TOKEN_INVALID("the header of the access token is not one of ours; sign in again") from error


def _secret(keys: KeyRing, key_id: str) -> str:
    """The key as text, because aiohttp-jwt takes nothing else."""
    return base64.urlsafe_b64encode(keys.key(PURPOSE, key_id)).decode()
