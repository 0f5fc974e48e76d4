"""One of everything that an address can name, and whose it is."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import Any, Final
from uuid import UUID

import msgspec
from PIL import Image

from server.media.files import MEDIA
from server.web.call import Shop
from server.web.endpoint import Endpoint
from storage.ids import new_id
from storage.tenancy import Store
from storage.transaction import Transaction
from tests.conftest import CHECKOUT
from tests.contract.endpoints import address_of
from tests.contract.examples import example
from tests.contract.ordering import fill_cart, order, request_refund, send_back
from tests.contract.people import Person, open_session, sign_up
from tests.server.cart.goods import Goods
from tests.shop import Answer, Client, expect

PERSONAL: Final = frozenset({"session_id", "address_id", "item_id", "inbox_id"})
"""Variables of addresses that name something of one person, whatever others may do."""
OF_CUSTOMERS: Final = frozenset({"number"})
"""Those that name something of a customer, which the people of the shop see as well."""
OF_NO_STORE: Final = frozenset({"provider"})
"""Those that mean the same in every store; all others name something of one store."""

MAKING: Final = frozenset({"put_cart_collection", "block_word"})
"""Operations that make what they name, in whichever store it is."""

ADDRESS: Final = {"name": "Ana", "line1": "Avenida Paulista, 1578", "city": "São Paulo", "country": "BR"}

CAKE: Final = "CAKE"
"""What is ordered; tea is not, for what was ordered once cannot be deleted any more."""

# Where the example of the schema would be refused for what it says.
BODIES: Final[Mapping[str, Any]] = {
    "change_address": ADDRESS,
    "assign_conversation": {"user_id": None},
    "add_variant": {"sku": "other", "list_price": "1.00"},
    "generate_variants": {"options": [{"attribute": "tea", "values": ["tea"]}], "list_price": "1.00"},
    "change_variant": {"name": "Other"},
    "explain_in_conversation": {
        "client_id": "019a8a3e-6a43-7c1e-9c62-0d7f5a1b2c3d",
        "title": "Tea",
        "dry_run": {"lines": [{"sku": "tea", "price": "1.00", "quantity": 1}]},
    },
    "pay_order": {"return_url": None},
    "set_user_roles": {"roles": ["customer"]},
    "set_user_status": {"status": "suspended"},
}


@dataclass(frozen=True)
class Belongings:
    """What `owner`, who may do everything in the store, has. `ids`: variable of an address → what it names."""

    owner: Person
    ids: Mapping[str, str]


async def make_belongings(shop: Shop, client: Client) -> Belongings:
    """One of everything in the client's store."""
    owner = await sign_up(shop, client.store, ["admin"])
    of_store = await shop.database.transaction(client.store.id, lambda tx: _stock(tx, client.store))
    await shop.use(MEDIA).put(of_store["media_id"], picture("WEBP"), "image/webp")
    await Goods(shop, client.store).put(CAKE, 9900)
    await shop.database.transaction(client.store.id, lambda tx: _sell(tx, owner))
    told = await shop.database.transaction(client.store.id, lambda tx: _tell(tx, owner))
    invited = await shop.database.transaction(client.store.id, lambda tx: _invite(tx, owner))
    talked = await shop.database.transaction(client.store.id, lambda tx: _talk(tx, owner))
    await shop.use(MEDIA).put(f"chat/{talked['attachment_id']}", b"tea", "text/plain")
    buyer = client.signed_in(owner.token)
    ordered = await _order(buyer, CAKE)
    personal = await _shop_a_little(buyer, of_store["sku"])
    session_id = new_id()
    await shop.database.transaction(client.store.id, lambda tx: open_session(tx, owner.id, session_id))
    own = {"session_id": str(session_id), "user_id": str(owner.id), **personal}
    return Belongings(owner, {**own, **of_store, **told, **invited, **talked, **ordered})


def picture(kind: str) -> bytes:
    """The smallest one of that format."""
    file = BytesIO()
    Image.new("RGB", (8, 8)).save(file, kind)
    return file.getvalue()


