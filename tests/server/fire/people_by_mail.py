"""People as the shop meets them: they sign up, follow the link in their mail, buy, and read what they are told."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from email.message import EmailMessage
from typing import Any, Final

from server.cart.snapshot import Owner
from storage.ids import new_id
from tests.server.cart.goods import SAO_PAULO, Shopper
from tests.server.fire.accidents import eventually
from tests.server.fire.customers import Customer, insist
from tests.server.fire.stores import Place
from tests.server.orders.buying import quoted
from tests.server.telling.mail_servers import MailServerOfTheTest
from tests.shop import Answer, Client, expect

_PASSWORD: Final = "correct horse battery staple 9"
_TOKEN: Final = re.compile(r"#token=([A-Za-z0-9_-]{43})")


@dataclass
class Device(Client):
    """A client that says which browser it is with every request."""

    agent: str = ""

    async def call(
        self, method: str, path: str, json: Any = None, headers: Mapping[str, str] | None = None, **options: Any
    ) -> Answer:
        """Send a request."""
        return await super().call(method, path, json, {"User-Agent": self.agent, **(headers or {})}, **options)

    def signed_in(self, token: str | None) -> Device:
        """The same, with another token."""
        return replace(self, token=token)


@dataclass(frozen=True)
class Buyer(Shopper):
    """Somebody with a mailbox and a telephone of their own."""

    email: str
    phone: str

    async def ready(self, *skus: str) -> Any:
        """Fill the cart and say all that an order needs."""
        for sku in skus:
            await self.add(sku)
        await self.choose("contact", {"email": self.email, "phone": self.phone})
        return await self.choose("destination", SAO_PAULO)


@dataclass(frozen=True)
class Mailbox:
    """What the mail server took for one address."""

    server: MailServerOfTheTest
    address: str

    def mails(self, about: str = "") -> list[EmailMessage]:
        """Those whose subject has these words, the first first."""
        return [mail for to, mail in self.server.taken if to == self.address and about in mail["Subject"]]

    async def first(self, about: str = "") -> EmailMessage:
        """The first mail of this subject, once it has come."""

        async def is_there() -> bool:
            return bool(self.mails(about))

        await eventually(is_there)
        return self.mails(about)[0]


@dataclass(frozen=True)
class Person:
    """Somebody with an account."""

    shopper: Shopper
    mailbox: Mailbox

    async def buys(self, sku: str, coupon: str | None = None) -> str:
        """Order one and pay it; the number of the order."""
        quote = await quoted(self.shopper, sku, coupon=coupon)
        customer = Customer(self.shopper, quote, new_id().hex, declines=False)
        await customer.buy()
        assert customer.number is not None
        return customer.number

    async def invites(self) -> Any:
        """What they see of their friends."""
        return expect(await self.shopper.client.get("/me/referrals"))


async def sign_up(place: Place, mails: MailServerOfTheTest, name: str, invite_code: str | None = None) -> Person:
    """Somebody signs up, on a device of their own, and follows the link in the mail."""
    mailbox = Mailbox(mails, f"{name}-{new_id().hex[-8:]}@example.com")
    device = Device(place.client.session, place.client.base, place.store, agent=f"{name}'s browser")
    body = {"email": mailbox.address, "password": _PASSWORD, "name": name.capitalize(), "locale": "en"}
    if invite_code is not None:
        body["invite_code"] = invite_code
    expect(await insist(lambda: device.post("/auth/register", body)), 202)
    token = _TOKEN.search(text_of(await mailbox.first()))
    assert token is not None
    answer = expect(await device.post("/auth/activate", {"token": token[1], "delivery": "body"}), 201)
    phone = f"+55 11 9{int(new_id().hex[-8:], 16) % 100_000_000:08}"
    owner = Owner("user", answer["user"]["id"])
    return Person(Buyer(device.signed_in(answer["access_token"]), owner, mailbox.address, phone), mailbox)


def text_of(mail: EmailMessage) -> str:
    """What it says, as text."""
    part = mail.get_body(("plain",))
    assert part is not None
    return str(part.get_content())
