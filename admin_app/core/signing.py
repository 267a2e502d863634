"""Keys for separate purposes from the one secret key, and compact signed tokens."""

from __future__ import annotations

import base64
import hashlib
import hmac


def derive_key(secret: str, purpose: str) -> bytes:
    """Return 32 bytes for `purpose`; different purposes never share a key (HKDF-Expand, RFC 5869, one block)."""
    return hmac.digest(secret.encode(), purpose.encode() + b"\x01", hashlib.sha256)


def _b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


class Signer:
    """Signs short texts for one purpose. The texts are readable, not secret."""

    def __init__(self, secret: str, purpose: str) -> None:
        self._key = derive_key(secret, purpose)

    def digest(self, text: str) -> str:
        """Return the HMAC-SHA256 of `text` as 43 URL-safe characters."""
        return _b64(hmac.digest(self._key, text.encode("utf-8", "surrogatepass"), hashlib.sha256))

    def sign(self, text: str) -> str:
        """Return `text`, a dot and its signature (128 bits)."""
        return f"{text}.{self.digest(text)[:22]}"

    def unsign(self, token: str) -> str | None:
        """Return the text of a token signed with this key, or None."""
        text, dot, signature = token.rpartition(".")
        if not dot or not signature.isascii() or not hmac.compare_digest(self.digest(text)[:22], signature):
            return None
        return text


def hash_token(token: str) -> str:
    """Return the SHA-256 of a random token, as hexadecimal digits: what the database keeps in its place."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
