"""Somebody who asks for proofs, and the worker that answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from server.proving.running import go_on
from server.web.call import Shop
from storage.tenancy import Store
from tests.server.rule_admin.admins import Admin
from tests.shop import Answer, Client, expect

TRUE: Final = '  - id: never-below-zero\n    always: {total: {at_least: "0.00"}}\n'
FALSE: Final = '  - id: always-cheap\n    always: {total: {at_most: "100.00"}}\n'
LONG: Final = '  - id: never-much\n    always: {total: {at_most: {percent: 999, of: items}, tolerance: "9999999.00"}}\n'
"""Claims: one that holds for every cart, one that a single thing for more than 100.00 refutes, and one that the bounds
cannot prove, so that it takes as long as there are carts to try."""


@dataclass(frozen=True)
class Prover:
    """Every call fails the test when it is refused, but for those that begin with `try_`."""

    shop: Shop
    store: Store
    admin: Admin

    @property
    def client(self) -> Client:
        """Who calls."""
        return self.admin.client

    async def draft_claiming(self, *claims: str, free_from: str | None = None) -> Any:
        """A draft of the shipping ruleset, without cases, that claims this; delivery is free from an amount on."""
        draft = await self.admin.draft("shipping")
        text, tag = await self.admin.source(draft)
        head, _, _ = text.partition("\ncases:")
        head, _, _ = head.partition("\ninvariants:")
        if free_from is not None:
            head = head.replace('"199.00"', f'"{free_from}"')
        expect(await self.admin.try_to_save(draft, f"{head.rstrip()}\n\ninvariants:\n{''.join(claims)}", tag))
        return draft

    async def allowed(self, draft: Any, *codes: str) -> list[Any]:
        """What has to be allowed to publish it, and these codes besides."""
        found = {each["code"] for each in (await self.admin.check(draft))["findings"] if each["severity"] == "warning"}
        return [{"code": code, "because": "a test"} for code in sorted(found | {*codes})]

    async def try_to_ask(self, task: str, *chosen: Any, **body: Any) -> Answer:
        """Ask, whatever comes of it; `chosen` are drafts."""
        rulesets = {"with": [f"draft:{draft['id']}" for draft in chosen]}
        return await self.client.post("/rulesets/proofs", {"task": task, "rulesets": rulesets, **body})

    async def ask(self, task: str, *chosen: Any, **body: Any) -> Any:
        """A proof that waits."""
        return expect(await self.try_to_ask(task, *chosen, **body), 202)

    async def read(self, proof: Any) -> Any:
        """All there is to know of it."""
        return expect(await self.client.get(f"/rulesets/proofs/{proof['id']}"))

    async def try_to_cancel(self, proof: Any) -> Answer:
        """End it, whatever comes of it."""
        return await self.client.post(f"/rulesets/proofs/{proof['id']}/cancel")

    async def work(self) -> int:
        """Do what a worker does, until nothing is due in the store."""
        done = 0
        while found := await go_on(self.shop, self.store):
            done += found
        return done

    async def answer(self, task: str, *chosen: Any, **body: Any) -> Any:
        """The report that comes out."""
        proof = await self.ask(task, *chosen, **body)
        await self.work()
        found = await self.read(proof)
        assert found["state"] == "done", found
        return found["report"]
