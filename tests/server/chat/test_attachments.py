"""What may be attached, who may load it, and for how long?"""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from server.auth.bearer import TOKENS
from server.background.sweeping import sweep
from server.chat import attachments_links
from server.chat.attachments import LARGEST_FILE_BYTES, UPLOADED
from server.chat.attachments_reading import LONGEST_NAME, file_name, kind_of
from server.keys import KeyRing
from server.web.call import Shop
from storage.ids import new_id
from storage.tenancy import Store
from tests.contract.belongings import picture
from tests.server.chat.conftest import People, Person, path
from tests.shop import Answer, Client, expect, new_shop, serving

PDF = b"%PDF-1.7\nwhatever follows"


async def send(person: Person, conversation: Any, content: bytes, name: str = "proof.txt", **more: Any) -> Answer:
    """Upload something; the answer."""
    headers = {"Content-Type": more.get("content_type", "text/plain")}
    where = f"{path(conversation)}/attachments"
    return await person.client.post(where, data=BytesIO(content), headers=headers, params={"name": name})


async def load(client: Client, attachment: Any) -> Answer:
    """Load it by its signed address, as a page does."""
    return await client.signed_in(None).get(attachment["url"].removeprefix("/api/v1"))


async def test_what_was_uploaded_comes_with_the_message_and_is_loaded_without_a_token(people: People) -> None:
    begun = await people.ana.begin()
    uploaded = [
        expect(await send(people.ana, begun, picture("PNG"), "../holiday.png", content_type="image/png"), 201),
        expect(await send(people.ana, begun, "Não veio".encode()), 201),
        expect(await send(people.ana, begun, PDF, "bill.pdf", content_type="application/pdf"), 201),
    ]
    written = await people.ana.write(begun, "", attachments=[each["id"] for each in uploaded])
    shown = [{**each, "url": None} for each in written["attachments"]]
    assert shown == [{**each, "url": None} for each in uploaded]
    seen = (await people.mod.messages(begun))["items"][-1]["attachments"]
    assert [(each["name"], each["content_type"], each["width"]) for each in seen] == [
        ("holiday.webp", "image/webp", 8), ("proof.txt", "text/plain", None), ("bill.pdf", "application/pdf", None),
    ]  # fmt: skip
    image, text, bill = [await load(people.mod.client, each) for each in seen]
    assert Image.open(BytesIO(image.raw)).format == "WEBP"
    assert image.headers["Content-Disposition"] == "inline; filename*=UTF-8''holiday.webp"
    assert (text.raw.decode(), text.headers["Content-Type"]) == ("Não veio", "text/plain; charset=utf-8")
    assert bill.headers["Content-Disposition"] == "attachment; filename*=UTF-8''bill.pdf"
    for answer in (image, text, bill):
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "file_unreadable"),
        (b"MZ\x90\x00\x03", "file_unreadable"),
        (b"GIF89a\x01\x00", "file_unreadable"),
        (b"<svg>\x00</svg>", "file_unreadable"),
        (b"\x89PNG\r\n\x1a\n and no more", "image_unreadable"),
        (b"%PDF-" + bytes(LARGEST_FILE_BYTES), "file_too_large"),
    ],
    ids=["nothing", "a program", "another picture", "unseen characters", "a broken picture", "too much"],
)
async def test_what_is_no_picture_pdf_or_text_is_refused_whatever_it_says_it_is(
    people: People, content: bytes, code: str
) -> None:
    begun = await people.ana.begin()
    assert (await send(people.ana, begun, content, content_type="application/pdf")).code == code
    assert (await send(people.ana, begun, b"<svg/>", content_type="image/svg+xml")).code == "media_type_unsupported"


async def test_a_page_is_kept_as_plain_text_and_not_as_a_page(people: People) -> None:
    begun = await people.ana.begin()
    uploaded = expect(await send(people.ana, begun, b"<script>1</script>", "x.html", content_type="image/png"), 201)
    assert (uploaded["name"], uploaded["content_type"]) == ("x.txt", "text/plain")
    assert (await load(people.ana.client, uploaded)).headers["Content-Type"] == "text/plain; charset=utf-8"


