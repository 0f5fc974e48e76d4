"""Is everybody asked for anew when what they may do may have changed, with few statements, and ended when it has?"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import Any

import asyncpg
import pytest

from server.auth.bearer import TOKENS, Claims
from server.auth.repo import revoke_sessions
from server.decisions.books import BOOKS, RulesetRef
from server.errors import AppError
from server.sockets import looking as looking_module
from server.sockets import serving as serving_module
from server.sockets.connections import CONNECTIONS, Connection
from server.sockets.looking import look_again
from server.sockets.serving import rules_switched
from server.sockets.standing import who_are, who_is
from server.web.actor import Actor
from server.web.call import Shop
from storage.counting import counted_statements
from storage.ids import new_id
from storage.tenancy import Store
from storage.transaction import Transaction
from tests.contract.people import guest_token, platform_token, sign_up
from tests.database import SHARED, Cluster
from tests.server.auth.conftest import NewPerson, Person
from tests.server.sockets.conftest import calling
from tests.server.sockets.probe import address as address
from tests.server.sockets.probe import ana as ana
from tests.server.sockets.probe import shop as shop
from tests.server.sockets.probe import socket_shop as socket_shop
from tests.server.sockets.probe import store as store
from tests.shop import new_store


async def test_many_are_the_same_as_each_of_them_alone(shop: Shop, store: Store, cluster: Cluster) -> None:
    other = await new_store(shop)
    people = [await sign_up(shop, store, roles) for roles in (["customer"], ["admin", "customer"], [], ["customer"])]
    gone, elsewhere = await sign_up(shop, store, ["customer"]), await sign_up(shop, other, ["customer"])
    owner = await asyncpg.connect(cluster.url(SHARED))
    operators = [await platform_token(shop, owner) for _ in range(2)]
    await owner.close()
    tokens = [*(each.token for each in people), gone.token, elsewhere.token, *operators, guest_token(shop, store)]
    several: list[Claims | None] = [await shop.use(TOKENS).read(each) for each in tokens]
    several += [None, replaced(several[0], sid=new_id()), replaced(several[1], iat=int(time.time()) - 10**6)]

    async def end(tx: Transaction) -> None:
        await revoke_sessions(tx, gone.id, "signed_out")
        await tx.execute("UPDATE users SET status = 'suspended' WHERE id = $1", people[3].id)
        await tx.execute("UPDATE users SET tokens_valid_after = now() - interval '1 day' WHERE id = $1", people[1].id)

    await shop.database.transaction(store.id, end)
    suspended = (await shop.use(TOKENS).read(operators[1])).sub
    await shop.database.transaction(
        None, lambda tx: tx.execute("UPDATE platform_users SET status = 'suspended' WHERE id = $1", suspended)
    )
    expected = [await one(shop, store, each) for each in several]
    assert sum(isinstance(each, Actor) for each in expected) == 6
    assert [said(each) for each in await who_are(shop, store, several)] == [said(each) for each in expected]
    assert [said(each) for each in await who_are(shop, store, several[::-1])] == [said(each) for each in expected[::-1]]
    assert await who_are(shop, store, []) == []


async def test_the_number_of_statements_does_not_grow_with_the_number_of_people(
    socket_shop: Shop, address: str, store: Store
) -> None:
    counts = []
    async with AsyncExitStack() as stack:
        for more in (1, 9):
            for _ in range(more):
                token = (await sign_up(socket_shop, store, ["customer"])).token
                await stack.enter_async_context(calling(address, store, "/probe", token))
            with counted_statements() as statements:
                await look_again(socket_shop, socket_shop.use(CONNECTIONS).all())
            counts.append(statements.count)
    assert counts[0] == counts[1] <= 4


async def test_more_than_one_statement_asks_for_are_all_asked_for(
    socket_shop: Shop, address: str, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(looking_module, "MOST_AT_ONCE", 2)
    people = [await sign_up(socket_shop, store, ["customer"]) for _ in range(5)]
    async with AsyncExitStack() as stack:
        callers = [await stack.enter_async_context(calling(address, store, "/probe", each.token)) for each in people]
        there = socket_shop.use(CONNECTIONS).all()
        # Nobody is told of it: they are to be found by looking.
        await socket_shop.database.transaction(
            store.id, lambda tx: tx.execute("UPDATE sessions SET expires_at = now() WHERE user_id <> $1", people[4].id)
        )
        await look_again(socket_shop, there)
        for caller in callers[:4]:
            await caller.until(lambda caller=caller: caller.of("disconnect"))
        assert (await callers[4].get("say", {"text": "still here"}))["text"] == "still here"


async def test_one_who_cannot_be_asked_for_is_ended_and_the_others_stay(
    socket_shop: Shop, address: str, store: Store, ana: Person, new_person: NewPerson, monkeypatch: pytest.MonkeyPatch
) -> None:
    bea, asked = await new_person(), list[set[object]]()

    async def failing_for_ana(shop: Shop, at: Store, several: Sequence[Claims | None]) -> Sequence[Actor | AppError]:
        asked.append({each.sub for each in several if each is not None})
        if ana.id in asked[-1]:
            raise KeyError("a bug")
        return await who_are(shop, at, several)

    monkeypatch.setattr(looking_module, "who_are", failing_for_ana)
    async with (
        calling(address, store, "/probe", ana.client.token) as one,
        calling(address, store, "/probe", bea.client.token) as two,
        calling(address, store, "/anybody", bea.client.token) as three,
    ):
        await look_again(socket_shop, socket_shop.use(CONNECTIONS).all())
        assert asked[0] == {ana.id, bea.id}
        assert len(asked) == 3, "together, and then each of them once"
        await one.until(lambda: one.of("disconnect"))
        assert one.of("problem")[0]["code"] == "internal_error"
        for each in (two, three):
            assert (await each.get("say", {"text": "still here"}))["text"] == "still here"


async def test_an_answer_that_comes_late_does_not_count_any_more(
    socket_shop: Shop, address: str, store: Store, ana: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They were asked for before they might do less, and again after that, which is answered first."""
    has_read, goes_on = asyncio.Event(), asyncio.Event()

    async def slow(*arguments: Any) -> Sequence[Actor | AppError]:
        found = await who_are(*arguments)
        if not has_read.is_set():
            has_read.set()
            await goes_on.wait()
        return found

    monkeypatch.setattr(looking_module, "who_are", slow)
    async with calling(address, store, "/probe", ana.client.token) as caller:
        (there,) = socket_shop.use(CONNECTIONS).of_user(store.id, ana.id)
        first = asyncio.create_task(look_again(socket_shop, [there]))
        await has_read.wait()
        await socket_shop.database.transaction(
            store.id,
            lambda tx: tx.execute("UPDATE users SET roles = '{customer,support}' WHERE id = $1", ana.id),
        )
        async with asyncio.timeout(20):
            while "support" not in there.actor.roles:
                await asyncio.sleep(0.01)
        goes_on.set()
        await first
        assert there.actor.roles == ("customer", "support")
        assert (await caller.get("say", {"text": "still here"}))["text"] == "still here"


