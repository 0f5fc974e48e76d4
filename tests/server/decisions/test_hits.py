"""What rules did is counted exactly once, by version; those that do nothing are told apart by proof and by witness."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio

from server.background.repo import due_work
from server.decisions import log_reading, log_reading_repo, service
from server.decisions.books import BOOKS, LiveBook, RuleBooks
from server.decisions.log_parts import parts_of
from server.decisions.log_reading import read_decision_log
from server.decisions.own_repo import OwnRuleset
from server.web.call import Shop
from storage.database import Database
from storage.ids import new_id
from storage.tenancy import Store
from tests.conftest import CHECKOUT
from tests.database import Cluster
from tests.server.actors import Actors
from tests.server.decisions.baskets import a_basket, a_line
from tests.server.decisions.logged import Log, owner_of
from tests.server.rule_admin.admins import Admin
from tests.shop import Client, expect


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def owner(cluster: Cluster) -> AsyncIterator[Database]:
    """Who may make entries older."""
    async with owner_of(cluster) as owner:
        yield owner


@pytest.fixture
def log(shop: Shop, store: Store, actors: Actors, owner: Database) -> Log:
    """The log of the test's store."""
    return Log(shop, store, actors, owner)


@pytest.fixture
def admin(store: Store, client: Client, actors: Actors) -> Admin:
    """Who may do everything with rulesets."""
    return Admin(client.signed_in(actors.token(store, "user", ("admin",))))


async def hits(admin: Admin, kind: str = "promotions", query: str = "") -> dict[str, tuple[int, int]]:
    """Rules with how often they fired and paid."""
    found = expect(await admin.client.get(f"/rulesets/hits/{kind}/default{query}"))
    return {rule["rule"]: (rule["fired"], rule["paid"]) for rule in found["rules"]}


async def dead(admin: Admin) -> dict[str, Any]:
    """Rules that do nothing, by name."""
    return {rule["rule"]: rule for rule in expect(await admin.client.get("/rulesets/dead-rules"))["rules"]}


async def test_rules_are_counted_and_those_that_never_fired_are_listed(log: Log, admin: Admin) -> None:
    for price in (17_000, 18_000, 5_000):
        await log.add(a_basket(a_line(price=price)))
    assert await log.read() == 3
    found = await hits(admin)
    assert found["ten-off-150"] == (2, 2)
    assert (0, 0) in found.values()
    answer = expect(await admin.client.get("/rulesets/hits/promotions/default"))
    assert (answer["live"], answer["number"]) == (True, 1)
    assert answer["read_to"] is not None
    assert all(rule["at"].startswith("rules/promotions/v1.yaml:") for rule in answer["rules"])


async def test_the_last_seconds_wait_for_transactions_that_have_not_committed(log: Log) -> None:
    await log.add(a_basket())
    assert await read_decision_log(log.shop, log.store) == 0
    await log.grow_older(timedelta(seconds=11))
    assert await read_decision_log(log.shop, log.store) == 1


async def test_entries_that_are_not_noted_are_due_and_only_those(log: Log) -> None:
    async def is_due() -> bool:
        due = await due_work(log.shop.database)
        return any(each.kind == "decision_log" and each.store_slug == log.store.slug for each in due)

    await log.add(a_basket())
    assert not await is_due()
    await log.grow_older()
    assert await is_due()
    await read_decision_log(log.shop, log.store)
    assert not await is_due()


async def test_many_workers_count_everything_once(log: Log, admin: Admin, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_reading, "BATCH", 2)
    for number in range(7):
        await log.add(a_basket(a_line(price=17_000 + number)))
    await log.grow_older()

    async def worker() -> int:
        read = 0
        while await log.value("SELECT count(DISTINCT decision_id) FROM decision_rules") < 7:
            read += await read_decision_log(log.shop, log.store)
        return read

    async with asyncio.timeout(60):
        assert sum(await asyncio.gather(*[worker() for _ in range(3)])) == 7
    assert (await hits(admin))["ten-off-150"] == (7, 7)


