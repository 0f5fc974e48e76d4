"""Does each side see what it may, and no more, whatever there is to see?"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.chat import access, writing
from server.chat.errors import CONVERSATION_UNKNOWN
from server.chat.snapshot import Conversation, Kind, LastMessage, Message, Participant, Side, Status
from server.chat.views import EXCERPT_CHARACTERS, conversation_view, message_view
from server.errors import AppError
from server.web.actor import Actor
from storage.ids import new_id

NOW: Final = datetime(2026, 6, 10, 20, tzinfo=UTC)
SECRET: Final = "for staff alone"
sides = st.sampled_from(get_args(Side))
people = st.uuids()


def message(**changes: Any) -> Message:
    """A message."""
    fields: dict[str, Any] = {
        "id": new_id(), "conversation_id": new_id(), "seq": 3, "change": 5, "after": 4, "after_public": 2,
        "author_id": new_id(), "author_name": "Ana", "author_role": "staff", "kind": "text", "body": "Hello",
        "details": None, "client_id": None, "edited_at": None, "deleted_at": None, "created_at": NOW, "attachments": (),
    }  # fmt: skip
    return Message(**(fields | changes))


def conversation(**changes: Any) -> Conversation:
    """A conversation."""
    fields: dict[str, Any] = {
        "id": new_id(), "customer_id": new_id(), "seller_id": None, "seller_user_id": None,
        "is_seller_active": True, "order_id": None, "subject": "Tea", "status": "open", "assigned_to": None,
        "tags": [SECRET], "rating": None, "rating_comment": None, "seq": 9, "public_seq": 7, "is_waited_for": True,
        "created_at": NOW, "customer_name": "Ana", "seller_slug": None, "seller_name": None, "order_number": None,
        "product_slug": None, "assigned_name": None, "last_message_at": NOW, "waiting_since": NOW,
        "last_message": None, "participants": (),
    }  # fmt: skip
    return Conversation(**(fields | changes))


def actor(user_id: Any, *permissions: str, kind: Any = "user") -> Actor:
    """Somebody who may do this."""
    return Actor(kind, user_id, None, (), frozenset(permissions))


@given(sides, st.sampled_from(get_args(Kind)), st.booleans())
def test_only_staff_see_notes_and_full_explanations(side: Side, kind: Kind, deleted: bool) -> None:
    shown = message(kind=kind, details={"why": "ten percent", "full": SECRET}, deleted_at=NOW if deleted else None)
    if kind == "note" and side != "staff":
        with pytest.raises(RuntimeError):
            message_view(shown, side, str)
        return
    view = message_view(shown, side, str)
    assert (SECRET in str(view)) == (side == "staff" and kind == "decision" and not deleted)
    assert view.after == (4 if side == "staff" else 2)


@given(sides)
def test_only_staff_see_tags_and_steps_among_staff(side: Side) -> None:
    view = conversation_view(conversation(), side, None)
    assert (SECRET in str(view), view.seq) == ((True, 9) if side == "staff" else (False, 7))


@given(st.text(max_size=300))
def test_an_excerpt_is_the_beginning_and_no_longer_than_it_may_be(body: str) -> None:
    last: dict[str, Any] = {
        "id": new_id(), "seq": 1, "author_id": None, "author_role": "customer", "kind": "text", "body": body,
        "deleted": False, "created_at": NOW,
    }  # fmt: skip
    view = conversation_view(conversation(last_message=LastMessage(**last)), "customer", None)
    assert view.last_message is not None
    excerpt = view.last_message.excerpt
    assert len(excerpt) <= EXCERPT_CHARACTERS
    assert excerpt == body or (excerpt[-1] == "…" and body.startswith(excerpt[:-1]))


@given(st.integers(0, 100))
def test_what_is_unread_is_the_readers_own(unread: int) -> None:
    own, other = new_id(), new_id()
    found = conversation(
        participants=tuple(
            Participant(
                user_id=user_id, role="customer", delivered_seq=0, read_seq=0, name="Ana", unread=count, online=False
            )
            for user_id, count in ((own, unread), (other, 7))
        )
    )
    assert conversation_view(found, "customer", own).unread == unread
    assert conversation_view(found, "staff", new_id()).unread == 0


@given(people, people, people, st.sets(st.sampled_from([access.OWN, access.MODERATE])))
def test_whoever_it_does_not_concern_finds_nothing(customer: Any, seller: Any, who: Any, may: set[str]) -> None:
    found = conversation(customer_id=customer, seller_id=new_id(), seller_user_id=seller)
    side = access.side_of(actor(who, *may), found)
    expected = "staff" if access.MODERATE in may else None
    if access.OWN in may and who in (customer, seller):
        expected = "customer" if who == customer else "seller"
    assert side == expected
    # A guest, or somebody of the platform, is never taken for a user with the same id.
    for kind in ("guest", "platform", "anonymous"):
        assert access.side_of(actor(customer, *may, kind=kind), found) in ("staff", None)
    if side is None:
        with pytest.raises(AppError) as refused:
            access.visible(actor(who, *may), found, found.id)
        assert refused.value.error is CONVERSATION_UNKNOWN


@pytest.mark.parametrize(
    ("side", "kind", "with_seller", "expected"),
    [
        ("customer", "text", False, ("open", True)),
        ("customer", "text", True, ("open", False)),
        ("seller", "text", True, ("waiting", False)),
        ("staff", "text", False, ("waiting", False)),
        ("staff", "decision", False, ("waiting", False)),
        ("staff", "note", False, ("resolved", True)),
    ],
)
def test_whose_turn_it_is_after_a_message(
    side: Side, kind: Kind, with_seller: bool, expected: tuple[Status, bool]
) -> None:
    found = conversation(status="resolved", seller_id=new_id() if with_seller else None)
    assert writing.turn_after(found, side, kind) == expected


@given(st.text())
def test_what_says_something_still_does_with_spaces_around_it(body: str) -> None:
    assert writing.says_something(f" \n{body}\u200b") == writing.says_something(body)
