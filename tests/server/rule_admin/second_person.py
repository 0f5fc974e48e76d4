"""What one person does not publish alone, to try with: cheaper delivery for people who have ordered already."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from tests.contract.ordering import order
from tests.server.cart.goods import Goods
from tests.server.rule_admin.admins import Admin
from tests.shop import Answer, Client, expect

_FREE_FROM = re.compile(r'(free_from: \{amount: )"[0-9.]+"')


async def order_for(buyer: Client, goods: Goods, unit_price: int) -> str:
    """Two pieces of something that costs so much each, ordered; the number of the order."""
    await goods.put("SOAP", unit_price, on_hand=10)
    number: str = (await order(buyer, buyer, "SOAP", "placed"))["number"]
    return number


@dataclass
class Change:
    """A draft of free delivery from another amount on, and how to publish it."""

    admin: Admin
    draft: Any
    allow: list[dict[str, str]]

    @classmethod
    async def drafted(cls, admin: Admin, free_from: str) -> Change:
        """By this admin, without the cases that say otherwise."""
        change = cls(admin, await admin.draft("shipping"), [])
        await change.write(free_from)
        found = [each for each in (await admin.check(change.draft))["findings"] if each["severity"] == "warning"]
        change.allow = [{"code": code, "because": "a test"} for code in sorted({each["code"] for each in found})]
        return change

    async def write(self, free_from: str) -> None:
        """Another amount."""
        text, tag = await self.admin.source(self.draft)
        head, _, _ = text.partition("\ncases:")
        changed = _FREE_FROM.sub(rf'\g<1>"{free_from}"', head).rstrip() + "\n"
        expect(await self.admin.try_to_save(self.draft, changed, tag))

    async def try_to_publish(self, by: Admin | None = None) -> Answer:
        """Live at once, whatever comes of it."""
        return await (by or self.admin).try_to_publish(self.draft, activate=True, allow=self.allow)

    async def ask(self) -> Any:
        """The approval that publishing it asks for."""
        answer = await self.try_to_publish()
        assert (answer.status, answer.code) == (409, "approval_needed"), answer.raw
        return expect(await self.admin.client.get(f"/rulesets/approvals/{answer.json['parameters']['approval']}"))


async def agree(admin: Admin, approval: Any, **body: Any) -> Answer:
    """Approve it."""
    return await admin.client.post(f"/rulesets/approvals/{approval['id']}/approve", body)


async def refuse(admin: Admin, approval: Any, note: str = "too generous") -> Answer:
    """Refuse it."""
    return await admin.client.post(f"/rulesets/approvals/{approval['id']}/refuse", {"note": note})


async def publish_policy(admin: Admin, policy: str) -> None:
    """Publish an access ruleset with another policy (YAML in one line), without cases."""
    draft = await admin.draft("access")
    text, tag = await admin.source(draft)
    head, _, _ = text.partition("\npublish_policy:")
    expect(await admin.try_to_save(draft, f"{head.rstrip()}\n\npublish_policy: {policy}\n", tag))
    allow = [{"code": "RS621", "because": "a test"}, {"code": "RS620", "because": "a test"}]
    await admin.publish(draft, allow=allow)
