"""Steps of numbers and of moments."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import example, given
from hypothesis import strategies as some

from admin_app.results.bins import SINGLE, WANTED, Bin, moment_bins, number_bins


def shown(bins: list[Bin]) -> list[tuple[str, int]]:
    return [(one.words, one.counts[0]) for one in bins]


class TestNumbers:
    def test_few_whole_ones_get_a_bar_each(self) -> None:
        assert shown(number_bins([{1: 2, 3: 1}])) == [("1", 2), ("2", 0), ("3", 1)]

    def test_many_lie_in_even_steps(self) -> None:
        bins = number_bins([{16: 1, 39: 2, 40: 3, 80: 1}])
        assert (bins[0].words, bins[-1].words) == ("10 to under 20", "80 to under 90")
        assert [one.counts[0] for one in bins] == [1, 0, 2, 3, 0, 0, 0, 1]

    def test_a_border_belongs_to_the_step_that_begins_there(self) -> None:
        bins = number_bins([{0.1: 1, 0.3: 1, 1.2: 1}])
        assert dict(shown(bins))["0.3 to under 0.4"] == 1

    def test_two_groups_share_their_steps(self) -> None:
        bins = number_bins([{1: 1}, {3: 5}])
        assert [one.counts for one in bins] == [[1, 0], [0, 0], [0, 5]]

    def test_without_any(self) -> None:
        assert number_bins([{}]) == []
        assert number_bins([{-1e308: 1, 1e308: 1}]) == []

    @example([5e-324])
    @given(some.lists(some.integers(-(10**15), 10**15) | some.floats(-1e6, 1e6), min_size=1))
    def test_none_is_lost_and_the_steps_are_few(self, values: list[float]) -> None:
        bins = number_bins([Counter(values)])
        assert sum(one.counts[0] for one in bins) == len(values)
        assert len(bins) <= max(SINGLE, 2 * WANTED)


class TestMoments:
    @pytest.mark.parametrize(
        ("moments", "first", "steps"),
        [
            (["08:30", "10:15:00"], "08:00–08:59", 3),
            (["2026-01-31", "2026-02-02"], "2026-01-31", 3),
            (["2026-01-31T10:00", "2026-02-02T09:00"], "2026-01-31", 3),
            (["2026-01-31", "2026-05-02"], "Week of 2026-01-26", 14),
            (["2025-12-31", "2026-12-02"], "2025-12", 13),
            (["2010-01-31", "2026-05-02"], "2010", 17),
            (["1950-01-31", "2026-05-02"], "1950–1959", 8),
            (["9999-12-31"], "9999-12-31", 1),
            (["0001-01-01", "9999-12-31"], "0–999", 10),
        ],
    )
    def test_by_their_span(self, moments: list[str], first: str, steps: int) -> None:
        bins = moment_bins([Counter(moments)])
        assert (bins[0].words, len(bins)) == (first, steps)
        assert sum(one.counts[0] for one in bins) == len(moments)

    def test_without_any(self) -> None:
        assert moment_bins([{}]) == []