async def open_stall(shop: Shop, store: Store, role: str = "seller") -> Person:
    """Somebody who sells things of their own in the store, and has none yet."""
    seller = await sign_up(shop, store, [role])

    async def work(tx: Transaction) -> None:
        await tx.execute(
            "INSERT INTO sellers (id, store_id, slug, name, user_id) VALUES ($1, $2, 'stall', 'Stall', $3)",
            new_id(), store.id, seller.id,
        )  # fmt: skip

    await shop.database.transaction(store.id, work)
    return seller


async def _stock(tx: Transaction, store: Store) -> dict[str, str]:
    """A product with all that belongs to one; everything that has a name is called tea."""
    ids = {name: new_id() for name in ("product", "variant_id", "offer_id", "media_id", "id", "attribute")}
    for sql, *values in (
        ("INSERT INTO brands (id, store_id, slug, name) VALUES ($1, $2, 'tea', 'Tea')", new_id()),
        ("INSERT INTO sellers (id, store_id, slug, name) VALUES ($1, $2, 'tea', 'Tea')", new_id()),
        ("INSERT INTO categories (id, store_id, slug, name, path) VALUES ($1, $2, 'tea', 'Tea', 'tea')", ids["id"]),
        ("INSERT INTO attributes (id, store_id, code, name) VALUES ($1, $2, 'tea', 'Tea')", ids["attribute"]),
        (
            "INSERT INTO attribute_values (id, store_id, attribute_id, code, name) VALUES ($1, $2, $3, 'tea', 'Tea')",
            new_id(), ids["attribute"],
        ),
        (
            "INSERT INTO products (id, store_id, slug, name, status) VALUES ($1, $2, 'tea', 'Tea', 'active')",
            ids["product"],
        ),
        (
            "INSERT INTO variants (id, store_id, product_id, sku, list_price, weight_g)"
            " VALUES ($1, $2, $3, 'tea', 9900, 100)",
            ids["variant_id"], ids["product"],
        ),
        ("INSERT INTO stock_levels (variant_id, store_id, on_hand) VALUES ($1, $2, 9)", ids["variant_id"]),
        (
            "INSERT INTO offers (id, store_id, variant_id, name, price, starts_at, ends_at)"
            " VALUES ($1, $2, $3, 'Tea', 8900, now() + interval '1 day', now() + interval '2 days')",
            ids["offer_id"], ids["variant_id"],
        ),
        (
            "INSERT INTO media (id, store_id, purpose, key, content_type, size_bytes)"
            " VALUES ($1, $2, 'product', $1::uuid::text, 'image/webp', 100)",
            ids["media_id"],
        ),
        (
            "INSERT INTO product_images (id, store_id, product_id, media_id) VALUES ($1, $2, $3, $4)",
            new_id(), ids["product"], ids["media_id"],
        ),
    ):  # fmt: skip
        await tx.execute(sql, values[0], store.id, *values[1:])
    ids["image_id"] = ids["media_id"]
    named = dict.fromkeys(("slug", "sku", "code", "value", "name"), "tea")
    rules = await _write_rules(tx, store)
    scenario = await _write_scenario(tx, store)
    analysis = scenario | await _write_replay(tx, store) | await _write_proof(tx, store) | await _happen(tx, store)
    hooks = await _subscribe(tx, store)
    return named | {name: str(value) for name, value in ids.items()} | rules | analysis | hooks


