"""What does a mail say of itself, and can anybody put words into its headers?"""

from __future__ import annotations

from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifications.rendering import Rendered
from server.telling.email_letter import AddressUnusable, Envelope, letter_of, mailbox

RENDERED = Rendered(locale="pt-BR", subject="Olá", preview="…", html="<p>Olá</p>", text="Olá\n")


def envelope(**changes: Any) -> Envelope:
    plain = {
        "message_id": "018f6f3c-0000-7000-8000-000000000001",
        "date": "Mon, 09 Mar 2026 17:05:00 -0000",
        "sender_name": "Loja & Cia",
        "sender": "shop@shop.example",
        "recipient": "ana@example.com",
    }
    return Envelope(**{**plain, **changes})


def read(content: bytes) -> EmailMessage:
    return message_from_bytes(content, policy=policy.default)


def test_a_mail_names_who_writes_to_whom_and_that_a_machine_does() -> None:
    letter = letter_of(envelope(reply_to="help@shop.example", unsubscribe="https://shop.example/u/abc"), RENDERED)
    message = read(letter.content)
    assert dict(message.items()) == {
        "From": "Loja & Cia <shop@shop.example>",
        "To": "ana@example.com",
        "Reply-To": "help@shop.example",
        "Subject": "Olá",
        "Date": "Mon, 09 Mar 2026 17:05:00 -0000",
        "Message-ID": "<018f6f3c-0000-7000-8000-000000000001@shop.example>",
        "Auto-Submitted": "auto-generated",
        "Content-Language": "pt-BR",
        "List-Unsubscribe": "<https://shop.example/u/abc>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "MIME-Version": "1.0",
        "Content-Type": message["Content-Type"],
    }
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
    assert not letter.is_utf8
    assert letter.content.isascii()


def test_what_cannot_be_declined_has_no_way_out() -> None:
    assert "List-Unsubscribe" not in read(letter_of(envelope(), RENDERED).content)


def test_domains_in_other_scripts_are_written_as_the_name_system_knows_them() -> None:
    letter = letter_of(envelope(recipient="ana@münchen.example"), RENDERED)
    assert letter.recipient == "ana@xn--mnchen-3ya.example"
    assert not letter.is_utf8


def test_names_of_mailboxes_in_other_scripts_need_a_server_that_knows_them() -> None:
    letter = letter_of(envelope(recipient="joão@example.com"), RENDERED)
    assert letter.is_utf8
    assert read(letter.content)["To"] == "joão@example.com"


@pytest.mark.parametrize("address", ["", "ana", "@example.com", "ana@", "a na@example.com", f"ana@{'x' * 64}.example"])
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(AddressUnusable):
        mailbox(address)


NASTY = st.text(alphabet=st.characters(codec="utf-8") | st.sampled_from('\r\n\0:<>,"\\ \u2028'), max_size=80)


@given(NASTY, NASTY)
def test_nothing_a_person_wrote_becomes_a_header(name: str, subject: str) -> None:
    rendered = Rendered(locale="en", subject=f"Hi\r\nBcc: {subject}", preview="", html="<p>x</p>", text="x\n")
    content = letter_of(envelope(sender_name=f"{name}\r\nBcc: eve@example.com"), rendered).content
    message = read(content)
    plain = read(letter_of(envelope(sender_name="x"), RENDERED).content)
    assert message.keys() == plain.keys()
    assert len(message["From"].addresses) == 1
    assert message["From"].addresses[0].addr_spec == "shop@shop.example"
    assert all(len(line) <= 998 for line in content.split(b"\r\n"))
