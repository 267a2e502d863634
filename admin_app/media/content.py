"""What an upload is, found in its own bytes: never by its name, nor by what its sender says it is.

Only pictures that browsers show and that cannot hold a script are taken. Each is walked through from its first byte to
its last, so that a file which is a picture at the front and something else behind is refused; nothing is decoded, so
that nothing small can grow large here.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from admin_app.core.errors import DomainError, InvalidError
from admin_app.core.words import figure
from admin_app.core.words import gettext as _

# What a browser needs to show a picture is four bytes for each pixel, however small the file is.
MOST_PIXELS = 50_000_000
LONGEST_SIDE = 20_000
MOST_PARTS = 300_000


class UnknownKindError(DomainError):
    """The bytes are of no kind that is taken."""

    status = 415


class TooLargeError(DomainError):
    """There are more bytes than are taken."""

    status = 413


class Size(NamedTuple):
    """Of a picture, in pixels."""

    width: int
    height: int


@dataclass(frozen=True)
class Kind:
    """A kind of file: how it is served, how its names end, and how its size is found."""

    media_type: str
    extensions: tuple[str, ...]
    begins: tuple[bytes, ...]
    measure: Callable[[bytes], Size]


class _DamagedError(Exception):
    """The bytes do not go on as the kind that they began as."""


def _steps() -> Iterator[int]:
    """Count the parts of a picture; one with more than any program writes is made to take time."""
    yield from range(MOST_PARTS)
    raise _DamagedError


def _bytes(data: bytes, start: int, count: int) -> bytes:
    found = data[start : start + count]
    if len(found) != count:
        raise _DamagedError
    return found


def _png(data: bytes) -> Size:
    """Chunks of length, name, content and check, from IHDR to IEND."""
    if _bytes(data, 8, 8) != b"\x00\x00\x00\x0dIHDR":
        raise _DamagedError
    width, height = struct.unpack(">II", _bytes(data, 16, 8))
    place, pictures, name, steps = 8, 0, b"", _steps()
    while name != b"IEND":
        length, name = struct.unpack(">I4s", _bytes(data, place, 8))
        place += 12 + length
        pictures += name == b"IDAT"
        next(steps)
    if place != len(data) or not pictures:
        raise _DamagedError
    return Size(width, height)


# Frames of a JPEG that tell its size; the gaps are tables.
_JPEG_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
# Markers that stand alone.
_JPEG_ALONE = frozenset({0x01, *range(0xD0, 0xD8)})


def _jpeg(data: bytes) -> Size:
    """Segments up to the first scan, and the end of the picture somewhere behind; cameras write more after it."""
    place, size, marker, steps = 2, None, 0, _steps()
    while marker != 0xDA:
        next(steps)
        mark, marker = _bytes(data, place, 2)
        if mark != 0xFF:
            raise _DamagedError
        if marker == 0xFF:  # padding
            place += 1
            continue
        place += 2
        if marker in _JPEG_ALONE:
            continue
        if marker == 0xD9:
            raise _DamagedError
        (length,) = struct.unpack(">H", _bytes(data, place, 2))
        if length < 2:
            raise _DamagedError
        if marker in _JPEG_FRAMES:
            height, width = struct.unpack(">HH", _bytes(data, place + 3, 4))
            size = Size(width, height)
        place += length
    if size is None or data.find(b"\xff\xd9", place) < 0:
        raise _DamagedError
    return size


def _gif_blocks(data: bytes, place: int, steps: Iterator[int]) -> int:
    """Return where the blocks of data that begin at `place` end."""
    while length := _bytes(data, place, 1)[0]:
        place += 1 + length
        next(steps)
    return place + 1


def _colours(flags: int) -> int:
    return 3 << ((flags & 7) + 1) if flags & 0x80 else 0


def _gif(data: bytes) -> Size:
    """A screen, then extensions and pictures, each in blocks, up to the trailer."""
    width, height, flags = struct.unpack("<HHB", _bytes(data, 6, 5))
    place, pictures, steps = 13 + _colours(flags), 0, _steps()
    while (begin := _bytes(data, place, 1)) != b";":
        if begin == b"!":
            place = _gif_blocks(data, place + 2, steps)
        elif begin == b",":
            place = _gif_blocks(data, place + 11 + _colours(_bytes(data, place + 9, 1)[0]), steps)
            pictures += 1
        else:
            raise _DamagedError
    if place + 1 != len(data) or not pictures:
        raise _DamagedError
    return Size(width, height)


def _webp(data: bytes) -> Size:
    """RIFF chunks. The first is the picture, or (VP8X) says how large all that follows is drawn."""
    if _bytes(data, 8, 4) != b"WEBP":
        raise UnknownKindError(_refusal())
    place, size, steps = 12, None, _steps()
    while place < len(data):
        next(steps)
        name, length = struct.unpack("<4sI", _bytes(data, place, 8))
        content = _bytes(data, place + 8, length)
        size = size or _webp_size(name, content)
        place += 8 + length + length % 2
    if size is None or place != len(data) or struct.unpack("<I", data[4:8])[0] + 8 != len(data):
        raise _DamagedError
    return size


def _webp_size(name: bytes, content: bytes) -> Size:
    if name == b"VP8X":
        parts = _bytes(content, 4, 6)
        return Size(int.from_bytes(parts[:3], "little") + 1, int.from_bytes(parts[3:], "little") + 1)
    if name == b"VP8L" and _bytes(content, 0, 1) == b"\x2f":
        bits = int.from_bytes(_bytes(content, 1, 4), "little")
        return Size((bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1)
    if name == b"VP8 " and _bytes(content, 3, 3) == b"\x9d\x01\x2a":
        width, height = struct.unpack("<HH", _bytes(content, 6, 4))
        return Size(width & 0x3FFF, height & 0x3FFF)
    raise _DamagedError


IMAGES: Mapping[str, Kind] = {
    kind.media_type: kind
    for kind in (
        Kind("image/png", (".png",), (b"\x89PNG\r\n\x1a\n",), _png),
        Kind("image/jpeg", (".jpg", ".jpeg"), (b"\xff\xd8\xff",), _jpeg),
        Kind("image/gif", (".gif",), (b"GIF87a", b"GIF89a"), _gif),
        Kind("image/webp", (".webp",), (b"RIFF",), _webp),
    )
}


def _refusal() -> str:
    return _("Choose a picture in the format PNG, JPEG, GIF or WebP. Other files are not taken, whatever their name.")


def recognise(data: bytes) -> tuple[Kind, Size]:
    """Return what `data` is and how large it is shown.

    Raises UnknownKindError for what is no picture that is taken, InvalidError for one that is damaged or too large to
    be shown.
    """
    kind = next((one for one in IMAGES.values() if data.startswith(one.begins)), None)
    if kind is None:
        raise UnknownKindError(_refusal())
    try:
        size = kind.measure(data)
    except _DamagedError:
        raise InvalidError(_("This picture is damaged or not complete. Save it again and try once more.")) from None
    if not size.width or not size.height:
        raise InvalidError(_("This picture is damaged or not complete. Save it again and try once more."))
    if max(size) > LONGEST_SIDE or size.width * size.height > MOST_PIXELS:
        raise InvalidError(
            _(
                "This picture has %(width)s × %(height)s pixels, more than browsers can show. Make it smaller.",
                width=figure(size.width),
                height=figure(size.height),
            )
        )
    return kind, size
