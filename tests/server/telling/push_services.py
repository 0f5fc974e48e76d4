"""A push service and the browser behind it: it reads what it gets by the browser's keys. Real HTTP."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import http_ece
import jwt
import msgspec
from aiohttp import web
from aiohttp.test_utils import TestServer
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

SECRET = bytes(range(16))


def encoded(content: bytes) -> str:
    """Base64url, as browsers write it."""
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def decoded(text: str) -> bytes:
    """The other way."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


@dataclass
class PushService:
    """What it was sent, read. `says` is what it answers, by the last part of the endpoint: a status and headers."""

    origin: str = ""
    says: dict[str, tuple[int, Mapping[str, str]]] = field(default_factory=dict)
    got: list[tuple[str, Any]] = field(default_factory=list)
    headers: list[Mapping[str, str]] = field(default_factory=list)
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    def subscription(self, name: str) -> dict[str, Any]:
        """As the browser of this name gives it."""
        point = self.key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        return {"endpoint": f"{self.origin}/push/{name}", "keys": {"p256dh": encoded(point), "auth": encoded(SECRET)}}

    async def take(self, request: web.Request) -> web.Response:
        """Refuse who does not show who they are; then decrypt."""
        scheme, _, rest = request.headers["Authorization"].partition(" ")
        parts = dict(part.strip().split("=", 1) for part in rest.split(","))
        point = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), decoded(parts["k"]))
        claims = jwt.decode(parts["t"], point, algorithms=["ES256"], audience=self.origin)
        assert scheme == "vapid"
        assert claims["sub"].startswith("mailto:")
        content = http_ece.decrypt(await request.read(), private_key=self.key, auth_secret=SECRET, version="aes128gcm")
        name = request.match_info["name"]
        self.got.append((name, msgspec.json.decode(content)))
        self.headers.append(dict(request.headers))
        status, headers = self.says.get(name, (201, {}))
        return web.Response(status=status, headers=headers)


@asynccontextmanager
async def push_service() -> AsyncIterator[PushService]:
    """On a free port of the loopback, as long as the block runs."""
    service = PushService()
    app = web.Application()
    app.router.add_post("/push/{name}", service.take)
    async with TestServer(app) as server:
        service.origin = str(server.make_url("")).rstrip("/")
        yield service
