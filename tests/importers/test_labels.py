"""Labels in cells of other programs."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from admin_app.replies.importer_labels import CodeMatcher, LabelMatcher, Split, normal


def matcher(*labels: str) -> LabelMatcher:
    """A matcher whose codes are the labels themselves."""
    return LabelMatcher((label, label) for label in labels)


class TestOne:
    @pytest.mark.parametrize(
        "cell", ["We haven’t yet", "we haven't yet", "  WE  HAVEN‘T\tYET ", "We haven't yet...", "We haven't yet …"]
    )
    def test_what_does_not_matter(self, cell):
        assert matcher("We haven’t yet").one(cell) == Split(("We haven’t yet",))

    @pytest.mark.parametrize("cell", ['say "yes" now', "Say «yes» now", "say „yes“ NOW."])
    def test_quotes(self, cell):
        assert matcher("Say “yes” now").one(cell).codes == ("Say “yes” now",)

    def test_the_beginning_up_to_a_bracket(self):
        labels = matcher("Version control (git, svn …)", "None [at all]")
        assert labels.one("version control").codes == ("Version control (git, svn …)",)
        assert labels.one("None").codes == ("None [at all]",)
        assert labels.one("version") == Split((), "version")

    def test_each_bracket_makes_a_beginning(self):
        assert matcher("A (b) c (d)").one("a (b) C").codes == ("A (b) c (d)",)

    def test_a_beginning_of_two_labels_is_neither(self):
        labels = matcher("Tools (own)", "Tools (bought)")
        assert labels.one("Tools") == Split((), "Tools")
        assert labels.one("Tools (own)").codes == ("Tools (own)",)

    def test_a_whole_label_wins_over_a_beginning(self):
        labels = matcher("Tools (own)", "Tools")
        assert labels.one("tools").codes == ("Tools",)

    def test_a_label_that_two_choices_have_is_neither(self):
        labels = LabelMatcher([("a", "Same"), ("b", "same"), ("c", "Same (c)")])
        assert labels.one("Same") == Split((), "Same")

    def test_dots_are_not_a_label(self):
        assert LabelMatcher([("a", "...")]).one("") == Split((), "")

    def test_own_words_stay_as_they_are(self):
        assert matcher("Yes").one("  Well,  maybe ") == Split((), "Well,  maybe")


class TestSeveral:
    LABELS = ("Day 0 (ZTP, POAP, etc.)", "Ansible", "Ansible, the tower", "the tower, and more", "Chef; Puppet")

    @pytest.mark.parametrize(
        ("cell", "codes", "rest"),
        [
            ("", (), ""),
            ("ansible", ("Ansible",), ""),
            ("Ansible, Day 0 (ZTP, POAP, etc.)", ("Ansible", "Day 0 (ZTP, POAP, etc.)"), ""),
            ("Day 0,Ansible", ("Day 0 (ZTP, POAP, etc.)", "Ansible"), ""),
            ("Ansible, the tower", ("Ansible, the tower",), ""),
            ("Ansible, the tower, and more", ("Ansible", "the tower, and more"), ""),
            ("Chef; Puppet; Ansible", ("Chef; Puppet", "Ansible"), ""),
            ("Ansible, Ansible", ("Ansible",), ""),
            ("Ansible, own scripts, in Perl", ("Ansible",), "own scripts, in Perl"),
            ("one, Ansible, two", ("Ansible",), "one, two"),
            ("Ansible,, ,", ("Ansible",), ""),
            (", Perl", (), "Perl"),
            ("..., Ansible", ("Ansible",), "..."),
            # Cut in the middle of the bracket: not a beginning up to it, so nobody's label.
            ("Day 0 (ZTP, POAP", (), "Day 0 (ZTP, POAP"),
        ],
    )
    def test_cells(self, cell, codes, rest):
        assert matcher(*self.LABELS).several(cell) == Split(codes, rest)


class TestCodes:
    def test_one(self):
        codes = CodeMatcher(["a", "b"])
        assert codes.one("a") == Split(("a",))
        assert codes.one("A") == Split((), "A")

    @pytest.mark.parametrize("cell", ["a, b", "a b", "a;b", "a,b,a", " a ;  b,"])
    def test_several(self, cell):
        assert CodeMatcher(["a", "b"]).several(cell) == Split(("a", "b"))

    def test_unknown_ones(self):
        assert CodeMatcher(["a"]).several("x, a y") == Split(("a",), "x, y")


# Labels made of words that no two labels share, so that each cell can be read in one way only.
WORD = st.text(st.characters(categories=("L", "N"), exclude_characters="İ"), min_size=1, max_size=6)
LABELS = st.lists(st.lists(WORD, min_size=1, max_size=4), min_size=1, max_size=6).filter(
    lambda labels: len({normal(word) for label in labels for word in label}) == sum(map(len, labels))
)


@given(LABELS, st.data())
def test_what_was_joined_comes_apart_again(words, data):
    labels = [data.draw(st.sampled_from([", ", "; ", ",", " (", " "])).join(label) for label in words]
    chosen = data.draw(st.lists(st.sampled_from(labels), unique=True))
    cell = data.draw(st.sampled_from([", ", "; ", ","])).join(chosen)
    assert matcher(*labels).several(cell) == Split(tuple(chosen))


@given(LABELS, st.lists(WORD, max_size=4), st.data())
def test_no_word_is_lost(words, own, data):
    """Whatever stands in a cell is a label or is left over."""
    labels = [", ".join(label) for label in words]
    known = {normal(word) for label in words for word in label}
    own = [word for word in own if normal(word) not in known]
    parts = data.draw(st.permutations([*labels, *own]))
    found = matcher(*labels).several(", ".join(parts))
    assert set(found.codes) == set(labels)
    assert [part.strip() for part in found.rest.split(",") if part] == [part for part in parts if part in own]


@given(st.text(max_size=60), st.lists(st.text(max_size=12), max_size=5))
def test_nothing_makes_it_stumble(cell, labels):
    found = matcher(*labels).several(cell)
    assert set(found.codes) <= set(labels)
    matcher(*labels).one(cell)
