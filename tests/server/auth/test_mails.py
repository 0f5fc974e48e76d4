"""Can what accounts are owed be written, and does it say how long its link works?"""

from __future__ import annotations

import pytest

from notifications.rendering import Sender, render
from notifications.templates import LOCALES, TEMPLATES
from tests.server.auth.conftest import PASSWORD, Mailbox, NewPerson
from tests.shop import Client, expect

SHOP = Sender(name="Test store", timezone="UTC")
HOME = "http://127.0.0.1:8080"
NEW = "another octopus hums"


@pytest.mark.parametrize("locale", LOCALES)
async def test_every_mail_to_an_account_can_be_written(
    client: Client, new_person: NewPerson, mailbox: Mailbox, locale: str
) -> None:
    ana, other, stranger = await new_person(), await new_person(), f"new-{locale.lower()}@example.com"
    signing_up = {"password": PASSWORD, "name": "Eva"}
    for address in (stranger, ana.email):
        expect(await client.post("/auth/register", {"email": address, **signing_up}), 202)
    for address in (ana.email, "nobody@example.com"):
        expect(await client.post("/auth/forgot-password", {"email": address}), 202)
    token = await mailbox.token(ana.email, "password_reset")
    expect(await client.post("/auth/reset-password", {"token": token, "password": NEW}), 204)
    expect(await other.client.post("/me/email", {"email": "moved@example.com", "password": PASSWORD}), 202)
    token = await mailbox.token("moved@example.com", "email_change")
    expect(await client.post("/auth/confirm-email", {"token": token}), 204)

    written = {}
    for address in (stranger, ana.email, "nobody@example.com", "moved@example.com", other.email):
        for mail in await mailbox.mails(address):
            assert TEMPLATES[mail["template"]].needs <= mail["values"].keys()
            written[mail["template"]] = render(mail["template"], locale, SHOP, mail["values"]).text
    assert written.keys() == {name for name, each in TEMPLATES.items() if each.audience == "account"}
    hours = {"en": ("24 hours", "1 hour."), "pt-BR": ("24 horas", "1 hora.")}[locale]
    assert hours[0] in written["activation"]
    assert hours[0] in written["email_change"]
    assert hours[1] in written["password_reset"]
    for name in ("account_exists", "password_changed", "email_changed"):
        assert f"{HOME}\n" in written[name]
