"""A room to try the layer around rooms with: one endpoint for each thing that layer does."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Annotated, Final, Literal
from uuid import UUID

import msgspec
from msgspec import Meta, field

from server.errors import ErrorCode, Kind
from server.web.binding import Body, Path, Query, View
from server.web.call import Call, Resource
from server.web.endpoint import GUEST, PUBLIC, SIGNED_IN, Raw, Reply, Routes, Upload
from server.web.pages import Page, PageQuery, page, position
from storage.audit import record
from storage.errors import DatabaseUnavailable
from storage.transaction import Transaction

NOTE_REFUSED: Final = ErrorCode("note_refused", Kind.CONFLICT, "The note is refused")
GATE: Final = Resource[asyncio.Event]("tests.gate")
STARTED: Final = Resource[asyncio.Event]("tests.started")

routes = Routes("Probe")

Name = Annotated[str, Meta(min_length=1, max_length=40)]


class Inner(Body, frozen=True, kw_only=True):
    sku: Name
    quantity: Annotated[int, Meta(ge=1, le=1000)]


class Order(Body, frozen=True, kw_only=True):
    name: Name
    lines: Annotated[tuple[Inner, ...], Meta(max_length=5)] = ()
    note: Annotated[str, Meta(max_length=40)] | None = None
    amount: Annotated[int, Meta(ge=0, le=2**53)] = 0
    facts: dict[Annotated[str, Meta(max_length=40)], Annotated[str, Meta(max_length=40)]] = field(default_factory=dict)


class Search(Query, frozen=True, kw_only=True):
    text: Name | None = None
    size: Annotated[int, Meta(ge=1, le=50)] = 10
    state: Literal["open", "closed"] | None = None
    tag: Annotated[tuple[Name, ...], Meta(max_length=3)] = ()
    since: Annotated[datetime, Meta(tz=True)] | None = None


class ThingPath(Path, frozen=True, kw_only=True):
    thing_id: UUID


class Notes(PageQuery, frozen=True, kw_only=True):
    beginning: Annotated[str, Meta(max_length=20)] = ""


class Seen(View, frozen=True, kw_only=True):
    value: str


class NoteView(View, frozen=True, kw_only=True):
    name: str


@routes.post("/orders", needs=PUBLIC)
async def make_order(call: Call, body: Order) -> Seen:
    """Take a body."""
    return Seen(value=msgspec.json.encode(body).decode())


@routes.get("/search", needs=PUBLIC)
async def search_things(call: Call, query: Search) -> Seen:
    """Take a query."""
    return Seen(value=msgspec.json.encode(query).decode())


@routes.get("/things/{thing_id}", needs=PUBLIC)
async def read_thing(call: Call, path: ThingPath) -> Seen:
    """Take a path."""
    return Seen(value=str(path.thing_id))


@routes.put("/file", needs=PUBLIC, uploads=("text/csv",))
async def put_file(call: Call, upload: Upload) -> Seen:
    """Take a file."""
    return Seen(value=str(len(upload.content)))


@routes.get("/file", needs=PUBLIC, raw_types=("text/csv",))
async def read_file(call: Call) -> Raw:
    """Give a file."""
    return Raw(b"a,b\n", "text/csv")


@routes.get("/for-guests", needs=GUEST)
async def for_guests(call: Call) -> Seen:
    """For anybody with a token."""
    return Seen(value=call.actor.kind)


@routes.get("/for-users", needs=SIGNED_IN)
async def for_users(call: Call) -> Seen:
    """For users."""
    return Seen(value=call.actor.kind)


@routes.post("/for-staff", needs="catalog.write")
async def for_staff(call: Call, body: Order) -> Seen:
    """For whoever may write the catalogue."""
    return Seen(value=call.actor.kind)


@routes.get("/store", needs=PUBLIC)
async def read_store(call: Call) -> Seen:
    """Which store is this?"""
    return Seen(value=call.store.slug)


@routes.post("/notes", needs=PUBLIC, errors=(NOTE_REFUSED,), status=201)
async def add_note(call: Call, body: Order) -> Reply[NoteView]:
    """Write a row; refuse some; wait at the gate when told to."""

    async def work(tx: Transaction) -> None:
        await write_note(tx, body.name)
        if body.note == "wait":
            call.use(STARTED).set()
            await call.use(GATE).wait()
        if body.note == "refuse":
            raise NOTE_REFUSED("told to refuse")
        if body.note == "break":
            raise RuntimeError("told to break; the password is hunter2")

    await call.database.transaction(call.store.id, work)
    return Reply(NoteView(name=body.name), headers={"Location": f"/api/v1/notes/{body.name}"})


@routes.post("/notes/required", needs=PUBLIC, status=201, idempotency="required")
async def add_note_once(call: Call, body: Order) -> NoteView:
    """Write a row, with a key only."""
    await call.database.transaction(call.store.id, lambda tx: write_note(tx, body.name))
    return NoteView(name=body.name)


@routes.get("/notes", needs=PUBLIC)
async def list_notes(call: Call, query: Notes) -> Reply[Page[NoteView]]:
    """The rows by name."""
    at = position(call, query)

    async def work(tx: Transaction) -> list[str]:
        after, before, order = (None, at.keys, "DESC") if at.backwards else (at.keys, None, "ASC")
        rows = await tx.fetch(
            "SELECT resource_id FROM audit_log WHERE store_id = $1 AND starts_with(resource_id, $2)"
            " AND ($3::text IS NULL OR resource_id > $3) AND ($4::text IS NULL OR resource_id < $4)"
            f" ORDER BY resource_id {order} LIMIT $5",
            call.store.id, query.beginning, after[0] if after else None, before[0] if before else None, at.limit + 1,
        )  # fmt: skip
        return [row["resource_id"] for row in rows]

    names = await call.database.transaction(call.store.id, work)
    return page(call, query, at, names, lambda name: [name], lambda name: NoteView(name=name))


@routes.get("/failing/{thing_id}", needs=PUBLIC)
async def fail_badly(call: Call, path: ThingPath) -> Seen:
    """A bug."""
    raise KeyError("a secret of ours")


@routes.get("/away", needs=PUBLIC)
async def find_database_away(call: Call) -> Seen:
    """The database goes away."""
    raise DatabaseUnavailable("no connection to 10.0.0.7")


@routes.get("/waiting", needs=PUBLIC)
async def wait_at_gate(call: Call) -> Seen:
    """Wait until somebody opens the gate."""
    call.use(STARTED).set()
    await call.use(GATE).wait()
    return Seen(value="through")


async def write_note(tx: Transaction, name: str) -> None:
    """One row whose number can be counted."""
    await record(
        tx, actor_kind="system", actor_id=None, action="note", resource_type="note", resource_id=name,
        before=None, after=None, request_id=None,
    )  # fmt: skip
