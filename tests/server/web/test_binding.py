"""What a request says, and every fault in it, located."""

from __future__ import annotations

import io
from typing import Annotated, Any
from uuid import uuid4

import msgspec
import pytest
from msgspec import Meta

from server.errors import AppError
from server.web.binding import Body, parse_body
from tests.server.web.conftest import Serving
from tests.shop import Answer, Client, expect

JSON = {"Content-Type": "application/json"}


def pointers(answer: Answer) -> list[str]:
    return [fault["pointer"] for fault in answer.json["errors"]]


async def send(client: Client, raw: bytes, content_type: str | None = "application/json") -> Answer:
    headers = {} if content_type is None else {"Content-Type": content_type}
    options: dict[str, Any] = {} if content_type else {"skip_auto_headers": ["Content-Type"]}
    return await client.call("POST", "/orders", headers=headers, data=raw, **options)


async def test_a_body_is_read_as_its_types(client: Client) -> None:
    sent = {"name": "a", "lines": [{"sku": "X", "quantity": 2}], "amount": 2**53, "facts": {"k": "v"}}
    seen = msgspec.json.decode(expect(await client.post("/orders", sent))["value"])
    assert seen == {**sent, "note": None}


@pytest.mark.parametrize(
    ("body", "faults"),
    [
        ({}, ["/name"]),
        ({"name": ""}, ["/name"]),
        ({"name": "x" * 41}, ["/name"]),
        ({"name": 1}, ["/name"]),
        ({"name": None}, ["/name"]),
        ({"name": "a", "nmae": "b"}, ["/nmae"]),
        ({"name": "a", "lines": [{"sku": "X", "quantity": 0}]}, ["/lines/0/quantity"]),
        ({"name": "a", "lines": [{"sku": "X", "quantity": -1}]}, ["/lines/0/quantity"]),
        ({"name": "a", "lines": [{"sku": "X", "quantity": 1.5}]}, ["/lines/0/quantity"]),
        ({"name": "a", "lines": [{"sku": "X", "quantity": "1"}]}, ["/lines/0/quantity"]),
        ({"name": "a", "lines": [{"sku": "X", "quantity": True}]}, ["/lines/0/quantity"]),
        ({"name": "a", "lines": [{"sku": "X", "quantity": 2**70}]}, ["/lines/0/quantity"]),
        ({"name": "a", "lines": {}}, ["/lines"]),
        ({"name": "a", "lines": [{"sku": "X", "quantity": 1}] * 6}, ["/lines"]),
        ({"name": "a", "facts": {"a/b~c": 1}}, ["/facts/a~1b~0c"]),
        ({"name": "a", "facts": {"n" * 41: "v"}}, ["/facts"]),
        ({"name": "", "lines": [{"sku": "", "quantity": 0}], "amount": -1},
         ["/amount", "/lines/0/quantity", "/lines/0/sku", "/name"]),
    ],
)  # fmt: skip
async def test_every_fault_of_a_body_is_located(client: Client, body: Any, faults: list[str]) -> None:
    answer = await client.post("/orders", body)
    assert (answer.status, answer.code) == (422, "body_invalid")
    assert sorted(pointers(answer)) == faults
    assert all(fault["message"] for fault in answer.json["errors"])


@pytest.mark.parametrize("body", [b"[]", b"null", b'"text"', b"1"])
async def test_a_body_that_is_no_object_is_refused_as_a_whole(client: Client, body: bytes) -> None:
    answer = await send(client, body)
    assert (answer.status, answer.code, pointers(answer)) == (422, "body_invalid", [""])


@pytest.mark.parametrize(
    ("raw", "faults"),
    [
        (rb'{"name": "a\u0000b"}', ["/name"]),
        (rb'{"name": "a", "facts": {"k\u0000": "v"}}', ["/facts"]),
        (rb'{"name": "a", "facts": {"a/b": "\u0000"}}', ["/facts/a~1b"]),
        (rb'{"name": "a", "lines": [{"sku": "\u0000", "quantity": 1}]}', ["/lines/0/sku"]),
    ],
)
async def test_the_character_nul_is_refused_where_it_is(client: Client, raw: bytes, faults: list[str]) -> None:
    answer = await send(client, raw)
    assert (answer.status, pointers(answer)) == (422, faults)
    assert answer.json["errors"][0]["code"] == "nul_character"