async def _write_rules(tx: Transaction, store: Store) -> dict[str, str]:
    """A draft with a file, and a version of a ruleset called tea that was tried, and will be live one day."""
    draft_id, version_id, plan_id, trial_id, comment_id, approval_id = (new_id() for _ in range(6))
    await tx.execute(
        "INSERT INTO ruleset_versions (id, store_id, kind, name, source, attachments, content_hash)"
        """ VALUES ($1, $2, 'tax', 'tea', '', '{"tea.csv": ""}', '')""",
        draft_id, store.id,
    )  # fmt: skip
    await tx.execute(
        "INSERT INTO ruleset_versions (id, store_id, kind, name, status, number, source, attachments, content_hash,"
        """ hash, published_at) VALUES ($1, $2, 'tax', 'tea', 'published', 1, '', '{"tea.csv": ""}', '', '', now())""",
        version_id, store.id,
    )  # fmt: skip
    await tx.execute(
        "INSERT INTO ruleset_plans (id, store_id, version_id, kind, name, starts_at)"
        " VALUES ($1, $2, $3, 'tax', 'tea', now() + interval '1 year')",
        plan_id, store.id, version_id,
    )  # fmt: skip
    await tx.execute(
        "INSERT INTO ruleset_trials (id, store_id, version_id, kind, name, mode, share, salt, state, ended_at)"
        " VALUES ($1, $2, $3, 'tax', 'tea', 'shadow', 10000, '', 'ended', now())",
        trial_id, store.id, version_id,
    )  # fmt: skip
    await tx.execute(
        "INSERT INTO ruleset_approvals (id, store_id, version_id, content_hash, reasons, live)"
        " VALUES ($1, $2, $3, '', '[]', '{}')",
        approval_id, store.id, draft_id,
    )  # fmt: skip
    await tx.execute(
        "INSERT INTO ruleset_comments (id, store_id, version_id, text) VALUES ($1, $2, $3, 'tea')",
        comment_id, store.id, version_id,
    )  # fmt: skip
    await tx.execute(
        "INSERT INTO ruleset_texts (store_id, content_hash, kind, name, version, hash, path, source)"
        " VALUES ($1, 'tea', 'tax', 'tea', 1, '', 'tax/tea.yaml', $2)",
        store.id, (CHECKOUT / "rules" / "tax" / "v1.yaml").read_text("utf-8"),
    )  # fmt: skip
    return {
        "kind": "tax", "version": "1", "file": "tea.csv", "draft_id": str(draft_id), "plan_id": str(plan_id),
        "trial_id": str(trial_id), "comment_id": str(comment_id), "approval_id": str(approval_id),
    }  # fmt: skip


async def _write_scenario(tx: Transaction, store: Store) -> dict[str, str]:
    """A basket with nothing in it, which costs nothing."""
    scenario_id = new_id()
    await tx.execute(
        "INSERT INTO saved_scenarios (id, store_id, name, basket, expected, content_hash)"
        """ VALUES ($1, $2, 'tea', '{"lines": []}', '{"total": "0.00"}', '')""",
        scenario_id, store.id,
    )  # fmt: skip
    return {"scenario_id": str(scenario_id)}


async def _write_replay(tx: Transaction, store: Store) -> dict[str, str]:
    """A collection without carts, and a replay that was cancelled."""
    replay_id = new_id()
    await tx.execute(
        "INSERT INTO cart_collections (id, store_id, name, carts) VALUES ($1, $2, 'tea', 0)", new_id(), store.id
    )
    await tx.execute(
        "INSERT INTO replay_jobs (id, store_id, title, before, after, sources, state, ended_at)"
        " VALUES ($1, $2, 'Tea', $3::jsonb, $3::jsonb, '[]', 'cancelled', now())",
        replay_id, store.id, '{"base": "live", "at": null, "chosen": [], "rulesets": []}',
    )  # fmt: skip
    return {"collection": "tea", "replay_id": str(replay_id)}


async def _write_proof(tx: Transaction, store: Store) -> dict[str, str]:
    """A proof that was cancelled."""
    proof_id = new_id()
    await tx.execute(
        "INSERT INTO proof_jobs (id, store_id, task, key, after, options, state, ended_at)"
        " VALUES ($1, $2, 'lint', repeat('0', 64), $3::jsonb, '{}', 'cancelled', now())",
        proof_id, store.id, '{"base": "live", "at": null, "chosen": [], "rulesets": []}',
    )  # fmt: skip
    return {"proof_id": str(proof_id)}


async def _happen(tx: Transaction, store: Store) -> dict[str, str]:
    """Something that happened, and a signal that saw it."""
    event_id, firing_id = new_id(), new_id()
    await tx.execute(
        "INSERT INTO events (id, store_id, position, kind, name, version, payload, occurred_at)"
        " VALUES ($1, $2, 1, 'StockRanLow', 'StockRanLow', 1, '{\"lines\": []}', now())",
        event_id, store.id,
    )  # fmt: skip
    await tx.execute(
        "INSERT INTO signal_firings (id, store_id, key, signal, ruleset, fired_at, events, same, explanation, effects)"
        """ VALUES ($1, $2, 'tea/1', 'tea', '{"name": "default", "version": 1, "hash": "0"}', now(),"""
        """ ARRAY[$3::uuid], '{}', '["tea"]', '[]')""",
        firing_id, store.id, event_id,
    )  # fmt: skip
    return {"event_id": str(event_id), "firing_id": str(firing_id)}


