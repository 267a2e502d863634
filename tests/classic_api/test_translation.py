"""Types by their words, choices as they came, and back again."""

from __future__ import annotations

from dataclasses import replace

import pytest

from admin_app.classic_api.answers import answers_from, writer_of
from admin_app.classic_api.questions import data_of, document_of, question_from, with_keys
from admin_app.core.errors import InvalidError
from admin_app.results.join import JoinedQuestion
from admin_app.surveys.question_types import QUESTION_TYPES
from admin_app.surveys.questionnaire import ChoiceSpec

OBJECTS = [{"id": 1, "text": "One"}, {"id": 2, "text": "Two"}]


def asked(word, came=None):
    return with_keys([question_from("A question", word, came)])[0]


def told(question, sent):
    """What the statistics say of an answer that was sent."""
    text = writer_of(JoinedQuestion(question, retired=False, versions=frozenset()))(answers_from(question, sent))
    import json

    return None if text is None else json.loads(text)


@pytest.mark.parametrize(
    ("word", "came", "kind"),
    [
        ("text", None, "text"),
        ("longtext", None, "long_text"),
        ("number", None, "decimal"),
        ("single", ["A", "B"], "single_choice"),
        ("radio", ["A", "B"], "single_choice"),
        ("select", ["A", "B"], "single_choice"),
        ("multiple", ["A", "B"], "multiple_choice"),
        ("checkbox", ["A", "B"], "multiple_choice"),
        ("Checkbox", ["A", "B"], "multiple_choice"),
        ("scale", None, "scale"),
        ("scale", [1, 2, 3, 4], "scale"),
        ("date", None, "date"),
        ("email", None, "email"),
        ("yes_no", None, "yes_no"),
        # What cannot be asked as it says.
        ("radio", None, "text"),
        ("radio", [""], "text"),
        ("radio", "A, B", "text"),
        ("scale", {"min": 0, "max": 100}, "text"),
        ("matrix_single", ["A"], "text"),
        ("hologram", None, "text"),
        ("hologram", {"any": ["JSON", 1, None]}, "text"),
    ],
)
def test_it_goes_by_its_word_and_its_choices_come_back(word, came, kind):
    question = asked(word, came)
    assert question.type == kind
    document = document_of(question, 7)
    offered = {"yes_no": ["Yes", "No"], "scale": [1, 2, 3, 4, 5]}
    assert document == {
        "id": 7,
        "content": "A question",
        "type": word,
        "replyContent": offered.get(kind) if came is None else came,
    }
    assert QUESTION_TYPES[kind].find_faults(question) == []


@pytest.mark.parametrize(
    "came", [["A", "B"], [1, 2], [1.5, True, None], OBJECTS, {"a": "Apple", "p": "Pear"}, [["x"], {"y": []}]]
)
def test_choices_of_any_json(came):
    question = asked("radio", came)
    assert question.type == "single_choice"
    elements = came if isinstance(came, list) else list(came.values())
    assert [told(question, one) for one in elements] == elements
    assert document_of(question, 1)["replyContent"] == came


def test_a_choice_goes_by_its_words_and_code_too():
    question = asked("checkbox", OBJECTS)
    assert [one.label for one in question.choices] == ["One", "Two"]
    assert told(question, ["two", {"text": "One", "id": 1}]) == OBJECTS
    with pytest.raises(InvalidError):
        told(question, "Three")


def test_a_scale_out_of_numbers_of_words_and_of_its_ends():
    assert told(asked("scale", [3, 4, 5]), 4) == 4
    words = asked("scale", ["bad", "fair", "good"])
    assert words.settings["min_label"] == "bad"
    assert [told(words, "fair"), told(words, 3)] == ["fair", "good"]
    assert told(asked("scale", {"min": -2, "max": 2}), -1) == -1
    with pytest.raises(InvalidError):
        told(asked("scale", [3, 4, 5]), 2)


def test_an_unknown_type_takes_any_json_and_gives_it_back():
    question = asked("hologram")
    for sent in ("words", {"x": [1, 2]}, ["a", None], "[no JSON"):
        assert told(question, sent) == sent
    assert told(question, 5) == "5"


def test_choices_that_were_changed_since_are_told_as_they_are_now():
    question = asked("radio", OBJECTS)
    changed = replace(question, choices=(*question.choices[:1], ChoiceSpec("", "two", "Reworded")))
    assert document_of(changed, 1)["replyContent"] == ["One", "Reworded"]
    assert told(changed, "Reworded") == "Reworded"


def test_what_the_operation_that_adds_one_is_given():
    data = data_of(question_from("Colour?", "select", ["Red", "Dark red"]))
    assert data == {
        "key": "",
        "type": "single_choice",
        "label": "Colour?",
        "settings": {"appearance": "dropdown", "sent_type": "select"},
        "choices": [{"code": "red", "label": "Red"}, {"code": "dark_red", "label": "Dark red"}],
    }


def test_many_different_answers_are_not_all_remembered():
    question = asked("text")
    write = writer_of(JoinedQuestion(question, retired=False, versions=frozenset()))
    for number in range(2_100):
        assert write({question.key: f"answer {number}"}) == f'"answer {number}"'
    assert write({question.key: "x" * 300}) == f'"{"x" * 300}"'
