"""The kind of an upload is found in its bytes, and whatever only looks like a picture is refused."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from admin_app.core.errors import DomainError, InvalidError
from admin_app.media import content
from admin_app.media.content import UnknownKindError, recognise
from tests.media import pictures
from tests.media.pictures import chunk, gif, jpeg, png, riff, webp

GOOD = {
    "png": (png(3, 2), "image/png"),
    "gif": (gif(3, 2), "image/gif"),
    "jpeg": (jpeg(3, 2), "image/jpeg"),
    "progressive jpeg": (jpeg(3, 2, frame=0xC2), "image/jpeg"),
    "jpeg with padding": (jpeg(3, 2).replace(b"\xff\xdb", b"\xff\xff\xff\x01\xff\xdb", 1), "image/jpeg"),
    "lossless webp": (webp(3, 2), "image/webp"),
    "lossy webp": (webp(3, 2, kind=b"VP8 "), "image/webp"),
    "webp with a canvas": (webp(3, 2, kind=b"VP8X"), "image/webp"),
}


@pytest.mark.parametrize("name", GOOD)
def test_a_picture_is_known_with_its_size(name):
    data, media_type = GOOD[name]
    kind, size = recognise(data)
    assert (kind.media_type, size.width, size.height) == (media_type, 3, 2)


def test_a_picture_that_browsers_draw_is_known():
    kind, size = recognise(pictures.SEEN)
    assert (kind.media_type, size) == ("image/png", (2, 2))


@pytest.mark.parametrize(
    "data",
    [
        pictures.SVG, pictures.HTML, b"<?xml version='1.0'?>" + pictures.SVG, b"\xef\xbb\xbf" + pictures.SVG,
        b"%PDF-1.7\n", b"PK\x03\x04", b"BM" + b"\0" * 60, b"II*\0", b"RIFF\x04\0\0\0WAVE", b"RIFF\x04\0\0\0",
        b"alert(1)", b" " + png(), b"\n" + gif(), b"\0", b"\x1f\x8b\x08", b"\0\0\0\x20ftypavif",
    ],
)  # fmt: skip
def test_other_kinds_are_not_taken(data):
    with pytest.raises((UnknownKindError, InvalidError)) as refused:
        recognise(data)
    assert refused.value.status in {415, 422}
    assert isinstance(refused.value, UnknownKindError) or data.startswith(b"RIFF")


@pytest.mark.parametrize("name", GOOD)
def test_a_picture_that_breaks_off_anywhere_is_refused(name):
    data, _media_type = GOOD[name]
    for end in range(12, len(data)):
        with pytest.raises(DomainError):
            recognise(data[:end])


@pytest.mark.parametrize("name", ["png", "gif", "lossless webp"])
@pytest.mark.parametrize("more", [b"\0", b"<script>alert(1)</script>", b"PK\x03\x04"])
def test_a_picture_with_something_else_behind_is_refused(name, more):
    with pytest.raises(InvalidError, match="damaged"):
        recognise(GOOD[name][0] + more)


def test_what_a_camera_writes_behind_its_picture_is_taken():
    assert recognise(jpeg(3, 2) + b"\0" * 100)[1] == (3, 2)


@pytest.mark.parametrize(
    "data",
    [
        pictures.GIF_AND_SCRIPT,
        pictures.GIF_IN_COMMENT,
        gif()[:13] + b"alert(1)//" + gif()[13:],
        gif()[:-1] + b"x;",
        b"GIF89a\x01\0\x01\0\0\0\0;",
        b"\x89PNG\r\n\x1a\n" + b"<script>alert(1)</script>",
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", b"\0" * 13) + chunk(b"IEND", b""),
        b"\xff\xd8\xff\xd9",
        b"\xff\xd8\xff\xe0\x00\x00",
        b"\xff\xd8\xffalert(1)",
        jpeg()[:-2],
        jpeg().replace(b"\xff\xc0\x00\x0b", b"\xff\xc4\x00\x0b"),
        riff((b"ALPH", b"\0\0")),
        riff((b"VP8L", b"\0" * 10)),
        riff((b"VP8 ", b"\0" * 10)),
        riff((b"VP8L", b"\x2f")),
        riff(),
        webp()[:4] + struct.pack("<I", 9999) + webp()[8:],
    ],
)
def test_a_picture_that_does_not_go_on_as_one_is_refused(data):
    with pytest.raises(InvalidError, match="damaged"):
        recognise(data)


@pytest.mark.parametrize(
    "data",
    [
        png(declared=(0x7FFFFFFF, 0x7FFFFFFF)), png(declared=(100_000, 1)), png(declared=(1, 100_000)),
        png(declared=(10_000, 10_000)), gif(65535, 65535), jpeg(65535, 65535), webp(16384, 16384),
        webp(1 << 24, 1 << 24, kind=b"VP8X"),
    ],
)  # fmt: skip
def test_a_small_file_that_would_grow_large_is_refused(data):
    assert len(data) < 10_000
    with pytest.raises(InvalidError, match="more than browsers can show"):
        recognise(data)


def test_its_size_is_said_in_words():
    with pytest.raises(InvalidError, match=r"100,000 × 1 pixels"):
        recognise(png(declared=(100_000, 1)))


@pytest.mark.parametrize("data", [png(declared=(0, 1)), png(declared=(1, 0)), gif(0, 1), jpeg(1, 0)])
def test_a_picture_without_pixels_is_refused(data):
    with pytest.raises(InvalidError, match="damaged"):
        recognise(data)


@pytest.mark.parametrize(
    "data",
    [
        png(more=chunk(b"tEXt", b"") * 400_000),
        gif()[:19] + b"!\xfe" + b"\x01x" * 2_400_000 + b"\0" + gif()[19:],
        b"\xff\xd8\xff" + b"\xff" * 5_000_000,
        b"\xff\xd8" + b"\xff\xe0\x00\x02" * 1_200_000,
        riff((b"VP8L", webp()[20:]), *((b"XXXX", b"") for _ in range(400_000))),
    ],
    ids=["png", "gif", "jpeg padding", "jpeg segments", "webp"],
)
def test_a_picture_that_is_made_to_take_time_does_not(data, monkeypatch):
    """Steps are counted, not seconds: how fast a step is depends on the machine."""
    read, plain = [], content._bytes

    def counting(where, start, count):
        read.append(count)
        return plain(where, start, count)

    monkeypatch.setattr(content, "_bytes", counting)
    with pytest.raises(InvalidError):
        recognise(data)
    assert len(read) <= 2 * content.MOST_PARTS + 10
    assert sum(read) <= 3 * len(data)


@given(st.sampled_from([one for one, _type in GOOD.values()]), st.binary(max_size=200), st.integers(0, 400))
def test_nothing_but_a_refusal_comes_of_broken_bytes(data, noise, place):
    """Whatever lies in a file, what is raised is a sentence."""
    for broken in (data[:place] + noise, data[:place] + noise + data[place + len(noise) :], noise):
        try:
            kind, size = recognise(broken)
        except DomainError as error:
            assert error.message.endswith(".")  # noqa: PT017 - most are refused, some are pictures still
        else:
            assert kind.media_type in content.IMAGES
            assert 0 < size.width <= content.LONGEST_SIDE


def test_no_kind_that_can_hold_a_script_is_among_them():
    assert set(content.IMAGES) == {"image/png", "image/jpeg", "image/gif", "image/webp"}
