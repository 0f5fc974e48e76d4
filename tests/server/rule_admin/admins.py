"""Somebody who changes rulesets through the API."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from tests.shop import Answer, Client, expect

YAML = {"Content-Type": "application/yaml"}
_FREE_FROM = re.compile(r'(free_from: \{amount: )"[0-9.]+"')


@dataclass(frozen=True)
class Admin:
    """Every call fails the test when it is refused, but for those that begin with `try_`."""

    client: Client

    async def draft(self, kind: str, **body: Any) -> Any:
        """A new draft of what decides now."""
        return expect(await self.client.post("/rulesets/drafts", {"kind": kind, **body}), 201)

    async def source(self, draft: Any) -> tuple[str, str]:
        """The text of a draft, and its ETag."""
        answer = await self.client.get(f"/rulesets/drafts/{draft['id']}/source")
        assert answer.status == 200, answer.raw
        return answer.raw.decode(), answer.headers["ETag"]

    async def try_to_save(self, draft: Any, text: str, tag: str | None) -> Answer:
        """Write the text over what had that ETag."""
        headers = YAML if tag is None else {**YAML, "If-Match": tag}
        return await self.client.call(
            "PUT", f"/rulesets/drafts/{draft['id']}/source", headers=headers, data=text.encode()
        )

    async def change(self, draft: Any, *replacements: tuple[str, str]) -> str:
        """Replace words in the text of a draft; the ETag afterwards."""
        text, tag = await self.source(draft)
        for old, new in replacements:
            assert old in text, old
            text = text.replace(old, new)
        answer = await self.try_to_save(draft, text, tag)
        expect(answer)
        return answer.headers["ETag"]

    async def check(self, draft: Any) -> Any:
        """Everything there is to say."""
        return expect(await self.client.post(f"/rulesets/drafts/{draft['id']}/check"))

    async def try_to_publish(self, draft: Any, **body: Any) -> Answer:
        """Publish, whatever comes of it."""
        return await self.client.post(f"/rulesets/drafts/{draft['id']}/publish", body)

    async def publish(self, draft: Any, **body: Any) -> Any:
        """A version, live at once."""
        return expect(await self.try_to_publish(draft, activate=True, **body))

    async def plans(self, kind: str) -> list[Any]:
        """What was live, is and will be."""
        items: list[Any] = expect(await self.client.get(f"/rulesets/plans/{kind}/default"))["items"]
        return items

    async def free_from(self, amount: str) -> Any:
        """Publish free standard delivery from another amount on, without the cases that say otherwise."""
        draft = await self.draft("shipping")
        text, tag = await self.source(draft)
        head, _, _ = text.partition("\ncases:")
        changed = _FREE_FROM.sub(rf'\g<1>"{amount}"', head) + "\n"
        expect(await self.try_to_save(draft, changed, tag))
        found = [each for each in (await self.check(draft))["findings"] if each["severity"] == "warning"]
        allow = [{"code": code, "because": "a test"} for code in sorted({each["code"] for each in found})]
        return await self.publish(draft, allow=allow)
