"""What a form held when it was opened, signed, in a hidden field: of three states the one that nobody stores."""

from __future__ import annotations

import base64
import datetime as dt
import json
import zlib
from dataclasses import dataclass
from typing import Any

from flask import current_app

from admin_app.core.clock import now
from admin_app.core.signing import Signer

# A second is too long: what was done just before a form was opened is no change of others meanwhile.
_TICKS = 1_000_000

Pairs = list[tuple[str, str]]


@dataclass(frozen=True)
class Base:
    """What a form held, and since when."""

    pairs: Pairs
    at: dt.datetime


def _signer() -> Signer:
    return Signer(current_app.config["SECRET_KEY"], "console: what a form held")


def pack(place: str, pairs: Pairs) -> str:
    """Return `pairs` for a hidden field of the form at `place`: which form, of which record, for whom."""
    packed = zlib.compress(json.dumps(pairs, ensure_ascii=False).encode("utf-8", "surrogatepass"), 9)
    text = base64.urlsafe_b64encode(packed).decode("ascii")
    return _signer().sign(f"{place}.{int(now().timestamp() * _TICKS)}.{text}")


def unpack(place: str, token: str | None) -> Base | None:
    """Return what `pack()` was given for the same place; None for anything else."""
    text = _signer().unsign(token or "")
    if text is None or not text.startswith(f"{place}."):
        return None
    moment, packed = text.removeprefix(f"{place}.").split(".")
    # Nothing but what was packed here bears our signature: its size needs no limit.
    found: list[Any] = json.loads(zlib.decompress(base64.urlsafe_b64decode(packed)).decode("utf-8", "surrogatepass"))
    return Base([(name, value) for name, value in found], dt.datetime.fromtimestamp(int(moment) / _TICKS, dt.UTC))
