"""Where are proofs read and written? Every change says which state it may come from, and is nothing elsewhere."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple
from uuid import UUID

import asyncpg
import msgspec

from server.decisions.sides import ChosenSide, Side
from server.proving.snapshot import Answer, Claimed, Options, Progress, Proof, Question, Subject
from storage.ids import new_id
from storage.transaction import Transaction

_COLUMNS: Final = (
    "id, task, key, ruleset_id, (after - 'texts')::text AS after, (before - 'texts')::text AS before,"
    " options::text AS options, state, done, total, complete, error, created_by, created_at, updated_at, ended_at"
)
_KNOWN: Final = "state IN ('waiting', 'running', 'done') AND complete"
_ADD: Final = f"""
INSERT INTO proof_jobs (id, store_id, task, key, ruleset_id, content_hash, before_hash, after, before, options,
                        created_by)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8::jsonb, $9::jsonb, $10::jsonb, $11)
    ON CONFLICT (store_id, key) WHERE {_KNOWN} DO NOTHING
RETURNING {_COLUMNS}
"""
# Whoever has one that waits or runs loses it: the question is answered.
_ADD_ANSWERED: Final = f"""
INSERT INTO proof_jobs (id, store_id, task, key, ruleset_id, content_hash, before_hash, after, before, options,
                        created_by, state, report, complete, done, total, ended_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8::jsonb, $9::jsonb, $10::jsonb, $11, 'done', $12::jsonb, $13, $14, $14, now())
    ON CONFLICT (store_id, key) WHERE {_KNOWN}
    DO UPDATE SET state = 'done', report = excluded.report, done = excluded.done, total = excluded.total,
                  ended_at = now(), claimed_until = NULL,
                  ruleset_id = coalesce(proof_jobs.ruleset_id, excluded.ruleset_id),
                  content_hash = coalesce(proof_jobs.content_hash, excluded.content_hash),
                  before_hash = coalesce(proof_jobs.before_hash, excluded.before_hash)
       WHERE proof_jobs.state <> 'done'
"""
_NAME_SUBJECT: Final = """
UPDATE proof_jobs SET ruleset_id = $2, content_hash = $3, before_hash = $4 WHERE key = $1 AND ruleset_id IS NULL
"""
_LIST: Final = f"""
SELECT {_COLUMNS} FROM proof_jobs
 WHERE ($1::timestamptz IS NULL OR (created_at, id) {{after}} ($1, $2::uuid))
   AND ($4::text IS NULL OR task = $4) AND ($5::text IS NULL OR state = $5)
   AND ($6::text IS NULL OR content_hash = $6)
 ORDER BY created_at {{order}}, id {{order}}
 LIMIT $3
"""
_FORWARDS: Final = _LIST.format(after="<", order="DESC")
_BACKWARDS: Final = _LIST.format(after=">", order="ASC")
_OF_TEXT: Final = f"""
SELECT DISTINCT ON (task) {_COLUMNS}, report::text AS report FROM proof_jobs
 WHERE content_hash = $1 AND state = 'done' ORDER BY task, created_at DESC, id DESC
"""
_STORED: Final = """
SELECT report::text AS report, complete FROM proof_jobs
 WHERE key = $1 AND state = 'done'
   AND (complete OR ((options ->> 'seconds')::int >= $2 AND ended_at > now() - $3::interval))
 ORDER BY complete DESC, ended_at DESC LIMIT 1
"""
# The oldest first.
_CLAIM: Final = """
WITH mine AS MATERIALIZED (
    SELECT id FROM proof_jobs
     WHERE state IN ('waiting', 'running') AND (claimed_until IS NULL OR claimed_until <= now())
     ORDER BY updated_at, id LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED
)
UPDATE proof_jobs j SET state = 'running', claimed_until = clock_timestamp() + $1::interval, tries = tries + 1
  FROM mine WHERE j.id = mine.id
