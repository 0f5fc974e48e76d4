"""Two rulesets of a store are held against each other, whatever they are: versions, drafts, live or shipped."""

from __future__ import annotations

import hashlib
from typing import Any
from urllib.parse import quote

import msgspec
import pytest

from engine import Source
from engine.documents.canonical import canonical
from engine.text.load import load
from server.web.call import Shop
from tests.server.actors import install_actors
from tests.server.rule_admin.admins import Admin
from tests.shop import Answer, Client, expect, new_store


async def diff(admin: Admin, old: str, new: str) -> Answer:
    return await admin.client.get(f"/rulesets/diff?from={quote(old)}&to={quote(new)}")


async def test_a_draft_against_what_is_live_is_told_in_shop_words(admin: Admin) -> None:
    draft = await admin.draft("shipping")
    await admin.change(
        draft, ('amount: "199.00"', 'amount: "149.00"'), ("rounding: half_up", "rounding: half_even"),
        ("# Outside Greater", "# A comment. Outside Greater"),
    )  # fmt: skip
    found = expect(await diff(admin, "live:shipping/default", f"draft:{draft['id']}"))
    assert [(each["path"], each["before"], each["after"]) for each in found["changes"]] == [
        ("rounding", "half_up", "half_even"),
        ("methods[standard].free_from.amount", "199.00 BRL", "149.00 BRL"),
    ]
    change = found["changes"][1]
    assert (change["kind"], change["decides"], found["changes_left_out"]) == ("changed", True, 0)
    assert change["at_after"].startswith("shipping/default.yaml:")
    assert found["text"].startswith("--- a/shipping/default.yaml\n+++ b/shipping/default.yaml\n@@ ")
    assert (found["from"]["number"], found["to"]["kind"], found["findings"]) == (None, "shipping", [])


async def test_versions_live_and_shipped_are_told_apart(admin: Admin) -> None:
    await admin.free_from("149.00")
    await admin.free_from("129.00")
    amounts = [
        await _amounts(admin, "shipping/default@2", "shipping/default@3"),
        await _amounts(admin, "shipping/default@3", "live:shipping/default"),
        await _amounts(admin, "live:shipping/default", "shipped:shipping/default"),
    ]
    assert amounts == [[("149.00 BRL", "129.00 BRL")], [], [("129.00 BRL", "199.00 BRL")]]


async def test_a_table_beside_is_compared_too(admin: Admin) -> None:
    draft = await admin.draft("shipping")
    file = f"/rulesets/drafts/{draft['id']}/files/{quote('tariffs/inland-2026.csv', safe='')}"
    table = (await admin.client.get(file)).raw.decode()
    csv = {"Content-Type": "text/csv", "If-Match": "*"}
    expect(await admin.client.call("PUT", file, headers=csv, data=table.replace("21.90", "20.90").encode()))
    found = expect(await diff(admin, "live:shipping/default", f"draft:{draft['id']}"))
    (change,) = found["changes"]
    assert (change["path"].rpartition(".")[2], change["before"], change["after"]) == ("price", "21.90 BRL", "20.90 BRL")
    assert "\n-10000-000,40000-000,500g,2kg,21.90,,,4-6\n+10000-000,40000-000,500g,2kg,20.90,,,4-6\n" in found["text"]


async def test_a_text_that_is_no_yaml_is_still_compared_line_by_line(admin: Admin) -> None:
    draft = await admin.draft("tax")
    await admin.change(draft, ("rates:\n", "rates: [\n"))
    found = expect(await diff(admin, "live:tax/default", f"draft:{draft['id']}"))
    assert found["changes"] is None
    assert "\n-rates:\n+rates: [\n" in found["text"]
    assert found["findings"][0]["severity"] == "error"


@pytest.mark.parametrize(
    ("old", "new", "status", "pointer"),
    [
        ("nonsense", "live:tax/default", 422, "query/from"),
        ("live:tax/default", "draft:not-an-id", 422, "query/to"),
        ("live:tax/default@1", "live:tax/default", 422, "query/from"),
        ("live:tax/default", "live:shipping/default", 422, "query/to"),
        ("live:tax/default", "tax/default@9", 404, None),
        ("live:tax/default", "shipped:tax/other", 404, None),
        ("live:cheese/default", "live:tax/default", 404, None),
    ],
)
async def test_what_cannot_be_compared_is_said(
    admin: Admin, old: str, new: str, status: int, pointer: str | None
) -> None:
    answer = await diff(admin, old, new)
    assert answer.status == status
    assert [fault["pointer"] for fault in answer.json.get("errors", [])] == ([pointer] if pointer else [])


async def test_a_draft_of_another_store_is_not_there(admin: Admin, shop: Shop, client: Client) -> None:
    draft = await admin.draft("tax")
    elsewhere = await new_store(shop)
    token = install_actors(shop).token(elsewhere, "user", ("admin",))
    stranger = Admin(Client(client.session, client.base, elsewhere, token))
    answer = await diff(stranger, f"draft:{draft['id']}", "live:tax/default")
    assert (answer.status, answer.code) == (404, "ruleset_choice_unknown")


async def test_a_ruleset_is_read_as_json_canonical_and_file_by_file(admin: Admin) -> None:
    draft = await admin.draft("shipping")
    text, _ = await admin.source(draft)
    version = await admin.publish(draft)
    for base in ("/rulesets/versions/shipping/default/2", f"/rulesets/drafts/{(await admin.draft('shipping'))['id']}"):
        document = expect(await admin.client.get(f"{base}/document"))
        assert [document["ruleset"], document["zones"][0]["id"]] == ["shipping", "local"]
        (file,) = expect(await admin.client.get(f"{base}/files"))["items"]
        assert file["name"] == "tariffs/inland-2026.csv"
        table = await admin.client.get(f"{base}/files/{quote(file['name'], safe='')}")
        assert hashlib.sha256(table.raw).hexdigest() == file["sha256"]
        missing = await admin.client.get(f"{base}/files/other.csv")
        assert (missing.status, missing.code) == (404, "ruleset_file_unknown")
    answer = await admin.client.get("/rulesets/versions/shipping/default/2/canonical")
    node = load(Source("v2", text)).node
    assert node is not None
    assert answer.raw == canonical(node, lambda name: Source(name, table.raw.decode()))
    assert (answer.headers["ETag"], msgspec.json.decode(answer.raw)["document"]["version"]) == (
        f'"{version["content_hash"]}"', 2,
    )  # fmt: skip


async def test_what_is_no_yaml_has_no_json(admin: Admin) -> None:
    draft = await admin.draft("tax")
    await admin.change(draft, ("rates:\n", "rates: [\n"))
    for form in ("document", "canonical"):
        answer = await admin.client.get(f"/rulesets/drafts/{draft['id']}/{form}")
        assert (answer.status, answer.code) == (422, "ruleset_unreadable")
        assert answer.json["errors"][0]["message"].startswith("tax/default.yaml:")


async def _amounts(admin: Admin, old: str, new: str) -> list[Any]:
    found = expect(await diff(admin, old, new))["changes"]
    return [(each["before"], each["after"]) for each in found if each["path"].endswith("free_from.amount")]