async def test_a_backslash_before_u0000_is_not_nul(client: Client) -> None:
    assert (await send(client, rb'{"name": "a\\u0000"}')).status == 200


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"{]",
        b'{"name": "a",}',
        b'{"name": NaN}',
        b"\xff\xfe",
        b'{"name": "\xff"}',
        b'{"name": "\xed\xa0\x80"}',  # a lone surrogate in UTF-8
        rb'{"name": "\ud800"}',
        b'{"name": "a\nb"}',
        b"[" * 100_000,
        b'{"name":' * 50_000,
        b'{"facts": ' + b'{"a":' * 50_000,
        b'{"amount": 1e999999999}',
        b'{"amount": ' + b"9" * 5_000 + b"}",
    ],
    ids=lambda raw: repr(raw[:24]),
)
async def test_what_is_no_json_or_too_much_of_it_is_a_refusal(client: Client, raw: bytes) -> None:
    answer = await send(client, raw)
    assert (answer.status, answer.code) in {(400, "body_malformed"), (422, "body_invalid")}


async def test_of_a_key_written_twice_the_last_counts_and_is_checked(client: Client) -> None:
    assert (await send(client, b'{"name": "a", "name": 5}')).status == 422
    assert '"name":"b"' in expect(await send(client, b'{"name": "a", "name": "b"}'))["value"]


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/xml", "application/json5", "multipart/form-data", None]
)
async def test_another_media_type_is_refused(client: Client, content_type: str | None) -> None:
    answer = await send(client, b'{"name": "a"}', content_type)
    assert (answer.status, answer.code) == (415, "media_type_unsupported")


async def test_json_with_a_charset_is_json(client: Client) -> None:
    assert (await send(client, b'{"name": "a"}', "Application/JSON; charset=utf-8")).status == 200


@pytest.mark.parametrize(("size", "status"), [(2048, 200), (2049, 413)])
@pytest.mark.parametrize("chunked", [False, True])
async def test_a_body_may_be_as_large_as_the_limit(
    serve_with: Serving, client: Client, size: int, status: int, chunked: bool
) -> None:
    body = b'{"name": "a"' + b" " * (size - 13) + b"}"
    async with serve_with(body_limit_bytes=2048) as address:
        other = Client(client.session, address, client.store)
        data: Any = _in_pieces(body) if chunked else body
        answer = await other.call("POST", "/orders", headers=JSON, data=data)
    assert answer.status == status
    assert status == 200 or answer.code == "body_too_large"


async def _in_pieces(body: bytes) -> Any:
    for start in range(0, len(body), 500):
        yield body[start : start + 500]


async def test_a_megabyte_and_a_byte_is_too_large_by_default(client: Client) -> None:
    body = b'{"name": "a"' + b" " * (2**20 - 12) + b"}"
    answer = await client.call("POST", "/orders", headers=JSON, data=io.BytesIO(body))
    assert (len(body), answer.status, answer.code) == (2**20 + 1, 413, "body_too_large")


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ("size=0", "query/size"),
        ("size=51", "query/size"),
        ("size=two", "query/size"),
        ("size=", "query/size"),
        ("size=1&size=2", "query/size"),
        (f"size={10**400}", "query/size"),
        ("state=ajar", "query/state"),
        ("sise=1", "query/sise"),
        ("text=", "query/text"),
        ("text=%00", "query/text"),
        ("tag=a&tag=b&tag=c&tag=d", "query/tag"),
        ("tag=a&tag=%00", "query/tag"),
        ("since=0", "query/since"),
        ("since=-1.5e9", "query/since"),
        ("since=2026-06-10", "query/since"),
        ("since=2026-06-10T20:00:00", "query/since"),
    ],
)
async def test_a_wrong_query_is_located(client: Client, query: str, pointer: str) -> None:
    answer = await client.get(f"/search?{query}")
    assert (answer.status, answer.code) == (400, "parameters_malformed")
    assert pointers(answer)[0].startswith(pointer)


