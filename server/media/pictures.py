"""Who renders pictures? One process beside this one, started when the first picture comes."""

from __future__ import annotations

import asyncio
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import Final

from server.media.errors import IMAGE_TOO_LARGE, IMAGE_UNREADABLE
from server.media.rendering import Picture, PictureRefused, render
from server.web.call import Resource
from server.web.processes import one_process

LARGEST_BYTES: Final = 10 << 20
"""Of an upload."""


class Pictures:
    """Renders uploads, one after the other."""

    def __init__(self) -> None:
        self._process: ProcessPoolExecutor | None = None

    async def render(self, content: bytes, longest_side: int) -> Picture:
        """The upload as a WebP of at most `longest_side` pixels. Raises IMAGE_TOO_LARGE, IMAGE_UNREADABLE."""
        if len(content) > LARGEST_BYTES:
            raise IMAGE_TOO_LARGE(f"the picture is larger than {LARGEST_BYTES >> 20} MB; send a smaller one")
        process = self._started()
        try:
            return await asyncio.get_running_loop().run_in_executor(process, render, content, longest_side)
        except PictureRefused as refusal:
            code = IMAGE_TOO_LARGE if refusal.is_too_large else IMAGE_UNREADABLE
            raise code(f"the picture cannot be used: {refusal.message}; send a JPEG, PNG or WebP") from refusal
        except BrokenProcessPool as error:
            # The picture killed its process; the next one gets a new process.
            if self._process is process:
                self._process = None
            raise IMAGE_UNREADABLE("the picture cannot be used: it breaks its decoder; send another") from error

    def close(self) -> None:
        """Let the process go."""
        if self._process is not None:
            self._process.shutdown(wait=True, cancel_futures=True)
            self._process = None

    def _started(self) -> ProcessPoolExecutor:
        if self._process is None:
            self._process = one_process()
        return self._process


PICTURES: Final = Resource["Pictures"]("media.pictures")