async def test_a_switch_of_rules_has_people_asked_for_only_when_the_access_rules_are_others(
    socket_shop: Shop, store: Store, address: str, ana: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[list[Connection]] = []

    def look(_shop: Shop, connections: Iterable[Connection]) -> None:
        looks.append(list(connections))

    monkeypatch.setattr(serving_module, "look_again_soon", look)
    switched, book = rules_switched(socket_shop), socket_shop.use(BOOKS).live(store)

    async def switch(kind: str) -> int:
        others = tuple(other(each) if each.kind == kind else each for each in book.rulesets)
        looks.clear()
        await socket_shop.database.transaction(store.id, lambda tx: switched(tx, replace(book, rulesets=others)))
        return len(looks)

    def other(ruleset: RulesetRef) -> RulesetRef:
        return replace(ruleset, version=ruleset.version + 1)

    async with calling(address, store, "/probe", ana.client.token):
        await switch("nothing")
        assert await switch("pricing") == 0
        assert await switch("access") == 1
        assert [each.actor.id for each in looks[0]] == [ana.id]
        assert await switch("access") == 0
        assert await switch("nothing") == 1, "back again"


async def one(shop: Shop, store: Store, claims: Claims | None) -> Actor | AppError:
    """Who they are, asked for alone."""
    try:
        return await who_is(shop, store, claims)
    except AppError as error:
        return error


def said(found: Actor | AppError) -> object:
    """What can be compared."""
    return found if isinstance(found, Actor) else str(found)


def replaced(claims: Claims | None, **fields: object) -> Claims:
    """The same but for these."""
    assert claims is not None
    return Claims(**{name: getattr(claims, name) for name in claims.__struct_fields__} | fields)  # type: ignore[arg-type]
