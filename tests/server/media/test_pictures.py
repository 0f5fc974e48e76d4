"""Pictures are rendered by a process of their own, which may die without harm."""

from __future__ import annotations

import asyncio
import io
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from server.errors import AppError
from server.media.pictures import LARGEST_BYTES, Pictures
from tests.conftest import CHECKOUT


def a_picture() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (40, 20)).save(file, "PNG")
    return file.getvalue()


async def test_a_picture_is_rendered_elsewhere_and_a_killed_process_is_replaced() -> None:
    pictures = Pictures()
    try:
        assert (await pictures.render(a_picture(), 10)).width == 10
        process = pictures._process
        assert process is not None
        (pid,) = process._processes
        assert pid != os.getpid()
        os.kill(pid, signal.SIGKILL)
        while True:
            try:
                rendered = await pictures.render(a_picture(), 10)
                break
            except AppError as error:
                # The one that was under way when it died.
                refused = error.error.code
                await asyncio.sleep(0)
        assert rendered.width == 10
        assert refused == "image_unreadable"
    finally:
        pictures.close()
    pictures.close()


async def test_refusals_come_back_from_the_other_process() -> None:
    pictures = Pictures()
    try:
        with pytest.raises(AppError) as unreadable:
            await pictures.render(b"no picture", 10)
        assert unreadable.value.error.code == "image_unreadable"
        with pytest.raises(AppError) as too_large:
            await pictures.render(bytes(LARGEST_BYTES + 1), 10)
        assert too_large.value.error.code == "image_too_large"
    finally:
        pictures.close()


_DIES = """
import asyncio, io, os, signal, sys
from PIL import Image
from server.media.pictures import Pictures

async def main():
    file = io.BytesIO()
    Image.new("RGB", (4, 4)).save(file, "PNG")
    pictures = Pictures()
    await pictures.render(file.getvalue(), 2)
    print(*pictures._process._processes, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)

if __name__ == "__main__":
    asyncio.run(main())
"""


def test_no_process_is_left_behind_by_a_shop_that_was_killed(tmp_path: Path) -> None:
    program = tmp_path / "dies.py"
    program.write_text(_DIES, "utf-8")
    environment = {**os.environ, "PYTHONPATH": str(CHECKOUT)}
    # Reading its output ends when nobody can write to it any more: neither the program nor its process.
    run = subprocess.run([sys.executable, program], capture_output=True, env=environment, check=False, timeout=120)
    assert run.returncode == -signal.SIGKILL, run.stderr
    assert run.stdout.strip().isdigit()
