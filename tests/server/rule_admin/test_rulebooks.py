"""A rule book goes out as a folder that git and `sostech` work with, and what was changed comes back as drafts."""

from __future__ import annotations

import io
import stat
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import pytest
from typer.testing import CliRunner

from engine.cli.app import build
from server.rule_admin.rulebooks_given import MOST_FILES, unpacked
from server.web.call import Shop
from storage.tenancy import Store
from storage.transaction import Transaction
from tests.server.rule_admin.admins import Admin
from tests.shop import Answer, expect

TAX = "ruleset: tax\nname: default\nversion: 1\n"


async def test_what_went_out_passes_the_checks_comes_back_unchanged_and_one_change_is_one_draft(
    admin: Admin, tmp_path: Path, shop: Shop, store: Store
) -> None:
    await admin.free_from("149.00")
    book = (await admin.client.get("/rulesets/book.zip")).raw
    assert book == (await admin.client.get("/rulesets/book.zip")).raw
    with zipfile.ZipFile(io.BytesIO(book)) as opened:
        opened.extractall(tmp_path)
    assert (tmp_path / "shipping/tariffs/inland-2026.csv").is_file()
    assert 'amount: "149.00"' in (tmp_path / "shipping/default.yaml").read_text()
    sostech("check", tmp_path)
    sostech("hash", tmp_path, "--lock", tmp_path / "rules.lock", "--verify")

    back = expect(await send(admin, zipped(tmp_path)))
    assert (back["drafts"], back["unchanged"]) == (0, 12)
    tax = tmp_path / "tax" / "default.yaml"
    tax.write_text(tax.read_text().replace("percent: 18}", "percent: 19}").replace("\n", "\r\n"), newline="")
    back = expect(await send(admin, zipped(tmp_path, "folder-of-git/")))
    assert (back["drafts"], back["unchanged"]) == (1, 11)
    (made,) = [each for each in back["items"] if each["draft_id"] is not None]
    assert (made["file"], made["errors"]) == ("tax/default.yaml", 0)
    draft = expect(await admin.client.get(f"/rulesets/drafts/{made['draft_id']}"))
    assert draft["content_hash"] == made["content_hash"]
    text, _ = await admin.source(draft)
    assert "\nversion: 2\r\n" in text
    changes = expect(await admin.client.get(f"/rulesets/diff?from=live:tax/default&to=draft:{draft['id']}"))["changes"]
    assert [(each["path"], each["before"], each["after"]) for each in changes] == [
        ("rates[sao-paulo].percent", "18 %", "19 %")
    ]
    assert await _audited(shop, store, draft["id"]) == [{"kind": "tax", "name": "default", "from": "rule book"}]


async def test_a_book_of_another_time_is_what_decided_then(admin: Admin) -> None:
    await admin.free_from("149.00")
    then = expect(await admin.client.get("/rulesets/plans/shipping/default"))["items"][0]["from"]
    await admin.free_from("129.00")
    for at, amount in ((then, "149.00"), ("2020-01-01T00:00:00Z", "199.00"), ("2090-01-01T00:00:00Z", "129.00")):
        answer = await admin.client.get(f"/rulesets/book.zip?at={at.replace('+', '%2B')}")
        with zipfile.ZipFile(io.BytesIO(answer.raw)) as book:
            assert f'amount: "{amount}", of:' in book.read("shipping/default.yaml").decode()


async def test_faults_of_a_ruleset_are_told_and_kept_in_its_draft(admin: Admin) -> None:
    back = expect(await send(admin, packed({"tax/default.yaml": TAX, "tax/other.yaml": "rates: [\n"})))
    assert [(each["file"], each["draft_id"] is not None, each["errors"] > 0) for each in back["items"]] == [
        ("tax/default.yaml", True, True), ("tax/other.yaml", True, True),
    ]  # fmt: skip
    assert back["items"][1]["findings"][0]["at"].startswith("tax/other.yaml:")


