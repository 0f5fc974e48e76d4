"""What is a webhook signed with? A secret of its own, shown once, and kept encrypted with the keys of the shop.

A copy of the database alone lets nobody sign in the shop's name. The text kept is `<key id>.<nonce and ciphertext>`,
AES-256-GCM, and bound to its webhook: put beside another it cannot be opened.
"""

from __future__ import annotations

import base64
import binascii
import os
import secrets
from typing import Final
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from server.keys import KeyRing

PREFIX: Final = "whsec_"
_PURPOSE: Final = "webhook secrets"
_NONCE_BYTES: Final = 12


class SecretLost(Exception):
    """A secret cannot be opened any more; the message says why, and what to do."""


def new_secret() -> str:
    """32 random bytes as text; all of it, with `whsec_`, is the key of the HMAC."""
    return PREFIX + secrets.token_urlsafe(32)


def seal(keys: KeyRing, endpoint_id: UUID, secret: str) -> str:
    """The secret as it is kept, under the key that is current."""
    nonce = os.urandom(_NONCE_BYTES)
    sealed = nonce + AESGCM(keys.key(_PURPOSE)).encrypt(nonce, secret.encode(), endpoint_id.bytes)
    return f"{keys.current}.{base64.urlsafe_b64encode(sealed).decode()}"


def unseal(keys: KeyRing, endpoint_id: UUID, sealed: str) -> str:
    """The secret. Raises SecretLost."""
    key_id, _, text = sealed.partition(".")
    if key_id not in keys.ids:
        raise SecretLost(f"its secret is encrypted with the key {key_id!r}, which SOSTECH_KEYS has no more: rotate it")
    try:
        content = base64.urlsafe_b64decode(text)
        key = AESGCM(keys.key(_PURPOSE, key_id))
        return key.decrypt(content[:_NONCE_BYTES], content[_NONCE_BYTES:], endpoint_id.bytes).decode()
    except (InvalidTag, binascii.Error, ValueError) as error:
        raise SecretLost("its secret was changed where it is kept: rotate it") from error


def is_current(keys: KeyRing, sealed: str) -> bool:
    """Whether it is kept under the key that is current; others may be taken out of the ring one day."""
    return sealed.startswith(f"{keys.current}.")