async def test_a_worker_that_is_killed_before_its_commit_counts_nothing(
    log: Log, admin: Admin, monkeypatch: pytest.MonkeyPatch
) -> None:
    await log.add(a_basket(a_line(price=17_000)))
    await log.grow_older()
    note = log_reading_repo.note

    async def killed(*arguments: Any) -> None:
        await note(*arguments)
        raise asyncio.CancelledError

    monkeypatch.setattr(log_reading_repo, "note", killed)
    with pytest.raises(asyncio.CancelledError):
        await read_decision_log(log.shop, log.store)
    monkeypatch.setattr(log_reading_repo, "note", note)
    assert (await hits(admin))["ten-off-150"] == (0, 0)
    assert await log.read() == 1
    assert (await hits(admin))["ten-off-150"] == (1, 1)


async def test_an_entry_nobody_can_read_does_not_hold_up_the_others(log: Log, admin: Admin) -> None:
    broken = await log.add(a_basket(a_line(price=17_000)))
    await log.owner.transaction(
        log.store.id, lambda tx: tx.execute("UPDATE decision_log SET result = '{}' WHERE id = $1", broken)
    )
    await log.add(a_basket(a_line(price=17_000)))
    assert await log.read() == 2
    assert (await hits(admin))["ten-off-150"] == (1, 1)


async def test_versions_are_counted_apart_and_stay_to_be_read(log: Log, admin: Admin) -> None:
    await log.add(a_basket(a_line(price=17_000)))
    draft = await admin.draft("promotions")
    await admin.change(draft, ("summary:", "# the next one\nsummary:"))
    assert await log.read() == 1
    await admin.publish(draft)
    assert (await hits(admin))["ten-off-150"] == (0, 0)
    assert (await hits(admin, query="?number=1"))["ten-off-150"] == (1, 1)
    unknown = await admin.client.get("/rulesets/hits/promotions/default?number=7")
    assert (unknown.status, unknown.code) == (404, "ruleset_decided_nothing")
    assert (await admin.client.get("/rulesets/hits/promotions/other")).code == "ruleset_decided_nothing"
    assert (await admin.client.get("/rulesets/hits/orders/default")).code == "ruleset_decided_nothing"


async def test_hits_can_be_of_a_time(log: Log, admin: Admin) -> None:
    await log.add(a_basket(a_line(price=17_000)))
    await log.read()
    now = datetime.now(UTC)
    for begin, fired in ((now - timedelta(hours=1), 1), (now + timedelta(hours=1), 0)):
        query = f"?decided_from={begin.isoformat().replace('+00:00', 'Z')}"
        assert (await hits(admin, query=query))["ten-off-150"] == (fired, fired)
    before = (now - timedelta(hours=1)).isoformat().replace("+00:00", "Z")
    assert (await hits(admin, query=f"?decided_before={before}"))["ten-off-150"] == (0, 0)


async def test_a_rule_that_never_fired_is_shown_a_cart_in_which_it_would(log: Log, admin: Admin) -> None:
    await log.add(a_basket(a_line(price=17_000)))
    found = await dead(admin)
    # The log is not read yet, so this one counts as never fired; the decision itself is the witness.
    assert (found["ten-off-150"]["verdict"], found["ten-off-150"]["witness"]["source"]) == ("reachable", "decision")
    sources = {rule["witness"]["source"] for rule in found.values() if rule["verdict"] == "reachable"}
    assert "case" in sources
    assert all(rule["fired"] == 0 for rule in found.values())
    await log.read()
    assert "ten-off-150" not in await dead(admin)


async def test_a_witness_decides_as_it_says(log: Log, admin: Admin) -> None:
    found = await dead(admin)
    witnessed = {name: rule for name, rule in found.items() if rule["witness"] is not None}
    assert "ten-off-150" in witnessed
    assert all(rule["witness"]["cart"]["lines"] for rule in witnessed.values())


