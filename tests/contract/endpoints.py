"""Every endpoint of the API, to try the same thing on all of them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import quote

from server.app import ROOMS
from server.web.endpoint import Endpoint

ENDPOINTS: Final = [endpoint for room in ROOMS for endpoint in room.endpoints]

_VARIABLE: Final = re.compile(r"\{(\w+)(?::[^{}]*(?:\{[^{}]*\}[^{}]*)*)?\}")


def name_of(endpoint: Endpoint) -> str:
    """How tests call the endpoint."""
    return f"{endpoint.method} {plain_path(endpoint)}"


def plain_path(endpoint: Endpoint) -> str:
    """Its address without the patterns of its variable parts."""
    return _VARIABLE.sub(r"{\1}", endpoint.path)


def variables_of(endpoint: Endpoint) -> list[str]:
    """The names of the variable parts of its address."""
    return _VARIABLE.findall(endpoint.path)


def address_of(endpoint: Endpoint, values: Mapping[str, object]) -> str:
    """Its address with these values, as Client takes it; "x" where there is none."""
    path = _VARIABLE.sub(lambda found: _encoded(values.get(found[1], "x")), endpoint.path)
    return f"/{path}"


class Encoded(str):
    """Part of an address as it is sent, byte by byte."""

    __slots__ = ()


def _encoded(value: object) -> str:
    return value if isinstance(value, Encoded) else quote(str(value), safe="")
