"""Hashing and checking passwords. One check costs the same whether or not there is such a user."""

from __future__ import annotations

from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

# What is longer is nobody's password; it would only keep the processor busy.
MAX_BYTES = 1024

_HASHER = PasswordHasher()


def hash_password(password: str) -> str:
    """Return what is stored in place of `password`."""
    return _HASHER.hash(_bytes(password))


def check_password(password_hash: str | None, password: str) -> bool:
    """Whether `password` is the right one; without a hash (no such user) the same work is done and the answer is no."""
    try:
        right = _HASHER.verify(password_hash or _dummy_hash(), _bytes(password)[:MAX_BYTES])
    except (VerificationError, InvalidHashError):
        return False
    return right and password_hash is not None and len(_bytes(password)) <= MAX_BYTES


def needs_rehash(password_hash: str) -> bool:
    """Whether the hash was made with other parameters than today's."""
    return _HASHER.check_needs_rehash(password_hash)


def _bytes(password: str) -> bytes:
    return password.encode("utf-8", "surrogatepass")


@cache
def _dummy_hash() -> str:
    return _HASHER.hash(b"nobody has this password")
