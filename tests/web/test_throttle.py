"""Limits for each address."""

from __future__ import annotations

import threading

import pytest

from admin_app.web.throttle import AddressLimiter, network_of


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
