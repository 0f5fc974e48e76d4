"""Somebody who issues coupon codes over the API."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from storage.ids import new_id
from tests.shop import Answer, Client, expect


@dataclass(frozen=True)
class Desk:
    """Issues codes, each request under a key of its own."""

    client: Client

    async def try_issue(self, campaign: str = "partners", **body: Any) -> Answer:
        """Ask for a code, whatever becomes of it."""
        return await self._post("/coupons/codes", {"campaign": campaign, **body})

    async def issue(self, campaign: str = "partners", **body: Any) -> Any:
        """A new code."""
        return expect(await self.try_issue(campaign, **body), 201)

    async def try_batch(self, campaign: str = "partners", **body: Any) -> Answer:
        """Ask for many codes."""
        return await self._post("/coupons/batches", {"campaign": campaign, **body})

    async def batch(self, count: int, **body: Any) -> Any:
        """So many new codes."""
        return expect(await self.try_batch(count=count, **body), 201)

    async def revoke(self, code_id: str) -> Any:
        """End a code."""
        return expect(await self.client.delete(f"/coupons/codes/{code_id}"))

    async def codes(self, query: str = "") -> list[str]:
        """The codes of the first page."""
        return [each["code"] for each in expect(await self.client.get(f"/coupons/codes?{query}"))["items"]]

    async def report(self, query: str = "") -> dict[tuple[str, str], Any]:
        """Rows of the report by kind and rule, or campaign."""
        rows = expect(await self.client.get(f"/coupons/report?{query}"))["rows"]
        return {(row["kind"], row["rule"] or row["campaign"]): row for row in rows}

    async def _post(self, path: str, body: dict[str, Any]) -> Answer:
        return await self.client.post(path, body, headers={"Idempotency-Key": new_id().hex})
