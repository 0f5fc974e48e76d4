"""Forgotten, changed and confirmed: passwords and addresses."""

from __future__ import annotations

import asyncio

import pytest

from server.web.call import Shop
from storage.ids import new_id
from storage.tenancy import Store
from storage.transaction import Transaction
from tests.server.auth.conftest import PASSWORD, Mailbox, NewPerson, signed_in
from tests.shop import Client, expect

OTHER = "seven lanterns under glass"


async def sign_in_status(client: Client, email: str, password: str) -> int:
    return (await client.post("/auth/sign-in", {"email": email, "password": password})).status


async def test_a_forgotten_password_is_set_anew_and_every_session_ends(
    client: Client, mailbox: Mailbox, new_person: NewPerson
) -> None:
    person = await new_person()
    expect(await client.post("/auth/forgot-password", {"email": person.email.upper()}), 202)
    token = await mailbox.token(person.email.upper(), "password_reset")
    assert (await client.post("/auth/reset-password", {"token": token, "password": OTHER})).status == 204
    assert (await person.client.get("/me")).code == "token_invalid"
    refreshed = await client.post("/auth/refresh", {"refresh_token": person.refresh_token})
    assert refreshed.code == "refresh_invalid"
    assert await sign_in_status(client, person.email, PASSWORD) == 401
    await signed_in(client, person.email, OTHER)
    assert await mailbox.templates(person.email) == ["password_changed"]


async def test_nobody_learns_by_forgetting_who_has_an_account(
    client: Client, mailbox: Mailbox, new_person: NewPerson
) -> None:
    person, stranger = await new_person(), f"x{new_id().hex}@example.com"
    known = await client.post("/auth/forgot-password", {"email": person.email})
    unknown = await client.post("/auth/forgot-password", {"email": stranger})
    assert (known.status, known.raw, known.statements) == (unknown.status, unknown.raw, unknown.statements)
    assert await mailbox.templates(person.email) == ["password_reset"]
    assert await mailbox.templates(stranger) == ["password_reset_unknown"]


async def test_a_reset_link_works_once_even_when_used_twice_at_the_same_moment(
    client: Client, mailbox: Mailbox, new_person: NewPerson
) -> None:
    person = await new_person()
    await client.post("/auth/forgot-password", {"email": person.email})
    token = await mailbox.token(person.email, "password_reset")
    passwords = [f"{OTHER} {number}" for number in range(4)]
    answers = await asyncio.gather(
        *(client.post("/auth/reset-password", {"token": token, "password": each}) for each in passwords)
    )
    assert sorted(answer.status for answer in answers) == [204, 410, 410, 410]
    working = [await sign_in_status(client, person.email, each) for each in passwords]
    assert working == [200 if answer.status == 204 else 401 for answer in answers]


async def test_a_newer_password_withdraws_the_links_mailed_before(
    client: Client, mailbox: Mailbox, new_person: NewPerson
) -> None:
    person = await new_person()
    await client.post("/auth/forgot-password", {"email": person.email})
    token = await mailbox.token(person.email, "password_reset")
    body = {"current_password": PASSWORD, "new_password": OTHER}
    assert (await person.client.post("/auth/change-password", body)).status == 204
    answer = await client.post("/auth/reset-password", {"token": token, "password": OTHER})
    assert answer.code == "link_invalid"


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE one_time_tokens SET expires_at = now()",
        "UPDATE users SET status = 'suspended'",
        "UPDATE one_time_tokens SET purpose = 'email_change'",
    ],
)
async def test_a_reset_link_that_does_not_hold_is_refused(
    client: Client, shop: Shop, store: Store, mailbox: Mailbox, new_person: NewPerson, sql: str
) -> None:
    person = await new_person()
    await client.post("/auth/forgot-password", {"email": person.email})
    token = await mailbox.token(person.email, "password_reset")

    async def work(tx: Transaction) -> None:
        await tx.execute(sql)

    await shop.database.transaction(store.id, work)
    answer = await client.post("/auth/reset-password", {"token": token, "password": OTHER})
    assert (answer.status, answer.code) == (410, "link_invalid")


async def test_a_weak_password_does_not_use_the_link_up(
    client: Client, mailbox: Mailbox, new_person: NewPerson
) -> None:
    person = await new_person()
    await client.post("/auth/forgot-password", {"email": person.email})
    token = await mailbox.token(person.email, "password_reset")
    weak = await client.post("/auth/reset-password", {"token": token, "password": "password1"})
    assert weak.json["errors"][0]["code"] == "password_weak"
    assert (await client.post("/auth/reset-password", {"token": token, "password": OTHER})).status == 204


