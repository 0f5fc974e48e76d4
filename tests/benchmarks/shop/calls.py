"""How is a request written, and how are carts made ready before anything is measured?"""

from __future__ import annotations

import http.client
from contextlib import closing
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import msgspec

from tests.benchmarks.shop.books import COUPON
from tests.benchmarks.shop.house import BenchmarkBroken
from tests.benchmarks.shop.load import Request, Step

API = "/api/v1"


def request(
    label: str,
    method: str,
    path: str,
    store: str,
    token: str | None = None,
    body: Any = None,
    *,
    key: str | None = None,
    counted: bool = True,
) -> Request:
    """The bytes of a request to a store; `key` is its Idempotency-Key."""
    head = _head(method, API + path, store, token, key)
    if body is None:
        return Request(label, _lines(*head, ""), counted)
    content = msgspec.json.encode(body)
    told = ("Content-Type: application/json", f"Content-Length: {len(content)}", "")
    return Request(label, _lines(*head, *told) + content, counted)


def step(
    label: str,
    method: str,
    path: str,
    store: str,
    token: str | None = None,
    body: Any = None,
    *,
    key: str | None = None,
    how: Step | None = None,
) -> Request:
    """A request that is part of a longer operation: any of this may have gaps. `path` is all of it, with the API's."""
    head = _head(method, path, store, token, key)
    how = how or Step()
    if body is None:
        return Request(label, _lines(*head, ""), False, how)
    content = _lines(*head, "Content-Type: application/json")
    return Request(label, content, False, msgspec.structs.replace(how, body=msgspec.json.encode(body)))


def _head(method: str, path: str, store: str, token: str | None, key: str | None) -> list[str]:
    head = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", f"X-Tenant-ID: {store}", "Accept: application/json"]
    if token is not None:
        head.append(f"Authorization: Bearer {token}")
    if key is not None:
        head.append(f"Idempotency-Key: {key}")
    return head


def _lines(*lines: str) -> bytes:
    return "".join(f"{line}\r\n" for line in lines).encode()


@dataclass
class Guest:
    """Somebody who shops in one store, over one connection that is reused while things are made ready."""

    connection: http.client.HTTPConnection
    id: UUID
    store: str
    token: str

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """The JSON of the answer. Raises BenchmarkBroken unless it is a success."""
        return call(self.connection, method, path, self.store, self.token, body)

    def fill(self, variants: list[UUID]) -> Any:
        """Put one of each into the cart, say where to, enter the coupon: the cart as it is decided then."""
        for variant in variants:
            self.call("POST", "/cart/items", {"variant_id": str(variant), "quantity": 1})
        return self.call("PUT", "/cart/destination", DESTINATION)

    def enter_coupon(self) -> Any:
        """The cart with the coupon."""
        return self.call("PUT", "/cart/coupon", COUPON_ENTRY)


DESTINATION = {"country": "BR", "region": "SP", "postcode": "01310-100", "city": "São Paulo"}
ADDRESS = {**DESTINATION, "name": "Ana Souza", "line1": "Avenida Paulista 1000"}
CONTACT = {"email": "ana@example.com", "phone": "+55 11 91234-5678"}
SHIPPING_METHOD, PAYMENT_METHOD = "standard", "pix"
COUPON_ENTRY = {"code": COUPON}


def call(
    connection: http.client.HTTPConnection,
    method: str,
    path: str,
    store: str,
    token: str | None = None,
    body: Any = None,
) -> Any:
    """Send one request and read its JSON. Raises BenchmarkBroken unless it is a success."""
    headers = {"X-Tenant-ID": store}
    if token is not None:
        headers["Authorization"] = f"Bearer {token}"
    content = None
    if body is not None:
        headers["Content-Type"] = "application/json"
        content = msgspec.json.encode(body)
    connection.request(method, API + path, content, headers)
    answer = connection.getresponse()
    raw = answer.read()
    if answer.status // 100 != 2:
        raise BenchmarkBroken(f"{method} {path}: {answer.status} {raw[:1000].decode(errors='replace')}")
    return msgspec.json.decode(raw) if raw else None


def new_guest(connection: http.client.HTTPConnection, store: str) -> Guest:
    """A fresh guest session."""
    answer = call(connection, "POST", "/auth/guest", store)
    return Guest(connection, UUID(answer["guest_id"]), store, answer["access_token"])


def connected(port: int) -> closing[http.client.HTTPConnection]:
    """A connection to a server of this machine."""
    return closing(http.client.HTTPConnection("127.0.0.1", port, timeout=30))