async def _subscribe(tx: Transaction, store: Store) -> dict[str, str]:
    """A webhook nobody listens at, and something that it was not told."""
    webhook_id, delivery_id = new_id(), new_id()
    await tx.execute(
        "INSERT INTO webhook_endpoints (id, store_id, url, events, secret)"
        " VALUES ($1, $2, 'http://127.0.0.1:9/', ARRAY['StockRanLow'], '')",
        webhook_id, store.id,
    )  # fmt: skip
    await tx.execute(
        "INSERT INTO webhook_deliveries"
        " (id, store_id, endpoint_id, event_id, event, body, occurred_at, state, next_try_at, ended_at)"
        " VALUES ($1, $2, $3, $1, 'StockRanLow', '{}', now(), 'dead', NULL, now())",
        delivery_id, store.id, webhook_id,
    )  # fmt: skip
    return {"webhook_id": str(webhook_id), "delivery_id": str(delivery_id)}


async def _tell(tx: Transaction, owner: Person) -> dict[str, str]:
    """The owner has a message in their inbox; a mail to somebody was given up."""
    inbox_id, message_id = new_id(), new_id()
    columns = "id, store_id, key, channel, category, template, user_id, address, locale, state, next_try_at"
    await tx.execute(
        f"INSERT INTO messages ({columns}, sent_at, title, body) VALUES ($1, $2, 'inbox', 'inbox', 'account', 'own',"
        " $3::uuid, $3::uuid::text, 'en', 'sent', NULL, now(), 'Tea', 'Tea is here')",
        inbox_id, tx.store_id, owner.id,
    )  # fmt: skip
    await tx.execute(
        f"INSERT INTO messages ({columns}) VALUES ($1, $2, 'mail', 'email', 'order', 'order-paid', NULL,"
        " 'a@example.com', 'en', 'dead', NULL)",
        message_id, tx.store_id,
    )  # fmt: skip
    return {"inbox_id": str(inbox_id), "message_id": str(message_id)}


async def _sell(tx: Transaction, owner: Person) -> None:
    """Everything is sold by the owner, who said what was said, and there is a coupon code of theirs."""
    await tx.execute("UPDATE sellers SET user_id = $1 WHERE slug = 'tea'", owner.id)
    await tx.execute("UPDATE ruleset_comments SET author_id = $1", owner.id)
    await tx.execute("UPDATE products SET seller_id = (SELECT id FROM sellers WHERE slug = 'tea')")
    await tx.execute(
        "INSERT INTO coupon_codes (id, store_id, campaign, code, skeleton, owner_id, batch_id)"
        " VALUES ($1, $2, 'newsletter', 'tea', 'TEA', $3, $1)",
        new_id(), tx.store_id, owner.id,
    )  # fmt: skip


async def _invite(tx: Transaction, owner: Person) -> dict[str, str]:
    """The owner came by a friend's code."""
    invite_id, friend_id = new_id(), new_id()
    await tx.execute(
        "INSERT INTO users (id, store_id, email, email_folded, name) VALUES ($1, $2, $3, $3, 'Tea')",
        friend_id, tx.store_id, f"{friend_id}@example.com",
    )  # fmt: skip
    await tx.execute(
        "INSERT INTO referral_accounts (store_id, user_id, code, skeleton) VALUES ($1, $2, 'teatea', 'TEATEA')",
        tx.store_id, friend_id,
    )  # fmt: skip
    await tx.execute(
        "INSERT INTO invites (id, store_id, inviter_id, friend_id) VALUES ($1, $2, $3, $4)",
        invite_id, tx.store_id, friend_id, owner.id,
    )  # fmt: skip
    return {"invite_id": str(invite_id)}


async def _talk(tx: Transaction, owner: Person) -> dict[str, str]:
    """A friend talks with the shop, and the owner has answered."""
    conversation_id, message_id = new_id(), new_id()
    await tx.execute(
        "INSERT INTO conversations (id, store_id, customer_id, subject, key, seq, public_seq)"
        " SELECT $1, $2, inviter_id, 'Tea', 'tea', 1, 1 FROM invites",
        conversation_id, tx.store_id,
    )  # fmt: skip
    await tx.execute(
        "INSERT INTO chat_messages (id, store_id, conversation_id, seq, change, author_id, author_role, kind, body)"
        " VALUES ($1, $2, $3, 1, 1, $4, 'staff', 'text', 'Tea')",
        message_id, tx.store_id, conversation_id, owner.id,
    )  # fmt: skip
    return {"conversation_id": str(conversation_id), "chat_message_id": str(message_id)} | await _moderate(
        tx, owner, conversation_id
    )


