"""Are the rulesets we ship, and those of the examples, without fault, and is every rule shown by a case?"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from engine.cli.schema import schema_text
from engine.documents.kinds import kind_named
from engine.text.load import load
from engine.text.nodes import to_plain
from engine.text.source import Source

CHECKOUT = Path(__file__).resolve().parents[2]
FOLDERS = ["rules", "examples/stores", "examples/replays"]
CHECKOUT_KINDS = ["pricing", "promotions", "coupons", "shipping", "tax", "checkout"]


def sostech(*arguments: str) -> dict[str, object]:
    done = subprocess.run(
        [sys.executable, "-m", "engine.cli", *arguments, "--json"],
        cwd=CHECKOUT,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode in (0, 1), done.stderr
    found = json.loads(done.stdout)
    assert isinstance(found, dict)
    return found


def said(report: dict[str, object]) -> list[str]:
    diagnostics = report["diagnostics"]
    assert isinstance(diagnostics, list)
    return [f"{each['code']}: {each['message']}" for each in diagnostics]


@pytest.fixture(scope="module")
def tested() -> dict[str, object]:
    return sostech("test", *FOLDERS)


def test_nothing_is_to_be_said_about_them() -> None:
    assert said(sostech("check", *FOLDERS)) == []


def test_every_case_holds(tested: dict[str, object]) -> None:
    assert said(tested) == []
    assert tested["failed"] == 0


def test_every_rule_is_shown_by_a_case(tested: dict[str, object]) -> None:
    rulesets = tested["rulesets"]
    assert isinstance(rulesets, list)
    silent = {each["path"]: each["unexercised"] for each in rulesets if each["unexercised"] or not each["cases"]}
    assert silent == {}


@pytest.mark.parametrize("folder", ["rules", "examples/stores/uk/rules", "examples/stores/japan/rules"])
@pytest.mark.parametrize("kind", CHECKOUT_KINDS)
def test_every_store_has_every_kind(folder: str, kind: str) -> None:
    assert (CHECKOUT / folder / kind / "v1.yaml").is_file()


RULESETS = sorted(
    path
    for folder in FOLDERS
    for path in (CHECKOUT / folder).rglob("*.yaml")
    if path.parent.name not in ("vocabularies", "schemas")
)


@pytest.mark.parametrize("path", RULESETS, ids=lambda path: str(path.relative_to(CHECKOUT)))
def test_the_schema_editors_use_accepts_every_ruleset(path: Path) -> None:
    node = load(Source(path.name, path.read_text("utf-8"))).node
    assert node is not None
    document = to_plain(node)
    assert isinstance(document, dict)
    kind = kind_named(str(document["ruleset"]))
    assert kind is not None
    validator = Draft202012Validator(json.loads(schema_text(kind)))
    assert [fault.message for fault in validator.iter_errors(document)] == []


MISTAKES = {
    "unknown-fact": "RS303",
    "later-stage": "RS305",
    "contradiction": "RS401",
    "band-gap": "RS410",
    "band-overlap": "RS413",
    "unreachable-rule": "RS441",
}


def test_every_example_of_a_mistake_has_that_mistake_and_no_other() -> None:
    diagnostics = sostech("check", "examples/mistakes")["diagnostics"]
    assert isinstance(diagnostics, list)
    found = sorted((Path(each["span"]["source"]).stem, each["code"]) for each in diagnostics)
    assert found == sorted(MISTAKES.items())
