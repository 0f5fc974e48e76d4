"""What goes to the mail server? The rendered mail with its headers, and an address that a mail server can use. Pure.

Nothing a person wrote can become a header: header values are one line of printable characters, and EmailMessage refuses
any other.
"""

from __future__ import annotations

from email import policy
from email.errors import HeaderParseError
from email.headerregistry import Address
from email.message import EmailMessage

import msgspec

from notifications.rendering import Rendered
from server.telling.email_server import Letter


class AddressUnusable(Exception):
    """No mail can be sent to this address; the message says why."""


class Envelope(msgspec.Struct, frozen=True, kw_only=True):
    """What a mail says of itself. `date` is as RFC 5322 writes it; `unsubscribe` an https address or None."""

    message_id: str
    date: str
    sender_name: str
    sender: str
    recipient: str
    reply_to: str | None = None
    unsubscribe: str | None = None


def letter_of(envelope: Envelope, rendered: Rendered) -> Letter:
    """The mail as it is handed over. Raises AddressUnusable."""
    sender, recipient = mailbox(envelope.sender), mailbox(envelope.recipient)
    is_utf8 = not (sender.isascii() and recipient.isascii())
    message = EmailMessage(policy=policy.SMTPUTF8 if is_utf8 else policy.SMTP)
    message["From"] = _address(sender, envelope.sender_name)
    message["To"] = _address(recipient)
    if envelope.reply_to is not None:
        message["Reply-To"] = _address(mailbox(envelope.reply_to))
    message["Subject"] = one_line(rendered.subject)
    message["Date"] = envelope.date
    message["Message-ID"] = f"<{envelope.message_id}@{domain_of(sender)}>"
    message["Auto-Submitted"] = "auto-generated"
    if envelope.unsubscribe is not None:
        message["List-Unsubscribe"] = f"<{envelope.unsubscribe}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    # Quoted-printable keeps every line short and plain, so servers without 8BITMIME take it as well.
    message.set_content(rendered.text, cte="quoted-printable")
    message.add_alternative(rendered.html, subtype="html", cte="quoted-printable")
    # Set before, it would have become the text's alone.
    message["Content-Language"] = rendered.locale
    return Letter(sender=sender, recipient=recipient, content=message.as_bytes(), is_utf8=is_utf8)


def mailbox(address: str) -> str:
    """The address with its domain as the name system knows it (IDNA). Raises AddressUnusable."""
    local, at, domain = one_line(address).rpartition("@")
    if not (local and at and domain) or local + domain != "".join((local + domain).split()):
        raise AddressUnusable(f"{address[:80]!r} is no address")
    try:
        return f"{local}@{domain.encode('idna').decode('ascii')}"
    except UnicodeError as error:
        raise AddressUnusable(f"the domain of {address[:80]!r} is none: {error}") from error


def domain_of(address: str) -> str:
    """What is behind the @."""
    return address.rpartition("@")[2]


def one_line(text: str) -> str:
    """The text as one line of printable characters."""
    return " ".join("".join(each if each.isprintable() else " " for each in text).split())


def _address(address: str, name: str = "") -> Address:
    local, _, domain = address.rpartition("@")
    try:
        return Address(one_line(name), local, domain)
    except (HeaderParseError, ValueError) as error:
        raise AddressUnusable(f"{address[:80]!r} is no address: {error}") from error
