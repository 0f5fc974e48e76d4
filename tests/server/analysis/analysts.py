"""Somebody who tries rulesets on carts, and the worker that does it for them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from server.analysis.running import go_on
from server.web.call import Shop
from storage.tenancy import Store
from tests.server.rule_admin.admins import Admin
from tests.shop import Answer, Client, expect

NDJSON: Final = {"Content-Type": "application/x-ndjson"}
SAO_PAULO: Final = {"country": "BR", "region": "SP", "postcode": "01310-100", "city": "São Paulo"}
FREE_FROM_149: Final = ('"199.00"', '"149.00"')
"""In the shipping ruleset that ships: what makes delivery free."""


def a_cart(price: str, **fields: Any) -> dict[str, Any]:
    """One thing of that price, of 400 g, to São Paulo."""
    line = {"sku": "LAMP", "price": price, "quantity": 1, "weight_g": 400}
    return {
        "at": "2026-06-10T20:00:00Z",
        "lines": [line],
        "customer": {"email": "ana@example.com", "phone": "+55 11 91234-5678"},
        "destination": SAO_PAULO,
        "channel": "web",
        "payment_method": "pix",
        **fields,
    }


def lines_of(carts: Sequence[Any]) -> bytes:
    """The file of these carts."""
    return b"\n".join(msgspec.json.encode(cart) for cart in carts)


@dataclass(frozen=True)
class Analyst:
    """Every call fails the test when it is refused, but for those that begin with `try_`."""

    shop: Shop
    store: Store
    admin: Admin

    @property
    def client(self) -> Client:
        """Who calls."""
        return self.admin.client

    async def try_to_upload(self, name: str, raw: bytes) -> Answer:
        """Put a file there as it is."""
        return await self.client.put(f"/analysis/collections/{name}", headers=NDJSON, data=raw)

    async def upload(self, name: str, *carts: Any) -> Any:
        """Put carts there."""
        return expect(await self.try_to_upload(name, lines_of(carts)))

    async def cheaper_shipping(self) -> str:
        """A draft in which delivery is free from 149 on; how it is chosen."""
        draft = await self.admin.draft("shipping")
        text, tag = await self.admin.source(draft)
        head, _, _ = text.partition("\ncases:")
        expect(await self.admin.try_to_save(draft, head.replace(*FREE_FROM_149) + "\n", tag))
        return f"draft:{draft['id']}"

    async def try_to_start(self, *sources: Any, **body: Any) -> Answer:
        """Ask for a replay, whatever comes of it."""
        return await self.client.post("/analysis/replays", {"sources": sources, **body})

    async def start(self, *sources: Any, **body: Any) -> str:
        """A replay that waits; its id."""
        replay_id: str = expect(await self.try_to_start(*sources, **body), 201)["id"]
        return replay_id

    async def read(self, replay_id: str) -> Any:
        """All there is to know of it."""
        return expect(await self.client.get(f"/analysis/replays/{replay_id}"))

    async def tell(self, replay_id: str, what: str) -> Answer:
        """Cancel, pause or resume it, whatever comes of it."""
        return await self.client.post(f"/analysis/replays/{replay_id}/{what}")

    async def work(self) -> int:
        """Do what a worker does, until nothing is due in the store."""
        done = 0
        while compared := await go_on(self.shop, self.store):
            done += compared
        return done

    async def report(self, *sources: Any, **body: Any) -> Any:
        """What comes out of a replay."""
        replay_id = await self.start(*sources, **body)
        await self.work()
        replay = await self.read(replay_id)
        assert replay["state"] == "done", replay
        return replay["report"]
