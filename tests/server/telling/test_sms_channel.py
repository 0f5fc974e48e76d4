"""Does a message become a text message, and does what a provider answers become the right outcome? Real HTTP."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from notifications.events import TextMessageRequested
from server.settings import SettingsError
from server.telling import sms_http
from server.telling.channels import CHANNELS, Message, Outcome, Refused, Sent, TryAgain
from server.telling.pacing import PACES, Paces
from server.telling.sms_channel import SmsChannel, open_sms
from server.telling.sms_console import FILE
from server.web.call import Shop
from storage.database import Database
from storage.ids import new_id
from storage.tenancy import Store
from tests.server.telling.people import Telling
from tests.server.telling.sms_servers import SENDER, TOKEN, SmsServer, sms_server
from tests.shop import new_shop, new_store, serving, test_settings

CODE = {"code": "042137", "number": "1042", "minutes": "10"}
WORDS = "Test store: 042137 is your code to confirm order 1042. It works for 10 minutes. Do not share it."


def text(address: str = "(11) 91234-5678", template: str = "order_code", **changes: Any) -> Message:
    plain: dict[str, Any] = {
        "id": new_id(), "channel": "sms", "category": "account", "user_id": None, "locale": "en", "values": CODE,
        "created_at": datetime(2026, 3, 9, tzinfo=UTC),
    }  # fmt: skip
    return Message(address=address, template=template, **{**plain, **changes})


@asynccontextmanager
async def channel_to(shop: Shop, provider: SmsServer, **changes: Any) -> AsyncIterator[SmsChannel]:
    channel = open_sms(msgspec.structs.replace(shop.settings, **{**provider.settings, **changes}))
    assert channel is not None
    yield channel
    await channel.close()


async def answered(
    shop: Shop, store: Store, status: int, body: Mapping[str, Any] | None = None, **headers: str
) -> Outcome:
    """What becomes of a message that is answered so."""
    async with sms_server() as provider, channel_to(shop, provider) as channel:
        provider.says = status, body or {}, headers
        outcome = await channel.send(shop, store, text())
        assert len(provider.got) == 1
    return outcome


async def test_the_provider_gets_the_number_as_the_world_dials_it_and_the_words(shop: Shop, store: Store) -> None:
    async with sms_server() as provider, channel_to(shop, provider) as channel:
        message = text()
        assert await channel.send(shop, store, message) == Sent(note="SM1")
        (form,) = provider.got
    report_to = f"{shop.settings.base_url}/notifications/sms/status?store={store.id}&message={message.id}"
    assert form == {"To": "+5511912345678", "From": SENDER, "Body": WORDS, "StatusCallback": report_to}


async def test_a_group_of_numbers_is_named_as_one(shop: Shop, store: Store) -> None:
    async with sms_server() as provider, channel_to(shop, provider, sms_from="MG7") as channel:
        await channel.send(shop, store, text())
        assert provider.got[0]["MessagingServiceSid"] == "MG7"
        assert "From" not in provider.got[0]


async def test_words_of_the_store_are_sent_with_their_link(shop: Shop, store: Store) -> None:
    own = {"subject": "Hello", "heading": "Hello", "body": "Shoes have come.", "link": "https://shop.example/shoes"}
    async with sms_server() as provider, channel_to(shop, provider) as channel:
        await channel.send(shop, store, text(template="own", values=own, category="marketing", rule="spring"))
        assert provider.got[0]["Body"] == "Shoes have come. https://shop.example/shoes"


@pytest.mark.parametrize("number", ["", "12", "call me", "+5511", "+55 900 123 456 7890 12"])
async def test_what_is_no_number_is_not_sent(shop: Shop, store: Store, number: str) -> None:
    async with sms_server() as provider, channel_to(shop, provider) as channel:
        outcome = await channel.send(shop, store, text(number))
        assert isinstance(outcome, Refused)
        assert outcome.bounced
        assert provider.got == []


async def test_a_text_that_cannot_be_written_is_refused(shop: Shop, store: Store) -> None:
    async with sms_server() as provider, channel_to(shop, provider) as channel:
        outcome = await channel.send(shop, store, text(values={"code": "1", "minutes": "10"}))
        assert outcome == Refused("the text 'order_code' needs number")
        assert provider.got == []


@pytest.mark.parametrize(
    ("status", "body", "headers", "outcome"),
    [
        (400, {"code": 21614, "message": "not a mobile number"}, {}, Refused("400: not a mobile number", bounced=True)),
        (400, {"code": 21610, "message": "unsubscribed"}, {}, Refused("400: unsubscribed", bounced=True)),
        (400, {"code": 21617, "message": "too long"}, {}, Refused("400: too long")),
        (429, {"message": "slowly"}, {"Retry-After": "7"}, TryAgain("429: slowly", in_seconds=7.0)),
        (429, {"message": "slowly"}, {"Retry-After": "soon"}, TryAgain("429: slowly")),
        (500, {"message": "oops"}, {}, TryAgain("500: oops")),
        (503, {}, {}, TryAgain("503: Service Unavailable", outage=True)),
        (404, {"message": "no account"}, {}, TryAgain("404: no account", outage=True)),
        (302, {}, {"Location": "http://127.0.0.1:1/"}, TryAgain("302: Found")),
    ],
)
async def test_what_the_provider_answers_is_what_becomes_of_it(
    shop: Shop, store: Store, status: int, body: dict[str, Any], headers: dict[str, str], outcome: Outcome
) -> None:
    assert await answered(shop, store, status, body, **headers) == outcome


async def test_a_wrong_token_stops_all_messages_and_counts_against_none(shop: Shop, store: Store) -> None:
    async with sms_server() as provider, channel_to(shop, provider, sms_token="other") as channel:
        assert await channel.send(shop, store, text()) == TryAgain("401: Authenticate", outage=True)


async def test_a_provider_that_is_away_is_an_outage(shop: Shop, store: Store) -> None:
    async with sms_server() as provider:
        pass
    async with channel_to(shop, provider) as channel:
        outcome = await channel.send(shop, store, text())
    assert isinstance(outcome, TryAgain)
    assert outcome.outage


async def test_a_message_whose_answer_was_lost_may_have_arrived(
    shop: Shop, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sms_http, "TOTAL_SECONDS", 0.3)
    async with sms_server() as provider, channel_to(shop, provider) as channel:
        provider.answers = asyncio.Event()
        outcome = await channel.send(shop, store, text())
        provider.answers.set()
        assert len(provider.got) == 1
    assert outcome == TryAgain("no answer from the provider: TimeoutError", unsure=True)


async def test_development_keeps_text_messages_in_a_file(shop: Shop, store: Store, tmp_path: Path) -> None:
    channel = open_sms(test_settings(tmp_path, environment="development"))
    assert channel is not None
    assert isinstance(await channel.send(shop, store, text()), Sent)
    assert (tmp_path / FILE).read_text("utf-8") == f"+5511912345678 {WORDS}\n"


def test_production_without_a_provider_has_no_such_channel(tmp_path: Path) -> None:
    assert open_sms(test_settings(tmp_path, environment="production")) is None


def test_half_an_account_is_no_account(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="SOSTECH_SMS_TOKEN, SOSTECH_SMS_FROM: missing"):
        open_sms(test_settings(tmp_path, sms_account="AC0"))


async def test_what_was_asked_for_is_sent_once_and_its_code_is_kept_nowhere(telling: Telling) -> None:
    async with sms_server() as provider, channel_to(telling.shop, provider) as channel:
        known = telling.shop.use(CHANNELS)
        telling.shop.provide(CHANNELS, {**known, "sms": channel})
        event = TextMessageRequested(template="order_code", to="+5511912345678", locale="en", values=CODE)
        event_id = await telling.happened(event)
        await telling.happened(event, id=event_id)
        provider.says = 500, {}, {}
        await telling.send()
        provider.says = 201, {"sid": "SM2"}, {}
        await telling.let_time_pass()
        await telling.send()
        await telling.let_time_pass()
        await telling.send()
        assert len(provider.got) == 2
        (message,) = await telling.messages()
        assert (message["state"], message["attempts"], message["values"]) == ("sent", 2, "{}")


async def test_reports_of_the_provider_tell_what_did_not_arrive(
    database: Database, tmp_path: Path, session: Any
) -> None:
    async with sms_server() as provider:
        shop = new_shop(database, tmp_path, **provider.settings, public_url="https://shop.example")
        shop.provide(PACES, Paces())
        here = Telling(shop, await new_store(shop))
        await here.happened(TextMessageRequested(template="order_code", to="+5511912345678", locale=None, values=CODE))
        await here.send()
        report_to = provider.got[0]["StatusCallback"]
        assert report_to.startswith("https://shop.example/notifications/sms/status?")
        async with serving(shop) as address:

            async def report(status: str, token: str = TOKEN) -> int:
                form = {"MessageStatus": status, "ErrorCode": "30003", "To": "+5511912345678"}
                signature = _signature(token, report_to, form)
                url = report_to.replace("https://shop.example", address)
                async with session.post(url, data=form, headers={"X-Twilio-Signature": signature}) as answer:
                    return int(answer.status)

            assert await report("undelivered", "guessed") == 404
            assert await report("delivered") == 204
            assert [each["state"] for each in await here.messages()] == ["sent"]
            assert [await report("undelivered") for _ in range(2)] == [204, 204]
    (message,) = await here.messages()
    assert message["state"] == "bounced"
    assert message["reason"] == "the provider could not deliver it: undelivered 30003"


def _signature(token: str, url: str, form: Mapping[str, str]) -> str:
    content = url + "".join(f"{name}{value}" for name, value in sorted(form.items()))
    return base64.b64encode(hmac.digest(token.encode(), content.encode(), hashlib.sha1)).decode()
