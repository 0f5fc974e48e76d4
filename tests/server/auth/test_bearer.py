"""What aiohttp-jwt must not do to us: one test for each of its faults, and for each way to forge a token."""

from __future__ import annotations

import base64
import logging
import logging.config
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jwt
import msgspec
import pytest

from server.auth.bearer import AUDIENCE, ISSUER, LONGEST_TOKEN, PURPOSE, Claims, Tokens, read_scheme
from server.errors import AppError
from server.keys import KeyRing
from server.web.problems import TOKEN_INVALID
from storage.ids import new_id

OLD, NEW = ("old", b"o" * 32), ("new", b"n" * 32)
KEYS = KeyRing((NEW, OLD))
SERVER = Path(__file__).resolve().parents[3] / "server"


def claims(**changes: Any) -> Claims:
    now = int(time.time())
    values = {"sub": new_id(), "kind": "user", "iat": now, "exp": now + 900, "sid": new_id(), "store": new_id()}
    return Claims(**{**values, **changes})


def forged(
    *, key: bytes | str | None = None, algorithm: str = "HS256", header: Mapping[str, Any] | None = None, **changes: Any
) -> str:
    """A token like ours with changed claims (None: left out), signed with our newest key when no other is given."""
    said = {**msgspec.to_builtins(claims()), "iss": ISSUER, "aud": AUDIENCE, "jti": "1", **changes}
    secret = base64.urlsafe_b64encode(KEYS.key(PURPOSE)).decode() if key is None else key
    present = {name: value for name, value in said.items() if value is not None}
    return jwt.encode(present, secret, algorithm=algorithm, headers=dict(header or {"kid": "new"}))


def with_header(header: bytes) -> str:
    """A token whose first part is these bytes."""
    _, body, signature = forged().split(".")
    return f"{base64.urlsafe_b64encode(header).rstrip(b'=').decode()}.{body}.{signature}"


async def refused(token: str, keys: KeyRing = KEYS) -> str:
    """The detail of the refusal; fails when the token is believed."""
    with pytest.raises(AppError) as caught:
        await Tokens(keys).read(token)
    assert caught.value.error.code == "token_invalid"
    return caught.value.detail


async def test_what_is_issued_is_read_back() -> None:
    said = claims()
    assert await Tokens(KEYS).read(Tokens(KEYS).issue(said)) == said


async def test_the_forging_of_these_tests_makes_good_tokens_when_nothing_is_changed() -> None:
    assert (await Tokens(KEYS).read(forged())).kind == "user"


@pytest.mark.parametrize("name", ["exp", "iat", "sub", "jti", "iss", "aud", "kind"])
async def test_a_token_without_a_claim_we_demand_is_refused(name: str) -> None:
    await refused(forged(**{name: None}))


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "somebody-else"},
        {"aud": "another-api"},
        {"sub": "not-an-id"},
        {"sub": "", "kind": "guest"},
        {"kind": "root"},
        {"jti": ""},
        {"iat": int(time.time()) + 3600},
        {"nbf": int(time.time()) + 3600},
        {"exp": "never"},
        {"store": 7},
        {"sid": "x"},
    ],
)
async def test_a_token_that_says_something_else_is_refused(changes: Mapping[str, Any]) -> None:
    await refused(forged(**changes))


async def test_an_expired_token_is_refused_and_told_to_be_refreshed() -> None:
    now = int(time.time())
    assert "refresh" in await refused(forged(iat=now - 1000, exp=now - 1))


async def test_the_algorithm_none_is_refused() -> None:
    await refused(forged(key="", algorithm="none"))
    header, body, _ = forged(key="", algorithm="none").split(".")
    await refused(f"{header}.{body}.AA")


@pytest.mark.filterwarnings("ignore::jwt.warnings.InsecureKeyLengthWarning")
@pytest.mark.parametrize("algorithm", ["HS384", "HS512"])
async def test_another_algorithm_with_the_right_key_is_refused(algorithm: str) -> None:
    await refused(forged(algorithm=algorithm))


async def test_a_token_signed_with_another_key_is_refused() -> None:
    await refused(forged(key="x" * 43))


async def test_a_token_signed_with_one_key_and_naming_the_other_is_refused() -> None:
    await refused(forged(header={"kid": "old"}))


@pytest.mark.parametrize("kid", ["stranger", "", None, 7, ["new"], "../new"])
async def test_a_token_naming_no_key_of_ours_is_refused(kid: Any) -> None:
    header = {"alg": "HS256", "typ": "JWT", **({} if kid is None else {"kid": kid})}
    await refused(with_header(msgspec.json.encode(header)))


