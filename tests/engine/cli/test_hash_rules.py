"""`sostech hash` and the lock of published rulesets."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from engine.documents import canonical

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
    assert [line[132:] for line in lock if not line.startswith("#")] == ["promotions/v1.yaml", "shipping/v1.yaml"]
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


def test_new_time_zones_are_told_from_a_change_and_can_be_relocked(
    sostech: Sostech, shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sostech("hash", "rules", *LOCK)
    before = (shop / "rules/rules.lock").read_text()
    monkeypatch.setitem(canonical.DEPENDENCIES, "timezones", "2099z")
    for words in ((*LOCK, "--verify"), LOCK):
        run = sostech("hash", "rules", *words)
        assert run.code == 1
        assert (
            "error[RS909]: the time zone data, the currency table or the semantics of the engine changed; "
            "promotions default/1 itself did not" in run.err
        )
        assert "timezones 2099z" in run.err
        assert "relock with `sostech hash rules --lock rules/rules.lock --relock`" in run.err
    assert (shop / "rules/rules.lock").read_text() == before
    assert sostech("hash", "rules", *LOCK, "--relock").code == 0
    assert (shop / "rules/rules.lock").read_text() != before
    assert sostech("hash", "rules", *LOCK, "--verify").code == 0


def test_relocking_does_not_accept_a_changed_ruleset(sostech: Sostech, shop: Path) -> None:
    sostech("hash", "rules", *LOCK)
    before = (shop / "rules/rules.lock").read_text()
    path = shop / "rules/promotions/v1.yaml"
    path.write_text(path.read_text().replace("percent_off: 10", "percent_off: 11"))
    run = sostech("hash", "rules", *LOCK, "--relock")
    assert run.code == 1
    assert "promotions default/1 was changed after it was published" in run.err
    assert (shop / "rules/rules.lock").read_text() == before


def test_a_published_vocabulary_is_locked_but_its_sentences_may_be_put_better(sostech: Sostech, shop: Path) -> None:
    path = shop / "rules/vocabularies/own-1.yaml"
    path.parent.mkdir()
    path.write_text(
        "vocabulary: own\nversion: 1\n"
        "facts: {a: {type: count, scope: cart, stage: request, missing: false, about: How many.}}\n"
    )
    sostech("hash", "rules", *LOCK)
    assert "vocabularies/own-1.yaml" in (shop / "rules/rules.lock").read_text()
    path.write_text(path.read_text().replace("How many", "How many there are"))
    assert sostech("hash", "rules", *LOCK, "--verify").code == 0
    path.write_text(path.read_text().replace("missing: false", "missing: true"))
    run = sostech("hash", "rules", *LOCK, "--verify")
    assert run.code == 1
    assert "error[RS909]: vocabulary own/1 was changed after it was published" in run.err


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
    assert sostech("hash", "rules", "--relock").code == 2
    assert sostech("hash", "rules", *LOCK, "--verify", "--relock").code == 2
    assert sostech("hash", "rules", "--lock", "gone.lock", "--verify").code == 2
