"""Who would be told what, if this happened? Nothing is written down."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from engine.facts.vocabulary import Vocabulary
from engine.notices.plan import NotTold, Told, awaited, considered, keys_of
from server.decisions.books import BOOKS
from server.decisions.instants import microseconds
from server.errors import Fault
from server.telling import people_repo
from server.telling.channels import CHANNELS
from server.telling.errors import EVENT_NAME_UNKNOWN, NOTICES_MISSING
from server.telling.people_repo import Person
from server.telling.planning import NewMessage, Telling, messages
from server.telling.reactions import EVENTS, about, audiences_of, money_facts, notices_of, roles_of, zone_of
from server.web.call import Call
from server.web.problems import invalid
from storage.ids import new_id
from storage.transaction import Transaction

_NUMBERS: Final = frozenset({"money", "count", "weight", "volume", "instant", "time", "weekday"})


@dataclass(frozen=True, slots=True)
class Tried:
    """What would come of the event. `nobody` are rules that tell, and find nobody."""

    messages: tuple[NewMessage, ...]
    people: Mapping[str, str]  # audience by rule
    nobody: tuple[str, ...]
    not_told: tuple[NotTold, ...]


async def try_out(call: Call, event: str, facts: Mapping[str, str | int | bool], at: datetime | None) -> Tried:
    """Raises NOTICES_MISSING, EVENT_NAME_UNKNOWN, and BODY_INVALID for facts that events do not have and for
    times at an end of the calendar.
    """
    document = notices_of(call.shop, call.store)
    if document is None:
        raise NOTICES_MISSING("publish one: `rules/notifications/v1.yaml` of the program is a good beginning")
    books = call.use(BOOKS)
    vocabulary, live = books.vocabulary(EVENTS), books.live(call.store)
    known = awaited(document) | vocabulary.events.keys()
    if event not in known:
        raise EVENT_NAME_UNKNOWN(
            f"no rule waits for {event!r}, and the vocabulary has no such event", known=sorted(known)
        )
    _check(vocabulary, facts)

    async def work(tx: Transaction) -> Tried:
        now = await tx.now()
        when = now if at is None else at
        try:
            outcomes = list(
                considered(document, event, microseconds(when), keys_of(facts), now=microseconds(when),
                           timezone=zone_of(document, live))
            )  # fmt: skip
        except OverflowError as error:  # the first and the last days of the calendar
            raise invalid([Fault("/at", "out_of_range", "what is told then is outside the calendar")]) from error
        told = [each for each in outcomes if isinstance(each, Told)]
        people = await people_repo.find(tx, audiences_of(told), about(facts), roles_of(told)) if told else []
        return _tried(call, facts, outcomes, told, people)

    return await call.database.transaction(call.store.id, work)


def _tried(
    call: Call,
    facts: Mapping[str, str | int | bool],
    outcomes: list[Told | NotTold],
    told: list[Told],
    people: list[Person],
) -> Tried:
    telling = Telling(
        store=call.store,
        event_id=new_id(),
        facts=facts,
        link_base=call.shop.settings.base_url,
        money_facts=money_facts(call.shop),
    )
    channels = call.use(CHANNELS)
    found = messages(telling, told, people, channels.keys())
    reached = {message.rule for message in found}
    return Tried(
        messages=tuple(found),
        people={each.rule.id: each.rule.to for each in told},
        nobody=tuple(each.rule.id for each in told if each.rule.id not in reached),
        not_told=tuple(each for each in outcomes if isinstance(each, NotTold)),
    )


def _check(vocabulary: Vocabulary, facts: Mapping[str, str | int | bool]) -> None:
    faults = []
    for name, value in facts.items():
        fact = vocabulary.find(name)
        pointer = f"/facts/{name}"
        if fact is None or fact.scope != "event":
            faults.append(Fault(pointer, "fact_unknown", f"events have no fact {name!r}"))
        elif (fact.type in _NUMBERS) != (isinstance(value, int) and not isinstance(value, bool)) or (
            (fact.type == "boolean") != isinstance(value, bool)
        ):
            faults.append(Fault(pointer, "fact_invalid", f"{name} is a {fact.type}, and {value!r} is none"))
    if faults:
        raise invalid(faults)
