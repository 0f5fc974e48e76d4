"""What if somebody else speaks for a payment provider, or it says odd things? That is kept, and changes nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any, Final

import msgspec
import pytest

from server.payments.providers.signatures import sign
from server.payments.receiving import LARGEST_EVENT
from server.payments.test_provider.events import SIGNATURE_HEADER, webhook_secrets
from server.web.call import Shop
from storage.ids import new_id
from tests.contract.people import sign_up
from tests.contract.state import Tables, Watched
from tests.shop import Answer, Client, expect

REFUSED: Final = (HTTPStatus.BAD_REQUEST, "webhook_not_believed")


@pytest.fixture
def shop(watched: Watched) -> Shop:
    """One whose changes are seen."""
    return watched.shop


@pytest.fixture
def address(watched: Watched) -> str:
    """Where it is served."""
    return watched.address


def event(**said: Any) -> bytes:
    """That somebody has paid, for an order nobody knows."""
    told = {
        "id": "evt_1", "type": "payment.succeeded", "charge": "ch_1", "refund": None, "amount": 100, "currency": "BRL",
        "metadata": {"payment_id": str(new_id())}, "failure": None,
    }  # fmt: skip
    return msgspec.json.encode({**told, **said})


async def send(client: Client, shop: Shop, payload: bytes, **how: Any) -> Answer:
    """A webhook of the test provider, well signed; `how` has what is otherwise.

    That is another `provider`, `media_type` or `signature`; or its `age`, `secret`, or the bytes that were `signed`.
    """
    at = datetime.now(UTC) - how.get("age", timedelta(0))
    secret = how.get("secret", webhook_secrets(shop.keys)[0])
    signature = how.get("signature", sign(how.get("signed", payload), [secret], at))
    headers = {"Content-Type": how.get("media_type", "application/json")}
    if signature is not None:
        headers[SIGNATURE_HEADER] = signature
    return await client.post(f"/payments/webhooks/{how.get('provider', 'test')}", headers=headers, data=payload)


@pytest.mark.parametrize(
    "how",
    [
        pytest.param({"signature": None}, id="not signed"),
        pytest.param({"signature": "t=1,v1="}, id="hardly signed"),
        pytest.param({"signature": f"t={'9' * 400},v1=00"}, id="signed in a time that never comes"),
        pytest.param({"signature": "\xff" * 3_000}, id="signed in no letters"),
        pytest.param({"secret": b"a guess"}, id="signed by somebody else"),
        pytest.param({"signed": event(amount=1)}, id="signed for other bytes"),
        pytest.param({"age": timedelta(hours=1)}, id="signed an hour ago"),
        pytest.param({"age": timedelta(hours=-1)}, id="signed in an hour"),
    ],
)
async def test_what_the_provider_did_not_sign_is_kept_and_nothing_else(
    how: dict[str, Any], client: Client, shop: Shop, tables: Tables
) -> None:
    await refused_and_kept(client, shop, tables, event(), **how)


@pytest.mark.parametrize(
    "payload",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"{", id="cut off"),
        pytest.param(b"\x00\xff\xfe", id="no text"),
        pytest.param(b"[]", id="no object"),
        pytest.param(b"{}", id="no event"),
        pytest.param(b"[" * 10_000 + b"]" * 10_000, id="nested too deep"),
        pytest.param(event(metadata={"x": 1}).replace(b"1}", b"[" * 10_000 + b"]" * 10_000 + b"}"), id="nested inside"),
        pytest.param(event(id="evt\0"), id="NUL in its id"),
        pytest.param(event(metadata={"payment_id": "mine"}), id="about no id"),
        pytest.param(event(amount="100"), id="an amount in words"),
        pytest.param(event(type="payment.given"), id="of no type"),
    ],
)
async def test_what_is_signed_and_yet_no_event_is_kept_and_nothing_else(
    payload: bytes, client: Client, shop: Shop, tables: Tables
) -> None:
    await refused_and_kept(client, shop, tables, payload)


@pytest.mark.parametrize(
    "payload",
    [
        pytest.param(event(), id="a payment nobody began"),
        pytest.param(event(metadata={}, charge="x" * 10_000), id="a name without end"),
        pytest.param(event(type="refund.succeeded", refund="re_1"), id="a refund nobody asked for"),
        pytest.param(event(type="refund.failed", currency="\U0001f4a9"), id="no currency"),
        pytest.param(event().replace(b"100", b"1" + b"0" * 400), id="an amount past all numbers"),
    ],
)
async def test_an_event_about_nothing_we_know_is_kept_for_people_to_look_at(
    payload: bytes, client: Client, shop: Shop, tables: Tables
) -> None:
    before = await tables.marks()
    assert expect(await send(client, shop, payload))["status"] == "mistaken"
    assert expect(await send(client, shop, payload))["status"] == "repeated"
    assert changed(before, await tables.marks()) == {"payment_receipts"}


@pytest.mark.parametrize(
    ("how", "refusal"),
    [
        pytest.param({"provider": "paypal"}, (HTTPStatus.NOT_FOUND, "provider_unknown"), id="unknown provider"),
        pytest.param({"provider": "T%00"}, (HTTPStatus.BAD_REQUEST, "parameters_malformed"), id="no provider's name"),
        pytest.param(
            {"media_type": "image/png"}, (HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "media_type_unsupported"), id="a picture"
        ),
        pytest.param(
            {"payload": b" " * (LARGEST_EVENT + 1)},
            (HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "body_too_large"),
            id="a book",
        ),
    ],
)
async def test_what_cannot_be_an_event_is_not_even_kept(
    how: dict[str, Any], refusal: tuple[int, str], client: Client, shop: Shop, tables: Tables
) -> None:
    before = await tables.marks()
    answer = await send(client, shop, **{"payload": event(), **how})
    assert (answer.status, answer.code) == refusal
    assert await tables.marks() == before


async def refused_and_kept(client: Client, shop: Shop, tables: Tables, payload: bytes, **how: Any) -> None:
    """Send it; it is refused, and staff find what came and why it was not believed."""
    staff = client.signed_in((await sign_up(shop, client.store, ["staff"])).token)
    before = await tables.marks()
    answer = await send(client, shop, payload, **how)
    assert (answer.status, answer.code) == REFUSED
    assert changed(before, await tables.marks()) == {"payment_receipts"}
    (kept,) = expect(await staff.get("/payments/receipts"))["items"]
    assert (kept["status"], kept["event_id"], kept["order_number"]) == ("refused", None, None)
    assert kept["detail"]


def changed(before: Any, after: Any) -> set[str]:
    """The tables that are not as they were."""
    return {name for name in after if after[name] != before[name]}
