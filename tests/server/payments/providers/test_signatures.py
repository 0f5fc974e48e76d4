"""Webhooks are believed when they were signed, for these bytes, just now, and never otherwise."""

from __future__ import annotations

import hashlib
import hmac
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.payments.providers.signatures import TOLERANCE_SECONDS, check, sign
from server.ports import EventNotBelieved

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
SECRET, OTHER = b"whsec_one", b"whsec_two"
PAYLOAD = b'{"id": "evt_1"}'


def tag(secret: bytes, stamp: int, payload: bytes = PAYLOAD) -> str:
    """The HMAC as Stripe describes it, written out."""
    return hmac.new(secret, f"{stamp}.".encode() + payload, hashlib.sha256).hexdigest()


STAMP = int(NOW.timestamp())


def refusal(header: str | None, payload: bytes = PAYLOAD, secrets: tuple[bytes, ...] = (SECRET,)) -> str:
    with pytest.raises(EventNotBelieved) as refused:
        check(header, payload, secrets, NOW)
    return str(refused.value)


def test_a_signature_made_as_stripe_says_is_believed() -> None:
    check(f"t={STAMP},v1={tag(SECRET, STAMP)}", PAYLOAD, [SECRET], NOW)


def test_ours_is_the_one_stripe_would_make() -> None:
    assert sign(PAYLOAD, [SECRET, OTHER], NOW) == f"t={STAMP},v1={tag(SECRET, STAMP)},v1={tag(OTHER, STAMP)}"


def test_while_a_secret_is_rotated_any_of_theirs_may_fit_any_of_ours() -> None:
    header = f"t={STAMP},v1={tag(b'whsec_unknown', STAMP)},v1={tag(OTHER, STAMP)},v0={'0' * 64}"
    check(header, PAYLOAD, [SECRET, OTHER], NOW)
    check(header, PAYLOAD, [OTHER], NOW)
    assert "none of ours" in refusal(header)


def test_other_schemes_count_for_nothing() -> None:
    assert "no part of scheme v1" in refusal(f"t={STAMP},v0={tag(SECRET, STAMP)}")
    assert "none of ours" in refusal(f"t={STAMP},v1={'0' * 64},v0={tag(SECRET, STAMP)}")


@pytest.mark.parametrize("changed", [PAYLOAD + b" ", PAYLOAD.replace(b" ", b""), b"", PAYLOAD.upper()])
def test_the_bytes_have_to_be_the_very_ones(changed: bytes) -> None:
    assert "none of ours" in refusal(f"t={STAMP},v1={tag(SECRET, STAMP)}", changed)


@pytest.mark.parametrize("seconds", [-TOLERANCE_SECONDS, 0, TOLERANCE_SECONDS])
def test_clocks_may_be_five_minutes_apart_either_way(seconds: int) -> None:
    check(sign(PAYLOAD, [SECRET], NOW + timedelta(seconds=seconds)), PAYLOAD, [SECRET], NOW)


@pytest.mark.parametrize("seconds", [-TOLERANCE_SECONDS - 1, TOLERANCE_SECONDS + 1, -86_400, 86_400])
def test_and_no_more(seconds: int) -> None:
    said = refusal(sign(PAYLOAD, [SECRET], NOW + timedelta(seconds=seconds)))
    assert ("old" if seconds < 0 else "ahead") in said


def test_the_time_is_signed_too() -> None:
    stale = sign(PAYLOAD, [SECRET], NOW - timedelta(days=1))
    assert "none of ours" in refusal(f"t={STAMP},{stale.partition(',')[2]}")


@pytest.mark.parametrize("header", [None, ""])
def test_a_missing_signature_is_called_that(header: str | None) -> None:
    assert refusal(header) == "the signature is missing"


@pytest.mark.parametrize(
    "header",
    [
        "nonsense",
        f"v1={'0' * 64}",
        f"t=,v1={'0' * 64}",
        f"t=-5,v1={'0' * 64}",
        f"t=1e9,v1={'0' * 64}",
        f"t={'9' * 400},v1={'0' * 64}",
        f"t=١٢٣,v1={'0' * 64}",
        f"t={STAMP},t={STAMP},v1={'0' * 64}",
    ],
)
def test_a_signature_without_a_time_is_refused(header: str) -> None:
    assert "has no time" in refusal(header)


@pytest.mark.parametrize("value", ["", "ü", "\udcff", "0" * 63, "0" * 65, tag(SECRET, STAMP).upper()])
def test_what_is_no_signature_is_refused_and_breaks_nothing(value: str) -> None:
    assert "none of ours" in refusal(f"t={STAMP},v1={value}")


def test_without_a_secret_nothing_is_believed() -> None:
    assert "no secret" in refusal(f"t={STAMP},v1={tag(b'', STAMP)}", secrets=())


@given(
    payload=st.binary(max_size=200), secret=st.binary(min_size=1, max_size=64), other=st.binary(min_size=1, max_size=64)
)
def test_what_one_secret_signed_only_that_secret_believes(payload: bytes, secret: bytes, other: bytes) -> None:
    header = sign(payload, [secret], NOW)
    check(header, payload, [secret], NOW)
    # HMAC pads keys with zeros, so keys that differ only in those are one key.
    if secret.rstrip(b"\0") != other.rstrip(b"\0"):
        with pytest.raises(EventNotBelieved):
            check(header, payload, [other], NOW)
