"""Stripe on this machine: the local server as a process, and somebody who hears its webhooks."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer

from server.payments.providers.outbound import Outbound
from server.payments.providers.stripe import StripeProvider
from server.ports import PaymentEvent
from server.settings import Settings
from tests.server.payments.providers.stripe_server import SECRET_KEY
from tests.shop import test_settings

CHECKOUT = Path(__file__).resolve().parents[4]
PATIENCE_SECONDS = 30
Open = Callable[..., StripeProvider]


@dataclass
class Heard:
    """A webhook as it came: bytes and headers."""

    payload: bytes
    headers: Mapping[str, str]

    @property
    def type(self) -> str:
        """What it says it is about."""
        return str(json.loads(self.payload)["type"])


@dataclass
class LocalStripe:
    """The running server: its address, how to make it behave badly, and what it sent."""

    address: str
    session: ClientSession
    heard: list[Heard] = field(default_factory=list)

    async def control(self, **told: Any) -> Any:
        """Tell it something; what it was asked since the last time, and all it has."""
        async with self.session.get(f"{self.address}/_control") as response:
            before = await response.json()
        if told:
            async with self.session.post(f"{self.address}/_control", json=told) as response:
                response.raise_for_status()
        return before

    async def confirm(self, intent: str, card: str = "pm_card_visa") -> int:
        """What the customer does in Stripe's form; the status it answers with."""
        headers = {"Authorization": f"Bearer {SECRET_KEY}"}
        address = f"{self.address}/v1/payment_intents/{intent}/confirm"
        async with self.session.post(address, data={"payment_method": card}, headers=headers) as response:
            return response.status


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def stripe_address() -> AsyncIterator[str]:
    """Where the server is, a process of its own."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.server.payments.providers.stripe_server",
        cwd=CHECKOUT, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        said = await asyncio.wait_for(process.stdout.readline(), PATIENCE_SECONDS)
        yield json.loads(said)["address"]
    finally:
        process.terminate()
        await process.communicate()


@pytest_asyncio.fixture(loop_scope="session")
async def stripe(stripe_address: str, session: ClientSession) -> AsyncIterator[LocalStripe]:
    """The server, behaving well and sending its webhooks here, signed with an old and a new secret."""
    local = LocalStripe(stripe_address, session)

    async def hear(request: web.Request) -> web.Response:
        local.heard.append(Heard(await request.read(), request.headers.copy()))
        return web.Response()

    app = web.Application()
    app.router.add_post("/hear", hear)
    async with TestServer(app) as ears:
        address = str(ears.make_url("/hear"))
        await local.control(
            webhook={"url": address, "secrets": ["whsec_old", "whsec_new"]}, untold=["charge.succeeded"]
        )
        yield local
        await local.control(webhook=None, faults=[])


@pytest_asyncio.fixture(loop_scope="session")
async def open_provider(stripe: LocalStripe, tmp_path: Path) -> AsyncIterator[Open]:
    """Makes adapters with other settings, or less patience."""
    opened: list[Outbound] = []

    def open_one(total_seconds: float = 20.0, **changes: Any) -> StripeProvider:
        settings: Settings = test_settings(
            tmp_path,
            **{
                "stripe_secret_key": SECRET_KEY,
                "stripe_publishable_key": "pk_test_local",
                "stripe_webhook_secrets": "whsec_new,whsec_older",
                "stripe_api_url": stripe.address,
                **changes,
            },
        )
        opened.append(Outbound(total_seconds))
        return StripeProvider(settings, opened[-1])

    yield open_one
    for outbound in opened:
        await outbound.close()


@pytest.fixture
def provider(open_provider: Open) -> StripeProvider:
    """The adapter."""
    return open_provider()


def events(stripe: LocalStripe, provider: StripeProvider) -> list[PaymentEvent]:
    """What was heard, believed."""
    return [provider.read_event(each.headers, each.payload, datetime.now(UTC)) for each in stripe.heard]