async def _moderate(tx: Transaction, owner: Person, conversation_id: UUID) -> dict[str, str]:
    """The owner has uploaded a file and not sent it yet, keeps an answer, and blocks a word, and themselves."""
    attachment_id, answer_id = new_id(), new_id()
    await tx.execute(
        "INSERT INTO chat_attachments"
        " (id, store_id, conversation_id, uploaded_by, name, content_type, size_bytes, media_key)"
        " VALUES ($1, $2, $3, $4, 'tea.txt', 'text/plain', 3, $5)",
        attachment_id, tx.store_id, conversation_id, owner.id, f"chat/{attachment_id}",
    )  # fmt: skip
    await tx.execute(
        "INSERT INTO canned_answers (id, store_id, shortcut, title, body) VALUES ($1, $2, 'tea', 'Tea', 'Tea')",
        answer_id, tx.store_id,
    )  # fmt: skip
    await tx.execute(
        "INSERT INTO chat_blocked_words (store_id, word, created_by) VALUES ($1, 'tea', $2)", tx.store_id, owner.id
    )
    await tx.execute(
        "INSERT INTO chat_blocks (store_id, user_id, reason, blocked_by) VALUES ($1, $2, 'Tea', $2)",
        tx.store_id, owner.id,
    )  # fmt: skip
    return {"attachment_id": str(attachment_id), "answer_id": str(answer_id), "word": "tea"}


async def _order(owner: Client, sku: str) -> dict[str, str]:
    """An order that was sent and is to come back in part, with a refund nobody has decided about, and a note."""
    placed = await order(owner, owner, sku, "sent")
    number: str = placed["number"]
    refund = await request_refund(owner, number)
    expect(await owner.post(f"/orders/{number}/notes", {"text": "Handle with care"}), 201)
    returned = await send_back(owner, number)
    (code,) = expect(await owner.get("/coupons/codes"))["items"]
    return {
        "number": number,
        "token": placed["link"].rpartition("/")[2],
        "shipment": str(returned["shipments"][0]["number"]),
        "return_number": str(returned["returns"][0]["number"]),
        "refund_number": str(refund["number"]),
        "event": "process",
        "code_id": code["id"],
        "batch_id": code["batch_id"],
    }


async def _shop_a_little(owner: Client, sku: str) -> dict[str, str]:
    """An address, something in the cart, and a quote, of which the decision is logged."""
    address = expect(await owner.post("/me/addresses", ADDRESS), 201)
    cart = await fill_cart(owner, sku)
    quote = expect(await owner.post("/checkout/quote"), 201)
    return {
        "address_id": address["id"],
        "item_id": cart["items"][0]["id"],
        "decision_id": quote["decision_id"],
        "quote": quote["token"],
    }


async def ask(endpoint: Endpoint, client: Client, belongings: Belongings) -> Answer:
    """A request that only its owner may make, and that would work for them."""
    headers = {"If-Match": "*", "Content-Type": "application/json"}
    data: bytes | None = None
    if endpoint.idempotency == "required":
        headers["Idempotency-Key"] = new_id().hex
    if endpoint.takes_upload:
        is_picture = "image/png" in endpoint.takes_upload
        headers["Content-Type"] = "image/png" if is_picture else endpoint.takes_upload[0]
        data = picture("PNG") if is_picture else b"tea"
    elif endpoint.body_type is not None:
        data = json.dumps(BODIES.get(endpoint.operation_id) or example(endpoint.body_type)).encode()
    address = address_of(endpoint, belongings.ids)
    return await client.call(endpoint.method, address, headers=headers, data=data, params=_asked(endpoint, belongings))


def _asked(endpoint: Endpoint, belongings: Belongings) -> dict[str, str]:
    """The parameters that it cannot do without."""
    fields = () if endpoint.query_type is None else msgspec.structs.fields(endpoint.query_type)
    return {field.encode_name: belongings.ids.get(field.name, "1") for field in fields if field.required}
