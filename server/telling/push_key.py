"""Who are we to push services? The holder of one key of P-256, by which they know us again (VAPID, RFC 8292).

Browsers bind each subscription to the public half, so with another key none of them works any more.
"""

from __future__ import annotations

import base64
import binascii
import os
import secrets
from pathlib import Path
from typing import Final

import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from yarl import URL

from server.settings import Settings, SettingsError

LIFETIME_SECONDS: Final = 12 * 3600
"""Of a token; push services refuse those that hold for more than a day."""

_BYTES: Final = 32
_FILE: Final = "vapid-key"


class PushKey:
    """The key. `contact` is where a push service that has a question writes to: a mailto: or https: address."""

    def __init__(self, secret: bytes, contact: str) -> None:
        """Raises ValueError for bytes that are no private key of P-256."""
        self._private = ec.derive_private_key(int.from_bytes(secret, "big"), ec.SECP256R1())
        self._contact = contact
        point = self._private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        self.public = _encoded(point)
        """What browsers subscribe with: the point, in base64url."""

    def authorization(self, endpoint: str, now: float) -> str:
        """The header of a push to this address. `now` in seconds since 1970 UTC."""
        claims = {"aud": str(URL(endpoint).origin()), "exp": int(now) + LIFETIME_SECONDS, "sub": self._contact}
        token = jwt.encode(claims, self._private, algorithm="ES256")
        return f"vapid t={token}, k={self.public}"


def read_push_key(settings: Settings) -> PushKey | None:
    """The key of SOSTECH_VAPID_KEY; outside production one is made on first use. Raises SettingsError."""
    if settings.vapid_key is None and settings.is_production:
        return None
    written = settings.vapid_key or _own(settings.data_dir / _FILE)
    try:
        secret = base64.urlsafe_b64decode(written + "=" * (-len(written) % 4))
        if len(secret) != _BYTES:
            raise ValueError
        return PushKey(secret, f"mailto:{settings.mail_sender}")
    except (binascii.Error, ValueError) as error:
        raise SettingsError(
            f"SOSTECH_VAPID_KEY is no private key of P-256: {_BYTES} bytes in base64url, as tools for web push make it"
        ) from error


def _own(path: Path) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    made = _encoded(secrets.token_bytes(_BYTES))
    try:
        # Exclusive: of two processes that start together, one writes and both read the same.
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text("ascii").strip()
    with os.fdopen(descriptor, "w") as file:
        file.write(made + "\n")
    return made


def _encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()
