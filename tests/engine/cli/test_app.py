"""The command line as a whole: help, exits, and what happens when something breaks."""

import os
import signal
import subprocess
import sys
import tomllib
from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest

from engine.cli import app, exits, screen

Sostech = Callable[..., Any]
CHECKOUT = Path(__file__).resolve().parents[3]


def start(*words: str, **more: Any) -> "subprocess.Popen[str]":
    environment = {**os.environ, "PYTHONPATH": str(CHECKOUT), "COLUMNS": "100", "NO_COLOR": "1"}
    return subprocess.Popen(
        [sys.executable, "-m", "engine.cli", *words],
        env=environment,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        # Programs started in the background inherit that Ctrl-C is ignored, whoever started the tests so.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
        **more,
    )


@pytest.mark.parametrize("name", app.COMMANDS)
def test_every_command_explains_itself(sostech: Sostech, name: str) -> None:
    run = sostech(name, "--help")
    assert run.code == 0
    assert f"sostech {name}" in run.out
    if name != "import":
        assert "Examples" in run.out
        assert "--json" in run.out
        assert "Exit code: 0 fine, 1 findings, 2 usage or unreadable input" in run.out


def test_without_a_command_all_are_listed(sostech: Sostech) -> None:
    run = sostech("--help")
    assert all(name in run.out for name in app.COMMANDS)
    assert "sostech dry-run examples/carts" in run.out


@pytest.mark.parametrize(
    "words", [("chekc",), ("check",), ("check", "--frobnicate", "."), ("dry-run", ".", "--explain", "all")]
)
def test_a_wrong_call_is_exit_2(sostech: Sostech, words: tuple[str, ...]) -> None:
    run = sostech(*words)
    assert run.code == exits.USAGE
    assert run.out == ""
    assert run.err


def test_the_module_of_every_command_is_found() -> None:
    assert [command.name for command in app.build().registered_commands] == [
        name for name in app.COMMANDS if name != "import"
    ]


READERS = [
    ("check",),
    ("test",),
    ("fmt", "--check"),
    ("dry-run",),
    ("hash",),
    ("machine",),
    ("import", "vat"),
    ("import", "tariff", "dhl"),
    ("replay", "olist"),
]


@pytest.mark.parametrize("words", READERS, ids=" ".join)
def test_nothing_that_can_be_named_as_input_makes_a_command_fail(
    sostech: Sostech, tmp_path: Path, words: tuple[str, ...]
) -> None:
    (tmp_path / "binary.yaml").write_bytes(b"\x00\xff\xfe" * 20)
    (tmp_path / "empty.yaml").write_text("")
    (tmp_path / "deep.yaml").write_text("[" * 5_000)
    (tmp_path / "number.yaml").write_text("1e999999999")
    (tmp_path / "folder").mkdir()
    (tmp_path / "loop").symlink_to("loop")
    names = ("binary.yaml", "empty.yaml", "deep.yaml", "number.yaml", "folder", "loop", "gone", "a\nb", "\x1b[31m")
    for name in names:
        run = sostech(*words, str(tmp_path / name))
        assert run.code in (exits.FINE, exits.FINDINGS, exits.USAGE), (name, run)
        assert "\x1b" not in run.out + run.err
        assert run.out + run.err


def test_a_reader_that_goes_away_ends_the_command_quietly() -> None:
    running = start("explain-code")
    assert running.stdout is not None
    assert running.stderr is not None
    running.stdout.close()
    running.wait(timeout=60)
    assert running.stderr.read() == ""
    assert running.returncode == exits.BROKEN_PIPE
    running.stderr.close()


def test_ctrl_c_ends_the_command_quietly() -> None:
    running = start("dry-run", "-", "--json", stdin=subprocess.PIPE)
    assert running.stdin is not None
    assert running.stdout is not None
    running.stdin.write("a" * 100_000)  # taken up only when the command has begun to read
    running.stdin.flush()
    running.send_signal(signal.SIGINT)
    out, err = running.communicate(timeout=60)
    assert (running.returncode, out) == (exits.INTERRUPTED, "")
    assert "Traceback" not in err


def test_a_fault_of_our_own_is_exit_3_and_asks_for_a_report(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(app.COMMANDS, "check", "engine.cli.no_such_module")
    monkeypatch.setattr(sys, "argv", ["sostech", "check", "."])
    with pytest.raises(SystemExit) as ended:
        app.main()
    assert ended.value.code == exits.BUG
    assert "this is a fault of the program, not of your files" in capsys.readouterr().err


def test_the_version_is_told(sostech: Sostech) -> None:
    run = sostech("--version")
    assert (run.code, run.out.split()[0]) == (0, "sostech")


def test_a_checkout_that_is_not_installed_knows_its_version(sostech: Sostech, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> str:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "version", missing)
    written = tomllib.loads((CHECKOUT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    assert sostech("--version").out == f"sostech {written} (checkout)\n"
    monkeypatch.setattr(screen, "_PROJECT", CHECKOUT / "gone.toml")
    assert sostech("--version").out == "sostech unknown\n"
