"""Ranks leave room between any two neighbours."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from admin_app.surveys.ranks import LONGEST, between, spread


@pytest.mark.parametrize("count", [0, 1, 2, 30, 31, 60, 61, 62, 500, 4000])
def test_spread_is_in_order_and_short(count):
    ranks = spread(count)
    assert len(set(ranks)) == count
    assert ranks == sorted(ranks)
    assert all(len(rank) <= 3 and not rank.endswith("0") for rank in ranks)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 40), st.lists(st.integers(0, 10_000), max_size=60))
def test_there_is_room_anywhere(count, places):
    ranks = spread(count)
    for place in places:
        at = place % (len(ranks) + 1)
        ranks.insert(at, between(ranks[at - 1] if at else None, ranks[at] if at < len(ranks) else None))
    assert ranks == sorted(ranks)
    assert len(set(ranks)) == len(ranks)
    assert not any(rank.endswith("0") for rank in ranks)


def test_appending_stays_short():
    rank = None
    for _ in range(500):
        after = between(rank, None)
        assert rank is None or after > rank
        rank = after
    assert len(rank) < 20


def test_the_wrong_order_is_refused():
    with pytest.raises(ValueError, match="order"):
        between("b", "a")


def test_a_full_place_says_so():
    low, high = "a", "b"
    with pytest.raises(ValueError, match="no room"):
        for _ in range(LONGEST * 10):
            high = between(low, high)
