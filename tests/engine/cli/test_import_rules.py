"""`sostech import`."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Sostech = Callable[..., Any]

VAT = """\
{"details": "x", "version": null, "items": {
  "DE": [{"effective_from": "2021-01-01", "rates": {"reduced": 7, "standard": 19}}]}}
"""


@pytest.fixture
def vat(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "vat.json").write_text(VAT)
    return tmp_path


def test_a_vat_table_becomes_a_ruleset_that_has_no_errors(sostech: Sostech, vat: Path) -> None:
    run = sostech("import", "vat", "vat.json", "-o", "tax.yaml")
    assert run.code == 0
    assert run.err == (
        "vat.json: 2 read = 2 written + 0 reported\nwrote tax.yaml; now look at it with: sostech check tax.yaml\n"
    )
    checked = sostech("check", "--json", "tax.yaml").json
    assert checked["errors"] == 0


def test_without_output_the_ruleset_goes_to_standard_output(sostech: Sostech, vat: Path) -> None:
    run = sostech("import", "vat", "vat.json", "--name", "mine", "--version", "3")
    assert run.code == 0
    assert "name: mine\nversion: 3\n" in run.out


def test_the_result_does_not_depend_on_where_the_source_lies(sostech: Sostech, vat: Path) -> None:
    (vat / "below").mkdir()
    (vat / "below" / "vat.json").write_text(VAT)
    assert sostech("import", "vat", "below/vat.json").out == sostech("import", "vat", str(vat / "vat.json")).out


def test_a_row_that_is_left_out_is_a_warning_and_the_rest_is_written(sostech: Sostech, vat: Path) -> None:
    (vat / "vat.json").write_text(VAT.replace('"reduced": 7', '"reduced": "seven"'))
    run = sostech("import", "vat", "vat.json", "-o", "tax.yaml")
    assert run.code == 0
    assert run.err.startswith("warning[RS804]: ")
    assert "vat.json: 2 read = 1 written + 1 reported\nwrote tax.yaml" in run.err
    assert (vat / "tax.yaml").exists()


def test_a_source_without_a_readable_part_writes_nothing(sostech: Sostech, vat: Path) -> None:
    (vat / "vat.json").write_text("[1, 2")
    run = sostech("import", "vat", "vat.json", "-o", "tax.yaml", "--json")
    assert run.code == 1
    assert not (vat / "tax.yaml").exists()
    assert run.json["ok"] is False


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("tariff", "royal-mial", "."), "there is no importer for 'royal-mial'; did you mean 'royal-mail'?"),
        (("tariff", "dhl", "gone"), "error[RS901]: cannot read 'gone'"),
        (("tariff", "dhl", "."), "error[RS903]: the folder '.' holds no .csv file"),
        (("vat", "gone.json"), "error[RS901]: cannot read 'gone.json'"),
        (("vat", "vat.json", "-o", "gone/tax.yaml"), "error[RS913]: cannot write 'gone/tax.yaml'"),
    ],
)
def test_a_wrong_call_says_why(sostech: Sostech, vat: Path, words: tuple[str, ...], message: str) -> None:
    run = sostech("import", *words)
    assert run.code in (1, 2)
    assert message in run.err


@pytest.mark.parametrize(
    ("carrier", "folder"),
    [
        ("royal-mail", "royal_mail_2023"),
        ("royal-mail", "royal_mail_domestic_versions"),
        ("dhl", "dhl_express_de"),
        ("dhl", "dhl_premium_business_de"),
    ],
)
def test_real_tariffs_become_rulesets_that_compile(
    sostech: Sostech, shared_data: Path, tmp_path: Path, carrier: str, folder: str
) -> None:
    target = tmp_path / "tariff.yaml"
    imported = sostech("import", "tariff", carrier, str(shared_data / "tariff" / folder), "-o", str(target), "--json")
    assert imported.code in (0, 1)
    assert all(count["read"] == count["written"] + count["reported"] for count in imported.json["counts"])
    hashed = sostech("hash", str(target), "--json")
    assert hashed.json["ok"] is True
