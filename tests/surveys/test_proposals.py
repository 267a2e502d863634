"""Names that the program proposes for questions and choices, whatever people type or paste."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from admin_app.surveys.findings import code_fault, column_name, key_fault
from admin_app.surveys.proposals import (
    another_key,
    follows_code,
    follows_key,
    propose_code,
    propose_key,
    read_choices,
)


@pytest.mark.parametrize(
    ("label", "key"),
    [
        ("Your age", "your_age"),
        ("  Which of these, if any?  ", "which_of_these_if_any"),
        ("Größe & Gewicht", "grosse_gewicht"),
        ("Ærø – smørrebrød", "aero_smorrebrod"),
        ("2nd choice", "q_2nd_choice"),
        ("", "question_1"),
        ("😀", "question_1"),
        ("كم عمرك؟", "question_1"),
        ("Submission key", "question_1"),
        ("x" * 200, "x" * 40),
        ("a very long question that goes on and on and on", "a_very_long_question_that_goes_on_and_on"),
    ],
)
def test_a_key_is_made_of_the_label(label, key):
    assert propose_key(label, ()) == key
    assert follows_key(key, label)


def test_a_key_is_like_no_other_also_in_files():
    assert propose_key("Age", {"age"}) == "age_2"
    assert propose_key("Age", {"AGE", "age_2"}) == "age_3"
    assert propose_key("Your age", {"your-age"}) == "your_age_2"
    assert propose_key("", {"question_1", "question_2"}) == "question_3"
    assert len(propose_key("x" * 60, {"x" * 40})) <= 60


@pytest.mark.parametrize(
    ("key", "copy"), [("age", "age_3"), ("age_2", "age_3"), ("q_7", "q_8"), ("x" * 60, "x" * 58 + "_2")]
)
def test_a_copy_has_the_next_free_number(key, copy):
    taken = {"age", "age_2", "q", *(f"q_{number}" for number in range(8)), "x" * 60}
    assert another_key(key, taken) == copy


@pytest.mark.parametrize(
    ("key", "label", "follows"),
    [
        ("age", "Age", True),
        ("age_2", "Age", True),
        ("age_2", "Age 2", True),
        ("question_7", "Your name", True),
        ("dob", "Date of birth", False),
        ("your_age", "Age", False),
    ],
)
def test_a_key_chosen_by_hand_stays(key, label, follows):
    assert follows_key(key, label) is follows


@pytest.mark.parametrize(
    ("label", "code"),
    [
        ("Red", "red"),
        ("Very good, thanks", "very_good_thanks"),
        ("1", "1"),
        ("18–24", "18_24"),
        ("Да", "да"),
        ("نعم", "نعم"),
        ("\u202eabc", "abc"),
        ("👩‍🚀", "choice_1"),
        ("__other", "other"),
        ("a;b", "a_b"),
    ],
)
def test_a_code_is_made_of_the_label(label, code):
    assert propose_code(label, ()) == code
    assert follows_code(code, label)


def test_a_code_is_like_no_other():
    assert propose_code("Red", {"RED"}) == "red_2"
    assert propose_code("", {"choice_1"}) == "choice_2"
    assert not follows_code("r", "Red")


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=120), st.lists(st.text(max_size=12), max_size=5))
def test_any_label_gives_names_that_can_be_stored(label, others):
    taken: set[str] = set()
    for one in (label, label, *others):
        key = propose_key(one, taken)
        assert key_fault(key) == ""
        assert column_name(key) not in {column_name(name) for name in taken}
        taken.add(key)
    codes: set[str] = set()
    for one in (label, label, *others):
        code = propose_code(one, codes)
        assert code_fault(code) == ""
        assert code.casefold() not in {name.casefold() for name in codes}
        codes.add(code)


class TestPasting:
    def test_one_a_line(self):
        pasted = read_choices("Red\n\n  Blue \r\nGreen\n")
        assert pasted.choices == [("red", "Red"), ("blue", "Blue"), ("green", "Green")]
        assert (pasted.repeated, pasted.renamed) == (0, 0)

    def test_with_codes_out_of_a_spreadsheet_or_by_hand(self):
        pasted = read_choices("1\tRed\tcrimson\nB|Blue\n\tGreen\nyellow\t")
        assert pasted.choices == [("1", "Red crimson"), ("B", "Blue"), ("green", "Green"), ("yellow", "yellow")]

    def test_codes_that_cannot_be_codes_are_made_into_some(self):
        pasted = read_choices('a b\tOne\n"x, y"\tTwo\n__other\tThree\n😀\tFour')
        assert pasted.choices == [("a_b", "One"), ("x_y", "Two"), ("other", "Three"), ("😀", "Four")]
        assert pasted.renamed == 3

    def test_a_bar_inside_a_label_is_a_part_of_it(self):
        assert read_choices("Yes, often | or not\n| x\ny |").choices == [
            ("yes_often_or_not", "Yes, often | or not"),
            ("x", "| x"),
            ("y", "y |"),
        ]

    def test_what_stands_there_twice_counts_once(self):
        pasted = read_choices("Red\nRed\n1\tRed\n1\tBlue")
        assert pasted.choices == [("red", "Red"), ("1", "Red"), ("1_2", "Blue")]
        assert (pasted.repeated, pasted.renamed) == (1, 1)

    def test_what_is_there_already_is_left_out(self):
        pasted = read_choices("Red\nBlue", taken={"BLUE"}, known={"Red"})
        assert pasted.choices == [("blue_2", "Blue")]
        assert pasted.repeated == 1

    def test_a_thousand_lines_in_any_script(self):
        lines = [f"{word} {number}" for number in range(250) for word in ("Ort", "مكان", "😀", '"q", r')]
        pasted = read_choices("\n".join(lines))
        assert len({code for code, _label in pasted.choices}) == 1000
        assert [label for _code, label in pasted.choices] == lines
        assert not any(code_fault(code) for code, _label in pasted.choices)
