"""What has been shown of a conversation? Every message once, every change once, whatever comes twice or again. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

Message = Mapping[str, Any]
News = Literal["new", "edited", "taken back"]


@dataclass
class Transcript:
    """The messages of one conversation by their place, and up to which places others have got and read them.

    `change` is the last step that was seen: what to say as `since` when coming back.
    """

    change: int = 0
    messages: dict[int, Message] = field(default_factory=dict)
    cursors: dict[str, Mapping[str, Any]] = field(default_factory=dict)

    def misses_something_before(self, message: Message) -> bool:
        """Whether a step before this one was never seen."""
        return int(message["after"]) > self.change

    def take(self, message: Message) -> News | None:
        """Take a message that came; what is new about it, None when nothing is."""
        if message["change"] <= self.change:
            return None
        self.change = message["change"]
        known = self.messages.get(message["seq"])
        self.messages[message["seq"]] = message
        if message["deleted_at"] is not None:
            return "taken back"
        return "new" if known is None else "edited"

    def reach(self, cursor: Mapping[str, Any]) -> None:
        """Somebody has got or read more than before."""
        self.cursors[cursor["user_id"]] = cursor

    def others_reached(self, name: str, me: str, *, among_staff: bool = False) -> int:
        """The last place that somebody else has got (`delivered_seq`) or read (`read_seq`)."""
        others = (
            each for id, each in self.cursors.items() if id != me and (not among_staff or each["role"] == "staff")
        )
        return max((int(each[name]) for each in others), default=0)

    def ticks(self, message: Message, me: str) -> str:
        """For an own message: · the shop has it, ✓ somebody else has it, ✓✓ they have read it.

        Cursors of customers pass over notes, which they never see.
        """
        if message["author"]["id"] != me:
            return ""
        among_staff = message["kind"] == "note"
        if message["seq"] <= self.others_reached("read_seq", me, among_staff=among_staff):
            return "✓✓"
        return "✓" if message["seq"] <= self.others_reached("delivered_seq", me, among_staff=among_staff) else "·"

    def last_of_others(self, me: str) -> int:
        """The place of the last message that somebody else wrote; 0 without one."""
        return max((seq for seq, each in self.messages.items() if each["author"]["id"] != me), default=0)

    def newest(self, most: int) -> Sequence[Message]:
        """The newest messages, in their order."""
        return [self.messages[seq] for seq in sorted(self.messages)[-most:]]