async def test_changing_the_password_ends_every_other_session(
    client: Client, mailbox: Mailbox, new_person: NewPerson
) -> None:
    person = await new_person()
    other = await signed_in(client, person.email)
    body = {"current_password": PASSWORD, "new_password": OTHER}
    assert (await person.client.post("/auth/change-password", body)).status == 204
    expect(await person.client.get("/me"))
    assert (await client.signed_in(other["access_token"]).get("/me")).code == "token_invalid"
    await signed_in(client, person.email, OTHER)
    assert await mailbox.templates(person.email) == ["password_changed"]


async def test_the_password_is_changed_only_by_who_knows_it(client: Client, new_person: NewPerson) -> None:
    person = await new_person()
    body = {"current_password": OTHER, "new_password": OTHER}
    answer = await person.client.post("/auth/change-password", body)
    (fault,) = expect(answer, 422)["errors"]
    assert (fault["pointer"], fault["code"]) == ("/current_password", "password_wrong")
    await signed_in(client, person.email)


async def test_of_two_password_changes_at_once_one_counts(client: Client, new_person: NewPerson) -> None:
    person = await new_person()
    passwords = [f"{OTHER} one", f"{OTHER} two"]
    answers = await asyncio.gather(
        *(
            person.client.post("/auth/change-password", {"current_password": PASSWORD, "new_password": each})
            for each in passwords
        )
    )
    assert sorted(answer.status for answer in answers) == [204, 422]
    working = [await sign_in_status(client, person.email, each) for each in passwords]
    assert working == [200 if answer.status == 204 else 401 for answer in answers]


async def test_a_new_address_counts_once_its_owner_confirms_it(
    client: Client, mailbox: Mailbox, new_person: NewPerson
) -> None:
    person, new = await new_person(), f"new-{new_id().hex}@example.com"
    await client.post("/auth/forgot-password", {"email": person.email})
    old_link = await mailbox.token(person.email, "password_reset")
    expect(await person.client.post("/me/email", {"email": new, "password": PASSWORD}), 202)
    assert expect(await person.client.get("/me"))["email"] == person.email
    token = await mailbox.token(new, "email_change")
    assert (await client.post("/auth/confirm-email", {"token": token})).status == 204
    assert expect(await person.client.get("/me"))["email"] == new
    await signed_in(client, new)
    assert await sign_in_status(client, person.email, PASSWORD) == 401
    assert "email_changed" in await mailbox.templates(person.email)
    # The old mailbox opens nothing any more, and the link works once.
    reset = await client.post("/auth/reset-password", {"token": old_link, "password": OTHER})
    assert reset.code == "link_invalid"
    assert (await client.post("/auth/confirm-email", {"token": token})).code == "link_invalid"


async def test_an_address_in_use_is_answered_alike_and_told_by_mail(mailbox: Mailbox, new_person: NewPerson) -> None:
    ana, eva = await new_person(), await new_person()
    taken = await ana.client.post("/me/email", {"email": eva.email, "password": PASSWORD})
    free = await ana.client.post("/me/email", {"email": f"{new_id().hex}@example.com", "password": PASSWORD})
    assert (taken.status, taken.raw, taken.statements) == (free.status, free.raw, free.statements)
    assert await mailbox.templates(eva.email) == ["account_exists"]


async def test_an_address_that_was_taken_meanwhile_is_not_taken_twice(
    client: Client, mailbox: Mailbox, new_person: NewPerson
) -> None:
    ana, eva, new = await new_person(), await new_person(), f"new-{new_id().hex}@example.com"
    tokens = []
    for person in (ana, eva):
        await person.client.post("/me/email", {"email": new, "password": PASSWORD})
        tokens.append(await mailbox.token(new, "email_change"))
    answers = await asyncio.gather(*(client.post("/auth/confirm-email", {"token": each}) for each in tokens))
    assert sorted(answer.status for answer in answers) == [204, 409]


async def test_an_address_is_changed_only_with_the_password(mailbox: Mailbox, new_person: NewPerson) -> None:
    person = await new_person()
    answer = await person.client.post("/me/email", {"email": "new@example.com", "password": OTHER})
    assert answer.json["errors"][0]["pointer"] == "/password"
    assert await mailbox.templates("new@example.com") == []
