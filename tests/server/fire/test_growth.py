"""Does a shop grow and take care of itself, whatever is killed meanwhile? Over HTTP, with a real worker and real mail.

Five friends come by a code, order and pay; who invited them gets one reward by mail, with a code that works, and what
one friend sends back is handled as the ruleset says. Three orders to be paid on delivery are held, and let go by staff.
Who left a cart is reminded. All the while the worker is killed.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import pytest_asyncio
from aiohttp import ClientSession

from server.web.call import Shop
from storage.ids import new_id
from tests.database import Cluster
from tests.server.cart.goods import Shopper
from tests.server.fire.accidents import eventually
from tests.server.fire.people_by_mail import Mailbox, Person, sign_up, text_of
from tests.server.fire.processes import Running, server, worker
from tests.server.fire.stores import Place
from tests.server.fire.test_random_lives import MINUTES
from tests.server.orders.buying import placed
from tests.server.passing import let_time_pass
from tests.server.telling.mail_servers import MailServerOfTheTest, mail_server
from tests.shop import Client, expect, new_store

KILLS: Final = 100 if MINUTES else 20
FRIENDS: Final = ("bia", "caio", "davi", "eva", "fabio")
_CODE: Final = re.compile(r"^ {4}(\S+)\r?$", re.MULTILINE)
_WAITING: Final = (
    "payments", "payment_receipts", "refunds", "test_provider_deliveries", "event_deliveries", "messages",
)  # fmt: skip
_UNFINISHED: Final = """
SELECT e.name, d.handler AS who, d.state, d.attempts, d.next_try_at::text, d.last_error AS why
  FROM event_deliveries d JOIN events e ON e.id = d.event_id WHERE d.state <> 'done'
 UNION ALL
SELECT template, channel, state, attempts, next_try_at::text, reason FROM messages WHERE state <> 'sent'
 UNION ALL
SELECT entrypoint, 'outbox', status::text, 0, execute_after::text, left(convert_from(payload, 'UTF8'), 200)
  FROM pgqueuer
"""
_LEFT: Final = """
SELECT (SELECT count(*) FROM pgqueuer WHERE convert_from(payload, 'UTF8') LIKE '%' || $1 || '%')
     + (SELECT count(*) FROM event_deliveries WHERE state = 'due')
     + (SELECT count(*) FROM messages WHERE state = 'waiting')
