"""What differs between two questionnaires, and between two wordings."""

from __future__ import annotations

from dataclasses import replace
from difflib import SequenceMatcher

import pytest

from admin_app.core import wording
from admin_app.core.wording import Fate, compare_words, plain_text
from admin_app.surveys.differences import Mark, compare
from admin_app.surveys.questionnaire import ChoiceSpec, Questionnaire, QuestionSpec, SectionSpec

COLOURS = (ChoiceSpec("c1", "red", "Red"), ChoiceSpec("c2", "blue", "Blue"), ChoiceSpec("c3", "none", "None"))
ROWS = (ChoiceSpec("r1", "home", "At home"), ChoiceSpec("r2", "work", "At work"))
FIRST = SectionSpec(
    "s1",
    "One",
    questions=(
        QuestionSpec("q1", "name", "text", "Your name"),
        QuestionSpec("q2", "colour", "single_choice", "Colour?", choices=COLOURS, settings={"other": True}),
        QuestionSpec("q3", "places", "matrix_single", "Where?", choices=COLOURS, rows=ROWS),
    ),
)
SECOND = SectionSpec("s2", "Two", questions=(QuestionSpec("q4", "age", "integer", "Age"),))
BASE = Questionnaire("Title", "<p>Hello</p>", "<p>Bye</p>", sections=(FIRST, SECOND))


def questions(section: SectionSpec, *changed: QuestionSpec) -> SectionSpec:
    """The section with these questions in place of those of the same uid."""
    by_uid = {one.uid: one for one in changed}
    return replace(section, questions=tuple(by_uid.get(one.uid, one) for one in section.questions))


def told(after: Questionnaire, before: Questionnaire = BASE) -> list[tuple[str, list[str]]]:
    """(uid, marks) of each part; the survey's own texts are called "survey"."""
    return [(getattr(part.spec, "uid", "survey"), [*part.marks]) for part in compare(before, after).parts]


def test_equal_ones_do_not_differ():
    assert not compare(BASE, Questionnaire.from_json(BASE.to_json()))


def test_texts_around_the_questions():
    after = replace(BASE, title="Other", thanks="<p>Thanks</p>", language="de")
    (part,) = compare(BASE, after).parts
    assert (part.marks, part.is_question, part.is_section) == ((Mark.REWORDED, Mark.SETTINGS), False, False)
    assert [(one.field, one.after) for one in part.texts] == [("title", "Other"), ("thanks", "<p>Thanks</p>")]
    assert [(one.field, one.before, one.after) for one in part.settings] == [("language", "en", "de")]


def test_questions_that_come_and_go():
    new = QuestionSpec("q9", "new", "text", "New")
    after = replace(BASE, sections=(replace(FIRST, questions=(FIRST.questions[0], new, FIRST.questions[2])), SECOND))
    assert told(after) == [("q9", ["added"]), ("q2", ["retired"])]
    difference = compare(BASE, after)
    assert (difference.number(Mark.ADDED), difference.number(Mark.RETIRED), difference.number(Mark.MOVED)) == (1, 1, 0)
    assert [part.spec.key for part in difference.asked_before()] == ["colour"]
    assert {part.section for part in difference.parts} == {"One"}


def test_sections_that_come_and_go():
    third = SectionSpec("s3", "Three", questions=(QuestionSpec("q9", "new", "text", "New"),))
    after = replace(BASE, sections=(FIRST, third))
    assert told(after) == [("s3", ["added"]), ("q9", ["added"]), ("s2", ["retired"]), ("q4", ["retired"])]
    assert compare(BASE, after).parts[0].is_section


@pytest.mark.parametrize(
    ("change", "marks", "fields"),
    [
        ({"label": "Name?"}, ["reworded"], ["label"]),
        ({"hint": "Full"}, ["reworded"], ["hint"]),
        ({"description": "<p>x</p>"}, ["reworded"], ["description"]),
        ({"required": True, "personal": True}, ["settings"], ["required", "personal"]),
        ({"type": "email", "key": "mail"}, ["settings"], ["key", "type"]),
        ({"settings": {"max_length": 3}}, ["settings"], ["settings.max_length"]),
        ({"settings": {"max_length": None}}, ["settings"], ["settings.max_length"]),
        ({"label": "Name?", "required": True}, ["reworded", "settings"], ["label", "required"]),
    ],
)
def test_one_question(change, marks, fields):
    after = replace(BASE, sections=(questions(FIRST, replace(FIRST.questions[0], **change)), SECOND))
    (part,) = compare(BASE, after).parts
    assert [*part.marks] == marks
    assert [one.field for one in (*part.texts, *part.settings)] == fields