async def test_only_own_unsent_ones_of_the_conversation_are_sent_and_each_once(people: People) -> None:
    begun, other = await people.ana.begin(), await people.ana.begin()
    own = expect(await send(people.ana, begun, b"own"), 201)["id"]
    elsewhere = expect(await send(people.ana, other, b"elsewhere"), 201)["id"]
    of_staff = expect(await send(people.mod, begun, b"of staff"), 201)["id"]
    for wanted, wrong in (([elsewhere], 0), ([own, of_staff], 1), ([own, own], 1), ([own, str(new_id())], 1)):
        sent = {"client_id": str(new_id()), "body": "Look", "attachments": wanted}
        refused = await people.ana.client.post(f"{path(begun)}/messages", sent)
        assert (refused.status, refused.code) == (422, "attachment_unusable")
        assert [each["pointer"] for each in refused.json["errors"]] == [f"/attachments/{wrong}"]
        assert wanted[wrong] in refused.json["detail"]
    assert (await people.ana.messages(begun))["items"] == [], "nothing was written"
    body = {"client_id": str(new_id()), "body": "Look", "attachments": [own]}
    first = expect(await people.ana.client.post(f"{path(begun)}/messages", body), 201)
    again = expect(await people.ana.client.post(f"{path(begun)}/messages", body), 200)
    assert [each["id"] for each in again["attachments"]] == [own] == [each["id"] for each in first["attachments"]]
    without = await people.ana.client.post(f"{path(begun)}/messages", {**body, "attachments": []})
    assert without.code == "client_id_reused"
    sent = {"client_id": str(new_id()), "body": "Once more", "attachments": [own]}
    assert (await people.ana.client.post(f"{path(begun)}/messages", sent)).code == "attachment_unusable"


async def test_they_go_and_come_by_socket_too(people: People, address: str) -> None:
    begun = await people.ana.begin()
    uploaded = expect(await send(people.ana, begun, b"hello"), 201)
    async with people.ana.call(address) as ana, people.mod.call(address) as mod:
        await mod.get("join", {"conversation_id": begun["id"]})
        sent = {"conversation_id": begun["id"], "client_id": str(new_id()), "body": "", "attachments": [uploaded["id"]]}
        assert (await ana.get("send", sent))["attachments"][0]["id"] == uploaded["id"]
        await mod.until(lambda: mod.of("message"))
        assert (await load(people.mod.client, mod.of("message")[0]["attachments"][0])).raw == b"hello"
        refused = await ana.ask("send", {**sent, "client_id": str(new_id())})
        assert refused["problem"]["code"] == "attachment_unusable"
        expect(await people.mod.client.put("/chat/blocked-words/drat"))
        refused = await ana.ask("send", {**sent, "client_id": str(new_id()), "attachments": [], "body": "Drat"})
        assert refused["problem"]["code"] == "message_refused"


async def test_by_their_token_those_load_it_who_may_read_its_message(people: People) -> None:
    begun = await people.ana.begin()
    sent = expect(await send(people.mod, begun, b"hello"), 201)["id"]
    where = f"/chat/attachments/{sent}"
    for person in (people.ana, people.sue, people.bea):
        assert (await person.client.get(where)).code == "attachment_unknown", "it was not sent yet"
    assert (await people.mod.client.get(where)).raw == b"hello"
    await people.mod.write(begun, "See", attachments=[sent])
    assert [(await each.client.get(where)).status for each in (people.ana, people.sue, people.bea)] == [200, 200, 404]
    assert (await people.ana.client.signed_in(None).get(where)).status == 404


async def test_it_is_gone_with_its_message(people: People) -> None:
    begun = await people.ana.begin()
    uploaded = expect(await send(people.ana, begun, b"oops"), 201)
    written = await people.ana.write(begun, "See", attachments=[uploaded["id"]])
    assert (await load(people.ana.client, uploaded)).raw == b"oops"
    expect(await people.ana.client.delete(f"{path(begun)}/messages/{written['id']}"))
    for answer in (
        await load(people.ana.client, uploaded),
        await people.mod.client.get(f"/chat/attachments/{uploaded['id']}"),
    ):
        assert answer.code == "attachment_unknown"


