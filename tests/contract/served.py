"""A shop that serves while the test asks: where it is, who asks, and ids of things that exist."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from http.cookiejar import DefaultCookiePolicy
from itertools import cycle, product
from pathlib import Path
from typing import Any, TypeVar

import requests
from aiohttp import ClientSession, DummyCookieJar

from server.demo.seed import seed_demo
from server.web.call import Shop
from storage.database import Database
from storage.ids import new_id
from storage.tenancy import Store
from storage.transaction import Transaction
from tests.contract.belongings import CAKE, open_stall
from tests.contract.ordering import STAGES, order, quote, request_refund, send_back
from tests.contract.people import Person, sign_up, token_of
from tests.server.cart.goods import Goods
from tests.shop import Client, expect, new_shop, serving

T = TypeVar("T")

STORE = "main"

# Name of a variable part of an address, or of a field → what can stand there; several names → what belongs together.
_THINGS = {
    "slug": "SELECT slug FROM products ORDER BY slug",
    "sku": "SELECT sku FROM variants ORDER BY sku",
    "variant_id": "SELECT id FROM variants ORDER BY sku",
    "code": "SELECT 'WELCOME10' UNION ALL (SELECT code FROM attributes ORDER BY code)",
    "id": "SELECT id FROM categories ORDER BY path",
    # Not those who ask, whose addresses begin with an id.
    "user_id": "SELECT id FROM users WHERE email !~ '^[0-9a-f-]{36}@' ORDER BY email",
    "number": "SELECT number FROM orders ORDER BY number",
    "return_id": "SELECT id FROM returns",
    "line_id": "SELECT id FROM order_lines",
    "code_id": "SELECT id FROM coupon_codes",
    "batch_id": "SELECT batch_id FROM coupon_codes",
    "campaign": "SELECT 'newsletter'",
    "event": "SELECT unnest(ARRAY['process', 'hold', 'release_hold', 'confirm', 'ship', 'cancel'])",
    "provider": "SELECT unnest(ARRAY['test', 'cash'])",
    "kind": "SELECT unnest(ARRAY['tax', 'promotions', 'shipping'])",
    "name": "SELECT 'default'",
    "file": "SELECT 'inland-2026.csv'",
    "collection": "SELECT name FROM cart_collections",
    # Those that have ended, so that whoever watches them comes to an end.
    "replay_id": "SELECT id FROM replay_jobs WHERE state = 'cancelled' ORDER BY id",
    "event_id": "SELECT id FROM events ORDER BY id",
    "firing_id": "SELECT id FROM signal_firings ORDER BY id",
    "inbox_id": "SELECT id FROM messages WHERE channel = 'inbox' ORDER BY id",
    "message_id": "SELECT id FROM messages ORDER BY id",
    "conversation_id": "SELECT id FROM conversations ORDER BY id",
    "conversation_id chat_message_id": "SELECT conversation_id, id FROM chat_messages ORDER BY id",
    "attachment_id": "SELECT id FROM chat_attachments ORDER BY id",
    "answer_id": "SELECT id FROM canned_answers ORDER BY id",
    "word": "SELECT word FROM chat_blocked_words ORDER BY word",
    "webhook_id": "SELECT id FROM webhook_endpoints ORDER BY id",
    "webhook_id delivery_id": "SELECT endpoint_id, id FROM webhook_deliveries ORDER BY id",
    "proof_id": "SELECT id FROM proof_jobs WHERE state = 'cancelled' ORDER BY id",
    "scenario_id": "SELECT id FROM saved_scenarios ORDER BY id",
    "draft_id": "SELECT id FROM ruleset_versions WHERE status = 'draft' ORDER BY id",
    "trial_id": "SELECT id FROM ruleset_trials",
    "approval_id": "SELECT id FROM ruleset_approvals ORDER BY id",
    "kind name": "SELECT 'tax', 'default'",
    "comment_id": "SELECT id FROM ruleset_comments ORDER BY id",
    "kind name version": "SELECT kind, name, number FROM ruleset_versions WHERE status <> 'draft' ORDER BY number",
    "kind name plan_id": "SELECT kind, name, id FROM ruleset_plans ORDER BY id",
    "slug variant_id": "SELECT p.slug, v.id FROM products p JOIN variants v ON v.product_id = p.id ORDER BY v.sku",
    "code value": "SELECT a.code, v.code FROM attributes a JOIN attribute_values v ON v.attribute_id = a.id ORDER BY 2",
    "number shipment": "SELECT o.number, s.number FROM orders o JOIN shipments s ON s.order_id = o.id ORDER BY 1",
    "number return_number": "SELECT o.number, r.number FROM orders o JOIN returns r ON r.order_id = o.id ORDER BY 1",
    "number refund_number": "SELECT o.number, r.number FROM orders o JOIN refunds r ON r.order_id = o.id ORDER BY 1",
}


@dataclass(frozen=True)
class Served:
    """The running shop."""

    loop: asyncio.AbstractEventLoop
    shop: Shop
    store: Store
    base_url: str
    things: Mapping[str, Iterator[Mapping[str, str]]]
    coin: Iterator[bool]  # every second is true
    dice: Iterator[bool]  # every fifth is true
    session: requests.Session
    people: Mapping[str, Person]

    @classmethod
    async def start(cls, stack: AsyncExitStack, database: Database, folder: Path) -> Served:
        """Make the demo and serve it until the stack is closed."""
        shop = new_shop(database, folder)
        demo = await seed_demo(database, shop.settings)
        base_url = await stack.enter_async_context(serving(shop))
        people = {
            "admin": await open_stall(shop, demo.store, "admin"),
            "customer": await sign_up(shop, demo.store, ["customer"]),
        }
        async with ClientSession(cookie_jar=DummyCookieJar()) as asking:
            links = await _trade(shop, Client(asking, base_url, demo.store), people)
        things = await database.transaction(demo.store.id, _things)
        session = stack.enter_context(_without_cookies())
        return cls(
            asyncio.get_running_loop(), shop, demo.store, base_url, {**things, "token": cycle(links)},
            cycle([True, False]), cycle([True, False, False, False, False]), session, people,
        )  # fmt: skip

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Do this where the shop runs."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result()

    def headers(self, caller: str, *, anew: bool) -> dict[str, str]:
        """How "nobody", "admin" or "customer" shows who they are; `anew` when it may sign them out."""
        if caller == "nobody":
            return {}
        person = self.run(sign_up(self.shop, self.store, [caller])) if anew else self.people[caller]
        return {"Authorization": f"Bearer {token_of(self.shop, self.store, person.id, person.session_id)}"}

    async def quote(self) -> str:
        """The token of a quote the customer has for a pie, which no request made up so far has changed."""
        pie = f"PIE-{new_id().hex[-8:]}"
        await Goods(self.shop, self.store).put(pie, 9900, on_hand=5)
        buyer = self.people["customer"]
        token = token_of(self.shop, self.store, buyer.id, buyer.session_id)
        async with ClientSession(cookie_jar=DummyCookieJar()) as asking:
            return await quote(Client(asking, self.base_url, self.store, token), pie)


async def _things(tx: Transaction) -> Mapping[str, Iterator[Mapping[str, str]]]:
    """What there is, by the names it has together; one after the other, and then the first again."""
    found = {}
    for names, sql in _THINGS.items():
        rows = await tx.fetch(sql)
        found[names] = cycle([dict(zip(names.split(), map(str, row.values()), strict=True)) for row in rows])
    return found


async def _trade(shop: Shop, client: Client, people: Mapping[str, Person]) -> Sequence[Mapping[str, str]]:
    """The customer buys what the admin sells: an order of every stage, and some that are to come back; their links."""
    await Goods(shop, client.store).put(CAKE, 9900, on_hand=1_000_000)
    await Goods(shop, client.store).execute(
        "UPDATE products SET seller_id = (SELECT id FROM sellers WHERE user_id = $1) WHERE slug = 'p-cake'",
        people["admin"].id,
    )
    staff, buyer = (client.signed_in(people[role].token) for role in ("admin", "customer"))
    placed = [await order(buyer, staff, CAKE, stage) for stage in (*STAGES, *STAGES, *["delivered"] * 6)]
    for each in placed[-6:]:
        await request_refund(staff, each["number"])
        await send_back(buyer, each["number"])
    issued = {"campaign": "newsletter", "owner_id": str(people["customer"].id)}
    expect(await staff.post("/coupons/codes", issued, headers={"Idempotency-Key": new_id().hex}), 201)
    await _write_rules(staff)
    await Goods(shop, client.store).execute(
        "INSERT INTO ruleset_approvals (id, store_id, version_id, content_hash, reasons, live)"
        " SELECT gen_random_uuid(), store_id, id, content_hash, '[]', '{}' FROM ruleset_versions WHERE status = 'draft'"
    )
    await Goods(shop, client.store).execute(
        "INSERT INTO events (id, store_id, position, kind, name, version, payload, occurred_at)"
        " SELECT gen_random_uuid(), s.id, n, 'StockRanLow', 'StockRanLow', 1, '{\"lines\": []}', now()"
        " FROM stores s, generate_series(1, 2) n WHERE s.slug = 'main'"
    )
    await Goods(shop, client.store).execute(
        "INSERT INTO signal_firings (id, store_id, key, signal, ruleset, fired_at, same, explanation, effects)"
        " SELECT gen_random_uuid(), s.id, 'many/' || n, 'many', $1::jsonb, now(), '{}', '[\"many\"]', '[]'"
        " FROM stores s, generate_series(1, 2) n WHERE s.slug = 'main'",
        '{"name": "default", "version": 1, "hash": "0"}',
    )
    await shop.database.transaction(client.store.id, lambda tx: _tell(tx, people.values()))
    await _talk(buyer, staff)
    return [{"token": each["link"].rpartition("/")[2]} for each in placed]


async def _talk(buyer: Client, staff: Client) -> None:
    """The customer has asked the shop something, more than once, and was answered."""
    for number in range(3):
        begun = expect(await buyer.post("/chat/conversations", {"key": f"tea {number}", "subject": "Tea"}), 201)
        for author in (buyer, staff):
            message = {"client_id": str(new_id()), "body": "Tea"}
            expect(await author.post(f"/chat/conversations/{begun['id']}/messages", message), 201)
        where = f"/chat/conversations/{begun['id']}/attachments"
        expect(await buyer.post(where, data=b"Tea", headers={"Content-Type": "text/plain"}), 201)
        kept = {"shortcut": f"tea-{number}", "title": "Tea", "body": "Tea for {customer}"}
        expect(await staff.post("/chat/canned-answers", kept), 201)
        expect(await staff.put(f"/chat/blocked-words/coffee{number}"))


async def _tell(tx: Transaction, people: Iterable[Person]) -> None:
    """Everybody has messages in their inbox, and mails to them were given up."""
    for person, number, channel in product(people, range(2), ("inbox", "email")):
        await tx.execute(
            "INSERT INTO messages (id, store_id, key, channel, category, template, user_id, address, locale, state,"
            " next_try_at, sent_at, title, body) VALUES ($1, $2, $3, $4, 'account', 'own', $5, $6, 'en', $7, NULL,"
            " now(), 'Tea', 'Tea is here')",
            new_id(), tx.store_id, f"{channel}-{number}-{person.id}", channel, person.id,
            str(person.id) if channel == "inbox" else f"{person.id}@example.com",
            "sent" if channel == "inbox" else "dead",
        )  # fmt: skip


async def _write_rules(staff: Client) -> None:
    """Drafts, versions that will be live one day, and scenarios to try them on."""
    for kind in ("tax", "tax", "shipping", "promotions", "checkout"):
        draft = expect(await staff.post("/rulesets/drafts", {"kind": kind}), 201)
        expect(await staff.post(f"/rulesets/drafts/{draft['id']}/comments", {"text": "Tea"}), 201)
        if kind == "tax":
            version = expect(await staff.post(f"/rulesets/drafts/{draft['id']}/publish", {}))
            planned = {"number": version["number"], "from": f"{2090 + version['number']}-01-01T00:00:00Z"}
            planned["until"] = f"{2090 + version['number']}-02-01T00:00:00Z"
            expect(await staff.post("/rulesets/plans/tax/default", planned), 201)
            tried = {"kind": "tax", "number": version["number"], "mode": "shadow"}
            trial = expect(await staff.post("/rulesets/trials", tried), 201)
            expect(await staff.post(f"/rulesets/trials/{trial['id']}/end", {}))
    for name in ("nothing", "nothing either"):
        scenario = {"name": name, "basket": {"lines": []}, "expected": {"total": "0.00"}}
        expect(await staff.post("/analysis/scenarios", scenario), 201)
    await _write_replays(staff)
    await _write_proofs(staff)
    await _subscribe(staff)


async def _write_replays(staff: Client) -> None:
    """A collection of carts, and replays of it that were cancelled."""
    cart = b'{"lines": [{"sku": "CAKE", "price": "10.00", "quantity": 1}]}'
    ndjson = {"Content-Type": "application/x-ndjson"}
    expect(await staff.put("/analysis/collections/cakes", headers=ndjson, data=cart))
    for _ in range(2):
        replay = expect(await staff.post("/analysis/replays", {"sources": [{"collection": "cakes"}]}), 201)
        expect(await staff.post(f"/analysis/replays/{replay['id']}/cancel"))


async def _write_proofs(staff: Client) -> None:
    """Proofs that were cancelled."""
    for task in ("lint", "prove"):
        proof = expect(await staff.post("/rulesets/proofs", {"task": task}), 202)
        expect(await staff.post(f"/rulesets/proofs/{proof['id']}/cancel"))


async def _subscribe(staff: Client) -> None:
    """Webhooks that nobody listens at, and tests of them."""
    for _ in range(2):
        made = expect(await staff.post("/webhooks", {"url": "http://127.0.0.1:9/", "events": ["*"]}), 201)
        expect(await staff.post(f"/webhooks/{made['id']}/test"))


def _without_cookies() -> requests.Session:
    """Connections that are kept, and nothing else of what an answer says."""
    session = requests.Session()
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    return session
