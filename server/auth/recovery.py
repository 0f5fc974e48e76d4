"""How do people get at their account again, and change what they sign in with?

Whatever changes the password or the address ends sessions, withdraws links that were mailed before, and is told to the
mailbox that was the account's so far.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from server.auth import links_repo, repo
from server.auth.devices import Device
from server.auth.emails import Email
from server.auth.errors import EMAIL_TAKEN, LINK_INVALID
from server.auth.limits import FORGOTTEN, LINKS, MAILS_PER_ADDRESS, PASSWORD_CHECKS
from server.auth.links_repo import Holder
from server.auth.mails import link, mail
from server.auth.passwords import PASSWORDS
from server.auth.repo import Credentials
from server.auth.secret import digest_of, new_secret
from server.auth.service import user_of
from server.errors import AppError, Fault
from server.web.call import Call
from server.web.limits import LIMITER
from server.web.problems import invalid
from storage.transaction import Transaction

RESET_LIFETIME: Final = timedelta(hours=1)
EMAIL_CHANGE_LIFETIME: Final = timedelta(hours=24)


async def forgot_password(call: Call, email: Email, device: Device) -> None:
    """Mail a link that sets a new password; who has no account is told so, by mail too. Raises RATE_LIMITED."""
    limiter = call.use(LIMITER)
    await limiter.hit(FORGOTTEN, device.network)
    await limiter.hit(MAILS_PER_ADDRESS, str(call.store.id), email.folded)
    token = new_secret()

    async def work(tx: Transaction) -> None:
        if await links_repo.add_reset(tx, email.folded, token, RESET_LIFETIME):
            address = link(call, "reset-password", token.text)
            await mail(
                tx, call, "password_reset", email.written, locale=None, link=address, lifetime=RESET_LIFETIME
            )  # fmt: skip
        else:
            await mail(tx, call, "password_reset_unknown", email.written, locale=None)

    await call.database.transaction(call.store.id, work)


async def reset_password(call: Call, token: str, password: str, device: Device) -> None:
    """Set the password with a mailed link; every session ends. Raises LINK_INVALID, BODY_INVALID, RATE_LIMITED."""
    await call.use(LIMITER).hit(LINKS, device.network)
    digest = digest_of(token)
    user = await _holder(call, digest)
    passwords = call.use(PASSWORDS)
    await passwords.refuse_weak(password, (user.email, user.name))
    new_hash = await passwords.hash(password)

    async def work(tx: Transaction) -> None:
        used = await links_repo.use(tx, digest, "password_reset")
        if used is None or not await links_repo.set_password(tx, user.user_id, new_hash):
            raise _link_invalid()
        await repo.revoke_sessions(tx, user.user_id, "password")
        await repo.refuse_older_tokens(tx, user.user_id)
        await mail(tx, call, "password_changed", user.email, locale=user.locale, name=user.name)

    await call.database.transaction(call.store.id, work)


async def change_password(call: Call, current: str, new: str) -> None:
    """Set the own password; every other session ends. Raises BODY_INVALID for either password, RATE_LIMITED."""
    user = await _verified(call, current, "/current_password")
    passwords = call.use(PASSWORDS)
    await passwords.refuse_weak(new, (user.email, user.name), "/new_password")
    new_hash = await passwords.hash(new)

    async def work(tx: Transaction) -> None:
        if not await links_repo.set_password(tx, user.user_id, new_hash, instead_of=user.password_hash):
            raise _wrong("/current_password")
        await repo.revoke_sessions(tx, user.user_id, "password", but=call.actor.session_id)
        await mail(tx, call, "password_changed", user.email, locale=user.locale, name=user.name)

    await call.database.transaction(call.store.id, work)


async def change_email(call: Call, email: Email, password: str) -> None:
    """Mail a link to the new address that makes it the account's. Raises BODY_INVALID, RATE_LIMITED.

    Whether another account has the address is told there, not here.
    """
    user = await _verified(call, password, "/password")
    await call.use(LIMITER).hit(MAILS_PER_ADDRESS, str(call.store.id), email.folded)
    token = new_secret()

    async def work(tx: Transaction) -> None:
        if await links_repo.add_email_change(tx, user.user_id, email, token, EMAIL_CHANGE_LIFETIME):
            address = link(call, "confirm-email", token.text)
            await mail(
                tx, call, "email_change", email.written, locale=user.locale, name=user.name, link=address,
                lifetime=EMAIL_CHANGE_LIFETIME,
            )  # fmt: skip
        else:
            await mail(tx, call, "account_exists", email.written, locale=user.locale)

    await call.database.transaction(call.store.id, work)


async def confirm_email(call: Call, token: str, device: Device) -> None:
    """Make the confirmed address the account's. Raises LINK_INVALID, EMAIL_TAKEN, RATE_LIMITED."""
    await call.use(LIMITER).hit(LINKS, device.network)
    digest = digest_of(token)

    async def work(tx: Transaction) -> None:
        user = await links_repo.holder(tx, digest, "email_change")
        email = await links_repo.use(tx, digest, "email_change")
        if user is None or email is None:
            raise _link_invalid()
        if not await links_repo.set_email(tx, user.user_id, email):
            raise EMAIL_TAKEN(f"{email.written} has become the address of another account meanwhile")
        await mail(tx, call, "email_changed", user.email, locale=user.locale, name=user.name)

    await call.database.transaction(call.store.id, work)


async def _holder(call: Call, digest: bytes) -> Holder:
    async def work(tx: Transaction) -> Holder:
        holder = await links_repo.holder(tx, digest, "password_reset")
        if holder is None:
            raise _link_invalid()
        return holder

    return await call.database.transaction(call.store.id, work)


async def _verified(call: Call, password: str, pointer: str) -> Credentials:
    """The user who asks, if this is their password."""
    user_id = user_of(call)
    await call.use(LIMITER).hit(PASSWORD_CHECKS, str(user_id))

    async def work(tx: Transaction) -> Credentials | None:
        return await repo.credentials_by_id(tx, user_id)

    user = await call.database.transaction(call.store.id, work)
    verdict = await call.use(PASSWORDS).verify(None if user is None else user.password_hash, password)
    if user is None or not verdict.is_right:
        raise _wrong(pointer)
    return user


def _wrong(pointer: str) -> AppError:
    return invalid([Fault(pointer, "password_wrong", "this is not the password of your account")])


def _link_invalid() -> AppError:
    return LINK_INVALID("the link is used, expired or not ours; have another one mailed")
