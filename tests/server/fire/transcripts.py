"""Did a chat lose, double, reorder or leak anything? What everybody saw and was promised, held against what is kept."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

Transcript = Mapping[str, "Message"]
"""Messages by their id, each as it was when it was last told."""


@dataclass(frozen=True)
class Message:
    """A message as somebody is told of it, or as the database keeps it; `author` is None where the shop speaks."""

    conversation: str
    id: str
    seq: int
    change: int
    author: str | None
    client_id: str | None
    kind: str
    body: str
    is_deleted: bool = False
    attachments: tuple[str, ...] = ()

    @classmethod
    def told(cls, view: Mapping[str, Any]) -> Self:
        """As the API shows it."""
        attachments = tuple(each["id"] for each in view["attachments"])
        return cls(
            view["conversation_id"], view["id"], view["seq"], view["change"], view["author"]["id"], view["client_id"],
            view["kind"], view["body"], view["deleted_at"] is not None, attachments,
        )  # fmt: skip


@dataclass(frozen=True)
class Delivery:
    """A message that came by itself. `after` is the step before it that its reader may see."""

    message: Message
    after: int


@dataclass(frozen=True)
class Turn:
    """From the delivery with this number on, a conversation comes from a step on, or does not come any more (None)."""

    number: int
    conversation: str
    after: int | None


@dataclass
class Life:
    """One connection: the last steps its client named when it connected, and all that was delivered on it, in order.

    It has joined the conversations that were named; `turns` are those it joined and left later.
    """

    since: Mapping[str, int]
    deliveries: list[Delivery] = field(default_factory=list)
    turns: list[Turn] = field(default_factory=list)

    def turn(self, conversation: str, after: int | None) -> None:
        """From now on it comes from this step on, or no more."""
        self.turns.append(Turn(len(self.deliveries), conversation, after))


@dataclass
class Promise:
    """What somebody wrote: what it says, and what it was to say or to be later, in the order these were asked for.

    `id` and `seq` are what was acknowledged, None when nothing ever was. `settled` counts the later wishes, from the
    first on, that were followed by one that was acknowledged, or were themselves.
    """

    conversation: str
    author: str
    client_id: str
    kind: str
    body: str
    id: str | None = None
    seq: int | None = None
    wishes: list[str | None] = field(default_factory=list)
    """Other texts; None: that it is taken back."""
    settled: int = 0
    attachments: tuple[str, ...] = ()
    may_be_removed: bool = False
    """Somebody else wanted to take it back."""
    is_removed: bool = False
    """They were told that they have."""


@dataclass
class Device:
    """Somebody's client: what came to it, and what it was shown in the end when it asked for everything."""

    name: str
    user: str
    is_staff: bool
    conversations: frozenset[str]
    lives: list[Life] = field(default_factory=list)
    pages: list[Message] = field(default_factory=list)
    """By HTTP, from the oldest on, one conversation after another."""
    synced: list[Message] = field(default_factory=list)
    """By `sync`, which shows them by their last step."""
    cursors: dict[str, int] = field(default_factory=dict)
    """The highest place that it was acknowledged to have read, by conversation."""

    def transcript(self) -> Transcript:
        """What it knows from deliveries alone."""
        return {each.message.id: each.message for life in self.lives for each in life.deliveries}


@dataclass(frozen=True)
class Kept:
    """What the database holds of a conversation in the end. `replaced` are texts of messages before the last, by id."""

    messages: Sequence[Message]
    last_step: int
    replaced: Mapping[str, Sequence[str]]
    cursors: Mapping[str, int]


def faults(kept: Mapping[str, Kept], promises: Sequence[Promise], devices: Sequence[Device]) -> list[str]:
    """Everything that is wrong, in words; empty when each device knows exactly what it should."""
    found = [fault for name, each in kept.items() for fault in _of_steps(name, each)]
    found += [fault for each in promises for fault in _of_promise(each, kept[each.conversation])]
    found += _invented(kept, promises)
    for device in devices:
        found += _of_lives(device)
        found += _of_transcripts(device, kept)
        found += _of_cursors(device, kept)
    return found


def _of_steps(name: str, kept: Kept) -> Iterator[str]:
    """Every step from 1 on is a message that came, or one that was replaced."""
    steps = len(kept.messages) + sum(len(texts) for texts in kept.replaced.values())
    if steps != kept.last_step:
        yield f"{name}: {kept.last_step} steps were given, and {steps} are there"
    for what, numbers in {
        "place": [each.seq for each in kept.messages],
        "step": [each.change for each in kept.messages],
    }.items():
        for number, times in Counter(numbers).items():
            if times > 1 or not 1 <= number <= kept.last_step:
                yield f"{name}: {what} {number} of 1 to {kept.last_step} was given {times} times"
    for (author, client_id), times in Counter((each.author, each.client_id) for each in kept.messages).items():
        if client_id is not None and times > 1:
            yield f"{name}: {client_id} of {author} is there {times} times"


