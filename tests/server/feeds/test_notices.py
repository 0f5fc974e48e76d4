"""Is everybody told of the notices they asked for, whatever else comes through the channel?"""

from __future__ import annotations

import pytest

from server.feeds.notices import Notice, Notices
from storage.ids import new_id

ID = "01a201a8-0f5d-769e-80de-93a5c0629dfd"


def test_each_gets_the_notices_of_their_kind() -> None:
    notices, heard = Notices(), list[Notice]()
    notices.on("chat", heard.append)
    store, thing = new_id(), new_id()
    notices.heard(f"order {store} {thing} 4")
    notices.heard(f"chat {store} {thing} 5")
    assert heard == [Notice("chat", store, thing, 5)]


@pytest.mark.parametrize(
    "text",
    ["", "chat", "chat a b 1", "chat  1", f"chat {ID} {ID} x", f"chat {ID} {ID} {'9' * 5000}", "\x00" * 300],
)
def test_what_is_no_notice_is_passed_over(text: str) -> None:
    notices, heard = Notices(), list[Notice]()
    notices.on("chat", heard.append)
    notices.heard(text)
    assert heard == []


def test_one_who_fails_keeps_nobody_else_from_being_told() -> None:
    notices, heard, silences = Notices(), list[Notice](), list[bool]()

    def fail(*_: object) -> None:
        raise KeyError("a bug")

    notices.on("chat", fail)
    notices.on("chat", heard.append)
    notices.on_silence(fail)
    notices.on_silence(lambda: silences.append(True))
    notices.heard(f"chat {new_id()} {new_id()} 1")
    notices.heard(None)
    assert (len(heard), silences) == (1, [True])
