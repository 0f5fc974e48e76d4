"""How does somebody get an account? They register, a link is mailed, and the link makes the account.

Nothing in the answers tells whether an address has an account already; its owner is told by mail.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID

from engine.facts.words import fold_code
from notifications.events import CustomerRegistered
from notifications.outbox import announce
from notifications.subjects import subject
from server.auth import links_repo, people_repo, service
from server.auth.devices import Device, device_subject
from server.auth.emails import Email, parse_email
from server.auth.errors import EMAIL_TAKEN, LINK_INVALID
from server.auth.limits import LINKS, MAILS_PER_ADDRESS, REGISTRATIONS
from server.auth.mails import link, mail
from server.auth.passwords import PASSWORDS
from server.auth.schemas import RegisterBody
from server.auth.secret import digest_of, new_secret
from server.auth.service import SignedIn
from server.web.call import Call
from server.web.limits import LIMITER
from storage.transaction import Transaction

ACTIVATION_LIFETIME: Final = timedelta(hours=24)
LONGEST_CODE: Final = 64
"""Of a folded invite code; folding may make text longer, and no code of ours is as long."""


async def register(call: Call, body: RegisterBody, device: Device) -> None:
    """Mail a link that makes the account. Raises BODY_INVALID for a weak password, RATE_LIMITED."""
    limiter, passwords = call.use(LIMITER), call.use(PASSWORDS)
    email, name, locale = parse_email(body.email), body.name.strip(), body.locale
    await limiter.hit(REGISTRATIONS, device.network)
    await passwords.refuse_weak(body.password, (email.folded, name))
    await limiter.hit(MAILS_PER_ADDRESS, str(call.store.id), email.folded)
    password_hash = await passwords.hash(body.password)
    token = new_secret()

    async def work(tx: Transaction) -> None:
        is_new = await links_repo.add_registration(
            tx, email, name=name, password_hash=password_hash, locale=locale, token=token, lifetime=ACTIVATION_LIFETIME,
            invite_code=fold_code(body.invite_code or "")[:LONGEST_CODE] or None,
        )  # fmt: skip
        if is_new:
            address = link(call, "activate", token.text)
            await mail(
                tx, call, "activation", email.written, locale=locale, name=name, link=address,
                lifetime=ACTIVATION_LIFETIME,
            )  # fmt: skip
        else:
            await mail(tx, call, "account_exists", email.written, locale=locale)

    await call.database.transaction(call.store.id, work)


async def activate(call: Call, token: str, device: Device, guest_id: UUID | None) -> SignedIn:
    """Make the account of a mailed link and sign in. Raises LINK_INVALID, EMAIL_TAKEN, RATE_LIMITED."""
    await call.use(LIMITER).hit(LINKS, device.network)

    async def work(tx: Transaction) -> SignedIn:
        activated = await links_repo.activate(tx, digest_of(token))
        if activated is None:
            raise LINK_INVALID("the link is used, older than a day, or not ours; sign in, or register again")
        if activated.user_id is None:
            raise EMAIL_TAKEN("this address has an account already; sign in, or reset its password")
        await _welcome(
            tx, activated.user_id, activated.email_folded, locale=activated.locale, device=device_subject(call),
            invite_code=activated.invite_code,
        )  # fmt: skip
        password_hash = activated.password_hash
        return await service.open_session(call, activated.user_id, (password_hash, password_hash), device, guest_id)

    return await call.database.transaction(call.store.id, work)


async def create_user(
    tx: Transaction, *, email: Email, name: str, password_hash: str, roles: Sequence[str] = ("customer",)
) -> UUID:
    """An active user without a mail, for the command line and for demonstrations. Raises EMAIL_TAKEN."""
    user_id = await people_repo.add_user(tx, email, name=name, password_hash=password_hash, roles=roles)
    if user_id is None:
        raise EMAIL_TAKEN(f"{email.written} has an account already")
    await _welcome(tx, user_id, email.folded)
    return user_id


async def _welcome(
    tx: Transaction,
    user_id: UUID,
    email_folded: str,
    *,
    locale: str | None = None,
    device: str | None = None,
    invite_code: str | None = None,
) -> None:
    """Tell everybody that there is a new account, whoever made it."""
    assert tx.store_id is not None
    email = subject(tx.store_id, "email", email_folded) or ""
    await announce(
        tx,
        CustomerRegistered(
            customer_id=str(user_id), customer_email=email, customer_locale=locale, device_id=device,
            invite_code=invite_code,
        ),
    )  # fmt: skip
