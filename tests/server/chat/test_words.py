"""Which messages are refused for what they say, and to whom is it said why?"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.chat.words import folded, held
from server.web.call import Shop
from storage.ids import new_id
from storage.tenancy import Store
from tests.server.chat.conftest import People, new, path
from tests.shop import Answer, expect


async def block(people: People, word: str) -> Answer:
    """Put a word on the list."""
    return await people.mod.client.put(f"/chat/blocked-words/{word}")


async def test_a_message_with_a_blocked_word_is_refused_and_only_staff_are_told_which(people: People) -> None:
    begun = await people.ana.begin(seller="stall")
    assert expect(await block(people, "Drat"))["word"] == "drat"
    for person in (people.ana, people.seller):
        sent = {"client_id": str(new_id()), "body": "Oh DRAT!"}
        refused = await person.client.post(f"{path(begun)}/messages", sent)
        assert (refused.status, refused.code) == (422, "message_refused")
        assert "drat" not in refused.raw.decode().lower()
    own = await people.mod.begin()
    told = await people.mod.client.post(f"{path(own)}/messages", {"client_id": str(new_id()), "body": "drat"})
    assert told.json["parameters"] == {"word": "drat"}, "staff who write as a customer"
    assert (await people.mod.write(begun, "You said drat"))["seq"] == 1, "staff write what they like"
    refused = await people.ana.client.post("/chat/conversations", new(subject="A drat parcel"))
    assert refused.code == "message_refused"


async def test_an_edit_cannot_bring_it_in(people: People) -> None:
    begun = await people.ana.begin()
    written = await people.ana.write(begun, "Fine")
    await block(people, "drat")
    refused = await people.ana.client.patch(f"{path(begun)}/messages/{written['id']}", {"body": "d\u200brat"})
    assert refused.code == "message_refused"
    assert (await people.ana.messages(begun))["items"][-1]["body"] == "Fine"


async def test_the_list_is_kept_with_who_changed_it(shop: Shop, store: Store, people: People) -> None:
    for word in ("darn", "Blast It", "darn"):
        expect(await block(people, word))
    listed = expect(await people.sue.client.get("/chat/blocked-words"))["items"]
    assert [(each["word"], each["created_by"]) for each in listed] == [
        ("blast it", str(people.mod.id)), ("darn", str(people.mod.id)),
    ]  # fmt: skip
    page = expect(await people.sue.client.get("/chat/blocked-words?limit=1"))
    following = expect(await people.sue.client.get(f"/chat/blocked-words?limit=1&cursor={page['next']}"))
    assert [each["word"] for each in (*page["items"], *following["items"])] == ["blast it", "darn"]
    back = expect(await people.sue.client.get(f"/chat/blocked-words?limit=1&cursor={following['prev']}"))
    assert back["items"] == page["items"]
    assert (await people.mod.client.delete("/chat/blocked-words/DARN")).status == 204
    assert (await people.mod.client.delete("/chat/blocked-words/darn")).code == "blocked_word_unknown"
    actions = await shop.database.transaction(
        store.id, lambda tx: tx.fetch("SELECT action, resource_id FROM audit_log ORDER BY created_at, id")
    )
    assert [tuple(each) for each in actions] == [
        ("chat.word_blocked", "darn"), ("chat.word_blocked", "blast it"), ("chat.word_allowed", "darn"),
    ]  # fmt: skip
    await people.ana.write(await people.ana.begin(), "darn")


@pytest.mark.parametrize("word", ["--", "\u200b", "\u200b!", "x" * 101])
async def test_what_nobody_could_write_is_no_word(people: People, word: str) -> None:
    refused = await block(people, word)
    assert (refused.status, refused.code) == (422, "blocked_word_invalid")


async def test_customers_have_nothing_to_do_with_it(people: People) -> None:
    assert (await people.ana.client.get("/chat/blocked-words")).status == 403
    assert (await people.ana.client.put("/chat/blocked-words/darn")).status == 403


@pytest.mark.parametrize(
    "text",
    ["drat", "Drat!", "DRAT", "d\u200brat", "dr\u00adat", "ｄｒａｔ", "(drat)", "\ufe0fdr\u2060at", "oh-drat-it"],
)
def test_it_is_found_however_it_is_written(text: str) -> None:
    assert held(text, ["drat"]) == "drat"


@pytest.mark.parametrize("text", ["drats", "hydrat", "dr at", "éclat drate", "_drat", ""])
def test_it_counts_only_where_it_stands_alone(text: str) -> None:
    assert held(text, ["drat"]) is None


def test_several_words_are_found_with_whatever_space_is_between_them() -> None:
    assert held("Go  AWAY\n\tnow", ["away now", "go away"]) == "away now"
    assert held("go awaynow", ["away now"]) is None
    assert held("written in C++.", ["c++"]) == "c++"


@given(st.text(max_size=60))
def test_what_is_folded_stays_so(text: str) -> None:
    assert folded(folded(text)) == folded(text)


@given(st.text(alphabet=st.characters(categories=["Ll", "Lu", "Nd"]), min_size=1, max_size=20))
def test_a_word_is_always_found_between_spaces(word: str) -> None:
    assert held(f"say {word} now", [folded(word)]) == folded(word)
