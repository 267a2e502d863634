"""The one-time key that comes with every form, and the receipt that it turns into.

The key is what replaces session, cookie and CSRF token on the public side: it names the survey, the version that was
shown, when that was, and a random part, and it is signed. The receipt is an HMAC of the key, so that the same form sent
twice has the same receipt; only its SHA-256 is stored.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
import secrets
from dataclasses import dataclass

from admin_app.core.ids import ALPHABET, spell
from admin_app.core.signing import Signer, hash_token

# A form that stood open for longer is shown again, with what was typed, and sent once more.
MAX_AGE = dt.timedelta(days=7)
_KEY = re.compile(r"(?P<survey>[0-9A-Za-z]{1,16})\.(?P<version>[0-9]{1,9})\.(?P<time>[0-9a-f]{1,12})\.[0-9a-f]{32}\Z")
_MAX_LENGTH = 128

# As in public ids, so that it can be read out over the telephone.
_RECEIPT = re.compile(f"[{ALPHABET}]{{16}}\\Z")


@dataclass(frozen=True)
class SubmissionKey:
    """What a key says that carried our signature."""

    token: str
    survey_public_id: str
    version_number: int
    issued_at: dt.datetime

    def is_expired(self, now: dt.datetime) -> bool:
        """Whether the form was opened too long ago."""
        return now - self.issued_at > MAX_AGE


class SubmissionKeys:
    """Issues and reads keys, under the installation's secret."""

    def __init__(self, secret: str) -> None:
        self._keys = Signer(secret, "reply.submission_key")
        self._receipts = Signer(secret, "reply.receipt")

    def issue(self, survey_public_id: str, version_number: int, now: dt.datetime) -> str:
        """Return a new key for one form."""
        seconds = int(now.timestamp() * 1000)
        return self._keys.sign(f"{survey_public_id}.{version_number}.{seconds:x}.{secrets.token_hex(16)}")

    def read(self, token: str, survey_public_id: str) -> SubmissionKey | None:
        """Return what the key says, or None for one that is forged or another survey's."""
        text = self._keys.unsign(token) if len(token) <= _MAX_LENGTH else None
        match = _KEY.match(text) if text else None
        if match is None or match["survey"] != survey_public_id:
            return None
        issued_at = dt.datetime.fromtimestamp(int(match["time"], 16) / 1000, dt.UTC)
        return SubmissionKey(token, match["survey"], int(match["version"]), issued_at)

    def receipt(self, key: SubmissionKey) -> str:
        """Return the receipt of a reply sent with `key`, such as 4k7w-9pzd-h3vq-x8nb (77 bits)."""
        number = int.from_bytes(hashlib.sha256(self._receipts.digest(key.token).encode()).digest())
        return _grouped(spell(number, 16))


def _grouped(letters: str) -> str:
    return "-".join(letters[start : start + 4] for start in range(0, 16, 4))


def normalise_receipt(text: str) -> str | None:
    """Return a receipt as it is written, from what a person typed; None for what cannot be one."""
    letters = re.sub(r"[\s\-]", "", text[:100]).lower()
    return _grouped(letters) if _RECEIPT.match(letters) else None


def receipt_hash(receipt: str) -> str:
    """Return what the database keeps of a receipt."""
    return hash_token(receipt)
