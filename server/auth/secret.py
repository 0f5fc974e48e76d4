"""What do refresh tokens and mailed links hold? 256 bits of chance; the database keeps only their hash.

Nobody can guess them, so a fast hash without salt is enough, and an index can find it.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Secret:
    """A new secret: `text` goes to its holder, `digest` into the database."""

    text: str
    digest: bytes


def new_secret() -> Secret:
    """43 characters of base64url, and their SHA-256."""
    text = secrets.token_urlsafe(32)
    return Secret(text, digest_of(text))


def digest_of(text: str) -> bytes:
    """The hash that a secret is found by."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
