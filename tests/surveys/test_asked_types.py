"""What is particular to addresses, times, points, sliders, limits on choices and consent."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from admin_app.surveys.findings import errors_of
from admin_app.surveys.question_types import QUESTION_TYPES
from admin_app.surveys.question_types.base import AnswerError
from admin_app.surveys.question_types.nps import net_promoters
from admin_app.surveys.question_types.settings import SettingSpec
from admin_app.surveys.question_types.url import web_address
from admin_app.surveys.questionnaire import ChoiceSpec, QuestionSpec
from tests.every_type import every_type_questionnaire
from tests.factories import choices

COLOURS = (*choices(red="Red", green="Green", blue="Blue"), ChoiceSpec("", "none", "None of these", exclusive=True))


def ask(kind: str, **settings: Any) -> QuestionSpec:
    return QuestionSpec("u1", "q", kind, "What?", settings=settings)


def colours(*, required: bool = False, **settings: Any) -> QuestionSpec:
    return QuestionSpec("u1", "q", "multiple_choice", "?", required=required, settings=settings, choices=COLOURS)


def collect(question: QuestionSpec, *values: str, **more: list[str]) -> dict[str, Any]:
    sent = {"q": list(values), **more}
    return QUESTION_TYPES[question.type].collect(question, lambda name: sent.get(name, []))


def faults(question: QuestionSpec) -> list[str]:
    return QUESTION_TYPES[question.type].find_faults(question)


def test_a_questionnaire_of_every_type_can_be_published():
    questionnaire = every_type_questionnaire()
    assert errors_of(questionnaire) == []
    assert {question.type for question in questionnaire.questions()} == set(QUESTION_TYPES)


class TestSettings:
    @pytest.mark.parametrize(
        ("kind", "right", "wrong"),
        [
            (int, [0, -5, 2**53 - 1], [2**53, 1.0, True, "1"]),
            (float, [0, 1.5, -1e300], [float("nan"), float("-inf"), False, "1.5", 2**53]),
            (bool, [True, False], [0, 1, "yes"]),
            (str, ["", "Grüße", "x" * 2000], ["x" * 2001, "\0", "\ud800", 5]),
            (dt.date, ["2024-02-29"], ["2023-02-29", "2024-2-9", "2024-02-29T00:00", 20240229]),
            (dt.time, ["00:00", "23:59", "23:59:59"], ["24:00", "9:00", "09:60", "09:00:60", "09:00Z", "０9:00"]),
            (dt.datetime, ["2024-02-29T23:59"], ["2023-02-29T10:00", "2024-02-29 10:00", "2024-02-29T10:00:00"]),
        ],
    )
    def test_each_kind(self, kind, right, wrong):
        spec = SettingSpec("x", kind, "X")
        assert [value for value in right if not spec.accepts(value)] == []
        assert [value for value in wrong if spec.accepts(value)] == []

    def test_a_range_is_named(self):
        spec = SettingSpec("x", int, "X", least=2, most=1000)
        assert (spec.fault(2), spec.fault(1000)) == ("", "")
        assert spec.fault(1001) == "“X” must be from 2 to 1,000."
        assert spec.fault("2") == "The setting “X” cannot be what it is."
        assert SettingSpec("x", int, "X", least=1).fault(0) == "The setting “X” cannot be what it is."

    def test_one_of_a_few(self):
        spec = SettingSpec("x", str, "X", options=(("a", "A"), ("b", "B")))
        assert spec.accepts("a")
        assert not any(map(spec.accepts, ("A", "", "c", ["a"], None)))


class TestAddresses:
    def test_the_message_can_be_the_questions_own(self):
        for kind in ("email", "url", "phone"):
            with pytest.raises(AnswerError, match=r"^Really\?$"):
                collect(ask(kind, invalid_message="Really?"), "x")

    def test_what_is_missing_is_said(self):
        with pytest.raises(AnswerError, match=r"name@example\.org"):
            collect(ask("email"), "ada")
        with pytest.raises(AnswerError, match=r"https://example\.org"):
            collect(ask("url"), "ada")
        with pytest.raises(AnswerError, match="at most 2,000"):
            collect(ask("url"), "https://example.org/" + "x" * 2000)
        with pytest.raises(AnswerError, match="digits 0 to 9"):
            collect(ask("phone"), "٠٣٠٩٠١٨٢٠")
        with pytest.raises(AnswerError, match="Spaces and brackets"):
            collect(ask("phone"), "call 030 901820")
        with pytest.raises(AnswerError, match="4 to 15 digits"):
            collect(ask("phone"), "911")

    def test_they_are_peoples_own_words(self):
        assert all(QUESTION_TYPES[kind].free_text for kind in ("email", "url", "phone"))

    @given(st.text(max_size=80))
    def test_no_text_makes_a_web_address_that_is_none(self, text: str):
        try:
            address = web_address(text.strip())
        except ValueError:
            return
        assert address.startswith(("http://", "https://"))
        assert web_address(address) == address
        assert not any(character.isspace() or character in '<>"\\' for character in address)

    @given(st.text(alphabet="+0123456789 ()-./ab", max_size=50))
    def test_what_is_stored_of_a_phone_number_is_taken_again(self, text: str):
        try:
            stored = collect(ask("phone"), text)["q"]
        except AnswerError:
            return
        if stored is not None:
            assert collect(ask("phone"), stored) == {"q": stored}


class TestMoments:
    def test_seconds_where_they_are_asked_for(self):
        question = ask("time", seconds=True, max="12:00")
        assert collect(question, "9:05") == {"q": "09:05:00"}
        assert collect(question, "9:05:07 am") == {"q": "09:05:07"}
        assert QUESTION_TYPES["time"].step(question) == 1
        assert QUESTION_TYPES["time"].step(ask("time")) is None
        assert QUESTION_TYPES["datetime"].step(ask("datetime")) is None

    def test_the_ends_of_a_range_are_in_it_with_and_without_seconds(self):
        question = ask("time", seconds=True, min="09:00", max="10:00")
        assert collect(question, "09:00") == {"q": "09:00:00"}
        assert collect(question, "10:00") == {"q": "10:00:00"}
        with pytest.raises(AnswerError, match="10:00 or earlier"):
            collect(question, "10:00:01")
        assert collect(ask("time", min="09:00:00"), "09:00") == {"q": "09:00"}

    def test_the_range_names_its_end(self):
        with pytest.raises(AnswerError, match="time must be 09:00 or later"):
            collect(ask("time", min="09:00"), "08:59")
        with pytest.raises(AnswerError, match="must be 2026-01-01 10:00 or earlier"):
            collect(ask("datetime", max="2026-01-01T10:00"), "2026-01-01T10:01")
        with pytest.raises(AnswerError, match=r"^Too late\.$"):
            collect(ask("datetime", max="2026-01-01T10:00", invalid_message="Too late."), "2026-01-01T10:01")

    def test_a_range_the_wrong_way_round_is_a_fault(self):
        assert faults(ask("time", min="10:00", max="09:00")) == ["The least (10:00) is above the most (09:00)."]
        assert faults(ask("datetime", min="2026-01-01")) == ["The setting “Earliest” cannot be what it is."]

    @given(st.times())
    def test_every_time_comes_back_as_it_was(self, time: dt.time):
        text = time.strftime("%H:%M")
        assert collect(ask("time"), text) == {"q": text}
        assert collect(ask("time"), time.strftime("%I:%M %p")) == {"q": text}
        assert collect(ask("datetime"), f"2024-02-29T{text}") == {"q": f"2024-02-29T{text}"}


class TestPoints:
    def test_a_scale_has_two_to_eleven_points(self):
        for first, last in ((1, 2), (0, 10), (-5, 5), (-10, -9)):
            assert faults(ask("scale", min=first, max=last)) == []
        for first, last in ((1, 12), (0, 11), (-10, 20)):
            assert faults(ask("scale", min=first, max=last)) == ["A scale has 2 to 11 points."]
        assert faults(ask("scale", min=3, max=3)) == ["A scale has 2 to 11 points."]
        assert faults(ask("scale", max=1)) == ["A scale has 2 to 11 points."]
        assert faults(ask("scale", min=5, max=1)) == ["The least (5) is above the most (1)."]

    def test_words_for_the_middle_need_a_middle(self):
        assert faults(ask("scale", max=4, middle_label="So so")) == [
            "There are words for the middle, and a scale of 4 points has none."
        ]
        assert faults(ask("scale", max=7, middle_label="So so")) == []

    def test_the_words_stand_at_their_points(self):
        question = ask("scale", min=-2, max=2, min_label="cold", middle_label="mild", max_label="hot")
        assert [option.label for option in QUESTION_TYPES["scale"].options(question)] == [
            "-2 – cold", "-1", "0 – mild", "1", "2 – hot",
        ]  # fmt: skip
        assert QUESTION_TYPES["scale"].show(question, {"q": -1}) == "-1"

    def test_a_point_that_is_not_on_offer_any_more_is_still_counted_and_shown(self):
        kind = QUESTION_TYPES["scale"]
        summary = kind.summarise(ask("scale"), [{"q": 9}, {"q": 1}, {"q": 9}])
        assert [(count.code, count.count) for count in summary.choices if count.count] == [("1", 1), ("9", 2)]
        assert summary.stats["max"] == 9
        assert kind.show(ask("scale"), {"q": 9}) == "9"

    def test_files_name_a_point_by_its_number_or_its_words(self):
        names = QUESTION_TYPES["scale"].names_in_files(ask("scale", max=2, max_label="Very"), labels=True)
        assert names == [("1", "1"), ("2", "2"), ("2", "Very"), ("2", "2 – Very")]

    def test_labels_leave_numbers_in_columns(self):
        for kind in ("scale", "nps", "rating"):
            (column,) = QUESTION_TYPES[kind].columns(ask(kind), labels=True)
            assert column.value({"q": 3}) == 3

    def test_the_ends_of_a_likelihood_can_be_the_questions_own(self):
        kind = QUESTION_TYPES["nps"]
        assert kind.show(ask("nps"), {"q": 0}) == "0 – Not at all likely"
        assert kind.show(ask("nps", min_label="Never"), {"q": 0}) == "0 – Never"
        assert kind.show(ask("nps", max_label="Sure"), {"q": 10}) == "10 – Sure"
        assert kind.show(ask("nps"), {"q": 5}) == "5"

    @pytest.mark.parametrize(
        ("counts", "score"),
        [
            ({9: 1, 10: 1}, 100),
            ({0: 1, 6: 1}, -100),
            ({7: 1, 8: 1}, 0),
            # 70 promoters, 20 passives and 10 detractors make 60.
            ({10: 40, 9: 30, 8: 15, 7: 5, 6: 4, 3: 6}, 60),
            ({10: 1, 0: 1, 8: 1}, 0),
        ],
    )
    def test_the_score_of_worked_examples(self, counts, score):
        assert net_promoters(counts)["score"] == score

    @given(st.dictionaries(st.integers(0, 10), st.integers(0, 50)))
    def test_the_three_kinds_are_all_there_are(self, counts):
        found = net_promoters(counts)
        assert found["promoters"] + found["passives"] + found["detractors"] == sum(counts.values())
        assert found["score"] is None or -100 <= found["score"] <= 100

    def test_stars(self):
        assert faults(ask("rating", stars=2)) == ["“Stars” must be from 3 to 10."]
        assert faults(ask("rating", stars=10)) == []
        assert collect(ask("rating", stars=10), "10") == {"q": 10}
        assert QUESTION_TYPES["rating"].show(ask("rating"), {"q": 1}) == "1 of 5 stars"


class TestSlider:
    def test_its_first_place_is_no_answer(self):
        assert collect(ask("slider"), "-1", "") == {"q": None}
        assert collect(ask("slider", min=0.3, max=0.9, step=0.1), "0.2", "") == {"q": None}
        assert collect(ask("slider"), "0", "") == {"q": 0}

    def test_whoever_must_answer_must_touch_it(self):
        question = QuestionSpec("u1", "q", "slider", "?", required=True)
        with pytest.raises(AnswerError, match="Answer this question"):
            collect(question, "-1", "")
        assert collect(question, "50", "") == {"q": 50}

    def test_the_box_counts_first(self):
        assert collect(ask("slider"), "50", "7") == {"q": 7}
        assert collect(ask("slider"), "-1", "7") == {"q": 7}
        with pytest.raises(AnswerError, match="100 or less"):
            collect(ask("slider"), "50", "101")

    def test_one_number_alone_is_never_taken_for_no_answer(self):
        with pytest.raises(AnswerError, match="0 or more"):
            collect(ask("slider"), "-1")

    def test_steps(self):
        question = ask("slider", min=1, max=10, step=3)
        assert [collect(question, str(number))["q"] for number in (1, 4, 7, 10)] == [1, 4, 7, 10]
        with pytest.raises(AnswerError, match="steps of 3"):
            collect(question, "5")
        tenths = ask("slider", min=0, max=1, step=0.1)
        assert [collect(tenths, f"0.{digit}")["q"] for digit in range(1, 10)] == [
            float(f"0.{digit}") for digit in range(1, 10)
        ]

    def test_faults(self):
        assert faults(ask("slider", min=5, max=5)) == ["The least (5) must be below the most (5)."]
        assert faults(ask("slider", min=100)) == ["The least (100) must be below the most (100)."]
        assert faults(ask("slider", step=3)) == ["Steps of 3 do not lead from the least to the most."]
        assert faults(ask("slider", step=0)) == ["“Step” must be from 0.0001 to 1,000,000."]
        assert faults(ask("slider", max=1e7)) == ["“Most” must be from -1,000,000 to 1,000,000."]
        assert faults(ask("slider", min=0, max=1, step=0.1)) == []

    def test_the_unit_stands_behind_the_number(self):
        assert QUESTION_TYPES["slider"].show(ask("slider", unit="%"), {"q": 5}) == "5 %"
        assert QUESTION_TYPES["slider"].show(ask("slider"), {"q": 5}) == "5"


class TestHowManyChoices:
    def test_too_few_and_too_many(self):
        with pytest.raises(AnswerError, match=r"^Choose at least 2 answers\.$"):
            collect(colours(min_choices=2), "red")
        with pytest.raises(AnswerError, match=r"^Choose at most 1 answer\.$"):
            collect(colours(max_choices=1), "red", "blue")
        with pytest.raises(AnswerError, match=r"^Two, please\.$"):
            collect(colours(min_choices=2, invalid_message="Two, please."), "red")
        assert collect(colours(min_choices=2, max_choices=2), "red", "blue") == {"q": ["red", "blue"]}

    def test_words_for_other_are_one_of_them(self):
        question = colours(min_choices=2, max_choices=2, other=True)
        assert collect(question, "red", q__other=["Pink"]) == {"q": ["red"], "q__other": "Pink"}
        with pytest.raises(AnswerError, match="at most 2"):
            collect(question, "red", "blue", q__other=["Pink"])
        with pytest.raises(AnswerError, match="at least 2"):
            collect(question, "__other", q__other=["Pink"])

    def test_who_has_none_of_them_need_not_choose_more(self):
        assert collect(colours(min_choices=2), "none") == {"q": ["none"]}
        with pytest.raises(AnswerError, match="“None of these” cannot stand beside another answer"):
            collect(colours(min_choices=2), "none", "red")

    def test_whoever_need_not_answer_need_not_choose(self):
        assert collect(colours(min_choices=2)) == {"q": None}
        with pytest.raises(AnswerError, match="Answer this question"):
            collect(colours(min_choices=2, required=True))

    def test_the_note(self):
        kind = QUESTION_TYPES["multiple_choice"]
        assert kind.note(colours()) == ""
        assert kind.note(colours(min_choices=1)) == "Choose at least 1 answer."
        assert kind.note(colours(max_choices=3)) == "Choose at most 3 answers."
        assert kind.note(colours(min_choices=2, max_choices=2)) == "Choose 2 answers."
        assert kind.note(colours(min_choices=2, max_choices=3)) == "Choose 2 to 3 answers."

    def test_faults(self):
        assert faults(colours(min_choices=3, max_choices=2)) == ["The least (3) is above the most (2)."]
        assert faults(colours(min_choices=4)) == ["At least 4 are asked for, and 3 are there."]
        assert faults(colours(min_choices=4, other=True)) == []
        assert faults(colours(max_choices=0)) == ["“Most choices” must be from 1 to 1,000."]


class TestHowChoicesAreShown:
    @pytest.mark.parametrize(
        ("number", "settings", "shown"),
        [
            (25, {}, "radio"),
            (26, {}, "dropdown"),
            (6, {"dropdown_above": 5}, "dropdown"),
            (26, {"appearance": "radio"}, "radio"),
            (2, {"appearance": "dropdown", "dropdown_above": 5}, "dropdown"),
            (5, {"appearance": "row"}, "row"),
            (26, {"appearance": "automatic", "dropdown_above": 30}, "radio"),
            (2, {"appearance": "nonsense"}, "radio"),
        ],
    )
    def test_it(self, number, settings, shown):
        many = choices(**{f"c{index}": f"C {index}" for index in range(number)})
        question = QuestionSpec("u1", "q", "single_choice", "?", settings=settings, choices=many)
        assert QUESTION_TYPES["single_choice"].shown_as(question) == shown
        assert QUESTION_TYPES["single_choice"].is_long(question) == (number > 15)

    def test_yes_and_no_are_radio_buttons(self):
        assert QUESTION_TYPES["yes_no"].shown_as(ask("yes_no")) == "radio"


class TestConsent:
    def test_a_box_left_empty_says_no(self):
        assert collect(ask("consent"), "no") == {"q": False}
        assert collect(ask("consent"), "no", "yes") == {"q": True}
        assert collect(ask("consent")) == {"q": None}

    def test_required_means_ticked(self):
        question = QuestionSpec("u1", "q", "consent", "?", required=True)
        for sent in ((), ("no",)):
            with pytest.raises(AnswerError, match=r"^Tick the box to go on\.$"):
                collect(question, *sent)
        assert collect(question, "no", "yes") == {"q": True}

    def test_the_words_beside_the_box(self):
        kind = QUESTION_TYPES["consent"]
        assert kind.agreement(ask("consent")) == "I agree"
        assert kind.agreement(ask("consent", agree_label="Send it")) == "Send it"

    def test_how_other_programs_write_it(self):
        names = QUESTION_TYPES["consent"].names_in_files(ask("consent"), labels=True)
        assert {text for code, text in names if code == "yes"} == {"Agreed", "yes", "ok", "true", "1"}
