"""Limits in the memory of one process: for each address, and of what all processes count together."""

from __future__ import annotations

import datetime as dt
import ipaddress
import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import NamedTuple, TypeVar

from admin_app.core.clock import now

T = TypeVar("T")


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


class Lease(NamedTuple):
    """So many requests, to be given out until then. Of none, there are no more before then."""

    number: int
    until: dt.datetime


class Leases:
    """Requests that this process takes from a count that all share, so many at once, and gives out one by one.

    Who keeps the count is asked once a lease, not once a request. What is left when a lease's time is over is lost.
    """

    def __init__(self, *, capacity: int = 10_000, clock: Callable[[], dt.datetime] = now) -> None:
        self.capacity = capacity
        self._clock = clock
        self._lock = threading.Lock()
        # What there is for each key; of a lease of none, that there is none.
        self._held: OrderedDict[int, Lease] = OrderedDict()
        self._none: OrderedDict[int, dt.datetime] = OrderedDict()

    def take(self, key: int, ask: Callable[[], Lease]) -> int:
        """Count one request; return 0 when it may pass, else the seconds (at least 1) after which to try again."""
        with self._lock:
            if (refused := self._refused(key)) or self._give(key):
                return refused
        lease = ask()  # outside the lock: it waits for the database
        with self._lock:
            if not lease.number:
                _put(self._none, key, lease.until, self.capacity)
                return self._seconds(lease.until)
            # Another thread may have asked at the same time.
            rest = self._held.get(key)
            more = rest.number if rest is not None and rest.until == lease.until else 0
            _put(self._held, key, Lease(lease.number + more - 1, lease.until), self.capacity)
        return 0

    def _give(self, key: int) -> bool:
        lease = self._held.get(key)
        if lease is None or not lease.number or lease.until <= self._clock():
            return False
        self._held[key] = lease._replace(number=lease.number - 1)
        return True

    def _refused(self, key: int) -> int:
        until = self._none.get(key)
        return self._seconds(until) if until is not None and until > self._clock() else 0

    def _seconds(self, until: dt.datetime) -> int:
        return max(1, math.ceil((until - self._clock()).total_seconds()))


def _put(known: OrderedDict[int, T], key: int, value: T, capacity: int) -> None:
    known[key] = value
    known.move_to_end(key)
    if len(known) > capacity:
        known.popitem(last=False)


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
