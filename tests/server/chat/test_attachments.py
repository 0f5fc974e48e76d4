"""What may be attached, who may load it, and for how long?"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from server.auth.bearer import TOKENS
from server.auth.cookies import ACCESS_COOKIE
from server.background.sweeping import BATCH, sweep
from server.chat import attachments, attachments_links, attachments_repo
from server.chat.attachments import LARGEST_FILE_BYTES, LEASE, UPLOADED
from server.chat.attachments_reading import LONGEST_NAME, file_name, kind_of
from server.keys import KeyRing
from server.media.files import MEDIA, FileMediaStore
from server.web.call import Shop
from server.web.middlewares import STORES
from storage.ids import new_id
from storage.tenancy import Store
from storage.transaction import Transaction
from tests.contract.belongings import picture
from tests.contract.people import sign_up
from tests.server.chat.conftest import People, Person, path
from tests.shop import Answer, Client, expect, new_shop, new_store, serving

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
    where = f"/chat/attachments/{uploaded['id']}"
    for answer in (
        await load(people.ana.client, uploaded),
        await people.ana.client.get(where),
        await people.bea.client.get(where),
    ):
        assert answer.code == "attachment_unknown"


async def test_staff_see_what_was_taken_back_for_thirty_days_as_part_of_its_history(
    shop: Shop, store: Store, people: People
) -> None:
    begun = await people.ana.begin()
    uploaded = expect(await send(people.ana, begun, b"oops"), 201)
    written = await people.ana.write(begun, "See", attachments=[uploaded["id"]])
    message = f"{path(begun)}/messages/{written['id']}"
    where = f"/chat/attachments/{uploaded['id']}"
    assert expect(await people.mod.client.get(f"{message}/versions"))["attachments"] == []
    expect(await people.ana.client.delete(message))
    history = expect(await people.mod.client.get(f"{message}/versions"))
    assert [each["body"] for each in history["items"]] == ["See"]
    (kept,) = history["attachments"]
    assert (kept["id"], kept["name"], kept["size_bytes"]) == (uploaded["id"], "proof.txt", 4)
    left = datetime.fromisoformat(kept["kept_until"]) - datetime.now(UTC)
    assert timedelta(days=29) < left <= timedelta(days=30)
    assert (await people.mod.client.get(where)).raw == b"oops"
    await let_pass(shop, store, timedelta(days=30))
    assert await swept(shop, store) == 1
    assert expect(await people.mod.client.get(f"{message}/versions")) == {**history, "attachments": []}
    assert (await people.mod.client.get(where)).code == "attachment_unknown"
    assert files_of(shop, store) == set()


async def test_a_signed_address_leads_to_its_own_store_from_any_browser(
    shop: Shop, store: Store, client: Client, people: People
) -> None:
    begun = await people.ana.begin()
    uploaded = expect(await send(people.ana, begun, picture("PNG"), "a.png", content_type="image/png"), 201)
    address = f"{client.base}{uploaded['url']}"
    assert shop.settings.default_store != store.slug
    cookie = {"Cookie": f"{ACCESS_COOKIE}={people.ana.client.token}"}
    for headers in ({}, cookie, {"X-Tenant-ID": store.slug}):
        async with client.session.get(address, headers=headers) as answer:
            assert (answer.status, answer.content_type) == (200, "image/webp"), headers
    elsewhere = await new_store(shop)
    async with client.session.get(address, headers={"X-Tenant-ID": elsewhere.slug}) as answer:
        assert (answer.status, (await answer.json())["code"]) == (404, "attachment_unknown")
    forged = address.replace(f"token={store.slug}.", f"token={elsewhere.slug}.")
    async with client.session.get(forged) as answer:
        assert answer.status == 404
    close = "UPDATE stores SET status = 'suspended' WHERE id = $1"
    await shop.database.transaction(None, lambda tx: tx.execute(close, store.id))
    shop.use(STORES).forget()
    async with client.session.get(address) as answer:
        assert answer.status == 404, "the store is closed"


async def test_cookies_of_one_store_do_not_keep_pictures_of_another_from_being_loaded(
    shop: Shop, client: Client, people: People
) -> None:
    begun = await people.ana.begin()
    uploaded = expect(await send(people.ana, begun, b"hello"), 201)
    elsewhere = await new_store(shop)
    other = await sign_up(shop, elsewhere, ["customer"])
    address = f"{client.base}{uploaded['url']}"
    for token in (other.token, "nonsense"):
        async with client.session.get(address, headers={"Cookie": f"{ACCESS_COOKIE}={token}"}) as answer:
            assert await answer.read() == b"hello"


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
    await let_pass(shop, store, timedelta(days=1), old, sent)
    assert files_of(shop, store) == {old["id"], new["id"], sent["id"]}
    assert [await swept(shop, store), await swept(shop, store)] == [1, 0]
    assert files_of(shop, store) == {new["id"], sent["id"]}
    assert [(await load(people.ana.client, each)).status for each in (old, new, sent)] == [404, 200, 200]


class Killed(BaseException):
    """The process ends here."""


@pytest.mark.parametrize("died", ["before the bytes went", "after the first went", "before the rows went"])
async def test_who_is_killed_while_sweeping_leaves_nothing_behind_for_ever(
    shop: Shop, store: Store, people: People, monkeypatch: pytest.MonkeyPatch, died: str
) -> None:
    begun = await people.ana.begin()
    old = [expect(await send(people.ana, begun, text), 201) for text in (b"1", b"2", b"3")]
    kept = expect(await send(people.ana, begun, b"kept"), 201)
    await let_pass(shop, store, timedelta(days=1), *old)
    media, removed = shop.use(MEDIA), list[str]()

    async def delete(key: str) -> None:
        if died == "before the bytes went" or (died == "after the first went" and removed):
            raise Killed
        await FileMediaStore.delete(cast(FileMediaStore, media), key)
        removed.append(key)

    async def forget(_tx: Transaction, _ids: object) -> int:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(media, "delete", delete)
        if died == "before the rows went":
            patched.setattr(attachments_repo, "forget", forget)
        with pytest.raises(Killed):
            await sweep(shop, store)
    for each in old:
        assert (await load(people.ana.client, each)).code == "attachment_unknown"
        sent = {"client_id": str(new_id()), "body": "Late", "attachments": [each["id"]]}
        refused = await people.ana.client.post(f"{path(begun)}/messages", sent)
        assert refused.code == "attachment_unusable", "it may be gone already"
    assert await swept(shop, store) == 0, "whoever swept them may still be at it"
    await let_pass(shop, store, LEASE, *old)
    assert [await swept(shop, store), await swept(shop, store)] == [3, 0]
    assert files_of(shop, store) == rows_of(await everything(shop, store)) == {kept["id"]}


async def test_bytes_that_cannot_be_removed_are_tried_again_and_hold_up_no_others(
    shop: Shop, store: Store, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = await people.ana.begin()
    stuck, other = [expect(await send(people.ana, begun, text), 201) for text in (b"stuck", b"other")]
    await let_pass(shop, store, timedelta(days=1), stuck, other)
    media = shop.use(MEDIA)

    async def delete(key: str) -> None:
        if key.endswith(stuck["id"]):
            raise PermissionError(key)
        await FileMediaStore.delete(cast(FileMediaStore, media), key)

    with monkeypatch.context() as patched:
        patched.setattr(media, "delete", delete)
        assert [await swept(shop, store), await swept(shop, store)] == [2, 0]
    assert files_of(shop, store) == rows_of(await everything(shop, store)) == {stuck["id"]}
    await let_pass(shop, store, LEASE, stuck)
    assert await swept(shop, store) == 1
    assert files_of(shop, store) == rows_of(await everything(shop, store)) == set()


async def test_an_upload_that_ends_in_the_middle_leaves_no_bytes_that_nobody_knows_of(
    shop: Shop, store: Store, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = await people.ana.begin()
    media = shop.use(MEDIA)

    async def put(key: str, content: bytes, content_type: str) -> None:
        await FileMediaStore.put(cast(FileMediaStore, media), key, content, content_type)
        raise OSError("no room left")

    with monkeypatch.context() as patched:
        patched.setattr(media, "put", put)
        assert (await send(people.ana, begun, b"half")).status == 500
    assert files_of(shop, store) == rows_of(await everything(shop, store))
    await let_pass(shop, store, timedelta(days=1))
    assert await swept(shop, store) == 1
    assert files_of(shop, store) == rows_of(await everything(shop, store)) == set()


async def test_many_who_sweep_at_once_sweep_each_once(shop: Shop, store: Store, people: People) -> None:
    begun = await people.ana.begin()
    for number in range(8):
        expect(await send(people.ana, begun, str(number).encode()), 201)
    await let_pass(shop, store, timedelta(days=1))
    counts = await asyncio.gather(*(swept(shop, store, 3) for _ in range(6)))
    assert sum(counts) == 8
    assert files_of(shop, store) == rows_of(await everything(shop, store)) == set()


async def everything(shop: Shop, store: Store) -> list[Any]:
    """All attachments that are known."""
    return await shop.database.transaction(store.id, lambda tx: tx.fetch("SELECT id FROM chat_attachments"))


def rows_of(rows: list[Any]) -> set[str]:
    """Their ids."""
    return {str(row["id"]) for row in rows}


def files_of(shop: Shop, store: Store) -> set[str]:
    """The names of all files that are stored."""
    folder = shop.settings.data_dir / "media" / str(store.id) / "chat"
    return {each.name for each in folder.iterdir()}


async def let_pass(shop: Shop, store: Store, time: timedelta, *attachments: Any) -> None:
    """Of these, or of all, it is so much longer ago that they were uploaded, taken back or claimed."""
    ids = [each["id"] for each in attachments]
    sql = "UPDATE chat_attachments SET forget_at = forget_at - $1::interval WHERE $2::uuid[] = '{}' OR id = ANY($2)"
    await shop.database.transaction(store.id, lambda tx: tx.execute(sql, time, ids))


async def swept(shop: Shop, store: Store, most: int = BATCH) -> int:
    """Sweep attachments alone; how many were due."""
    return await shop.database.transaction(store.id, lambda tx: attachments.forget(shop, tx, most))


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


def a_store(slug: str) -> Store:
    return Store(
        id=new_id(), slug=slug, name="A store", domain=None, currency="BRL", timezone="UTC", locale="en", country="BR",
        settings={},
    )  # fmt: skip


def test_an_address_holds_for_a_quarter_of_an_hour_in_its_store() -> None:
    store, attachment_id = a_store("a" * 63), new_id()
    token = attachments_links.sign(KEYS, store, attachment_id, 1_000.0)
    assert len(token) <= 200, "as long as an address may have"
    assert attachments_links.holds(KEYS, store, attachment_id, token, 1_000.0 + 15 * 60)
    assert not attachments_links.holds(KEYS, store, attachment_id, token, 1_000.0 + 16 * 60)
    assert not attachments_links.holds(KEYS, a_store(store.slug), attachment_id, token, 1_000.0)
    assert not attachments_links.holds(KEYS, store, new_id(), token, 1_000.0)
    later = f"{store.slug}.2{token.removeprefix(f'{store.slug}.1')}"
    for forged in ("", "9" * 400, f"9{token}", token[:-1], "x.y.z", f"other{token[63:]}", later):
        assert not attachments_links.holds(KEYS, store, attachment_id, forged, 1_000.0)


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