def _of_promise(promise: Promise, kept: Kept) -> Iterator[str]:
    found = [each for each in kept.messages if (each.author, each.client_id) == (promise.author, promise.client_id)]
    if not found:
        if promise.id is not None:
            yield f"{promise.conversation}: {promise.body!r} was acknowledged, and is lost"
        return
    message = found[0]
    if promise.id is not None and (promise.id, promise.seq) != (message.id, message.seq):
        yield f"{promise.conversation}: {promise.body!r} was acknowledged as another message than it is"
    if message.kind != promise.kind:
        yield f"{promise.conversation}: {promise.body!r} is a {message.kind}, not a {promise.kind}"
    if (None if message.is_deleted else message.body) not in _outcomes(promise):
        yield f"{promise.conversation}: {promise.body!r} became {message.body!r}, deleted: {message.is_deleted}"
    if not message.is_deleted and message.attachments != promise.attachments:
        yield f"{promise.conversation}: {promise.body!r} carries {message.attachments}, not {promise.attachments}"
    texts = [*kept.replaced.get(message.id, ()), *([] if message.is_deleted else [message.body])]
    if not _follow(texts, [promise.body, *promise.wishes]):
        yield f"{promise.conversation}: {promise.body!r} has said {texts}, and was to say {promise.wishes}"


def _outcomes(promise: Promise) -> Sequence[str | None]:
    """What it may say in the end: what was settled last, anything wished for after that, or what others wished."""
    if promise.is_removed:
        return [None]
    said = [promise.body, *promise.wishes]
    return said[promise.settled :] + [None] * promise.may_be_removed


def _follow(some: Sequence[str], each_other: Sequence[str | None]) -> bool:
    """Whether these come in this order among those; others may be between them."""
    left = iter(each_other)
    return all(one in left for one in some)


def _invented(kept: Mapping[str, Kept], promises: Sequence[Promise]) -> Iterator[str]:
    written = {(each.conversation, each.author, each.client_id) for each in promises}
    for name, each in kept.items():
        for message in each.messages:
            if message.kind != "system" and (name, message.author, message.client_id) not in written:
                yield f"{name}: nobody wrote {message.body!r}"


def _of_lives(device: Device) -> Iterator[str]:
    """On each connection only what it has joined comes; steps go up, and none is left out."""
    for number, life in enumerate(device.lives, 1):
        where = f"{device.name}, connection {number}"
        last, turns = dict(life.since), deque(life.turns)
        for place, delivery in enumerate(life.deliveries):
            while turns and turns[0].number <= place:
                _take_turn(turns.popleft(), last)
            message = delivery.message
            if message.conversation not in device.conversations:
                yield f"{where}: was told of {message.conversation}, which is not theirs"
                continue
            if message.conversation not in last:
                yield f"{where}: was told of {message.conversation}, which it has not joined"
                continue
            before = last[message.conversation]
            if message.change <= before:
                yield f"{where}: {message.conversation} step {message.change} came after {before}"
            if delivery.after > before:
                yield f"{where}: {message.conversation} step {message.change} follows {delivery.after}, not {before}"
            last[message.conversation] = max(before, message.change)


def _take_turn(turn: Turn, last: dict[str, int]) -> None:
    """Note up to which step a conversation has come that is joined now, or that one is left."""
    if turn.after is not None:
        last[turn.conversation] = turn.after
    else:
        last.pop(turn.conversation, None)


def _of_transcripts(device: Device, kept: Mapping[str, Kept]) -> Iterator[str]:
    """What came, and what was shown, is what is kept: all of it for staff, all but notes for everybody else."""
    should = [
        each for name in device.conversations for each in kept[name].messages if device.is_staff or each.kind != "note"
    ]
    yield from _differences(f"{device.name} was told", should, list(device.transcript().values()))
    yield from _differences(f"{device.name} has pages", should, device.pages)
    yield from _differences(f"{device.name} has synced", should, device.synced)
    yield from _disorder(f"{device.name} has pages", [(each.conversation, each.seq) for each in device.pages])
    yield from _disorder(f"{device.name} has synced", [(each.conversation, each.change) for each in device.synced])
    if not device.is_staff:
        # Also what was replaced later in what they know.
        notes = sum(each.message.kind == "note" for life in device.lives for each in life.deliveries)
        if notes:
            yield f"{device.name} was told of {notes} notes, which are for staff"


def _differences(what: str, should: Sequence[Message], seen: Sequence[Message]) -> Iterator[str]:
    for identity, times in Counter(each.id for each in seen).items():
        if times > 1:
            yield f"{what}: {identity} is there {times} times"
    wanted = {each.id: each for each in should}
    known = {each.id: each for each in seen}
    for message in should:
        if message.id not in known:
            yield f"{what}: {message.conversation} {message.seq} {message.body!r} is missing"
        elif known[message.id] != message:
            yield f"{what}: {known[message.id]}, and it is {message}"
    for message in seen:
        if message.id not in wanted:
            yield f"{what}: {message.conversation} {message.seq} {message.body!r} is not for them, or not there"


def _disorder(what: str, places: Sequence[tuple[str, int]]) -> Iterator[str]:
    for name in sorted({name for name, _ in places}):
        numbers = [number for each, number in places if each == name]
        if numbers != sorted(numbers):
            yield f"{what}: {name} is out of order: {numbers}"


def _of_cursors(device: Device, kept: Mapping[str, Kept]) -> Iterator[str]:
    for name, read in device.cursors.items():
        if kept[name].cursors.get(device.user, 0) < read:
            yield f"{device.name}: had read {name} up to {read}, and now to {kept[name].cursors.get(device.user)}"
