"""What hardly ever changes once it was read: where a question belongs, and what clients read of a version."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

Key = TypeVar("Key")
Value = TypeVar("Value")


class Kept(Generic[Key, Value]):
    """Answers of `read` that are not None, for ever; all of them are dropped when there are more than `size`."""

    def __init__(self, read: Callable[[Key], Value | None], size: int) -> None:
        self._read, self._size = read, size
        self._kept: dict[Key, Value] = {}

    def get(self, key: Key) -> Value | None:
        """Return what is known under `key`, reading it when that was not done before."""
        found = self._kept.get(key)
        if found is None:
            found = self._read(key)
            if found is not None:
                if len(self._kept) >= self._size:
                    self._kept.clear()
                self._kept[key] = found
        return found

    def forget(self, key: Key) -> bool:
        """Read `key` anew the next time; return whether anything was known of it."""
        return self._kept.pop(key, None) is not None