async def test_strangers_cannot_upload_and_an_address_of_another_is_none(people: People) -> None:
    begun = await people.ana.begin()
    assert (await send(people.bea, begun, b"hello")).code == "conversation_unknown"
    first, second = [expect(await send(people.ana, begun, text), 201) for text in (b"1", b"2")]
    mixed = {"url": first["url"].replace(first["id"], second["id"])}
    assert (await load(people.ana.client, mixed)).code == "attachment_unknown"


async def test_what_was_never_sent_is_swept_after_a_day_with_its_bytes(
    shop: Shop, store: Store, people: People
) -> None:
    begun = await people.ana.begin()
    old, new, sent = [expect(await send(people.ana, begun, text), 201) for text in (b"old", b"new", b"sent")]
    await people.ana.write(begun, "See", attachments=[sent["id"]])
    await shop.database.transaction(
        store.id,
        lambda tx: tx.execute(
            "UPDATE chat_attachments SET created_at = now() - interval '25 hours' WHERE id = ANY($1)",
            [old["id"], sent["id"]],
        ),
    )
    files = shop.settings.data_dir / "media" / str(store.id) / "chat"
    assert {each.name for each in files.iterdir()} == {old["id"], new["id"], sent["id"]}
    assert [await sweep(shop, store), await sweep(shop, store)] == [1, 0]
    assert {each.name for each in files.iterdir()} == {new["id"], sent["id"]}
    assert [(await load(people.ana.client, each)).status for each in (old, new, sent)] == [404, 200, 200]


async def test_a_customer_uploads_so_many_in_an_hour(shop: Shop, people: People, tmp_path: Path) -> None:
    limited = new_shop(shop.database, tmp_path, rate_limits=True)
    limited.provide(TOKENS, shop.use(TOKENS))
    begun = await people.ana.begin()
    async with serving(limited) as address:
        ana = people.ana.client
        there = Client(ana.session, address, ana.store, ana.token)
        headers = {"Content-Type": "text/plain"}
        where = f"{path(begun)}/attachments"
        statuses = [(await there.post(where, data=b"x", headers=headers)).status for _ in range(UPLOADED.times + 1)]
    assert statuses == [201] * UPLOADED.times + [429]


KEYS = KeyRing((("one", b"1" * 32),))


def test_an_address_holds_for_a_quarter_of_an_hour_in_its_store() -> None:
    store_id, attachment_id = new_id(), new_id()
    token = attachments_links.sign(KEYS, store_id, attachment_id, 1_000.0)
    assert attachments_links.holds(KEYS, store_id, attachment_id, token, 1_000.0 + 15 * 60)
    assert not attachments_links.holds(KEYS, store_id, attachment_id, token, 1_000.0 + 16 * 60)
    assert not attachments_links.holds(KEYS, new_id(), attachment_id, token, 1_000.0)
    assert not attachments_links.holds(KEYS, store_id, new_id(), token, 1_000.0)
    for forged in ("", "9" * 400, f"9{token}", token[:-1], "x.y.z"):
        assert not attachments_links.holds(KEYS, store_id, attachment_id, forged, 1_000.0)


@given(st.text(max_size=300), st.sampled_from(["picture", "application/pdf", "text/plain"]))
def test_a_name_is_a_name_of_a_file_of_its_kind(given_name: str, kind: str) -> None:
    name = file_name(given_name, kind)
    assert 5 <= len(name) <= LONGEST_NAME
    assert not {"/", "\\"} & set(name)
    assert name.isprintable()
    assert name.endswith({"picture": ".webp", "application/pdf": ".pdf", "text/plain": ".txt"}[kind])
    assert file_name(name, kind) == name


@given(st.binary(max_size=40))
def test_bytes_are_taken_for_text_only_if_they_are(content: bytes) -> None:
    if kind_of(content) == "text/plain":
        assert content.decode("utf-8").encode() == content
        assert b"\x00" not in content
