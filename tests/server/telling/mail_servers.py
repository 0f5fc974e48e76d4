"""A mail server that does as the test says: it takes, refuses, puts off, breaks off or does not answer. Real SMTP."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.smtp import SMTP

OK = "250 2.1.5 fine"
Says = Callable[[str], str]
"""The answer to something of a recipient; none at all: the connection breaks."""


@dataclass
class MailServerOfTheTest:
    """What it took, in order; and how it answers, which may be changed at any time."""

    port: int = 0
    taken: list[tuple[str, EmailMessage]] = field(default_factory=list)
    connections: int = 0
    of_recipient: Says = lambda _address: OK
    of_content: Says = lambda _address: "250 2.0.0 queued as 7"
    until: asyncio.Event | None = None
    """With it the content is looked at only once it is set."""
    answers: asyncio.Event | None = None
    """With it the content is taken, and that is said only once it is set."""

    @property
    def url(self) -> str:
        """As SOSTECH_SMTP_URL names it."""
        return f"smtp://127.0.0.1:{self.port}"

    @property
    def recipients(self) -> list[str]:
        """Whom it took mails for."""
        return [recipient for recipient, _ in self.taken]

    async def handle_EHLO(self, _server: Any, session: Any, _envelope: Any, name: str, answers: list[str]) -> list[str]:
        """Greet."""
        session.host_name = name
        self.connections += 1
        return answers

    async def handle_RCPT(self, server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:
        """Take a recipient."""
        answer = self.of_recipient(address)
        if not answer:
            server.transport.abort()
            return "421 nobody hears this"
        if answer.startswith("2"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        """Take the content."""
        if self.until is not None:
            await self.until.wait()
        (recipient,) = envelope.rcpt_tos
        answer = self.of_content(recipient)
        if answer.startswith("2"):
            self.taken.append((recipient, message_from_bytes(envelope.original_content, policy=policy.default)))
        if self.answers is not None:
            await self.answers.wait()
        return answer


@asynccontextmanager
async def mail_server(
    behaviour: MailServerOfTheTest | None = None, **options: Any
) -> AsyncIterator[MailServerOfTheTest]:
    """A mail server, listening; on the port of `behaviour` where that had one before."""
    behaviour = behaviour or MailServerOfTheTest()
    loop = asyncio.get_running_loop()
    connections: list[SMTP] = []

    def connected() -> SMTP:
        connections.append(SMTP(behaviour, loop=loop, **{"enable_SMTPUTF8": True, **options}))
        return connections[-1]

    server = await loop.create_server(connected, "127.0.0.1", behaviour.port)
    behaviour.port = server.sockets[0].getsockname()[1]
    try:
        yield behaviour
    finally:
        server.close()
        for each in connections:
            if each.transport is not None:
                each.transport.close()
        await server.wait_closed()
