"""The difference in words: names, marks, values and choices as pages show them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from admin_app.core.wording import Fate
from admin_app.surveys.admin_differences import CHOICES_SHOWN, ShownPart, shown_parts, summary
from admin_app.surveys.differences import compare
from admin_app.surveys.questionnaire import ChoiceSpec, Questionnaire, QuestionSpec, SectionSpec

AGE = QuestionSpec("q1", "age", "integer", "Age", description="<p>Full <b>years</b></p>", settings={"min": 1, "old": 1})
TEAM = QuestionSpec("q2", "team", "single_choice", "Team", choices=(ChoiceSpec("c1", "dev", "Dev"),))
BASE = Questionnaire("T", sections=(SectionSpec("s1", "One", questions=(AGE, TEAM)), SectionSpec("s2", "Two")))


@pytest.fixture
def show(app):
    """A function that shows the parts of the one difference between BASE and another questionnaire."""

    def shown(*questions: QuestionSpec, second: SectionSpec = BASE.sections[1], **answers: int) -> list[ShownPart]:
        after = replace(BASE, sections=(replace(BASE.sections[0], questions=questions), second))
        with app.test_request_context():
            return shown_parts(compare(BASE, after), answers)

    return shown


def values(part: ShownPart) -> list[tuple[str, str, str]]:
    return [(one.label, one.before, one.after) for one in part.changes]


def test_settings_are_named_as_their_author_knows_them(show):
    settings = {"min": 18, "required_message": "Please!"}
    (part,) = show(replace(AGE, required=True, settings=settings), TEAM, age=7)
    assert values(part) == [
        ("Required", "no", "yes"),
        ("Least", "1", "18"),
        ("old", "1", "not set"),
        ("Message when it is not answered", "not set", "Please!"),
    ]
    assert (part.name, part.kind, part.key, part.section, part.answers) == ("Age", "Whole number", "age", "One", 7)
    assert [words for words, _tone in part.marks] == ["Settings"]


def test_a_type_is_named_also_where_nobody_knows_it(show):
    (part,) = show(replace(AGE, type="decimal"), TEAM)
    assert values(part) == [("Type", "Whole number", "Decimal number")]
    (part,) = show(replace(AGE, type="telepathy", settings={}), TEAM)
    assert values(part)[0] == ("Type", "Whole number", "telepathy")
    assert values(part)[1][0] == "min"


def test_of_rich_texts_the_words_are_compared(show):
    (part,) = show(replace(AGE, description="<p>Whole <b>years</b></p>"), TEAM)
    runs = [(Fate.OUT, "Full"), (Fate.IN, "Whole"), (Fate.SAME, " years")]
    assert [(one.label, one.runs, one.markup) for one in part.changes] == [("Description", runs, False)]
    (part,) = show(replace(AGE, description="<p>Full <i>years</i></p>"), TEAM)
    assert part.changes[0].markup


def test_what_has_no_words_has_a_name(show):
    added = QuestionSpec("q9", "new", "text", " ")
    parts = show(AGE, TEAM, second=SectionSpec("s9", "", questions=(added,)))
    assert [(part.name, part.kind) for part in parts] == [
        ("Section without a title", "Section"),
        ("(without a title)", "Short text"),
        ("Two", "Section"),
    ]
    assert {part.answers for part in parts} == {None}


def test_a_question_that_moved_says_from_where(show):
    (part,) = show(AGE, second=replace(BASE.sections[1], questions=(TEAM,)))
    assert (part.left, part.section, part.marks[0][0]) == ("One", "Two", "Moved")


def test_choices(show):
    changed = (ChoiceSpec("c2", "ops", "Ops"), ChoiceSpec("c3", "hr", "People"))
    (part,) = show(AGE, replace(TEAM, choices=changed))
    assert [(one.words, one.code, one.runs) for one in part.choices] == [
        ("Added", "ops", [(Fate.IN, "Ops")]),
        ("Added", "hr", [(Fate.IN, "People")]),
        ("Retired", "dev", [(Fate.OUT, "Dev")]),
    ]
    assert part.more == 0


def test_what_an_added_question_offers_is_shown_as_far_as_anybody_reads(show):
    many = tuple(ChoiceSpec(f"m{number}", f"c{number}", f"Choice {number}") for number in range(50))
    rows = (ChoiceSpec("r1", "row", "Row"),)
    _section, part = show(
        AGE,
        TEAM,
        second=SectionSpec(
            "s2", "Two more", questions=(QuestionSpec("q9", "m", "matrix_single", "M", choices=many, rows=rows),)
        ),
    )
    assert (len(part.choices), part.more) == (CHOICES_SHOWN, 51 - CHOICES_SHOWN)
    assert {one.words for one in part.choices} == {""}


def test_the_summary_counts_questions_by_mark(app):
    after = replace(BASE, title="Other", sections=(replace(BASE.sections[0], questions=(replace(AGE, label="A"),)),))
    with app.test_request_context():
        assert [(words, number) for words, _tone, number in summary(compare(BASE, after))] == [
            ("Retired", 1),
            ("Reworded", 1),
        ]
