"""`sostech check`."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

Sostech = Callable[..., Any]

NEVER = """\
  - id: never-{}
    lane: order
    when: {{customer.group: a, not: {{customer.group: a}}}}
    then: {{percent_off: 1, on: order}}
"""


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_sound_rulesets_have_no_findings(sostech: Sostech, shop: Path) -> None:
    run = sostech("check", "rules")
    assert (run.code, run.out, run.err) == (0, "no findings in 2 files\n", "")


def test_a_misspelt_fact_is_shown_where_it_stands(sostech: Sostech, shop: Path) -> None:
    edit(shop / "rules/promotions/v1.yaml", "subtotal.items", "subtotal.item")
    run = sostech("check", "rules")
    assert run.code == 1
    assert "--> rules/promotions/v1.yaml:8:39" in run.out
    assert "did you mean 'subtotal.items'?" in run.out
    assert run.out.splitlines()[-1] == "1 error in 2 files"


def test_json_tells_the_same(sostech: Sostech, shop: Path) -> None:
    edit(shop / "rules/promotions/v1.yaml", "subtotal.items", "subtotal.item")
    found = sostech("check", "--json", "rules").json
    assert (found["ok"], found["errors"], found["warnings"], found["files"]) == (False, 1, 0, 2)
    assert found["diagnostics"][0]["span"]["source"] == "rules/promotions/v1.yaml"
    assert found["rulesets"][1] == {
        "path": "rules/shipping/v1.yaml",
        "kind": "shipping",
        "name": "default",
        "version": 1,
    }


def test_a_misspelt_kind_a_missing_head_and_a_list_are_findings(sostech: Sostech, shop: Path) -> None:
    (shop / "kind.yaml").write_text("ruleset: promotion\n")
    (shop / "head.yaml").write_text("rules: []\n")
    (shop / "list.yaml").write_text("- 1\n")
    run = sostech("check", "kind.yaml", "head.yaml", "list.yaml")
    assert run.code == 1
    assert "did you mean 'promotions'?" in run.out
    assert "--> head.yaml:1:1" in run.out
    assert "--> list.yaml:1:1" in run.out


def test_a_file_name_must_agree_with_the_version(sostech: Sostech, shop: Path) -> None:
    (shop / "rules/promotions/v1.yaml").rename(shop / "rules/promotions/v2.yaml")
    run = sostech("check", "rules")
    assert run.code == 1
    assert "error[RS908]: 'rules/promotions/v2.yaml' holds version 1" in run.out
    assert "--> rules/promotions/v2.yaml:3:1" in run.out


def test_the_same_version_twice_is_an_error_at_the_second(sostech: Sostech, shop: Path) -> None:
    text = (shop / "rules/promotions/v1.yaml").read_text()
    (shop / "rules/promotions/z.yaml").write_text(text)
    run = sostech("check", "rules")
    assert run.code == 1
    assert "error[RS905]: promotions default/1 is there twice" in run.out
    assert "--> rules/promotions/z.yaml:3:1" in run.out
    assert "--> rules/promotions/v1.yaml:3:1: the other one" in run.out


def test_an_attachment_outside_the_folder_is_refused_and_not_read(sostech: Sostech, shop: Path) -> None:
    (shop / "secret.csv").write_text("destination.country,price\n,hidden\n")
    edit(shop / "rules/shipping/v1.yaml", "tariffs/abroad.csv", "../../secret.csv")
    run = sostech("check", "rules")
    assert run.code == 1
    assert "error[RS907]" in run.out
    assert "hidden" not in run.out


def test_warnings_fail_only_when_asked(sostech: Sostech, shop: Path) -> None:
    edit(shop / "rules/shipping/v1.yaml", "{known: true}", "{in: [DE]}")  # the second zone can never match
    lenient = sostech("check", "rules")
    strict = sostech("check", "--strict", "rules")
    assert "warning[" in lenient.out
    assert (lenient.code, strict.code) == (0, 1)


def test_vocabularies_in_a_rules_folder_are_checked_too(sostech: Sostech, shop: Path) -> None:
    (shop / "rules/vocabularies").mkdir()
    (shop / "rules/vocabularies/own-1.yaml").write_text("vocabulary: own\nversion: 1\nfacts: {a: {type: colour}}\n")
    run = sostech("check", "rules")
    assert run.code == 1
    assert "rules/vocabularies/own-1.yaml:3:" in run.out


def test_the_first_fifty_findings_are_shown_and_the_others_on_request(sostech: Sostech, shop: Path) -> None:
    edit(shop / "rules/promotions/v1.yaml", "rules:\n", "rules:\n" + "".join(map(NEVER.format, range(60))))
    words = ("check", "rules/promotions/v1.yaml")
    run = sostech(*words)
    assert (run.code, run.out.count("error[RS401]")) == (1, 50)
    assert run.out.splitlines()[-1] == "not all findings are shown; see the others with --all"
    every = sostech(*words, "--all")
    assert (every.out.count("error[RS401]"), every.out.count("RS145")) == (60, 0)
    assert sostech(*words, "--all", "--json").json["errors"] == 60
