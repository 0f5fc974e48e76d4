"""How does a push get through a push service unread? Encrypted for the browser alone (RFC 8291, aes128gcm)."""

from __future__ import annotations

import base64
import binascii
from typing import Final

import http_ece
from cryptography.hazmat.primitives.asymmetric import ec

LONGEST: Final = 3_000
"""Bytes before they are sealed: push services take 4,096 of what comes out."""

_POINT_BYTES: Final = 65
_SECRET_BYTES: Final = 16


def seal(content: bytes, p256dh: str, auth: str) -> bytes:
    """The content for the browser with these keys, base64url as browsers give them; with a new key of ours."""
    ours = ec.generate_private_key(ec.SECP256R1())
    sealed = http_ece.encrypt(
        content, private_key=ours, dh=_decoded(p256dh), auth_secret=_decoded(auth), version="aes128gcm"
    )
    return bytes(sealed)


def key_fault(p256dh: str) -> str | None:
    """Why this is no public key of a browser; None when it is one."""
    try:
        point = _decoded(p256dh)
        if len(point) != _POINT_BYTES:
            return f"has to be {_POINT_BYTES} bytes in base64url"
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    except (binascii.Error, ValueError):
        return "is no point of the curve P-256 in base64url"
    return None


def auth_fault(auth: str) -> str | None:
    """Why this is no secret of a browser; None when it is one."""
    try:
        length = len(_decoded(auth))
    except (binascii.Error, ValueError):
        length = 0
    return None if length == _SECRET_BYTES else f"has to be {_SECRET_BYTES} bytes in base64url"


def _decoded(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