async def test_everything_that_is_wrong_is_said_and_nothing_is_made(admin: Admin) -> None:
    book = io.BytesIO()
    with zipfile.ZipFile(book, "w", zipfile.ZIP_DEFLATED) as zip:
        zip.writestr("tax/default.yaml", TAX)
        zip.writestr("../tax/out.yaml", TAX)
        zip.writestr("/etc/passwd", "x")
        zip.writestr("tax\\windows.yaml", TAX)
        zip.writestr("taxes/default.yaml", TAX)
        zip.writestr("tax/bomb.csv", b"0" * (2 << 20))
        zip.writestr("tax/latin.csv", "é".encode("latin-1"))
        zip.writestr("shipping/default.yaml", TAX)
        zip.writestr("shipping/Default.yaml", TAX)
        zip.writestr("notes.txt", "hello")
        link = zipfile.ZipInfo("tax/link.csv")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        zip.writestr(link, "/etc/passwd")
        zip.writestr(".git/config", "passed over")
    answer = await send(admin, book.getvalue())
    assert (answer.status, answer.code) == (422, "rule_book_invalid")
    assert {(fault["pointer"], fault["code"]) for fault in answer.json["errors"]} == {
        ("/../tax/out.yaml", "path_unsafe"),
        ("//etc/passwd", "path_unsafe"),
        ("/tax\\windows.yaml", "path_unsafe"),
        ("/taxes/default.yaml", "ruleset_kind_unknown"),
        ("/tax/bomb.csv", "too_large"),
        ("/tax/latin.csv", "not_text"),
        ("/shipping/default.yaml", "ruleset_differs"),
        ("/shipping/Default.yaml", "name_invalid"),
        ("/notes.txt", "not_a_ruleset"),
        ("/tax/link.csv", "not_a_file"),
    }
    assert expect(await admin.client.get("/rulesets/drafts"))["items"] == []


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"", "not_a_zip"),
        (b"PK\x03\x04 and so on", "not_a_zip"),
        (b"PK\x05\x06" + bytes(18), "empty"),
    ],
)
async def test_what_is_no_rule_book_is_refused(admin: Admin, raw: bytes, code: str) -> None:
    answer = await send(admin, raw)
    assert (answer.status, [fault["code"] for fault in answer.json["errors"]]) == (422, [code])


def test_a_zip_of_too_many_or_too_large_files_is_not_read_to_its_end() -> None:
    faults = unpacked(packed({f"tax/{number}.csv": "" for number in range(MOST_FILES + 1)}))[1]
    assert [fault.code for fault in faults] == ["too_many_files"]
    faults = unpacked(packed({f"tax/{number}.csv": "0" * (1 << 20) for number in range(17)}))[1]
    assert [fault.code for fault in faults] == ["too_large"]


def test_a_damaged_file_is_named() -> None:
    book = bytearray(packed({"tax/default.yaml": TAX}, zipfile.ZIP_STORED))
    book[book.index(b"ruleset")] ^= 1
    assert [(fault.pointer, fault.code) for fault in unpacked(bytes(book))[1]] == [("/tax/default.yaml", "damaged")]


def test_files_belong_to_the_ruleset_that_names_them() -> None:
    one, two = (f"ruleset: shipping\nname: {name}\nmethods: [{{table: {name}.csv}}]\n" for name in ("one", "two"))
    files = {"shipping/one.yaml": one, "shipping/two.yaml": two, "shipping/one.csv": "1", "shipping/two.csv": "2"}
    found, faults = unpacked(packed(files))
    assert (faults, [dict(each.content.attachments) for each in found]) == ([], [{"one.csv": "1"}, {"two.csv": "2"}])
    assert [fault.code for fault in unpacked(packed({**files, "shipping/three.csv": "3"}))[1]] == ["file_unused"]
    assert [fault.code for fault in unpacked(packed({"shipping/two.yaml": one}))[1]] == ["name_differs"]


def sostech(*words: object) -> None:
    """Run a command that has to find nothing to complain about."""
    result = CliRunner().invoke(build([str(words[0])]), [str(word) for word in words])
    assert result.exit_code == 0, result.output


async def send(admin: Admin, raw: bytes) -> Answer:
    return await admin.client.call("POST", "/rulesets/book", headers={"Content-Type": "application/zip"}, data=raw)


def zipped(folder: Path, around: str = "") -> bytes:
    return packed(
        {
            f"{around}{path.relative_to(folder).as_posix()}": path.read_bytes().decode()
            for path in sorted(folder.rglob("*"))
            if path.is_file()
        }
    )


def packed(files: Mapping[str, str], how: int = zipfile.ZIP_DEFLATED) -> bytes:
    book = io.BytesIO()
    with zipfile.ZipFile(book, "w", how) as zip:
        for name, text in files.items():
            zip.writestr(name, text.encode())
    return book.getvalue()


async def _audited(shop: Shop, store: Store, resource: str) -> list[Any]:
    async def work(tx: Transaction) -> list[Any]:
        rows = await tx.fetch("SELECT after::text FROM audit_log WHERE resource_id = $1", resource)
        return [msgspec.json.decode(row["after"]) for row in rows]

    return await shop.database.transaction(store.id, work)
