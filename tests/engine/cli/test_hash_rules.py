"""`sostech hash` and the lock of published rulesets."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

Sostech = Callable[..., Any]
LOCK = ("--lock", "rules/rules.lock")


def test_a_ruleset_has_a_hash_of_its_meaning_not_its_spelling(sostech: Sostech, shop: Path) -> None:
    path = shop / "rules/promotions/v1.yaml"
    before = sostech("hash", "rules/promotions/v1.yaml", "--json").json["rulesets"][0]["hash"]
    path.write_text("# a comment\n" + path.read_text().replace("name: ten off", "name: tens off"))
    assert sostech("hash", "rules/promotions/v1.yaml", "--json").json["rulesets"][0]["hash"] == before
    path.write_text(path.read_text().replace("percent_off: 10", "percent_off: 11"))
    assert sostech("hash", "rules/promotions/v1.yaml", "--json").json["rulesets"][0]["hash"] != before


def test_the_contents_of_attachments_count(sostech: Sostech, shop: Path) -> None:
    before = sostech("hash", "rules/shipping", "--json").json["rulesets"][0]["hash"]
    (shop / "rules/shipping/tariffs/abroad.csv").write_text("destination.country,price\n,9.91\n")
    assert sostech("hash", "rules/shipping", "--json").json["rulesets"][0]["hash"] != before


def test_a_lock_is_written_and_holds(sostech: Sostech, shop: Path) -> None:
    run = sostech("hash", "rules", *LOCK)
    assert run.code == 0
    lock = (shop / "rules/rules.lock").read_text().splitlines()
    assert [line[66:] for line in lock if not line.startswith("#")] == ["promotions/v1.yaml", "shipping/v1.yaml"]
    assert run.out.splitlines()[0].endswith("  promotions default/1  rules/promotions/v1.yaml")
    assert sostech("hash", "rules", *LOCK, "--verify").code == 0


def test_a_changed_locked_ruleset_is_an_error_and_never_relocked(sostech: Sostech, shop: Path) -> None:
    sostech("hash", "rules", *LOCK)
    before = (shop / "rules/rules.lock").read_text()
    path = shop / "rules/promotions/v1.yaml"
    path.write_text(path.read_text().replace("percent_off: 10", "percent_off: 11"))
    for words in ((*LOCK, "--verify"), LOCK):
        run = sostech("hash", "rules", *words)
        assert run.code == 1
        assert "error[RS909]: promotions default/1 was changed after it was published" in run.err
        assert "--> rules/rules.lock:" in run.err
    assert (shop / "rules/rules.lock").read_text() == before


def test_a_new_version_is_added_and_noted_until_it_is(sostech: Sostech, shop: Path) -> None:
    sostech("hash", "rules", *LOCK)
    text = (shop / "rules/promotions/v1.yaml").read_text()
    (shop / "rules/promotions/v2.yaml").write_text(text.replace("version: 1", "version: 2"))
    noted = sostech("hash", "rules", *LOCK, "--verify")
    assert (noted.code, "note[RS912]" in noted.err) == (0, True)
    assert sostech("hash", "rules", *LOCK).code == 0
    assert "promotions/v2.yaml" in (shop / "rules/rules.lock").read_text()


def test_a_missing_locked_ruleset_is_an_error(sostech: Sostech, shop: Path) -> None:
    sostech("hash", "rules", *LOCK)
    (shop / "rules/promotions/v1.yaml").unlink()
    run = sostech("hash", "rules", *LOCK, "--verify")
    assert run.code == 1
    assert "error[RS910]: the locked ruleset 'promotions/v1.yaml' is not there" in run.err


def test_a_broken_lock_is_a_located_error(sostech: Sostech, shop: Path) -> None:
    (shop / "rules/rules.lock").write_text("# ours\npromotions/v1.yaml 3f\n")
    run = sostech("hash", "rules", *LOCK, "--verify")
    assert run.code == 1
    assert "error[RS911]" in run.err
    assert "--> rules/rules.lock:2:1" in run.err


def test_verify_needs_a_lock(sostech: Sostech, shop: Path) -> None:
    assert sostech("hash", "rules", "--verify").code == 2
    assert sostech("hash", "rules", "--lock", "gone.lock", "--verify").code == 2
