"""Tokens of quotes survive the way there and back, and nothing else does; differences are all there is."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta

import msgspec
from hypothesis import assume, given
from hypothesis import strategies as st

from server.checkout.quote import (
    Offered,
    Quote,
    QuotedLine,
    differences,
    expiry,
    facts_hash,
    seal,
    unseal,
)
from server.decisions.facts import Basket, LineFacts, UsageFacts
from server.keys import KeyRing
from storage.ids import new_id

KEYS = KeyRing((("k1", b"s" * 32),))
NOW = datetime(2026, 6, 10, 12, tzinfo=UTC)

money = st.integers(-(10**15), 10**15)
offers = st.builds(
    Offered,
    totals=st.fixed_dictionaries({"items": money, "total": money}),
    lines=st.lists(
        st.builds(QuotedLine, sku=st.text(min_size=1, max_size=20), quantity=st.integers(1, 1000), total=money),
        max_size=5,
        unique_by=lambda line: line.sku,
    ).map(tuple),
    shipping_method=st.none() | st.text(max_size=10),
    payment_method=st.none() | st.text(max_size=10),
    gifts=st.lists(st.tuples(st.text(max_size=5), st.integers(1, 9)), max_size=2).map(tuple),
)


def quote_of(offered: Offered) -> Quote:
    """A quote of this offer."""
    return Quote(
        id=new_id(),
        store_id=new_id(),
        cart_id=new_id(),
        cart_version=3,
        principal=f"guest:{new_id()}",
        currency="BRL",
        digest="d",
        facts="f",
        rulesets={"tax": "t"},
        offered=offered,
        issued_at=NOW,
        expires_at=expiry(NOW, 900),
    )


@given(offered=offers)
def test_a_token_has_exactly_what_was_signed(offered: Offered) -> None:
    quote = quote_of(offered)
    token = seal(KEYS, quote)
    assert unseal(KEYS, token) == quote
    assert token.replace("-", "").replace("_", "").replace(".", "").isalnum()


@given(offered=offers, data=st.data())
def test_a_token_with_one_other_character_is_none(offered: Offered, data: st.DataObject) -> None:
    token = seal(KEYS, quote_of(offered))
    place = data.draw(st.integers(0, len(token) - 1))
    other = data.draw(st.sampled_from("Aa0-_.=é "))
    assume(token[place] != other)
    assert unseal(KEYS, token[:place] + other + token[place + 1 :]) is None


@given(text=st.text(max_size=60))
def test_any_other_text_is_no_quote(text: str) -> None:
    assert unseal(KEYS, text) is None


def test_what_was_signed_in_a_shape_of_another_version_is_no_quote() -> None:
    content = msgspec.json.encode({"id": 1})
    encoded = base64.urlsafe_b64encode(content).rstrip(b"=")
    assert unseal(KEYS, f"{encoded.decode()}.{KEYS.sign('quote', encoded)}") is None


@given(was=offers, now=offers)
def test_differences_are_empty_if_and_only_if_nothing_is_different(was: Offered, now: Offered) -> None:
    assert not any(differences(was, was))
    by_sku = {line.sku: line for line in was.lines} == {line.sku: line for line in now.lines}
    found = differences(was, now)
    assert (not found.lines) == by_sku
    assert (not found.totals) == (was.totals == now.totals)
    assert found.gifts_changed == (was.gifts != now.gifts)
    assert {each.sku for each in found.lines} == {line.sku for line in {*was.lines} ^ {*now.lines}}


@given(was=offers, now=offers)
def test_differences_backwards_are_the_same_the_other_way_round(was: Offered, now: Offered) -> None:
    there, back = differences(was, now), differences(now, was)
    assert [(each.sku, each.now, each.was) for each in there.lines] == list(back.lines)
    assert {name: (new, old) for name, (old, new) in there.totals.items()} == back.totals


def test_any_other_fact_gives_another_hash() -> None:
    line = LineFacts(id="A", sku="A", quantity=1, list_price=100)
    basket = Basket(currency="BRL", now=NOW, lines=(line,))
    replace = msgspec.structs.replace
    others = [
        replace(basket, now=NOW + timedelta(microseconds=1)),
        replace(basket, lines=(replace(line, quantity=2),)),
        replace(basket, lines=(replace(line, list_price=101),)),
        replace(basket, lines=()),
        replace(basket, coupon_codes=("x",)),
        replace(basket, shipping_method="standard"),
    ]
    assert len({facts_hash(each) for each in (basket, *others)}) == 7
    assert facts_hash(replace(basket, usage={"early": UsageFacts(total=1)})) == facts_hash(basket)
    assert facts_hash(msgspec.json.decode(msgspec.json.encode(basket), type=Basket)) == facts_hash(basket)
