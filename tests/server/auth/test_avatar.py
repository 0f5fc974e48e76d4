"""One's own picture, from the upload to the browser."""

from __future__ import annotations

import asyncio
import io
from uuid import UUID

from PIL import Image

from server.auth import profile_repo
from server.web.call import Shop
from storage.ids import new_id
from storage.tenancy import Store
from storage.transaction import Transaction
from tests.server.auth.conftest import NewPerson
from tests.shop import Answer, Client, expect, new_store


def a_picture(name: str = "JPEG", size: tuple[int, int] = (800, 400), colour: str = "green") -> bytes:
    file = io.BytesIO()
    Image.new("RGB", size, colour).save(file, name)
    return file.getvalue()


async def put(client: Client, content: bytes, content_type: str = "image/jpeg") -> Answer:
    return await client.put("/me/avatar", data=io.BytesIO(content), headers={"Content-Type": content_type})


async def shown(client: Client, url: str) -> Answer:
    """The picture as anybody sees it."""
    return await client.signed_in(None).get(f"/{url}")


def files(shop: Shop, store: Store) -> int:
    """How many pictures the store has on the disk."""
    return sum(path.is_file() for path in (shop.settings.data_dir / "media" / str(store.id)).rglob("*"))


async def rows(shop: Shop, store: Store) -> int:
    async def work(tx: Transaction) -> int:
        return int(await tx.fetchval("SELECT count(*) FROM media"))

    return await shop.database.transaction(store.id, work)


async def test_a_picture_is_shown_until_another_takes_its_place(
    shop: Shop, store: Store, new_person: NewPerson
) -> None:
    me = (await new_person()).client
    first = expect(await put(me, a_picture()))["avatar_url"]
    assert expect(await me.get("/me"))["avatar_url"] == first
    answer = await shown(me, first)
    assert answer.headers["Content-Type"] == "image/webp"
    assert "immutable" in answer.headers["Cache-Control"]
    assert Image.open(io.BytesIO(answer.raw)).size == (512, 256)
    second = expect(await put(me, a_picture("PNG"), "image/png"))["avatar_url"]
    assert (await shown(me, first)).code == "media_unknown"
    assert (await shown(me, second)).status == 200
    assert (files(shop, store), await rows(shop, store)) == (1, 1)
    for _ in range(2):
        assert (await me.delete("/me/avatar")).status == 204
    assert expect(await me.get("/me"))["avatar_url"] is None
    assert (await shown(me, second)).status == 404
    assert (files(shop, store), await rows(shop, store)) == (0, 0)


async def test_of_uploads_at_once_one_picture_is_left(shop: Shop, store: Store, new_person: NewPerson) -> None:
    me = (await new_person()).client
    answers = await asyncio.gather(*(put(me, a_picture(colour=colour)) for colour in ("red", "blue", "black", "white")))
    assert {answer.status for answer in answers} == {200}
    assert (files(shop, store), await rows(shop, store)) == (1, 1)
    url = expect(await me.get("/me"))["avatar_url"]
    assert (await shown(me, url)).status == 200


async def test_an_upload_that_waits_for_another_takes_the_picture_of_that_one_away(
    shop: Shop, store: Store, new_person: NewPerson
) -> None:
    person = await new_person()
    first, second = [UUID(expect(await put(person.client, a_picture()))["avatar_url"][-36:]) for _ in range(2)]
    has_set, may_commit = asyncio.Event(), asyncio.Event()

    async def waiting(tx: Transaction) -> bool:
        return bool(await tx.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted"))

    async def hold(tx: Transaction) -> UUID | None:
        old = await profile_repo.set_avatar(tx, person.id, None)
        has_set.set()
        await may_commit.wait()
        return old

    async def follow(tx: Transaction) -> UUID | None:
        return await profile_repo.set_avatar(tx, person.id, second)

    holding = asyncio.create_task(shop.database.transaction(store.id, hold))
    await has_set.wait()
    following = asyncio.create_task(shop.database.transaction(store.id, follow))
    while not await shop.database.transaction(None, waiting):
        await asyncio.sleep(0.01)
    may_commit.set()
    assert first != second
    assert (await holding, await following) == (second, None)


async def test_what_is_no_picture_is_refused_and_nothing_changes(
    shop: Shop, store: Store, new_person: NewPerson
) -> None:
    me = (await new_person()).client
    url = expect(await put(me, a_picture()))["avatar_url"]
    assert (await put(me, b"no picture")).code == "image_unreadable"
    assert (await put(me, a_picture("GIF"))).code == "image_unreadable"
    assert (await put(me, a_picture(), "image/gif")).code == "media_type_unsupported"
    assert (await put(me, b"")).code == "image_unreadable"
    assert (await put(me, bytes((10 << 20) + 1))).code == "image_too_large"
    assert expect(await me.get("/me"))["avatar_url"] == url
    assert (files(shop, store), await rows(shop, store)) == (1, 1)


async def test_a_picture_of_another_store_is_not_there(client: Client, shop: Shop, new_person: NewPerson) -> None:
    url = expect(await put((await new_person()).client, a_picture()))["avatar_url"]
    other = Client(client.session, client.base, await new_store(shop))
    assert (await shown(other, url)).code == "media_unknown"
    assert (await shown(other, f"/api/v1/media/{new_id()}")).code == "media_unknown"