"""


@dataclass(frozen=True)
class Scene:
    """A store with the rulesets that ship, its worker, and where its mails arrive."""

    place: Place
    owner_url: str
    worker: Running
    mails: MailServerOfTheTest

    async def kills(self) -> None:
        """Kill the worker again and again, each time a little later in what it does."""
        for number in range(KILLS):
            await asyncio.sleep(0.1 + 0.2 * (number % 10))
            await self.worker.kill()
            await self._pauses_are_over()
            await self.worker.start()

    async def until_told(self) -> None:
        """Until nothing waits: no event, no reaction, no message."""
        await self.worker.kill()
        await self._pauses_are_over()
        await self.worker.start()

        async def nothing() -> bool:
            return int(await self.place.value(_LEFT, str(self.place.store.id))) == 0

        await eventually(nothing)

    async def unfinished(self) -> str:
        """What waits, or was given up: for whoever reads that the test was late."""
        return "\n".join(str(dict(row)) for row in await self.place.rows(_UNFINISHED))

    async def _pauses_are_over(self) -> None:
        """Nobody is at what the killed worker had taken up: the time passes until others may."""
        for table in _WAITING:
            await self.place.execute(f"UPDATE {table} SET next_try_at = now() WHERE next_try_at > now()")


@pytest_asyncio.fixture(loop_scope="session")
async def scene(
    fire_shop: Shop, fire_url: str, cluster: Cluster, folder: Path, session: ClientSession
) -> AsyncIterator[Scene]:
    """A server that only serves, and a worker."""
    store = await new_store(fire_shop)
    async with (
        mail_server() as mails,
        server(folder, fire_url, SOSTECH_SMTP_URL=mails.url) as serving,
        worker(folder, fire_url, serving.address, SOSTECH_SMTP_URL=mails.url) as working,
    ):
        place = Place(fire_shop, store, Client(session, serving.address, store))
        await place.stock("LAMP", "MUG", pieces=50, price=5_000)
        yield Scene(place, owner_of(cluster, fire_url), working, mails)


def owner_of(cluster: Cluster, url: str) -> str:
    """The same database, signed in to as its owner."""
    return cluster.url(urlsplit(url).path.removeprefix("/"))


async def test_a_shop_grows_and_takes_care_while_its_worker_is_killed(scene: Scene) -> None:
    killing = asyncio.create_task(scene.kills())
    try:
        staff = await scene.place.user("admin")
        inviter = await sign_up(scene.place, scene.mails, "ana")
        friends = await friends_of(scene, inviter)
        orders = dict(zip(FRIENDS, await asyncio.gather(*(friend.buys("LAMP") for friend in friends)), strict=True))
        code = await reward_of(scene, inviter)
        await held_and_released(scene, staff)
        await reminded(scene)
        await killing
    except TimeoutError as late:
        late.add_note(await scene.unfinished())
        raise
    finally:
        killing.cancel()
        with suppress(asyncio.CancelledError):
            await killing
    await scene.until_told()
    await one_mail_each(scene, inviter, orders)
    await sent_back(scene, staff, inviter, orders["bia"], code)
    assert scene.worker.lives > KILLS


async def friends_of(scene: Scene, inviter: Person) -> list[Person]:
    """Five people who sign up with the code."""
    code = (await inviter.invites())["code"]
    return await asyncio.gather(*(sign_up(scene.place, scene.mails, name, code) for name in FRIENDS))


async def reward_of(scene: Scene, inviter: Person) -> str:
    """The code that the one reward mail brings."""
    text = text_of(await inviter.mailbox.first("Your code"))
    found = _CODE.search(text)
    assert found is not None, text
    return found[1]


async def held_and_released(scene: Scene, staff: Shopper) -> None:
    """Three orders on one phone, to be paid on delivery: the third is held, and goes on once staff say so."""
    numbers = [(await placed(scene.place.guest(), "MUG", method="cash_on_delivery"))["number"] for _ in range(3)]

    async def third_is_held() -> bool:
        return bool((await order(staff, numbers[2]))["held"])

    await eventually(third_is_held)
    assert [(await order(staff, number))["held"] for number in numbers] == [False, False, True]
    expect(await staff.client.post(f"/staff/orders/{numbers[2]}/events/release_hold", {}))
    assert (await order(staff, numbers[2]))["held"] is False


async def order(reader: Shopper, number: str) -> Any:
    """The order as staff see it."""
    return expect(await reader.client.get(f"/orders/{number}"))


async def reminded(scene: Scene) -> None:
    """A cart with an address and something in it is left for a day; the quiet hours of the night pass, too."""
    guest, address = scene.place.guest(), f"left-{new_id().hex[-8:]}@example.com"
    await guest.add("MUG")
    await guest.choose("contact", {"email": address})
    await let_time_pass(scene.owner_url, scene.place.store.id, timedelta(hours=25))

    async def has_come() -> bool:
        await scene.place.execute(
            "UPDATE messages SET next_try_at = now() WHERE next_try_at > now() + interval '1 hour'"
        )
        return bool(Mailbox(scene.mails, address).mails())

    await eventually(has_come)


async def one_mail_each(scene: Scene, inviter: Person, orders: dict[str, str]) -> None:
    """Nobody was told anything twice, and nothing was lost."""
    ids = [mail["Message-ID"] for _, mail in scene.mails.taken]
    # Between the mail server's thanks and our note of it the worker may have been killed: then a mail comes again, as
    # the same one.
    assert len(ids) - len(set(ids)) <= KILLS
    about = await scene.place.rows("SELECT key, count(*) AS times FROM messages GROUP BY key HAVING count(*) > 1")
    assert about == []
    rewards = {mail["Message-ID"] for mail in inviter.mailbox.mails("Your code")}
    assert len(rewards) == 1
    for number in orders.values():
        assert len({mail["Message-ID"] for _, mail in scene.mails.taken if number in mail["Subject"]}) == 1
    assert (await inviter.invites())["counted"] == len(FRIENDS)
    assert int(await scene.place.value("SELECT count(*) FROM event_deliveries WHERE state = 'dead'")) == 0


async def sent_back(scene: Scene, staff: Shopper, inviter: Person, number: str, code: str) -> None:
    """The code works; a friend's money goes back within two weeks, so the friend does not count, and the unused code
    is taken back.
    """
    cart = await inviter.shopper.ready("LAMP")
    with_code = expect(await inviter.shopper.coupon(code))["decision"]["totals"]
    assert (cart["decision"]["totals"]["discount"], with_code["discount"]) == ("0.00", "15.00")
    expect(await inviter.shopper.client.delete("/cart/coupon"))
    key = {"Idempotency-Key": new_id().hex}
    expect(
        await staff.client.post(
            f"/orders/{number}/refunds",
            {"reason": "sent back", "lines": await lines_of(staff, number), "shipping": True, "approve": True},
            headers=key,
        ),
        201,
    )

    async def is_revoked() -> bool:
        own = await inviter.invites()
        return bool(own["counted"] == len(FRIENDS) - 1 and own["rewards"][0]["state"] == "revoked")

    await eventually(is_revoked)
    assert (await inviter.shopper.coupon(code)).status == 422


async def lines_of(staff: Shopper, number: str) -> list[dict[str, Any]]:
    """All units of an order."""
    return [{"line_id": line["id"], "units": line["quantity"]} for line in (await order(staff, number))["lines"]]
