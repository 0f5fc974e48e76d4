"""Can a decision of the log be made again, and is it noticed when it cannot?"""

from __future__ import annotations

from uuid import UUID

import pytest

from engine import digest, to_json
from server.decisions import repo, service
from server.decisions.books import BOOKS, LiveBook
from server.decisions.facts import Basket
from server.decisions.repo import Entry
from server.decisions.service import Purpose
from server.web.call import Shop
from storage.counting import counted_statements
from storage.ids import new_id
from storage.tenancy import Store
from storage.transaction import Transaction
from tests.server.actors import Actors
from tests.server.decisions.baskets import a_basket, a_line
from tests.shop import Client, expect, new_store


async def log(
    shop: Shop, store: Store, actors: Actors, basket: Basket, *, purpose: Purpose = "quote", cart_id: UUID | None = None
) -> UUID:
    """Decide a basket and write that to the log of the store."""
    live = shop.use(BOOKS).live(store)
    actor = actors.actor(store, actors.token(store))

    async def work(tx: Transaction) -> UUID:
        return await service.record(
            tx, purpose=purpose, cart_id=cart_id, actor=actor, live=live, basket=basket,
            decision=service.decide(live, basket),
        )  # fmt: skip

    return await shop.database.transaction(store.id, work)


async def test_recording_takes_one_statement(shop: Shop, store: Store, actors: Actors) -> None:
    with counted_statements() as statements:
        await log(shop, store, actors, a_basket(*(a_line(number) for number in range(1, 40))))
    assert statements.count == 3  # it, and the transaction around it


async def test_a_logged_decision_is_made_again_to_the_last_byte(
    shop: Shop, store: Store, actors: Actors, support: Client
) -> None:
    cart_id, basket = new_id(), a_basket(a_line(), a_line(2, quantity=3, tags=("new",)), coupon_codes=("WELCOME10",))
    decision_id = await log(shop, store, actors, basket, cart_id=cart_id)
    seen = expect(await support.get(f"/decisions/{decision_id}"))
    decision = service.decide(shop.use(BOOKS).live(store), basket)
    assert seen["reproduced"] is True
    assert seen["rules_changed"] == []
    assert seen["entry"]["digest"] == digest(decision) == seen["decision"]["digest"]
    assert seen["entry"]["cart_id"] == str(cart_id)
    assert seen["entry"]["total"] == seen["result"]["totals"]["total"] == seen["decision"]["totals"]["total"]
    assert seen["facts"]["lines"][1]["tags"] == ["new"]
    assert seen["explanation"]["level"] == "admin"
    assert [ruleset["kind"] for ruleset in seen["rulesets"]] == [*decision.rulesets]


async def test_other_rules_decide_otherwise_and_the_log_says_which(
    shop: Shop, store: Store, actors: Actors, support: Client, other_book: LiveBook
) -> None:
    decision_id = await log(shop, store, actors, a_basket(a_line(price=12000)))
    shop.use(BOOKS).replace(store.id, other_book)
    seen = expect(await support.get(f"/decisions/{decision_id}"))
    assert seen["reproduced"] is False
    assert seen["rules_changed"] == ["promotions"]
    assert (seen["result"]["totals"]["discount"], seen["decision"]["totals"]["discount"]) == ("0.00", "12.00")


@pytest.mark.parametrize("changed", ["digest", "result", "basket"])
async def test_an_entry_that_does_not_fit_together_is_not_reproduced(
    shop: Shop, store: Store, support: Client, changed: str
) -> None:
    live, basket, another = shop.use(BOOKS).live(store), a_basket(), a_basket(a_line(price=1))
    parts = {name: another if name == changed else basket for name in ("digest", "result", "basket")}
    entry = Entry(
        id=new_id(), purpose="order", cart_id=None, actor_kind="user", actor_id=None,
        digest=digest(service.decide(live, parts["digest"])), total=0, currency="BRL",
        rulesets=live.checkout_rulesets, basket=parts["basket"], result=to_json(service.decide(live, parts["result"])),
    )  # fmt: skip

    async def work(tx: Transaction) -> None:
        await repo.add(tx, entry)

    await shop.database.transaction(store.id, work)
    seen = expect(await support.get(f"/decisions/{entry.id}"))
    assert (seen["reproduced"], seen["rules_changed"]) == (False, [])


