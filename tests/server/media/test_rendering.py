"""Uploads become small pictures of ours, or are refused."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

import pytest
from PIL import Image

from server.media.rendering import MOST_PIXELS, PictureRefused, format_of, render


def encoded(image: Image.Image, name: str, **options: Any) -> bytes:
    """The image as a file."""
    file = io.BytesIO()
    image.save(file, name, **options)
    return file.getvalue()


def decoded(content: bytes) -> Image.Image:
    """The picture, which has to be WebP."""
    return Image.open(io.BytesIO(content), formats=["WEBP"])


def claims_to_be(width: int, height: int) -> bytes:
    """A PNG of a few bytes that says it is this large."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


@pytest.mark.parametrize("name", ["JPEG", "PNG", "WEBP"])
def test_a_large_picture_is_made_to_fit_and_keeps_its_shape(name: str) -> None:
    picture = render(encoded(Image.new("RGB", (2000, 1000), "red"), name), 512)
    assert (picture.width, picture.height) == decoded(picture.content).size == (512, 256)
    red, green, blue = decoded(picture.content).convert("RGB").getpixel((10, 10))  # type: ignore[misc]
    assert red > 240
    assert green < 15
    assert blue < 15


def test_a_small_picture_is_not_blown_up() -> None:
    picture = render(encoded(Image.new("RGB", (20, 10)), "PNG"), 512)
    assert (picture.width, picture.height) == (20, 10)


def test_nothing_is_left_of_camera_place_and_remarks() -> None:
    image = Image.new("RGB", (30, 20))
    exif = Image.Exif()
    exif[0x010F] = "Camera of Ana"
    exif[0x8825] = {1: "S", 2: (25.0, 25.0, 0.0)}
    file = encoded(image, "JPEG", exif=exif, comment=b"at home", icc_profile=b"profile of Ana")
    assert b"Camera of Ana" in file
    content = render(file, 512).content
    for said in (b"Camera of Ana", b"at home", b"profile of Ana", b"EXIF", b"Exif", b"ICCP", b"XMP"):
        assert said not in content


def test_a_picture_taken_sideways_stands_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    picture = render(encoded(Image.new("RGB", (40, 20)), "JPEG", exif=exif), 512)
    assert (picture.width, picture.height) == (20, 40)


def test_what_can_be_seen_through_stays_so() -> None:
    picture = render(encoded(Image.new("RGBA", (20, 20), (0, 0, 255, 0)), "PNG"), 512)
    assert decoded(picture.content).convert("RGBA").getpixel((5, 5))[3] == 0  # type: ignore[index]


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "I;16", "CMYK"])
def test_every_kind_of_pixel_is_understood(mode: str) -> None:
    name = "JPEG" if mode == "CMYK" else "PNG"
    assert render(encoded(Image.new(mode, (20, 20)), name), 512).width == 20


def test_of_a_picture_that_moves_the_first_frame_is_shown() -> None:
    frames = [Image.new("RGB", (20, 20), colour) for colour in ("red", "blue")]
    file = encoded(frames[0], "WEBP", save_all=True, append_images=frames[1:])
    shown = decoded(render(file, 512).content)
    assert getattr(shown, "n_frames", 1) == 1
    assert shown.convert("RGB").getpixel((5, 5))[0] > 200  # type: ignore[index]


@pytest.mark.parametrize("name", ["GIF", "BMP", "TIFF", "ICO"])
def test_other_formats_are_refused(name: str) -> None:
    with pytest.raises(PictureRefused, match="neither"):
        render(encoded(Image.new("RGB", (20, 20)), name), 512)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"%PDF-1.7",
        b"GIF89a\x89PNG\r\n\x1a\n",
        b"<html>\xff\xd8\xff",
    ],
)
def test_what_is_no_picture_is_refused(content: bytes) -> None:
    assert format_of(content) is None
    with pytest.raises(PictureRefused):
        render(content, 512)


@pytest.mark.parametrize("name", ["JPEG", "PNG", "WEBP"])
def test_a_broken_file_is_refused(name: str) -> None:
    whole = encoded(Image.effect_noise((200, 200), 50).convert("RGB"), name)
    for length in (12, 20, len(whole) // 2):
        with pytest.raises(PictureRefused, match="damaged"):
            render(whole[:length], 512)


def test_a_picture_that_would_fill_the_memory_is_refused_unread() -> None:
    for width, height in ((MOST_PIXELS // 1000, 1001), (60_000, 60_000), (2**31 - 1, 2**31 - 1)):
        with pytest.raises(PictureRefused) as caught:
            render(claims_to_be(width, height), 512)
        assert caught.value.is_too_large


def test_a_file_of_two_kinds_is_read_as_what_it_begins_with() -> None:
    """What follows the picture is not carried along."""
    content = encoded(Image.new("RGB", (20, 20)), "PNG") + b"<script>alert(1)</script>"
    assert b"script" not in render(content, 512).content
