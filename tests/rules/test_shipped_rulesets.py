"""Are the rulesets we ship, and those of the example stores, without fault, and is every rule shown by a case?"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]
FOLDERS = ["rules", "examples/stores"]
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