async def test_the_log_lists_newest_first_and_turns_pages_both_ways(
    shop: Shop, store: Store, actors: Actors, support: Client
) -> None:
    written = [str(await log(shop, store, actors, a_basket(a_line(price=100 + number)))) for number in range(5)]
    newest_first = written[::-1]
    first = expect(await support.get("/decisions?limit=2"))
    assert [line["id"] for line in first["items"]] == newest_first[:2]
    second = expect(await support.get(f"/decisions?limit=2&cursor={first['next']}"))
    assert [line["id"] for line in second["items"]] == newest_first[2:4]
    last = expect(await support.get(f"/decisions?limit=2&cursor={second['next']}"))
    assert [line["id"] for line in last["items"]] == newest_first[4:]
    assert last["next"] is None
    back = expect(await support.get(f"/decisions?limit=2&cursor={second['prev']}"))
    assert [line["id"] for line in back["items"]] == newest_first[:2]


async def test_the_log_can_be_narrowed_to_a_purpose_or_a_cart(
    shop: Shop, store: Store, actors: Actors, support: Client
) -> None:
    cart_id = new_id()
    quote = await log(shop, store, actors, a_basket(), cart_id=cart_id)
    order = await log(shop, store, actors, a_basket(), purpose="order")
    for filters, wanted in ((f"cart_id={cart_id}", quote), ("purpose=order", order)):
        found = expect(await support.get(f"/decisions?{filters}"))
        assert [line["id"] for line in found["items"]] == [str(wanted)]


async def test_reading_the_log_takes_the_same_few_statements_however_long_it_is(
    shop: Shop, store: Store, actors: Actors, support: Client
) -> None:
    for _ in range(3):
        decision_id = await log(shop, store, actors, a_basket())
    assert (await support.get("/decisions")).statements <= 4
    assert (await support.get(f"/decisions/{decision_id}")).statements <= 4


async def test_another_stores_decisions_are_not_there(
    shop: Shop, store: Store, actors: Actors, support: Client
) -> None:
    other = await new_store(shop)
    decision_id = await log(shop, other, actors, a_basket())
    assert (await support.get(f"/decisions/{decision_id}")).code == "decision_unknown"
    assert expect(await support.get("/decisions"))["items"] == []


async def test_a_decision_nobody_made_is_unknown(support: Client) -> None:
    answer = await support.get(f"/decisions/{new_id()}")
    assert (answer.status, answer.code) == (404, "decision_unknown")
    assert (await support.get("/decisions/7")).status == 400


async def test_the_log_is_for_those_who_may_read_it(client: Client, store: Store, actors: Actors) -> None:
    assert (await client.get("/decisions")).status == 401
    for roles in (("customer",), ("staff",)):
        assert (await client.signed_in(actors.token(store, roles=roles)).get("/decisions")).status == 403


async def test_who_may_not_see_rules_is_told_what_shoppers_are_told(
    shop: Shop, client: Client, store: Store, actors: Actors
) -> None:
    decision_id = await log(shop, store, actors, a_basket())
    reader = client.signed_in(actors.token(store, permissions=["decisions.log_read"]))
    seen = expect(await reader.get(f"/decisions/{decision_id}?locale=en"))
    assert seen["explanation"]["level"] == "shopper"
    assert seen["explanation"]["sentences"][0].startswith("10% off from R$ 150: you save")
    assert all(posting["at"] is None for posting in seen["decision"]["postings"])
    refused = await reader.get(f"/decisions/{decision_id}?level=full")
    assert (refused.status, refused.code) == (403, "explanation_not_allowed")


def test_a_share_of_quotes_is_logged_and_always_the_same_ones() -> None:
    quotes = [new_id() for _ in range(2000)]
    kept = [quote for quote in quotes if service.is_sampled(quote, 0.25)]
    assert kept == [quote for quote in quotes if service.is_sampled(quote, 0.25)]
    assert 350 < len(kept) < 650  # of 500 expected; six standard deviations are 117
    assert all(service.is_sampled(quote, 0.5) for quote in kept)


@pytest.mark.parametrize(("share", "logged"), [(0.0, False), (1.0, True)])
def test_all_quotes_or_none_are_logged_at_the_ends(share: float, logged: bool) -> None:
    assert all(service.is_sampled(new_id(), share) is logged for _ in range(200))
