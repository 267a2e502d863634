"""Limits for each address, and of what all processes count together."""

from __future__ import annotations

import datetime as dt
import threading

import pytest

from admin_app.web.throttle import AddressLimiter, Lease, Leases, network_of


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_it_works(clock):
    limiter = AddressLimiter(3, 60, clock=clock)
    assert [limiter.take("192.0.2.1") for _ in range(4)] == [0, 0, 0, 20]
    assert limiter.take("192.0.2.2") == 0


def test_it_refills_evenly(clock):
    limiter = AddressLimiter(3, 60, clock=clock)
    for _ in range(3):
        limiter.take("192.0.2.1")
    clock.now += 20
    assert [limiter.take("192.0.2.1") for _ in range(2)] == [0, 20]
    clock.now += 1000
    assert [limiter.take("192.0.2.1") for _ in range(4)] == [0, 0, 0, 20]


def test_no_limit_is_none():
    assert {AddressLimiter(0).take("192.0.2.1") for _ in range(1000)} == {0}


def test_memory_is_bounded(clock):
    limiter = AddressLimiter(1, 60, capacity=10, clock=clock)
    for number in range(100):
        limiter.take(f"192.0.2.{number}")
    assert len(limiter) == 10
    assert limiter.take("192.0.2.99") > 0
    assert limiter.take("192.0.2.1") == 0


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::1", "2001:db8:1:2::/64"),
        ("nonsense", ""),
        (None, ""),
    ],
)
def test_who_counts_as_one(address, network):
    assert network_of(address) == network


def test_threads_do_not_pass_more():
    limiter, passed = AddressLimiter(50, 3600), []

    def hammer() -> None:
        passed.extend(1 for _ in range(100) if not limiter.take("192.0.2.1"))

    threads = [threading.Thread(target=hammer) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(passed) == 50


START = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


class Count:
    """What all processes count together: `limit` in a minute, taken by tens."""

    def __init__(self, limit: int) -> None:
        self.limit, self.taken, self.asked = limit, 0, 0
        self.moment = self.since = START

    def now(self) -> dt.datetime:
        return self.moment

    def pass_seconds(self, seconds: int) -> None:
        self.moment += dt.timedelta(seconds=seconds)

    def __call__(self) -> Lease:
        self.asked += 1
        if self.moment >= self.since + dt.timedelta(minutes=1):
            self.since, self.taken = self.moment, 0
        number = min(10, self.limit - self.taken)
        self.taken += number
        return Lease(number, self.since + dt.timedelta(minutes=1))


class TestLeases:
    def test_the_count_is_asked_once_a_lease(self):
        count = Count(25)
        leases = Leases(clock=count.now)
        assert [leases.take(1, count) for _ in range(25)] == [0] * 25
        assert count.asked == 3

    def test_who_was_refused_is_refused_without_asking_until_the_time_is_over(self):
        count = Count(25)
        leases = Leases(clock=count.now)
        for _ in range(25):
            leases.take(1, count)
        count.pass_seconds(20)
        assert [leases.take(1, count) for _ in range(50)] == [40] * 50
        assert count.asked == 4
        count.pass_seconds(40)
        assert leases.take(1, count) == 0

    def test_what_is_left_is_lost_when_the_time_is_over(self):
        count = Count(10)
        leases = Leases(clock=count.now)
        assert leases.take(1, count) == 0
        count.pass_seconds(60)
        assert [leases.take(1, count) for _ in range(11)] == [0] * 10 + [60]

    def test_two_processes_share_the_count(self):
        count = Count(30)
        both = [Leases(clock=count.now), Leases(clock=count.now)]
        passed = [both[number % 2].take(1, count) == 0 for number in range(60)]
        assert sum(passed) == 30

    def test_each_key_has_its_own(self):
        counts = {1: Count(1), 2: Count(1)}
        leases = Leases(clock=counts[1].now)
        assert [leases.take(key, counts[key]) for key in (1, 2, 1, 2)] == [0, 0, 60, 60]

    def test_two_that_ask_at_once_lose_nothing(self):
        count = Count(20)
        leases = Leases(clock=count.now)

        def ask() -> Lease:
            if not count.asked:
                lease = count()
                assert leases.take(1, count) == 0
                return lease
            return count()

        assert leases.take(1, ask) == 0
        assert [leases.take(1, count) for _ in range(19)] == [0] * 18 + [60]

    def test_memory_is_bounded(self):
        leases = Leases(capacity=3, clock=lambda: START)
        later = START + dt.timedelta(minutes=1)
        for key in range(10):
            leases.take(key, lambda: Lease(5, later))
            leases.take(-key - 1, lambda: Lease(0, later))
        assert (len(leases._held), len(leases._none)) == (3, 3)
