"""Did the provider really send this? The signature scheme of Stripe's webhooks, which the test provider uses too.

The header is `t=<unix seconds>,v1=<hex>[,v1=<hex>…]`; each v1 is the HMAC-SHA256 of `<t>.<raw body>` with one secret.
While a secret is rotated the sender signs with both, and the receiver may know several as well.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from server.ports import EventNotBelieved

TOLERANCE_SECONDS: Final = 300
"""How far the sender's clock and ours may be apart, either way; what is older may have been recorded and sent again."""

_LONGEST_TIME: Final = 12


def sign(payload: bytes, secrets: Sequence[bytes], at: datetime) -> str:
    """The header for a payload that is sent now, signed with every secret."""
    stamp = str(int(at.timestamp()))
    return ",".join([f"t={stamp}", *(f"v1={_tag(secret, stamp, payload)}" for secret in secrets)])


def check(header: str | None, payload: bytes, secrets: Sequence[bytes], now: datetime) -> None:
    """Return when one of the secrets signed these very bytes just now. Raises EventNotBelieved, saying why not.

    Schemes other than v1 count for nothing.
    """
    if not secrets:
        raise EventNotBelieved("no secret is set that could show who signed this")
    if not header:
        raise EventNotBelieved("the signature is missing")
    stamp, tags = _read(header)
    expected = [_tag(secret, stamp, payload).encode() for secret in secrets]
    # In constant time, so that nobody can find a signature byte by byte.
    if not any(hmac.compare_digest(tag, each) for tag in tags for each in expected):
        raise EventNotBelieved("the signature is none of ours for these bytes")
    apart = int(now.timestamp()) - int(stamp)
    if abs(apart) > TOLERANCE_SECONDS:
        when = f"{apart} s old" if apart > 0 else f"{-apart} s ahead of our clock"
        raise EventNotBelieved(f"the signature is {when}; {TOLERANCE_SECONDS} s are believed")


def _read(header: str) -> tuple[str, list[bytes]]:
    """The time as it was signed, and every signature of scheme v1."""
    named = [part.strip().partition("=") for part in header.split(",")]
    stamps = [value for name, _, value in named if name == "t"]
    if len(stamps) != 1 or not (stamps[0].isascii() and stamps[0].isdigit() and len(stamps[0]) <= _LONGEST_TIME):
        raise EventNotBelieved("the signature has no time: `t=<unix seconds>,v1=<hex>` is asked for")
    tags = [value.encode(errors="replace") for name, _, value in named if name == "v1"]
    if not tags:
        raise EventNotBelieved("the signature has no part of scheme v1")
    return stamps[0], tags


def _tag(secret: bytes, stamp: str, payload: bytes) -> str:
    return hmac.new(secret, stamp.encode() + b"." + payload, hashlib.sha256).hexdigest()
