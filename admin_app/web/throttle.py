"""Limits for each address, in the memory of one process."""

from __future__ import annotations

import ipaddress
import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable


def network_of(address: str | None) -> str:
    """Return what is limited: an IPv4 address, or the /64 that one IPv6 subscriber has to himself."""
    try:
        found = ipaddress.ip_address(address or "")
    except ValueError:
        return ""
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped is not None:
            return str(found.ipv4_mapped)
        return str(ipaddress.ip_network((int(found) >> 64 << 64, 64)))
    return str(found)


class AddressLimiter:
    """At most `limit` takes in `seconds` for each address, as a bucket that refills evenly.

    A limit that may change meanwhile is a callable, and is asked at every take.
    It remembers the `capacity` addresses seen last, so memory is bounded; an address that was pushed out has
    a full bucket again. Each web process counts for itself.
    """

    def __init__(
        self,
        limit: int | Callable[[], int],
        seconds: float = 60,
        *,
        capacity: int = 10_000,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.seconds, self.capacity = seconds, capacity
        self._limit = limit if callable(limit) else lambda: limit
        self._clock = clock
        self._lock = threading.Lock()
        # Network -> (tokens left, when that was so).
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, address: str | None) -> int:
        """Count one request; return 0 when it may pass, else the seconds (at least 1) after which to try again.

        A limit of 0 lets everything pass.
        """
        limit = self._limit()
        if not limit:
            return 0
        network, rate = network_of(address), limit / self.seconds
        with self._lock:
            now = self._clock()
            tokens, then = self._buckets.pop(network, (float(limit), now))
            tokens = min(float(limit), tokens + (now - then) * rate)
            passes = tokens >= 1
            self._buckets[network] = (tokens - 1 if passes else tokens, now)
            if len(self._buckets) > self.capacity:
                self._buckets.popitem(last=False)
        return 0 if passes else max(1, math.ceil((1 - tokens) / rate))

    def __len__(self) -> int:
        return len(self._buckets)