@pytest.mark.parametrize(
    "header",
    [
        b"",
        b"[]",
        b"null",
        b"\xff\xfe",
        b'{"alg":"HS256","kid":"new","typ":"JWT","jku":"https://evil.example/keys"}',
        b'{"alg":"HS256","kid":"new","typ":"JWT","crit":["b64"],"b64":false}',
        b'{"alg":"HS256","typ":"JWT","kid":' + b"[" * 1400,
        b'{"alg":"HS256","kid":"new","typ":"JWT","x":' + b"[" * 1400,
    ],
)
async def test_a_header_unlike_ours_is_refused(header: bytes) -> None:
    await refused(with_header(header) if header else "." + forged().partition(".")[2])


async def test_an_old_key_verifies_until_it_is_removed() -> None:
    token = Tokens(KeyRing((OLD,))).issue(claims())
    assert (await Tokens(KEYS).read(token)).kind == "user"
    assert "key" in await refused(token, KeyRing((NEW,)))


async def test_each_key_has_a_verifier_of_its_own_that_stays_apart() -> None:
    tokens = Tokens(KEYS)
    by_old, by_new = Tokens(KeyRing((OLD, NEW))).issue(claims()), Tokens(KEYS).issue(claims())
    assert jwt.get_unverified_header(by_old)["kid"] == "old"
    assert (await tokens.read(by_old)).kind == (await tokens.read(by_new)).kind == "user"


async def test_a_token_changed_anywhere_is_refused() -> None:
    token = forged()
    for position in range(0, len(token) - 1, 7):
        other = "A" if token[position] != "A" else "B"
        await refused(token[:position] + other + token[position + 1 :])


@pytest.mark.parametrize("token", ["", "a", "a.b", "a.b.c.d", "a.b.c\n", "a.b.ç", "a b.c", "." * 10])
async def test_what_is_no_token_is_refused(token: str) -> None:
    await refused(token)


async def test_a_token_longer_than_ours_ever_are_is_refused_unread() -> None:
    assert len(forged()) < LONGEST_TOKEN
    await refused(forged(padding="x" * LONGEST_TOKEN))


async def test_a_bad_token_leaves_nothing_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        await refused(forged(key="x" * 43))
    assert not caplog.records


async def test_the_log_stays_silent_when_logging_is_set_up_later(caplog: pytest.LogCaptureFixture) -> None:
    logging.config.dictConfig({"version": 1, "disable_existing_loggers": False, "incremental": True})
    with caplog.at_level(logging.DEBUG):
        await refused(forged(key="x" * 43))
    assert not caplog.records


@pytest.mark.parametrize(
    "authorization",
    ["BearerEVIL {}", "bearer {}", "Bearer", "Bearer ", "Bearer  {}", " Bearer {}", "Bearer {} ", "Basic {}", "{}", ""],
)
def test_only_the_scheme_bearer_is_taken(authorization: str) -> None:
    with pytest.raises(AppError):
        read_scheme([authorization.format("a.b.c")])
    assert read_scheme(["Bearer a.b.c"]) == "a.b.c"


def test_two_authorization_headers_are_refused() -> None:
    with pytest.raises(AppError):
        read_scheme(["Bearer a.b.c", "Bearer a.b.c"])


def test_no_header_is_no_token() -> None:
    assert read_scheme([]) is None


def test_one_file_knows_aiohttp_jwt_and_takes_nothing_but_its_middleware() -> None:
    importing = {
        path.relative_to(SERVER).as_posix(): line
        for path in SERVER.rglob("*.py")
        for line in path.read_text("utf-8").splitlines()
        if "import" in line and "aiohttp_jwt" in line and not line.startswith("#")
    }
    assert list(importing) == ["auth/bearer.py"]
    assert importing["auth/bearer.py"].startswith("from aiohttp_jwt import JWTMiddleware")


async def test_a_token_believed_before_is_judged_again_once_it_has_expired(monkeypatch: pytest.MonkeyPatch) -> None:
    tokens = Tokens(KEYS)
    token = tokens.issue(claims())
    expires = (await tokens.read(token)).exp

    async def refuse(_token: str) -> Claims:
        raise TOKEN_INVALID("judged again")

    monkeypatch.setattr(tokens, "_judged", refuse)
    assert (await tokens.read(token)).exp == expires
    monkeypatch.setattr(time, "time", lambda: float(expires))
    with pytest.raises(AppError, match="judged again"):
        await tokens.read(token)


async def test_no_more_tokens_are_remembered_than_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.auth.bearer.MOST_BELIEVED", 3)
    tokens = Tokens(KEYS)
    for _ in range(10):
        token = tokens.issue(claims())
        assert await tokens.read(token)
        assert len(tokens._believed) <= 3
