"""How is the shop put together? All wiring is here: the database, the rooms, and what each of them needs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from aiohttp import web

from engine.documents.kinds import APART, KINDS
from server.analysis.process import COMPARER, Comparer
from server.analysis.routes import routes as analysis_routes
from server.analysis.running import go_on as go_on_with_replays
from server.analysis.scenario_routes import routes as scenario_routes
from server.auth.authentication import authenticate
from server.auth.bearer import TOKENS, Tokens
from server.auth.birthdays import due_birthdays
from server.auth.passwords import PASSWORDS, Passwords
from server.auth.platform_routes import routes as platform_routes
from server.auth.profile_routes import routes as profile_routes
from server.auth.routes import routes as auth_routes
from server.auth.service import ON_SIGN_IN
from server.auth.staff_routes import routes as staff_routes
from server.background.numbers import WORK_NUMBERS, WorkNumbers
from server.background.runners import RUNNERS, Runner
from server.cart.coupon_routes import routes as coupon_routes
from server.cart.routes import routes as cart_routes
from server.cart.service import merge_guest_cart
from server.catalog.image_routes import routes as image_routes
from server.catalog.imports.routes import routes as imports_routes
from server.catalog.inventory_routes import routes as inventory_routes
from server.catalog.product_routes import routes as product_routes
from server.catalog.routes import routes as catalog_routes
from server.catalog.spelling import DICTIONARIES, Dictionaries
from server.catalog.taxonomy_routes import routes as taxonomy_routes
from server.chat.attachments_routes import routes as chat_attachment_routes
from server.chat.away import due_unread
from server.chat.blocks_routes import routes as chat_block_routes
from server.chat.board import BOARD, Board
from server.chat.canned_routes import routes as canned_answer_routes
from server.chat.decisions_routes import routes as chat_decision_routes
from server.chat.feed import read_chat
from server.chat.followers import FOLLOWERS, Followers
from server.chat.older import Older
from server.chat.routes import routes as chat_routes
from server.chat.search_routes import routes as chat_search_routes
from server.chat.sockets import chat as chat_namespace
from server.chat.words_routes import routes as blocked_word_routes
from server.checkout.routes import routes as checkout_routes
from server.decisions.books import BOOKS, RuleBooks
from server.decisions.dry_run_routes import routes as dry_run_routes
from server.decisions.guards import GUARDS, Guards
from server.decisions.guards_breaches import GUARDING, Guarding
from server.decisions.hits_routes import routes as hits_routes
from server.decisions.log_reading import read_decision_log
from server.decisions.mixing import MIXES, Mixes
from server.decisions.pinned import PINNED, PinnedBooks
from server.decisions.routes import routes as decisions_routes
from server.decisions.switching import ON_SWITCH, SWITCHBOARD, Switchboard
from server.decisions.trials_arms import TRIALS, Trials
from server.decisions.trials_deciding import TRYING, Trying
from server.events.delivering import deliver_due as deliver_events
from server.events.numbers import EVENT_NUMBERS, EventNumbers
from server.events.routes import routes as events_routes
from server.events.spreading import FAILING_STORES
from server.feeds.hub import HUB, Hub
from server.feeds.notices import NOTICES, Notices
from server.feeds.steps import Feed
from server.keys import read_keys
from server.live.dashboard import admin as admin_namespace
from server.live.inventory import catalog as catalog_namespace
from server.live.opening import open_live
from server.live.order_sockets import orders as orders_namespace
from server.live.orders_repo import read_steps
from server.live.routes import routes as live_routes
from server.live.streams import access_switched
from server.live.tracking_page import serve_tracking
from server.media.files import MEDIA, FileMediaStore
from server.media.pictures import PICTURES, Pictures
from server.media.routes import routes as media_routes
from server.orders.deadlines import due_deadlines, expire_reservations
from server.orders.effects import OWN_EFFECTS
from server.orders.happening import EFFECTS
from server.orders.moving import move_orders, watch_states
from server.orders.phone_codes_routes import routes as phone_codes_routes
from server.orders.routes import routes as order_routes
from server.orders.shipment_routes import routes as shipment_routes
from server.orders.staff_routes import routes as order_staff_routes
from server.payments.due import RUNNERS as PAYMENT_RUNNERS
from server.payments.effects import PAYMENT_EFFECTS
from server.payments.providers.outbound import OUTBOUND, Outbound
from server.payments.providers.registry import PROVIDERS, open_providers
from server.payments.refund_routes import routes as refund_routes
from server.payments.routes import routes as payment_routes
from server.payments.test_provider.deliveries import COURIER, Courier, deliver_due
from server.payments.test_provider.routes import serve_test_provider
from server.proving.gate import claims_hold
from server.proving.routes import routes as proving_routes
from server.proving.running import go_on as go_on_with_proofs
from server.referrals.due import due_invites
from server.referrals.invites_routes import routes as invites_routes
from server.referrals.routes import routes as referrals_routes
from server.rule_admin.approvals_routes import routes as approvals_routes
from server.rule_admin.audit_routes import routes as audit_routes
from server.rule_admin.campaigns import campaigns_exist
from server.rule_admin.comment_routes import routes as ruleset_comment_routes
from server.rule_admin.diff_routes import routes as ruleset_diff_routes
from server.rule_admin.gates import GATES, Gate, Gates
from server.rule_admin.routes import routes as ruleset_routes
from server.rule_admin.rulebook_routes import routes as rulebook_routes
from server.rule_admin.trial_routes import routes as trial_routes
from server.settings import Settings
from server.signals.evaluators import EVALUATORS, Evaluators
from server.signals.gate import network_is_built
from server.signals.rounds import begin_anew, go_round
from server.signals.routes import routes as signals_routes
from server.sockets.asyncapi_errors import where_codes_are_met
from server.sockets.docs import serve_socket_docs
from server.sockets.namespaces import Namespace
from server.sockets.serving import (
    MOVERS,
    open_sockets,
    rules_switched,
    serve_sockets,
    what_stands_still,
    without_redis,
)
from server.subscriptions import SUBSCRIPTIONS
from server.telling.catcher import without_mail
from server.telling.catcher_pages import serve_caught_mails
from server.telling.channels import CHANNELS, Channel, ChannelName
from server.telling.email_channel import EmailChannel
from server.telling.inbox_channel import InboxChannel
from server.telling.pacing import PACES, Paces
from server.telling.preview_routes import routes as mail_preview_routes
from server.telling.push_channel import PushChannel
from server.telling.push_key import read_push_key
from server.telling.push_routes import routes as push_routes
from server.telling.routes import routes as messages_routes
from server.telling.sending import send_due as send_messages
from server.telling.sms_channel import open_sms
from server.telling.sms_reports import serve_sms_reports
from server.telling.storefront_pages import serve_storefront
from server.telling.unsubscribe_pages import serve_unsubscribing
from server.web import middlewares
from server.web.call import SHOP, Shop
from server.web.cors import cors
from server.web.dispatch import mount
from server.web.docs import serve_docs
from server.web.endpoint import Routes
from server.web.headers import security
from server.web.health import READINESS, Readiness, serve_health
from server.web.limits import LIMITER, open_limiter
from server.web.metrics import METRICS, Metrics, serve_metrics
from server.web.pauses import Rests
from server.web.public_client import PUBLIC_CLIENT, open_public_client
from server.web.reacting import HANDLERS
from server.web.requests import request_id
from server.web.streams import serve_streams
from server.web.waking import WAKE, Wake
from server.webhooks.routes import routes as webhook_routes
from server.webhooks.sending import POSTMAN, Postman
from server.webhooks.sending import deliver_due as deliver_webhooks
from storage.database import Database
from storage.tenancy import StoreDirectory

ROOMS = [
    auth_routes,
    profile_routes,
    staff_routes,
    platform_routes,
    media_routes,
    catalog_routes,
    product_routes,
    image_routes,
    taxonomy_routes,
    imports_routes,
    inventory_routes,
    referrals_routes,
    invites_routes,
    coupon_routes,
    cart_routes,
    checkout_routes,
    order_routes,
    phone_codes_routes,
    shipment_routes,
    order_staff_routes,
    payment_routes,
    refund_routes,
    dry_run_routes,
    hits_routes,
    decisions_routes,
    ruleset_routes,
    ruleset_diff_routes,
    ruleset_comment_routes,
    rulebook_routes,
    approvals_routes,
    audit_routes,
    trial_routes,
    scenario_routes,
    analysis_routes,
    proving_routes,
    events_routes,
    webhook_routes,
    signals_routes,
    mail_preview_routes,
    messages_routes,
    push_routes,
    chat_routes,
    chat_attachment_routes,
    chat_decision_routes,
    chat_search_routes,
    canned_answer_routes,
    blocked_word_routes,
    chat_block_routes,
    live_routes,
]
"""In the order of the API document."""


NAMESPACES: list[Namespace] = [chat_namespace, orders_namespace, admin_namespace, catalog_namespace]
"""In the order of the document of sockets."""

FEEDS: Mapping[str, Feed] = {"chat": read_chat, "order": read_steps}
"""Who reads the steps of which kind of thing."""


def open_shop(settings: Settings, database: Database) -> Shop:
    """Everything the rooms share, wired."""
    shop = Shop(settings, database, read_keys(settings), {})
    shop.provide(middlewares.STORES, StoreDirectory(database))
    shop.provide(LIMITER, open_limiter(settings))
    shop.provide(TOKENS, Tokens(shop.keys))
    shop.provide(PASSWORDS, Passwords())
    shop.provide(ON_SIGN_IN, [merge_guest_cart])
    shop.provide(middlewares.AUTHENTICATE, authenticate)
    shop.provide(MEDIA, FileMediaStore(settings.data_dir / "media"))
    shop.provide(PICTURES, Pictures())
    shop.provide(METRICS, metrics := Metrics(database))
    shop.provide(READINESS, readiness := Readiness(database, without_mail(settings)))
    shop.provide(BOOKS, books := RuleBooks(settings.data_dir / "stores"))
    shop.provide(GUARDS, guards := Guards())
    shop.provide(TRIALS, Trials(books, guards))
    shop.provide(MIXES, Mixes())
    shop.provide(GATES, _gates())
    shop.provide(PINNED, PinnedBooks(books))
    shop.provide(SWITCHBOARD, Switchboard(shop))
    shop.provide(GUARDING, Guarding(shop))
    shop.provide(ON_SWITCH, [watch_states, begin_anew, rules_switched(shop), access_switched(shop)])
    shop.provide(EVALUATORS, Evaluators())
    shop.provide(TRYING, Trying(shop))
    shop.provide(DICTIONARIES, Dictionaries())
    shop.provide(EFFECTS, {**OWN_EFFECTS, **PAYMENT_EFFECTS})
    shop.provide(OUTBOUND, Outbound())
    shop.provide(COURIER, Courier(shop))
    shop.provide(PROVIDERS, open_providers(shop))
    shop.provide(COMPARER, Comparer())
    shop.provide(WAKE, Wake())
    shop.provide(PUBLIC_CLIENT, open_public_client(settings))
    shop.provide(POSTMAN, Postman(shop))
    shop.provide(HANDLERS, SUBSCRIPTIONS)
    shop.provide(CHANNELS, _channels(settings))
    shop.provide(PACES, Paces())
    shop.provide(RUNNERS, _runners(settings))
    shop.provide(WORK_NUMBERS, WorkNumbers(metrics.registry))
    shop.provide(EVENT_NUMBERS, EventNumbers(metrics.registry))
    shop.provide(FAILING_STORES, Rests())
    shop.provide(NOTICES, notices := Notices())
    shop.provide(HUB, Hub(database, notices, FEEDS))
    open_sockets(shop, NAMESPACES)
    open_live(shop)
    shop.provide(FOLLOWERS, Followers())
    shop.provide(BOARD, board := Board(shop))
    shop.use(MOVERS)["board"] = board.run
    shop.use(MOVERS)["older"] = Older(shop).run
    readiness.asks += [lambda: without_redis(shop), lambda: what_stands_still(shop)]
    return shop


def _gates() -> Gates:
    """What else has to hold of a rule book, by the kind of ruleset that is new in it."""
    gates: dict[str, list[Gate]] = {kind: [claims_hold] for kind in KINDS if kind not in APART}
    for kind in ("coupons", "referrals"):
        gates.setdefault(kind, []).append(campaigns_exist)
    gates["signals"] = [network_is_built]
    return gates


def _channels(settings: Settings) -> Mapping[ChannelName, Channel]:
    """The ways to reach people."""
    channels: dict[ChannelName, Channel] = {"email": EmailChannel(settings), "inbox": InboxChannel()}
    sms, push_key = open_sms(settings), read_push_key(settings)
    if sms is not None:
        channels["sms"] = sms
    if push_key is not None:
        channels["push"] = PushChannel(push_key)
    return channels


def _runners(settings: Settings) -> dict[str, Runner]:
    """Who does which kind of work that is due."""
    runners: dict[str, Runner] = {
        "deadline": due_deadlines,
        "moved_state": move_orders,
        "reservation": expire_reservations,
        "replay": go_on_with_replays,
        "proof": go_on_with_proofs,
        "decision_log": read_decision_log,
        "invite": due_invites,
        "birthday": due_birthdays,
        "unread": due_unread,
        "delivery": deliver_events,
        "webhook": deliver_webhooks,
        "signal": go_round,
        "message": send_messages,
        **PAYMENT_RUNNERS,
    }
    return runners | {"test_delivery": deliver_due} if settings.has_test_provider else runners


async def close_shop(shop: Shop) -> None:
    """End the processes that draw and compare, and the connections to Redis, payment providers and mail servers."""
    shop.use(PICTURES).close()
    shop.use(COMPARER).close()
    await shop.use(LIMITER).close()
    await shop.use(COURIER).close()
    await shop.use(POSTMAN).close()
    await shop.use(PUBLIC_CLIENT).close()
    await shop.use(OUTBOUND).close()
    for channel in shop.use(CHANNELS).values():
        await channel.close()


def build_app(shop: Shop, rooms: Sequence[Routes] = ROOMS) -> web.Application:
    """The HTTP application of a shop; tests of the layer around the rooms bring rooms of their own."""
    # In this order, for the reasons that server/web/middlewares.py gives.
    around = [request_id, cors, security, middlewares.errors, middlewares.tenant, middlewares.actor]
    app = web.Application(middlewares=around)
    app[SHOP] = shop
    endpoints = mount(app, rooms)
    serve_health(app)
    serve_metrics(app)
    serve_docs(app, endpoints, where_codes_are_met(NAMESPACES))
    serve_socket_docs(app, NAMESPACES)
    serve_test_provider(app)
    serve_unsubscribing(app)
    serve_tracking(app)
    serve_sms_reports(app, shop.settings)
    serve_streams(app)
    serve_sockets(app)
    serve_caught_mails(app, shop.settings)
    serve_storefront(app, shop.settings)
    app.on_cleanup.append(_let_go)
    return app


async def _let_go(app: web.Application) -> None:
    await close_shop(app[SHOP])
