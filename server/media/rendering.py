"""How does an uploaded picture become one of ours? Decoded with care and encoded anew: nothing of the upload remains.

Runs in a process of its own, so that a picture made to break a decoder breaks only that. Imports nothing of the shop.
"""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass
from typing import Final

from PIL import Image, ImageOps

MOST_PIXELS: Final = 50_000_000
"""50 megapixels, 150 MB decoded: more than cameras of telephones take, less than hurts."""
CONTENT_TYPE: Final = "image/webp"
_QUALITY: Final = 85
_MAGIC: Final = ((b"\xff\xd8\xff", "JPEG"), (b"\x89PNG\r\n\x1a\n", "PNG"))


class PictureRefused(Exception):
    """The picture is none, or larger than MOST_PIXELS; the message says which. `is_too_large` tells them apart."""

    def __init__(self, message: str, is_too_large: bool = False) -> None:
        super().__init__(message, is_too_large)
        self.message = message
        self.is_too_large = is_too_large


@dataclass(frozen=True, slots=True)
class Picture:
    """A WebP picture; width and height in pixels."""

    content: bytes
    width: int
    height: int


def format_of(content: bytes) -> str | None:
    """JPEG, PNG or WEBP by the first bytes, whatever the upload calls itself; None for anything else."""
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "WEBP"
    return next((name for magic, name in _MAGIC if content.startswith(magic)), None)


def render(content: bytes, longest_side: int) -> Picture:
    """The first frame of a JPEG, PNG or WebP, upright, at most `longest_side` pixels wide and high, as WebP.

    Raises PictureRefused. What the file said of camera, place and time is gone.
    """
    name = format_of(content)
    if name is None:
        raise PictureRefused("it is neither JPEG nor PNG nor WebP")
    Image.MAX_IMAGE_PIXELS = MOST_PIXELS
    try:
        with warnings.catch_warnings():
            # Pillow only warns up to twice the pixels it may read.
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            opened = Image.open(io.BytesIO(content), formats=[name])
        with opened:
            # A JPEG can be decoded at a fraction of its size; this asks for the next larger one.
            opened.draft("RGB", (longest_side, longest_side))
            return _small(opened, longest_side)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise PictureRefused(f"it has more than {MOST_PIXELS // 1_000_000} megapixels", is_too_large=True) from error
    except (OSError, ValueError, SyntaxError, EOFError, MemoryError) as error:
        # Pillow's decoders raise all of these for files that are broken, or made to look so.
        raise PictureRefused("it is damaged") from error


def _small(opened: Image.Image, longest_side: int) -> Picture:
    upright = ImageOps.exif_transpose(opened)
    plain = upright.convert("RGBA" if upright.has_transparency_data else "RGB")
    plain.thumbnail((longest_side, longest_side), Image.Resampling.LANCZOS)
    # Only the pixels: a picture carries its profile and its remarks along otherwise.
    bare = Image.frombytes(plain.mode, plain.size, plain.tobytes())
    written = io.BytesIO()
    bare.save(written, "WEBP", quality=_QUALITY, method=4)
    return Picture(written.getvalue(), bare.width, bare.height)