def test_a_setting_that_is_taken_away():
    after = replace(BASE, sections=(questions(FIRST, replace(FIRST.questions[1], settings={})), SECOND))
    (part,) = compare(BASE, after).parts
    assert [(one.field, one.before, one.after) for one in part.settings] == [("settings.other", True, None)]


def test_choices():
    red, _blue, none = COLOURS
    green = ChoiceSpec("c9", "green", "Green")
    choices = (replace(red, label="Crimson"), replace(none, exclusive=True), green)
    after = replace(BASE, sections=(questions(FIRST, replace(FIRST.questions[1], choices=choices)), SECOND))
    (part,) = compare(BASE, after).parts
    assert [*part.marks] == ["choices"]
    assert [(one.mark.value, one.row, (one.after or one.before).code) for one in part.choices] == [
        ("reworded", False, "red"),
        ("settings", False, "none"),
        ("added", False, "green"),
        ("retired", False, "blue"),
    ]


def test_rows_and_their_order():
    after = replace(BASE, sections=(questions(FIRST, replace(FIRST.questions[2], rows=ROWS[::-1])), SECOND))
    (part,) = compare(BASE, after).parts
    assert [(one.mark.value, one.row, one.after.code) for one in part.choices] == [("moved", True, "work")]


def test_a_move_moves_one():
    one, two, three = FIRST.questions
    assert told(replace(BASE, sections=(replace(FIRST, questions=(two, three, one)), SECOND))) == [("q1", ["moved"])]
    elsewhere = (replace(FIRST, questions=(one, two)), replace(SECOND, questions=(three, *SECOND.questions)))
    assert told(replace(BASE, sections=elsewhere)) == [("q3", ["moved"])]
    (part,) = compare(BASE, replace(BASE, sections=elsewhere)).parts
    assert (part.left, part.section) == ("One", "Two")
    assert told(replace(BASE, sections=(SECOND, FIRST))) == [("s2", ["moved"])]


def test_a_question_that_moves_out_of_a_section_that_goes():
    after = replace(BASE, sections=(replace(FIRST, questions=(*FIRST.questions, *SECOND.questions)),))
    assert told(after) == [("q4", ["moved"]), ("s2", ["retired"])]


class TestWords:
    def test_runs(self):
        runs = compare_words("How old are you now?", "How young were you now?")
        assert runs == [
            (Fate.SAME, "How "),
            (Fate.OUT, "old are"),
            (Fate.IN, "young were"),
            (Fate.SAME, " you now?"),
        ]

    @pytest.mark.parametrize(
        ("before", "after"),
        [("", "all new"), ("all gone", ""), ("a b", "a b"), ("", ""), ("a  b\nc", "c b  a"), ("x" * 9, "x y " * 1_500)],
    )
    def test_both_texts_can_be_read_from_it(self, before, after):
        runs = compare_words(before, after)
        assert "".join(text for fate, text in runs if fate is not Fate.IN) == before
        assert "".join(text for fate, text in runs if fate is not Fate.OUT) == after

    def test_long_texts_are_not_waited_for(self, monkeypatch):
        """Comparing takes the square of the words; what is longer than the limit is shown as a whole."""
        compared = []

        class Matcher(SequenceMatcher):
            def __init__(self, _junk, old, new):
                compared.append(max(len(old), len(new)))
                super().__init__(None, old, new)

        monkeypatch.setattr(wording, "SequenceMatcher", Matcher)
        compare_words("a b c d " * 240, "d c b a " * 240)
        assert len(compare_words("word " * 30_000, "word other " * 30_000)) == 2
        assert compared == [1920]

    def test_rich_texts_have_words(self):
        assert plain_text("<p>One <b>two</b></p><p>3 &lt; 4</p><ul><li>a</li><li>b</li></ul>x<br>y") == (
            "One two\n3 < 4\na\nb\nx\ny"
        )