RETURNING j.id, j.task, j.after::text AS after, j.before::text AS before, j.options::text AS options, j.tries,
          j.claimed_until
"""
_OURS: Final = "id = $1 AND state = 'running' AND claimed_until = $2"


class Wanted(NamedTuple):
    """Which proofs: from the time and id after which (`backwards`: before which) they begin, so many at most.

    `content_hash` is of the text they are about.
    """

    beyond: tuple[datetime, UUID] | None
    backwards: bool
    most: int
    task: str | None = None
    state: str | None = None
    content_hash: str | None = None


async def add(tx: Transaction, question: Question, subject: Subject | None, by: UUID | None) -> Proof | None:
    """A proof that waits; None when the same was asked before."""
    row = await tx.fetchrow(_ADD, *_asked(tx, question, subject, by))
    return None if row is None else _proof(row)


async def add_answered(
    tx: Transaction, question: Question, subject: Subject | None, answer: Answer, by: UUID | None
) -> None:  # fmt: skip
    """The answer to a question, whoever else is at it."""
    await tx.execute(
        _ADD_ANSWERED, *_asked(tx, question, subject, by), _json(answer.report), answer.complete, answer.looked_at
    )


async def name_subject(tx: Transaction, key: str, subject: Subject) -> None:
    """Say what a question is about that was asked of no ruleset in particular, so that it is found with this one."""
    await tx.execute(_NAME_SUBJECT, key, *msgspec.structs.astuple(subject))


async def find(tx: Transaction, proof_id: UUID) -> Proof | None:
    """One proof."""
    row = await tx.fetchrow(f"SELECT {_COLUMNS} FROM proof_jobs WHERE id = $1", proof_id)
    return None if row is None else _proof(row)


async def find_by_key(tx: Transaction, key: str) -> Proof | None:
    """The proof that answers this question, or is to answer it."""
    row = await tx.fetchrow(f"SELECT {_COLUMNS} FROM proof_jobs WHERE key = $1 AND {_KNOWN}", key)
    return None if row is None else _proof(row)


async def find_page(tx: Transaction, wanted: Wanted) -> list[Proof]:
    """At most `most` proofs, the newest first; backwards the oldest first."""
    at, after_id = wanted.beyond or (None, None)
    statement = _BACKWARDS if wanted.backwards else _FORWARDS
    rows = await tx.fetch(statement, at, after_id, wanted.most, wanted.task, wanted.state, wanted.content_hash)
    return [_proof(row) for row in rows]


async def of_text(tx: Transaction, content_hash: str) -> list[tuple[Proof, bytes]]:
    """The newest answer to each kind of question about exactly this text, and its report as JSON."""
    return [(_proof(row), str(row["report"]).encode()) for row in await tx.fetch(_OF_TEXT, content_hash)]


async def report(tx: Transaction, proof_id: UUID) -> bytes | None:
    """The report as JSON; None when there is none."""
    found = await tx.fetchval("SELECT report::text FROM proof_jobs WHERE id = $1", proof_id)
    return None if found is None else str(found).encode()


async def stored_answer(tx: Transaction, key: str, seconds: int, within: timedelta) -> Answer | None:
    """The answer to a question; None when nobody has asked, or it is not there yet.

    One whose time was over counts `within` such a while, when it had so many seconds or more.
    """
    row = await tx.fetchrow(_STORED, key, seconds, within)
    return None if row is None else Answer(report=msgspec.json.decode(row["report"]), complete=row["complete"])


async def progress(tx: Transaction, proof_id: UUID) -> Progress | None:
    """How far it is."""
    row = await tx.fetchrow("SELECT state, done, total, error FROM proof_jobs WHERE id = $1", proof_id)
    return None if row is None else Progress(**dict(row))


async def count_open(tx: Transaction) -> int:
    """How many have not ended. Whoever asks waits for others who add one."""
    await tx.execute("SELECT pg_advisory_xact_lock(hashtextextended($1::text, 49))", str(tx.store_id))
    return int(await tx.fetchval("SELECT count(*) FROM proof_jobs WHERE ended_at IS NULL"))


async def cancel(tx: Transaction, proof_id: UUID) -> bool:
    """End one that has not ended; False when it has."""
    return await tx.execute(
        "UPDATE proof_jobs SET state = 'cancelled', ended_at = now(), claimed_until = NULL"
        " WHERE id = $1 AND state IN ('waiting', 'running')",
        proof_id,
    ) == 1  # fmt: skip


async def claim(tx: Transaction, silent: timedelta) -> Claimed | None:
    """Take the oldest proof that nobody has; others may take it when nothing is heard of it for so long."""
    row = await tx.fetchrow(_CLAIM, silent)
    if row is None:
        return None
    question = Question(
        task=row["task"],
        after=msgspec.json.decode(row["after"], type=Side),
        before=None if row["before"] is None else msgspec.json.decode(row["before"], type=Side),
        options=msgspec.json.decode(row["options"], type=Options),
    )
    return Claimed(id=row["id"], question=question, tries=row["tries"], claimed_until=row["claimed_until"])


async def step(tx: Transaction, claimed: Claimed, done: int, total: int, silent: timedelta) -> datetime | None:
    """Write down how far it is; the new token, None when it is no longer ours."""
    return await tx.fetchval(  # type: ignore[no-any-return]  # asyncpg knows no types of columns
        "UPDATE proof_jobs SET done = $3, total = $4, claimed_until = clock_timestamp() + $5::interval"
        f" WHERE {_OURS} RETURNING claimed_until",
        claimed.id, claimed.claimed_until, done, max(done, total), silent,
    )  # fmt: skip


async def give_back(tx: Transaction, claimed: Claimed) -> bool:
    """Let others have it at once; False when it is no longer ours."""
    statement = f"UPDATE proof_jobs SET claimed_until = NULL WHERE {_OURS}"
    return await tx.execute(statement, claimed.id, claimed.claimed_until) == 1


async def finish(tx: Transaction, claimed: Claimed, answer: Answer) -> bool:
    """The end, with what came out; False when it is no longer ours."""
    return await tx.execute(
        "UPDATE proof_jobs SET state = 'done', report = $3::jsonb, complete = $4, done = greatest(done, $5),"
        f" total = greatest(total, done, $5), ended_at = now(), claimed_until = NULL WHERE {_OURS}",
        claimed.id, claimed.claimed_until, _json(answer.report), answer.complete,
        answer.looked_at,
    ) == 1  # fmt: skip


async def fail(tx: Transaction, claimed: Claimed, why: str) -> bool:
    """The end of one that cannot go on; False when it is no longer ours."""
    return await tx.execute(
        "UPDATE proof_jobs SET state = 'failed', error = $3, ended_at = now(), claimed_until = NULL"
        f" WHERE {_OURS}",
        claimed.id, claimed.claimed_until, why,
    ) == 1  # fmt: skip


def _asked(tx: Transaction, question: Question, subject: Subject | None, by: UUID | None) -> tuple[object, ...]:
    about = (None, None, None) if subject is None else msgspec.structs.astuple(subject)
    before = None if question.before is None else _json(question.before)
    return (
        new_id(), tx.store_id, question.task, question.key, *about, _json(question.after), before,
        _json(question.options), by,
    )  # fmt: skip


def _proof(row: asyncpg.Record) -> Proof:
    values: dict[str, Any] = {name: row[name] for name in Proof.__struct_fields__}
    values["after"] = msgspec.json.decode(values["after"], type=ChosenSide)
    values["before"] = None if row["before"] is None else msgspec.json.decode(values["before"], type=ChosenSide)
    values["options"] = msgspec.json.decode(values["options"], type=Options)
    return Proof(**values)


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()
