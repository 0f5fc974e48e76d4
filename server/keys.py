"""What does the shop sign with? A ring of keys with ids: the first signs, all of them verify, so keys can rotate.

Each purpose (access tokens, cursors, quotes, links) has its own key, derived with HKDF (RFC 5869).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
import secrets
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from server.settings import LEAST_SECRET_BYTES, Settings, SettingsError


@dataclass(frozen=True, slots=True)
class KeyRing:
    """Secrets by key id, the signing one first."""

    secrets: tuple[tuple[str, bytes], ...]

    @property
    def current(self) -> str:
        """The id of the key that signs."""
        return self.secrets[0][0]

    @property
    def ids(self) -> tuple[str, ...]:
        """Every key id that verifies, the signing one first."""
        return tuple(key_id for key_id, _ in self.secrets)

    def key(self, purpose: str, key_id: str | None = None) -> bytes:
        """32 bytes for a purpose, from the key of that id (the signing one when None). KeyError when unknown."""
        return _derive(dict(self.secrets)[key_id or self.current], purpose)

    def sign(self, purpose: str, message: bytes) -> str:
        """`<key id>.<signature>`: HMAC-SHA256 in base64url."""
        return f"{self.current}.{_tag(self.key(purpose), message)}"

    def verify(self, purpose: str, message: bytes, signature: str) -> bool:
        """Whether one of our keys made this signature for this purpose."""
        key_id, _, tag = signature.partition(".")
        if key_id not in self.ids or not tag.isascii():
            return False
        return hmac.compare_digest(_tag(self.key(purpose, key_id), message), tag)


def read_keys(settings: Settings) -> KeyRing:
    """The ring of SOSTECH_KEYS; outside production one is made on first use, in `keys` of the data directory."""
    if settings.keys:
        return parse_keys(settings.keys)
    return parse_keys(_own_keys(settings.data_dir / "keys"))


def parse_keys(text: str) -> KeyRing:
    """Read `id:base64,id:base64`. Raises SettingsError for anything else, and for secrets under 32 bytes."""
    found: list[tuple[str, bytes]] = []
    for entry in text.split(","):
        key_id, colon, encoded = entry.strip().partition(":")
        try:
            secret = base64.b64decode(encoded, validate=True)
        except binascii.Error:
            secret = b""
        if not colon or not key_id.isalnum() or len(secret) < LEAST_SECRET_BYTES:
            # Without a colon all of it may be the secret.
            named = repr(key_id) if colon else f"number {len(found) + 1}"
            raise SettingsError(
                f"SOSTECH_KEYS: the key {named} is not `<letters and digits>:<{LEAST_SECRET_BYTES} bytes or more "
                "in base64>`; `openssl rand -base64 32` makes one"
            )
        found.append((key_id, secret))
    if len({key_id for key_id, _ in found}) != len(found):
        raise SettingsError("SOSTECH_KEYS: two keys have the same id")
    return KeyRing(tuple(found))


def _own_keys(path: Path) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    made = f"dev1:{base64.b64encode(secrets.token_bytes(LEAST_SECRET_BYTES)).decode()}"
    try:
        # Exclusive: of two processes that start together, one writes and both read the same.
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text("ascii").strip()
    with os.fdopen(descriptor, "w") as file:
        file.write(made + "\n")
    return made


@lru_cache(maxsize=64)
def _derive(secret: bytes, purpose: str) -> bytes:
    """HKDF-SHA256 with an empty salt, one block."""
    extracted = hmac.digest(bytes(32), secret, hashlib.sha256)
    return hmac.digest(extracted, f"sostech {purpose}".encode() + b"\x01", hashlib.sha256)


def _tag(key: bytes, message: bytes) -> str:
    return base64.urlsafe_b64encode(hmac.digest(key, message, hashlib.sha256)).rstrip(b"=").decode()
