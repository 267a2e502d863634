"""Pictures made by hand, so that each byte is known: good ones, and ones that lie."""

from __future__ import annotations

import base64
import struct
import zlib


def chunk(name: bytes, content: bytes) -> bytes:
    """One chunk of a PNG."""
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def png(width: int = 1, height: int = 1, *, declared: tuple[int, int] | None = None, more: bytes = b"") -> bytes:
    """A grey PNG; `declared` says what its head claims, `more` are chunks before its picture."""
    head = struct.pack(">IIBBBBB", *(declared or (width, height)), 8, 0, 0, 0, 0)
    rows = b"".join(b"\0" + b"\x80" * width for _ in range(height))
    parts = chunk(b"IHDR", head) + more + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + parts


def gif(width: int = 1, height: int = 1) -> bytes:
    """A GIF of one picture, with a comment before it."""
    screen = b"GIF89a" + struct.pack("<HHBBB", width, height, 0x80, 0, 0) + b"\0\0\0\xff\xff\xff"
    comment = b"!\xfe\x05hello\0"
    return screen + comment + b"," + struct.pack("<HHHHB", 0, 0, width, height, 0) + b"\x02\x02D\x01\0" + b";"


def jpeg(width: int = 1, height: int = 1, *, frame: int = 0xC0) -> bytes:
    """The segments of a JPEG; what is scanned is not looked at."""
    start = b"\xff\xd8\xff\xe0\x00\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0"
    table = b"\xff\xdb\x00\x43\x00" + b"\x01" * 64
    size = b"\xff" + bytes([frame]) + struct.pack(">HBHHB", 11, 8, height, width, 1) + b"\x01\x11\x00"
    scan = b"\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00" + b"\x12\x34"
    return start + table + b"\xff" + size + scan + b"\xff\xd9"


def riff(*chunks: tuple[bytes, bytes]) -> bytes:
    """A WebP of these chunks."""
    body = b"WEBP" + b"".join(
        name + struct.pack("<I", len(content)) + content + b"\0" * (len(content) % 2) for name, content in chunks
    )
    return b"RIFF" + struct.pack("<I", len(body)) + body


def _lossless(width: int, height: int) -> bytes:
    return b"\x2f" + ((width - 1) | (height - 1) << 14).to_bytes(4, "little") + b"\0" * 5


def webp(width: int = 1, height: int = 1, *, kind: bytes = b"VP8L") -> bytes:
    """A WebP in one of its three forms."""
    if kind == b"VP8X":
        canvas = b"\0\0\0\0" + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
        return riff((kind, canvas), (b"VP8L", _lossless(1, 1)))
    if kind == b"VP8 ":
        return riff((kind, b"\0\0\0\x9d\x01\x2a" + struct.pack("<HH", width, height) + b"\0" * 4))
    return riff((kind, _lossless(width, height)))


# What a browser draws: a square of four red pixels.
SEEN = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAIAAAD91JpzAAAAEElEQVR4nGP8zwACTGCSAQANHQEDgslx/wAAAABJRU5ErkJggg=="
)
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'
HTML = b"<!DOCTYPE html><script>alert(document.cookie)</script>"
# A script that begins as a GIF does.
GIF_AND_SCRIPT = b"GIF89a=1;alert(document.cookie)//" + b"\0" * 40
GIF_IN_COMMENT = b"GIF89a/*\0\0\0\0\0*/=1;alert(1);//;"
