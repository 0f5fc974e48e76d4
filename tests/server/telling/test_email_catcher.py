"""Where do mails go while developing, and who can look at them?"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import pytest_asyncio
from aiohttp import ClientSession

from server.telling.catcher import catches, catching, without_mail
from server.telling.catcher_files import MOST_KEPT, CaughtMails, caught_at
from server.telling.channels import Message, Sent, TryAgain
from server.telling.email_channel import EmailChannel
from server.web.call import Shop
from server.web.health import READINESS
from storage.database import Database
from storage.ids import new_id
from storage.tenancy import Store
from tests.shop import Client, expect, new_shop, serving, test_settings

EVIL = "</pre><script>alert(1)</script>"
MAIL = f"""\
From: shop@x.example
To: ana@example.com
Subject: {EVIL}
Date: Mon, 09 Mar 2026 17:05:00 -0000
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=b

--b
Content-Type: multipart/alternative; boundary=c

--c
Content-Type: text/plain; charset=utf-8

Words {EVIL}
--c
Content-Type: text/html; charset=utf-8

<html><head></head><body><p>Words</p><script>alert(1)</script></body></html>
--c--
--b
Content-Type: text/html
Content-Disposition: attachment; filename="bill.html"

<b>bill</b>
--b--
""".replace("\n", "\r\n").encode()


def message() -> Message:
    return Message(
        id=new_id(), channel="email", category="account", template="password_changed", address="ana@example.com",
        user_id=None, locale="en", created_at=datetime(2026, 3, 9, tzinfo=UTC),
    )  # fmt: skip


@pytest_asyncio.fixture
async def developed(database: Database, tmp_path: Path) -> AsyncIterator[Shop]:
    """A shop that is being developed, with its catcher."""
    shop = new_shop(database, tmp_path, environment="development")
    async with catching(shop.settings):
        yield shop


async def test_a_developer_sees_what_the_shop_sends(
    developed: Shop, session: ClientSession, store: Store, tmp_path: Path
) -> None:
    channel = EmailChannel(developed.settings)
    async with serving(developed) as address:
        client = Client(session, address, store)
        empty = await client.get("//dev/mail")
        assert "None yet" in empty.raw.decode()
        assert isinstance(await channel.send(developed, store, message()), Sent)
        (mail,) = CaughtMails(tmp_path).all()
        listed = (await client.get("//dev/mail")).raw.decode()
        one = (await client.get(f"//dev/mail/{mail.id}")).raw.decode()
        html = await client.get(f"//dev/mail/{mail.id}/html")
        source = await client.get(f"//dev/mail/{mail.id}/source")
    await channel.close()
    assert f"/dev/mail/{mail.id}" in listed
    assert "Your password at Test store was changed" in listed
    assert "Auto-Submitted" in one
    assert "you were signed out everywhere else" in " ".join(one.split())
    assert '<base target="_blank">' in html.raw.decode()
    assert source.raw == mail.source


async def test_what_a_mail_says_cannot_harm_who_looks_at_it(
    developed: Shop, session: ClientSession, store: Store, tmp_path: Path
) -> None:
    CaughtMails(tmp_path).keep(mail_id := str(new_id()), MAIL)
    async with serving(developed) as address:
        client = Client(session, address, store)
        pages = [await client.get(path) for path in ("//dev/mail", f"//dev/mail/{mail_id}")]
        html = await client.get(f"//dev/mail/{mail_id}/html")
        attachment = await client.get(f"//dev/mail/{mail_id}/attachments/0")
        missing = [
            await client.get(f"//dev/mail/{mail_id}/attachments/1"),
            await client.get(f"//dev/mail/{new_id()}"),
            await client.get("//dev/mail/..%2F..%2Fetc%2Fpasswd"),
        ]
    for page in pages:
        assert b"<script" not in page.raw
        assert b"&lt;script&gt;" in page.raw
        assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    assert html.headers["Content-Security-Policy"].startswith("sandbox allow-popups")
    assert "allow-scripts" not in html.headers["Content-Security-Policy"]
    assert attachment.headers["Content-Disposition"] == "attachment"
    assert attachment.headers["Content-Type"] == "application/octet-stream"
    assert attachment.raw == b"<b>bill</b>"
    assert [each.status for each in missing] == [404, 404, 404]


async def test_outside_development_there_is_no_such_page(client: Client) -> None:
    for path in ("//dev/mail", f"//dev/mail/{new_id()}", f"//dev/mail/{new_id()}/html"):
        assert (await client.get(path)).status == 404


@pytest.mark.parametrize(
    ("environment", "smtp_url", "is_caught"),
    [("development", None, True), ("development", "smtp://mail.example", False), ("test", None, False)],
)
def test_mails_are_caught_only_where_nobody_else_takes_them(
    environment: str, smtp_url: str | None, is_caught: bool, tmp_path: Path
) -> None:
    assert catches(test_settings(tmp_path, environment=environment, smtp_url=smtp_url)) == is_caught


async def test_where_nothing_is_caught_nothing_listens(tmp_path: Path) -> None:
    async with catching(test_settings(tmp_path)):
        assert caught_at(tmp_path) is None


async def test_mails_wait_while_nobody_catches_them(developed: Shop, store: Store) -> None:
    CaughtMails(developed.settings.data_dir).listening_on(None)
    channel = EmailChannel(developed.settings)
    outcome = await channel.send(developed, store, message())
    assert isinstance(outcome, TryAgain)
    assert outcome.outage


async def test_a_catcher_that_starts_again_elsewhere_is_found(database: Database, store: Store, tmp_path: Path) -> None:
    shop = new_shop(database, tmp_path, environment="development")
    channel = EmailChannel(shop.settings)
    for _ in range(2):
        async with catching(shop.settings):
            assert isinstance(await channel.send(shop, store, message()), Sent)
    await channel.close()
    assert len(CaughtMails(tmp_path).all()) == 2


def test_only_the_last_mails_are_kept(tmp_path: Path) -> None:
    mails = CaughtMails(tmp_path)
    mails.listening_on(25)
    ids = [f"{number:08x}" for number in range(MOST_KEPT + 2)]
    for each in ids:
        mails.keep(each, b"x")
    assert [each.id for each in mails.all()] == ids[:1:-1]


@pytest.mark.parametrize(
    ("settings", "is_told"),
    [
        ({"environment": "production"}, True),
        ({"environment": "production", "smtp_url": "smtps://mail.example"}, False),
        ({"environment": "development"}, False),
    ],
)
def test_health_says_when_no_mail_leaves_the_shop(settings: dict[str, str], is_told: bool, tmp_path: Path) -> None:
    assert bool(without_mail(test_settings(tmp_path, **settings))) == is_told


async def test_a_shop_whose_mails_wait_is_ready_and_says_so(shop: Shop, client: Client) -> None:
    readiness = shop.use(READINESS)
    assert expect(await client.get("//health/ready")) == {"status": "ready"}
    readiness.degraded = {"mail": "nobody takes it"}
    try:
        seen = expect(await client.get("//health/ready"))
    finally:
        readiness.degraded = {}
    assert seen == {"status": "ready", "degraded": {"mail": "nobody takes it"}}
