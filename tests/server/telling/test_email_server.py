"""What becomes of a mail, when the mail server takes it, refuses it, puts it off, or is not there?"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from server.telling.channels import Outcome, Refused, Sent, TryAgain
from server.telling.email_server import Letter, MailServer, MailServerAddress, read_smtp_url
from tests.server.telling.mail_servers import OK, MailServerOfTheTest, mail_server


def letter(recipient: str, *, is_utf8: bool = False) -> Letter:
    content = f"Subject: hello\r\nTo: {recipient}\r\n\r\nhello\r\n".encode()
    return Letter(sender="shop@shop.example", recipient=recipient, content=content, is_utf8=is_utf8)


def client_of(server: MailServerOfTheTest, *, connections: int = 1, **timeouts: float) -> MailServer:
    url = read_smtp_url(server.url)
    return MailServer(url, connections=connections, local_name="shop.example", **{"timeout": 30.0, **timeouts})


@pytest_asyncio.fixture
async def server() -> AsyncIterator[MailServerOfTheTest]:
    """A mail server that takes everything."""
    async with mail_server() as started:
        yield started


async def sent(client: MailServer, *recipients: str) -> list[Outcome]:
    return [await client.hand_over(letter(each)) for each in recipients]


async def test_mails_of_a_batch_go_through_one_connection(server: MailServerOfTheTest) -> None:
    client = client_of(server)
    outcomes = await sent(client, "a@x.example", "b@x.example", "c@x.example")
    await client.close()
    assert outcomes == [Sent("2.0.0 queued as 7")] * 3
    assert server.recipients == ["a@x.example", "b@x.example", "c@x.example"]
    assert server.connections == 1


async def test_many_at_once_share_as_many_connections_as_there_may_be(server: MailServerOfTheTest) -> None:
    client = client_of(server, connections=3)
    outcomes = await asyncio.gather(*(client.hand_over(letter(f"{number}@x.example")) for number in range(30)))
    await client.close()
    assert set(outcomes) == {Sent("2.0.0 queued as 7")}
    assert len(set(server.recipients)) == len(server.recipients) == 30
    assert server.connections <= 3


async def test_one_recipient_who_is_refused_touches_no_other(server: MailServerOfTheTest) -> None:
    server.of_recipient = lambda address: "550 5.1.1 nobody of this name" if address.startswith("b@") else OK
    client = client_of(server)
    first, second, third = await sent(client, "a@x.example", "b@x.example", "c@x.example")
    await client.close()
    assert second == Refused("550 5.1.1 nobody of this name", bounced=True)
    assert [first, third] == [Sent("2.0.0 queued as 7")] * 2
    assert server.recipients == ["a@x.example", "c@x.example"]
    assert server.connections == 1, "the refusal is no reason to connect again"


@pytest.mark.parametrize(
    ("answer", "bounced"),
    [
        ("550 no such user", True),
        ("553 no such mailbox name", True),
        ("550 5.1.1 no such user", True),
        ("550 5.2.1 mailbox disabled", True),
        ("552 5.2.2 mailbox full", False),
        ("550 5.7.1 not from you", False),
        ("554 5.7.1 we do not like it", False),
    ],
)
async def test_only_an_address_that_is_none_is_remembered_as_such(
    server: MailServerOfTheTest, answer: str, bounced: bool
) -> None:
    server.of_recipient = lambda _: answer
    client = client_of(server)
    (outcome,) = await sent(client, "a@x.example")
    await client.close()
    assert outcome == Refused(answer, bounced=bounced)


async def test_content_that_is_refused_says_nothing_of_the_address(server: MailServerOfTheTest) -> None:
    server.of_content = lambda _: "554 5.6.0 looks like advertising"
    client = client_of(server)
    (outcome,) = await sent(client, "a@x.example")
    await client.close()
    assert outcome == Refused("554 5.6.0 looks like advertising")


async def test_what_is_put_off_is_taken_later(server: MailServerOfTheTest) -> None:
    server.of_recipient = lambda _: "450 4.2.0 come again"
    client = client_of(server)
    (put_off,) = await sent(client, "a@x.example")
    server.of_recipient = lambda _: OK
    (taken,) = await sent(client, "a@x.example")
    await client.close()
    assert put_off == TryAgain("450 4.2.0 come again")
    assert taken == Sent("2.0.0 queued as 7")
    assert server.recipients == ["a@x.example"]


async def test_a_server_that_is_down_is_an_outage_and_once_up_takes_everything() -> None:
    behaviour = MailServerOfTheTest()
    async with mail_server(behaviour):
        client = client_of(behaviour)
        assert await sent(client, "a@x.example") == [Sent("2.0.0 queued as 7")]
    (down,) = await sent(client, "b@x.example")
    assert isinstance(down, TryAgain)
    assert down.outage
    assert "cannot be reached" in down.reason
    async with mail_server(behaviour):
        assert await sent(client, "b@x.example") == [Sent("2.0.0 queued as 7")]
        await client.close()
    assert behaviour.recipients == ["a@x.example", "b@x.example"]


async def test_a_connection_that_was_closed_meanwhile_costs_no_attempt() -> None:
    behaviour = MailServerOfTheTest()
    async with mail_server(behaviour):
        client = client_of(behaviour)
        assert await sent(client, "a@x.example") == [Sent("2.0.0 queued as 7")]
    async with mail_server(behaviour):
        assert await sent(client, "b@x.example") == [Sent("2.0.0 queued as 7")]
        await client.close()
    assert behaviour.recipients == ["a@x.example", "b@x.example"]


async def test_a_server_that_does_not_answer_in_time_may_have_taken_the_mail(server: MailServerOfTheTest) -> None:
    server.answers = asyncio.Event()
    client = client_of(server, data_timeout=0.2)
    (outcome,) = await sent(client, "a@x.example")
    server.answers.set()
    await client.close()
    assert isinstance(outcome, TryAgain)
    assert (outcome.outage, outcome.unsure) == (False, True)
    assert "broke off" in outcome.reason
    assert server.recipients == ["a@x.example"]


async def test_the_content_has_a_time_of_its_own(server: MailServerOfTheTest) -> None:
    server.answers = asyncio.Event()
    client = client_of(server, timeout=0.2)
    handing = asyncio.create_task(client.hand_over(letter("a@x.example")))
    await asyncio.wait([handing], timeout=0.6)
    assert not handing.done(), "longer than other answers may take"
    server.answers.set()
    assert await handing == Sent("2.0.0 queued as 7")
    await client.close()


@pytest.mark.parametrize("answer", ["451 4.3.0 later", "421 4.3.2 closing"])
async def test_what_a_server_says_it_has_not_taken_it_has_not(server: MailServerOfTheTest, answer: str) -> None:
    server.of_content = lambda _: answer
    client = client_of(server)
    (outcome,) = await sent(client, "a@x.example")
    await client.close()
    assert isinstance(outcome, TryAgain)
    assert not outcome.unsure


async def test_a_server_that_breaks_off_before_the_content_has_not_taken_it(server: MailServerOfTheTest) -> None:
    server.of_recipient = lambda _: ""
    client = client_of(server)
    (outcome,) = await sent(client, "b@x.example")
    await client.close()
    assert isinstance(outcome, TryAgain)
    assert "broke off" in outcome.reason
    assert not outcome.unsure


async def test_a_server_that_does_not_know_us_is_an_outage(server: MailServerOfTheTest) -> None:
    address = MailServerAddress(host="127.0.0.1", port=server.port, user="shop", password="wrong")
    client = MailServer(address, connections=1, timeout=30.0, local_name="shop.example")
    (outcome,) = await sent(client, "a@x.example")
    assert isinstance(outcome, TryAgain)
    assert outcome.outage


async def test_a_server_without_encryption_gets_nothing_when_encryption_is_asked_for(
    server: MailServerOfTheTest,
) -> None:
    address = MailServerAddress(host="127.0.0.1", port=server.port, is_starttls=True)
    client = MailServer(address, connections=1, timeout=30.0, local_name="shop.example")
    (outcome,) = await sent(client, "a@x.example")
    assert isinstance(outcome, TryAgain)
    assert outcome.outage
    assert not server.taken


async def test_addresses_beyond_ascii_need_a_server_that_knows_them() -> None:
    async with mail_server() as modern, mail_server(enable_SMTPUTF8=False) as old:
        knows, does_not = client_of(modern), client_of(old)
        taken = await knows.hand_over(letter("joão@x.example", is_utf8=True))
        refused = await does_not.hand_over(letter("joão@x.example", is_utf8=True))
        await knows.close()
        await does_not.close()
    assert isinstance(taken, Sent)
    assert modern.recipients == ["joão@x.example"]
    assert refused == Refused("the mail server cannot write to such addresses: it knows no SMTPUTF8")


@pytest.mark.parametrize(
    ("url", "read"),
    [
        ("smtp://mail.example", MailServerAddress(host="mail.example", port=25)),
        ("smtps://mail.example", MailServerAddress(host="mail.example", port=465, is_tls=True)),
        (
            "smtp+starttls://a%40b:p%3Aw@mail.example:2525",
            MailServerAddress(host="mail.example", port=2525, is_starttls=True, user="a@b", password="p:w"),
        ),
    ],
)
def test_addresses_of_mail_servers_are_read(url: str, read: MailServerAddress) -> None:
    assert read_smtp_url(url) == read


@pytest.mark.parametrize("url", ["mail.example", "http://mail.example", "smtp://", "smtp://m/x", "smtp://m:99999"])
def test_what_is_no_address_of_a_mail_server_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match=r"smtp|host|[Pp]ort"):
        read_smtp_url(url)