async def test_a_list_takes_its_parameter_several_times(client: Client) -> None:
    seen = msgspec.json.decode(expect(await client.get("/search?tag=a&tag=b&size=5&state=open"))["value"])
    assert seen == {"text": None, "size": 5, "state": "open", "tag": ["a", "b"], "since": None}
    instant = "2026-06-10T20:00:00Z"
    assert msgspec.json.decode(expect(await client.get(f"/search?since={instant}"))["value"])["since"] == instant


async def test_a_path_that_is_no_id_is_located(client: Client) -> None:
    answer = await client.get("/things/7")
    assert (answer.status, answer.code, pointers(answer)) == (400, "parameters_malformed", ["path/thing_id"])


async def test_a_path_that_is_an_id_is_read(client: Client) -> None:
    thing = str(uuid4())
    assert expect(await client.get(f"/things/{thing}")) == {"value": thing}


async def test_a_file_has_its_own_limit_and_media_types(serve_with: Serving, client: Client) -> None:
    async with serve_with(body_limit_bytes=1024, upload_limit_bytes=4096) as address:
        other = Client(client.session, address, client.store)
        csv = {"Content-Type": "text/csv"}
        assert expect(await other.call("PUT", "/file", headers=csv, data=b"x" * 4096)) == {"value": "4096"}
        assert (await other.call("PUT", "/file", headers=csv, data=b"x" * 4097)).code == "body_too_large"
        assert (await other.call("PUT", "/file", headers=JSON, data=b"{}")).code == "media_type_unsupported"


async def test_faults_beyond_twenty_are_not_all_listed(client: Client) -> None:
    answer = await client.post("/orders", {"name": "a", **{f"wrong{number}": 1 for number in range(50)}})
    assert answer.status == 422
    assert 1 <= len(pointers(answer)) <= 20


async def test_of_a_name_that_comes_twice_the_last_counts(client: Client) -> None:
    headers = {"Content-Type": "application/json"}
    answer = await client.call("POST", "/orders", data=b'{"name":"first","name":"last"}', headers=headers)
    assert msgspec.json.decode(expect(answer)["value"])["name"] == "last"


class Wish(Body, frozen=True, kw_only=True):
    """A body of which nothing has to be given."""

    note: str | None = None


class Name(Body, frozen=True, kw_only=True):
    """A body of which something has to be given."""

    name: str


class Spelt(Body, frozen=True, kw_only=True):
    """What has to look like something."""

    tag: Annotated[str, Meta(pattern=r"^[a-z]+(?!\n)$", description="Small letters.")] = "a"
    code: Annotated[str, Meta(pattern=r"^[0-9]+(?!\n)$")] = "1"
    title: Annotated[str, Meta(pattern=r"\S")] = "a"


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"tag": "A"}, "does not fit: Small letters. (^[a-z]+$)"),
        ({"code": "A"}, "has to match ^[0-9]+$"),
        ({"title": " "}, "may not be blank"),
    ],
)
def test_how_a_text_has_to_look_is_said_in_the_words_of_its_field(sent: dict[str, str], said: str) -> None:
    with pytest.raises(AppError) as refused:
        parse_body(msgspec.json.encode(sent), "application/json", Spelt)
    assert [fault.message for fault in refused.value.faults] == [said]


def test_a_body_of_which_nothing_is_needed_may_be_left_out() -> None:
    assert parse_body(b"", "", Wish) == Wish()
    for raw, content_type, shape in ((b"", "", Name), (b"{}", "", Wish), (b"", "text/plain", Wish)):
        with pytest.raises(AppError) as refused:
            parse_body(raw, content_type, shape)
        assert refused.value.error.code == "media_type_unsupported"
