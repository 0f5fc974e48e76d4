"""Can everything be reached at its address? No word of an address is taken for the name of a thing, or hides one."""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

from server.catalog.parts import RESERVED_SLUGS
from server.referrals.codes import RESERVED_CODES
from server.web.endpoint import Endpoint
from tests.contract.endpoints import ENDPOINTS, name_of, plain_path, variables_of

_VARIABLE = re.compile(r"\\\{(\w+)\\\}")


def hidden() -> Iterator[tuple[Endpoint, str, str]]:
    """(endpoint, variable, word): what the endpoint would take for a name, were another one not at that address."""
    for fixed in ENDPOINTS:
        for open_one in ENDPOINTS:
            if fixed is open_one or fixed.method != open_one.method or not variables_of(open_one):
                continue
            shape = _VARIABLE.sub(r"(?P<\1>[^/]+)", re.escape(plain_path(open_one)))
            for variable, word in _named(shape, plain_path(fixed)).items():
                if not word.startswith("{") and _takes(open_one, variable, word):
                    yield open_one, variable, word


def _named(shape: str, path: str) -> dict[str, str]:
    found = re.fullmatch(shape, path)
    return {} if found is None else found.groupdict()


def _takes(endpoint: Endpoint, variable: str, word: str) -> bool:
    """Whether the word may be a name there at all: "generate" is no id."""
    assert endpoint.path_type is not None
    fields = {field.encode_name: field.type for field in msgspec.structs.fields(endpoint.path_type)}
    try:
        msgspec.convert(word, fields[variable], strict=False)
    except msgspec.ValidationError:
        return False
    return True


def test_names_that_an_address_would_hide_are_reserved() -> None:
    found = {(name_of(endpoint), word) for endpoint, _, word in hidden()}
    slugs = {("GET /api/v1/products/{slug}", word) for word in RESERVED_SLUGS}
    codes = {("GET /api/v1/coupons/{code}", word.lower()) for word in RESERVED_CODES}
    assert found == slugs | codes
