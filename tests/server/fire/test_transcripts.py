"""Does the checker of transcripts find what it is there for? Each way in which a chat can go wrong is one fault."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest

from tests.server.fire.transcripts import Delivery, Device, Kept, Life, Message, Promise, Turn, faults


@dataclass
class Chat:
    """A conversation of Ana and the staff in which nothing is wrong, until a test makes it so."""

    kept: Kept
    promises: list[Promise]
    ana: Device
    mod: Device

    def faults(self) -> list[str]:
        """What the checker finds."""
        return faults({"c": self.kept}, self.promises, [self.ana, self.mod])


def message(seq: int, author: str, body: str, kind: str = "text", **changes: object) -> Message:
    """A message that was not changed since, but for these."""
    made = Message("c", f"m{seq}", seq, seq, author, f"{author} {seq}", kind, body)
    return replace(made, **changes)  # type: ignore[arg-type]


def good() -> Chat:
    """Ana writes, staff note and answer, Ana corrects herself and takes the second back; she loses the connection."""
    first, note, answer, second = (
        message(1, "ana", "helo"), message(2, "mod", "again", "note"), message(3, "mod", "hello"),
        message(4, "ana", "oops"),
    )  # fmt: skip
    edited = replace(first, change=5, body="hello")
    deleted = replace(second, change=6, body="", is_deleted=True)
    public = [edited, answer, deleted]
    ana = Device("Ana's phone", "ana", is_staff=False, conversations=frozenset("c"))
    ana.lives = [
        Life({"c": 0}, [Delivery(first, 0), Delivery(answer, 1)]),
        Life({"c": 3}, [Delivery(second, 3), Delivery(edited, 4), Delivery(deleted, 5)]),
    ]
    mod = Device("Mod's", "mod", is_staff=True, conversations=frozenset("c"))
    told = [note, answer, edited, deleted]
    mod.lives = [Life({"c": 0}, [Delivery(each, after) for each, after in zip(told, (0, 2, 3, 5), strict=True)])]
    ana.pages, ana.synced = public, [answer, edited, deleted]
    mod.pages, mod.synced = [edited, note, answer, deleted], told
    ana.cursors, mod.cursors = {"c": 3}, {}
    promises = [
        Promise("c", "ana", "ana 1", "text", "helo", "m1", 1, ["hello"], settled=1),
        Promise("c", "mod", "mod 2", "note", "again", "m2", 2),
        Promise("c", "mod", "mod 3", "text", "hello", "m3", 3),
        Promise("c", "ana", "ana 4", "text", "oops", "m4", 4, [None], settled=1),
        Promise("c", "ana", "ana 7", "text", "was never sent"),
    ]
    replaced = {"m1": ["helo"], "m4": ["oops"]}
    return Chat(Kept([edited, note, answer, deleted], 6, replaced, {"ana": 4}), promises, ana, mod)


def test_where_nothing_is_wrong_nothing_is_found() -> None:
    assert good().faults() == []


def _keep(chat: Chat, *messages: Message, **changes: int) -> None:
    chat.kept = replace(chat.kept, messages=list(messages), **changes)  # type: ignore[arg-type]


def _lose_acknowledged(chat: Chat) -> None:
    chat.promises.append(Promise("c", "ana", "ana 8", "text", "lost", "m8", 8))


def _double_by_client_id(chat: Chat) -> None:
    again = replace(chat.kept.messages[2], id="m7", seq=7, change=7)
    _keep(chat, *chat.kept.messages, again, last_step=7)


def _skip_a_step(chat: Chat) -> None:
    _keep(chat, *chat.kept.messages, last_step=7)


def _give_a_place_twice(chat: Chat) -> None:
    _keep(chat, *chat.kept.messages[:3], replace(chat.kept.messages[3], seq=3))


def _invent(chat: Chat) -> None:
    chat.promises.pop(2)


def _acknowledge_another(chat: Chat) -> None:
    chat.promises[2].seq = 2


def _undo_an_edit(chat: Chat) -> None:
    _keep(chat, replace(chat.kept.messages[0], body="helo"), *chat.kept.messages[1:])


def _undo_a_deletion(chat: Chat) -> None:
    _keep(chat, *chat.kept.messages[:3], replace(chat.kept.messages[3], body="oops", is_deleted=False))


def _make_a_note_public(chat: Chat) -> None:
    note = chat.kept.messages[1]
    _keep(chat, chat.kept.messages[0], replace(note, kind="text"), *chat.kept.messages[2:])


def _deliver_late(chat: Chat) -> None:
    chat.mod.lives[0].deliveries[0:2] = reversed(chat.mod.lives[0].deliveries[0:2])


def _deliver_twice(chat: Chat) -> None:
    chat.ana.lives[0].deliveries.append(chat.ana.lives[0].deliveries[-1])


def _deliver_again_after_coming_back(chat: Chat) -> None:
    chat.ana.lives[1].deliveries.insert(0, chat.ana.lives[0].deliveries[-1])


def _leave_one_out(chat: Chat) -> None:
    del chat.ana.lives[1].deliveries[0]


def _lose_the_last(chat: Chat) -> None:
    del chat.mod.lives[0].deliveries[-1]


def _leak_a_note(chat: Chat) -> None:
    chat.ana.lives[0].deliveries.insert(1, chat.mod.lives[0].deliveries[0])


def _leak_a_note_that_was_replaced(chat: Chat) -> None:
    first, answer = chat.ana.lives[0].deliveries
    note = Delivery(replace(first.message, kind="note"), 0)
    chat.ana.lives[0].deliveries[:] = [note, answer]


def _leak_another_conversation(chat: Chat) -> None:
    chat.ana.lives[0].deliveries.append(Delivery(replace(message(1, "bea", "hi"), conversation="d", id="d1"), 0))


def _show_a_page_without_one(chat: Chat) -> None:
    chat.ana.pages = chat.ana.pages[1:]


def _show_one_twice(chat: Chat) -> None:
    chat.ana.pages = [*chat.ana.pages, chat.ana.pages[-1]]


def _show_a_note(chat: Chat) -> None:
    chat.ana.synced = chat.mod.synced


def _show_out_of_order(chat: Chat) -> None:
    chat.mod.pages = [chat.mod.pages[1], chat.mod.pages[0], *chat.mod.pages[2:]]


def _sync_out_of_order(chat: Chat) -> None:
    chat.mod.synced = [*reversed(chat.mod.synced)]


def _show_an_old_text(chat: Chat) -> None:
    chat.ana.pages = [message(1, "ana", "helo"), *chat.ana.pages[1:]]


def _lose_an_attachment(chat: Chat) -> None:
    chat.promises[2].attachments = ("a1", "a2")
    _keep(chat, *chat.kept.messages[:2], replace(chat.kept.messages[2], attachments=("a1",)), chat.kept.messages[3])


def _tell_of_another_attachment(chat: Chat) -> None:
    chat.ana.pages[1] = replace(chat.ana.pages[1], attachments=("a1",))


def _forget_what_it_said(chat: Chat) -> None:
    chat.kept = replace(chat.kept, replaced={"m1": ["hallo"], "m4": ["oops"]})


def _bring_back_what_staff_took_back(chat: Chat) -> None:
    chat.promises[0].may_be_removed = chat.promises[0].is_removed = True


def _tell_staff_before_they_join(chat: Chat) -> None:
    chat.mod.lives[0].since = {}
    chat.mod.lives[0].turns = [Turn(1, "c", 0)]


def _tell_staff_after_they_left(chat: Chat) -> None:
    chat.mod.lives[0].turns = [Turn(1, "c", None), Turn(2, "c", 3)]


def _join_too_late(chat: Chat) -> None:
    chat.mod.lives[0] = Life({}, chat.mod.lives[0].deliveries[1:], [Turn(0, "c", 0)])


def _forget_what_was_read(chat: Chat) -> None:
    chat.ana.cursors = {"c": 5}


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (_lose_acknowledged, "acknowledged, and is lost"),
        (_double_by_client_id, "mod 3 of mod is there 2 times"),
        (_skip_a_step, "7 steps were given, and 6 are there"),
        (_give_a_place_twice, "place 3 of 1 to 6 was given 2 times"),
        (_invent, "nobody wrote 'hello'"),
        (_acknowledge_another, "acknowledged as another message"),
        (_undo_an_edit, "became 'helo'"),
        (_undo_a_deletion, "became 'oops', deleted: False"),
        (_make_a_note_public, "is a text, not a note"),
        (_deliver_late, "step 2 came after 3"),
        (_deliver_twice, "step 3 came after 3"),
        (_deliver_again_after_coming_back, "connection 2: c step 3 came after 3"),
        (_leave_one_out, "step 5 follows 4, not 3"),
        (_lose_the_last, "Mod's was told:"),
        (_leak_a_note, "was told of 1 notes"),
        (_leak_a_note_that_was_replaced, "was told of 1 notes"),
        (_leak_another_conversation, "d, which is not theirs"),
        (_show_a_page_without_one, "has pages: c 1 'hello' is missing"),
        (_show_one_twice, "has pages: m4 is there 2 times"),
        (_show_a_note, "has synced: c 2 'again' is not for them"),
        (_show_out_of_order, "has pages: c is out of order"),
        (_sync_out_of_order, "has synced: c is out of order"),
        (_show_an_old_text, "has pages: Message("),
        (_lose_an_attachment, "carries ('a1',), not ('a1', 'a2')"),
        (_tell_of_another_attachment, "has pages: Message("),
        (_forget_what_it_said, "has said ['hallo', 'hello']"),
        (_bring_back_what_staff_took_back, "became 'hello', deleted: False"),
        (_tell_staff_before_they_join, "connection 1: was told of c, which it has not joined"),
        (_tell_staff_after_they_left, "connection 1: was told of c, which it has not joined"),
        (_join_too_late, "step 3 follows 2, not 0"),
        (_forget_what_was_read, "had read c up to 5, and now to 4"),
    ],
)
def test_whatever_is_wrong_is_found(spoil: Callable[[Chat], None], says: str) -> None:
    chat = good()
    spoil(chat)
    assert any(says in fault for fault in chat.faults()), chat.faults()


def test_what_was_never_acknowledged_may_be_there_once() -> None:
    chat = good()
    chat.promises[2].id = chat.promises[2].seq = None
    assert chat.faults() == []


@pytest.mark.parametrize("texts", [["hello"], ["hello", "hello again"]])
def test_a_change_that_was_never_acknowledged_may_have_happened_or_not(texts: list[str]) -> None:
    promise = Promise("c", "bea", "bea 1", "text", "hello", "m1", 1, ["hello again"])
    kept = Kept([replace(message(1, "bea", texts[-1]), change=len(texts))], len(texts), {"m1": texts[:-1]}, {})
    assert faults({"c": kept}, [promise], []) == []


def test_who_joins_in_the_middle_and_leaves_and_comes_back_has_it_all() -> None:
    chat = good()
    told = chat.mod.lives[0].deliveries
    chat.mod.lives = [Life({}, told, [Turn(0, "c", 0), Turn(2, "c", None), Turn(2, "c", 3)])]
    assert chat.faults() == []


def test_what_somebody_wanted_to_take_back_may_be_there_or_not() -> None:
    chat = good()
    chat.promises[0].may_be_removed = chat.promises[3].may_be_removed = True
    assert chat.faults() == []


def test_a_change_that_was_acknowledged_has_happened() -> None:
    promise = Promise("c", "bea", "bea 1", "text", "hello", "m1", 1, ["hello again"], settled=1)
    kept = Kept([message(1, "bea", "hello")], 1, {}, {})
    assert faults({"c": kept}, [promise], []) == ["c: 'hello' became 'hello', deleted: False"]