_RULES = """
  - id: never
    lane: order
    when:
      all:
        - {subtotal.after_line_discounts: {less_than: "1.00"}}
        - {subtotal.after_line_discounts: {at_least: "2.00"}}
    then: {percent_off: 1, on: order}
  - id: over
    lane: order
    until: 2020-01-01T00:00:00
    then: {percent_off: 1, on: order}
  - id: for-zebras
    lane: delivery
    when: {customer.group: zebra, subtotal.after_discounts: {between: ["43.21", "50.00"]}}
    then: {amount_off: "1.00", on: shipping}
  - id: two-of-a-kind
    lane: products
    then:
      bundle:
        of:
          - {where: {line.sku: X}, quantity: 1}
          - {where: {line.sku: Y}, quantity: 1}
        price: "0.10"
"""


def a_book_with(books: RuleBooks, store: Store, rules: str) -> LiveBook:
    """The shipped promotions with these rules before theirs, as nobody would be let publish them."""
    promotions = (CHECKOUT / "rules" / "promotions" / "v1.yaml").read_text("utf-8")
    text = promotions.partition("\ncases:")[0].replace("\nrules:\n", f"\nrules:\n{rules}", 1)
    return books.with_own(store, [OwnRuleset(new_id(), "promotions", "default", 2, text, {})])


async def test_rules_that_cannot_take_part_are_told_from_those_that_could(log: Log, admin: Admin) -> None:
    books = log.shop.use(BOOKS)
    books.replace(log.store.id, a_book_with(books, log.store, _RULES))
    found = await dead(admin)
    assert found["never"]["verdict"] == "unreachable"
    assert found["never"]["because"] == "the condition of promotion 'never' can never be true"
    assert (found["over"]["verdict"], found["over"]["because"][:16]) == ("unreachable", "its time was ove")
    assert (found["for-zebras"]["verdict"], found["for-zebras"]["witness"]["source"]) == ("reachable", "made")
    assert found["for-zebras"]["witness"]["cart"]["customer"]["group"] == "zebra"
    assert (found["two-of-a-kind"]["verdict"], found["two-of-a-kind"]["witness"]) == ("unknown", None)


async def test_a_rule_that_fires_for_nothing_is_told(log: Log, admin: Admin) -> None:
    live = log.shop.use(BOOKS).live(log.store)
    for rule in ("ten-off-150", "tote-from-300"):
        await log.owner.transaction(
            log.store.id,
            lambda tx, rule=rule: tx.execute(
                "INSERT INTO rule_hits VALUES ($1, $2, 'promotions', $3, 5, 0, now())",
                log.store.id, live.book.rulesets["promotions"], rule,
            ),
        )  # fmt: skip
    found = await dead(admin)
    assert (found["ten-off-150"]["verdict"], found["ten-off-150"]["fired"]) == ("changes_nothing", 5)
    assert "tote-from-300" not in found  # a present is no money, and no nothing


async def test_hits_are_for_those_who_may_read_rules(client: Client, store: Store, actors: Actors) -> None:
    customer = client.signed_in(actors.token(store, roles=("customer",)))
    for path in ("/rulesets/hits/promotions/default", "/rulesets/dead-rules"):
        assert (await customer.get(path)).status == 403


async def test_hits_and_dead_rules_take_the_same_statements_however_long_the_log_is(log: Log, admin: Admin) -> None:
    for _ in range(3):
        await log.add(a_basket(a_line(price=17_000)))
        await log.read()
        answers = [await admin.client.get(path) for path in ("/rulesets/hits/tax/default", "/rulesets/dead-rules")]
        assert [answer.statements for answer in answers] == [4, 6]


def test_every_part_of_a_decision_is_named_once_with_its_sum(live: LiveBook) -> None:
    decision = service.decide(live, a_basket(a_line(price=40_000), a_line(2, price=1_000), coupon_codes=("NOPE",)))
    parts = {(part.kind, part.rule): part for part in parts_of(decision)}
    assert len(parts) == len(parts_of(decision))
    assert parts["promotions", "ten-off-150"].amount == -decision.totals.discount
    assert parts["promotions", "tote-from-300"].amount == 0
    assert parts["code", "nope"].amount == 0
    assert sum(part.amount for part in parts.values() if part.kind == "tax") == decision.totals.tax
    assert {part.ruleset for part in parts.values()} <= set(decision.rulesets.values())
    assert ("catalogue", "list_price") not in parts
