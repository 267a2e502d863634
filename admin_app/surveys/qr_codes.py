"""An address as a QR code, to be scanned from a screen or from paper."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from segno import QRCode

# The white edge in modules that readers need around the code.
_EDGE = 4
# Pixels a module: sharp on a poster of 20 cm.
_PNG_SCALE = 24


def _code(address: str) -> QRCode:
    # Imported here: no start has to wait for it.
    import segno

    # A quarter of it may be scratched or covered.
    return segno.make_qr(address, error="q")


def qr_inline(address: str) -> str:
    """Return the code as an SVG element to stand in a page; what it is says the page, for its readers' language."""
    return _code(address).svg_inline(
        border=_EDGE, omitsize=True, dark="#000", light="#fff", svgclass="cv-qr", lineclass=""
    )


def qr_svg(address: str) -> bytes:
    """Return the code as an SVG file."""
    file = io.BytesIO()
    _code(address).save(file, kind="svg", border=_EDGE, scale=10, dark="#000", light="#fff", svgclass="", lineclass="")
    return file.getvalue()


def qr_png(address: str) -> bytes:
    """Return the code as a PNG file."""
    file = io.BytesIO()
    _code(address).save(file, kind="png", border=_EDGE, scale=_PNG_SCALE, dark="#000", light="#fff")
    return file.getvalue()
