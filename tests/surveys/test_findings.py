"""The linter: errors stop publishing, warnings do not."""

from __future__ import annotations

import pytest

from admin_app.surveys.findings import Severity, code_fault, column_name, errors_of, find_problems, key_fault
from admin_app.surveys.questionnaire import ChoiceSpec, Questionnaire, QuestionSpec, SectionSpec
from tests.factories import choices, sample_questionnaire


def asking(*questions: QuestionSpec, title: str = "T") -> Questionnaire:
    return Questionnaire(title, sections=(SectionSpec("s", "", "", questions),))


def messages(questionnaire: Questionnaire) -> list[str]:
    return [f"{finding.severity.value}: {finding}" for finding in find_problems(questionnaire)]


def test_the_sample_is_sound():
    assert find_problems(sample_questionnaire()) == []


def test_nothing_to_ask():
    assert messages(Questionnaire(" ")) == ["error: The survey has no title.", "error: There are no questions."]


def test_an_empty_section_is_only_a_warning():
    good = QuestionSpec("", "a", "text", "A")
    questionnaire = Questionnaire(
        "T", sections=(SectionSpec("", "", "", (good,)), SectionSpec("", ""), SectionSpec("", "End"))
    )
    assert messages(questionnaire) == [
        "warning: Section 2: The section has no questions.",
        "warning: End: The section has no questions.",
    ]
    assert errors_of(questionnaire) == []


def test_unknown_types_and_bad_keys():
    found = messages(asking(QuestionSpec("", "a", "telepathy", "A"), QuestionSpec("", "b__c", "text", "B")))
    assert "error: a: There is no question type “telepathy”." in found
    assert "error: b__c: A key cannot have two underscores or hyphens in a row." in found


def test_faults_of_types_are_errors():
    assert messages(asking(QuestionSpec("", "a", "single_choice", "A"))) == ["error: a: There are no choices."]


def test_codes_and_labels_of_choices():
    bad = (ChoiceSpec("", "a,b", "Same"), ChoiceSpec("", "c", " same "))
    found = find_problems(asking(QuestionSpec("", "q", "single_choice", "A", choices=bad)))
    assert [(finding.severity, finding.where) for finding in found] == [
        (Severity.ERROR, "q"),
        (Severity.WARNING, "q"),
    ]


@pytest.mark.parametrize("other", ["Colour-1", "colour_1"])
def test_two_keys_that_files_cannot_tell_apart(other):
    found = messages(asking(QuestionSpec("", "colour_1", "text", "A"), QuestionSpec("", other, "text", "B")))
    assert any("same column" in one for one in found)


def test_a_row_that_is_named_like_another_question():
    matrix = QuestionSpec("", "a", "matrix_single", "A", choices=choices(x="X"), rows=choices(b="B"))
    found = messages(asking(matrix, QuestionSpec("", "a__b", "text", "B")))
    assert any("“a” would have the same column" in one for one in found)


@pytest.mark.parametrize("key", ["a", "A_1", "_x", "why-not", "x" * 60])
def test_good_keys(key):
    assert key_fault(key) == ""


@pytest.mark.parametrize(
    "key", ["", "1a", "a b", "ä", "a.b", "a__b", "a-_b", "a\0", "a\n", "x" * 61, "csrf_token", "SUBMISSION_KEY"]
)
def test_bad_keys(key):
    assert key_fault(key)


@pytest.mark.parametrize("code", ["a", "1", "-1", "ä", "a/b", "x" * 80])
def test_good_codes(code):
    assert code_fault(code) == ""


@pytest.mark.parametrize("code", ["", " ", "a b", "a,b", "a;b", "a\0", "\ud800", "a\n", "__other", "x" * 81])
def test_bad_codes(code):
    assert code_fault(code)


def test_column_names_are_compared_kindly():
    assert column_name("Work-From_home") == column_name("work_from-HOME")
    assert column_name("a__b") != column_name("a_b")
