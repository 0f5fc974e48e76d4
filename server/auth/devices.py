"""On which device does somebody sign in, and have they done so before?

A device that signed in once keeps a signed cookie naming the account. Limits that protect an account from the unknown
let it pass, so nobody can be locked out of their own account by somebody who guesses (OWASP: device cookies).
"""

from __future__ import annotations

import ipaddress
import secrets
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from notifications.subjects import subject
from server.auth.cookies import DEVICE_COOKIE
from server.keys import KeyRing
from server.web.call import Call
from server.web.limits import network

KNOWN_SECONDS: Final = 180 * 24 * 3600
_PURPOSE: Final = "device"
_LONGEST_AGENT: Final = 300


@dataclass(frozen=True, slots=True)
class Device:
    """Where a request comes from. `network` is what limits count; `cookie` what the device kept."""

    ip: ipaddress.IPv4Address | ipaddress.IPv6Address | None
    network: str
    user_agent: str | None
    cookie: str | None


def device_of(call: Call) -> Device:
    """The device of a request, with what it says of itself cut to what a database can keep."""
    agent = call.request.headers.get("User-Agent", "").encode("utf-8", "replace").decode("utf-8")
    return Device(
        ip=_address(call.client_ip),
        network=network(call.client_ip),
        user_agent=agent.replace("\0", "")[:_LONGEST_AGENT] or None,
        cookie=call.request.cookies.get(DEVICE_COOKIE),
    )


def device_subject(call: Call) -> str | None:
    """What events call the device: its address and what its browser says of itself."""
    device = device_of(call)
    return subject(call.store.id, "device", str(device.ip) if device.ip else None, device.user_agent)


def new_mark(keys: KeyRing, store_id: UUID, email: str) -> str:
    """The value of the cookie for a device on which the account of this (folded) address has signed in."""
    mark = secrets.token_urlsafe(12)
    return f"{mark}.{keys.sign(_PURPOSE, _message(store_id, email, mark))}"


def known_mark(keys: KeyRing, store_id: UUID, email: str, cookie: str | None) -> str | None:
    """What names the device, if the account has signed in on it before."""
    mark, _, signature = (cookie or "").partition(".")
    return mark if keys.verify(_PURPOSE, _message(store_id, email, mark), signature) else None


def _message(store_id: UUID, email: str, mark: str) -> bytes:
    return f"{store_id} {mark} {email}".encode("utf-8", "surrogatepass")


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        found = ipaddress.ip_address(text)
    except ValueError:
        return None
    # A scope (fe80::1%eth0) means something on one machine only, and PostgreSQL's inet has no place for it.
    return ipaddress.IPv6Address(int(found)) if isinstance(found, ipaddress.IPv6Address) else found
