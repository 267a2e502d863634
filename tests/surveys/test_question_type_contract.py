"""Every question type keeps the same contract, whatever it asks."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from admin_app.surveys.question_types import QUESTION_TYPES
from admin_app.surveys.question_types.base import AnswerError, GetList, QuestionType
from admin_app.surveys.questionnaire import ChoiceSpec, QuestionSpec
from tests.factories import choices

Form = dict[str, list[str]]


@dataclass
class Case:
    """One type: a question of it, forms with their stored answers, forms that are refused, and a hand count."""

    question: QuestionSpec
    right: list[tuple[Form, Any]]
    wrong: list[Form]
    shown: str
    counts: dict[str, int] = field(default_factory=dict)


def ask(kind: str, **more: Any) -> QuestionSpec:
    return QuestionSpec("u1", "q", kind, "What?", **more)


# What looks like a number to somebody, and is none of those on offer.
ODD_NUMBERS = (
    "+3",
    "03",
    "3.0",
    "3,0",
    "３",
    "²",
    "1e0",
    "1e999",
    "NaN",
    "Infinity",
    "-inf",
    "1_0",
    "0x3",
    "9" * 21,
    "9" * 1_000_000,
)
COLOURS = choices(red="Red", green="Green, dark", blue="Blue")
CASES = {
    "text": Case(
        ask("text", settings={"min_length": 2, "max_length": 5}),
        [({"q": [" ab "]}, "ab"), ({"q": ["héé"]}, "héé"), ({"q": ["12345"]}, "12345")],
        [{"q": ["a"]}, {"q": ["123456"]}],
        "ab",
    ),
    "long_text": Case(
        ask("long_text"),
        [({"q": ["a\r\nb\rc"]}, "a\nb\nc"), ({"q": ["x" * 50_000]}, "x" * 50_000)],
        [{"q": ["x" * 50_001]}],
        "a\nb\nc",
    ),
    "email": Case(
        ask("email"),
        [
            ({"q": [" Ada@Example.ORG "]}, "Ada@example.org"),
            ({"q": ["ada.lovelace+survey@example.co.uk"]}, "ada.lovelace+survey@example.co.uk"),
            ({"q": ["jürgen@bücher.example.org"]}, "jürgen@bücher.example.org"),
            ({"q": ["ada@xn--bcher-kva.example.org"]}, "ada@bücher.example.org"),
        ],
        [
            {"q": [text]}
            for text in (
                "ada",
                "ada@",
                "@example.org",
                "ada@example",
                "ada@@example.org",
                "ada@example.org, bob@example.org",
                "Ada <ada@example.org>",
                "ada@exa mple.org",
                "ada@example..org",
                "ada@[127.0.0.1]",
                "ada\u202e@example.org",
                "mailto:ada@example.org?x",
                "ada@example.org" + " " * 400 + "x",
                "ada@" + "x" * 1_000_000,
            )
        ],
        "Ada@example.org",
    ),
    "url": Case(
        ask("url"),
        [
            ({"q": [" HTTPS://Example.ORG/Page?a=1&b=%20#top "]}, "https://example.org/Page?a=1&b=%20#top"),
            ({"q": ["http://example.org"]}, "http://example.org"),
            ({"q": ["example.org/ä b".replace(" ", "+")]}, "https://example.org/ä+b"),
            ({"q": ["www.Bücher.example:8080?x=1"]}, "https://www.bücher.example:8080?x=1"),
            ({"q": ["http://192.0.2.1:80/"]}, "http://192.0.2.1:80/"),
            ({"q": ["http://[2001:DB8::1]/x"]}, "http://[2001:db8::1]/x"),
            ({"q": ["https://例え.テスト/"]}, "https://例え.テスト/"),
            ({"q": ["https://ＥＸＡＭＰＬＥ.org"]}, "https://example.org"),
            ({"q": ["https://my_page.example.org:/"]}, "https://my_page.example.org/"),
        ],
        [
            {"q": [text]}
            for text in (
                "example",
                "http://",
                "https://localhost/",
                "ftp://example.org/",
                "javascript:alert(1)",
                "javascript://example.org/%0aalert(1)",
                "data:text/html,x",
                "mailto:ada@example.org",
                "ada@example.org",
                "https://ada:secret@example.org",
                "https://@example.org",
                "https://exa mple.org",
                "https://example.org/a b",
                "https://example.org/<b>",
                "https://example.org\\@evil.example",
                "https://example.org/\u202egro",
                "https://-example.org",
                "https://example..org",
                "https://example.org:99999",
                "https://example.org:http",
                "https://256.1.1.1",
                "https://[::1",
                "https://[::g]/",
                "https://1.2.3",
                "https://example.123",
                "https://☃.example.org",
                "https://" + "ä" * 64 + ".org",
                "https://" + "a." * 200 + "org",
                "https://example.org/" + "x" * 2000,
                "https://example.org/" + "x" * 1_000_000,
            )
        ],
        "https://example.org/Page?a=1&b=%20#top",
    ),
    "phone": Case(
        ask("phone"),
        [
            ({"q": [" +49  (30)\u00a0901\u2011820 "]}, "+49 (30) 901-820"),
            ({"q": ["(+49) 30/901820"]}, "(+49) 30/901820"),
            ({"q": ["0044.20.7946.0958"]}, "0044.20.7946.0958"),
            ({"q": ["1101"]}, "1101"),
            ({"q": ["+123456789012345"]}, "+123456789012345"),
        ],
        [
            {"q": [text]}
            for text in (
                "123",
                "+1234567890123456",
                "call me",
                "+49 30 CANVASS",
                "++49 30 901820",
                "49+30901820",
                "０３０901820",
                "٠٣٠901820",
                "NaN",
                "+",
                "(    )",
                "1234 " + "-" * 50,
                "0" * 1_000_000,
            )
        ],
        "+49 (30) 901-820",
    ),
    "integer": Case(
        ask("integer", settings={"min": -5, "max": 2**53 - 1}),
        [
            ({"q": ["5"]}, 5),
            ({"q": [" -5 "]}, -5),
            ({"q": ["+007"]}, 7),
            ({"q": ["-0"]}, 0),
            ({"q": ["9007199254740991"]}, 2**53 - 1),
        ],
        [
            {"q": [text]}
            for text in (
                "-6",
                "9007199254740992",
                "1_000",
                "１２",
                "1.0",
                "1,5",
                "1e3",
                "abc",
                "- 5",
                "1 000",
                "9" * 5000,
                "0x10",
                "²",
            )
        ],
        "5",
    ),
    "decimal": Case(
        ask("decimal", settings={"min": -1.5, "max": 1e14}),
        [
            ({"q": ["1.5"]}, 1.5),
            ({"q": ["1,5"]}, 1.5),
            ({"q": ["-1.50"]}, -1.5),
            ({"q": [".25"]}, 0.25),
            ({"q": ["0,125"]}, 0.125),
            ({"q": ["1.234"]}, 1.234),
            ({"q": ["5."]}, 5),
            ({"q": ["1e3"]}, 1000),
            ({"q": ["0"]}, 0),
            ({"q": ["0.1"]}, 0.1),
        ],
        [
            {"q": [text]}
            for text in (
                "-2",
                "1e15",
                "1e-16",
                "1e999",
                "1,234",
                "12,345",
                "1.234,5",
                "1_0.5",
                "NaN",
                "inf",
                "-Infinity",
                "１.5",
                "1.2345678901234567",
                ".",
                "",
                "1 5",
                "9" * 2000,
                "200000000000000",
            )
            if text
        ],
        "1.5",
    ),
    "date": Case(
        ask("date", settings={"min": "2000-01-01", "max": "2026-12-31"}),
        [({"q": ["2024-02-29"]}, "2024-02-29"), ({"q": [" 2000-01-01 "]}, "2000-01-01")],
        [
            {"q": [text]}
            for text in ("2023-02-29", "1999-12-31", "2027-01-01", "31.12.2020", "20240229", "2024-2-9", "２024-02-29")
        ],
        "2024-02-29",
    ),
    "time": Case(
        ask("time", settings={"min": "08:00", "max": "20:30"}),
        [
            ({"q": ["14:05"]}, "14:05"),
            ({"q": [" 8:00 "]}, "08:00"),
            ({"q": ["20.30"]}, "20:30"),
            ({"q": ["14:05:00.000"]}, "14:05"),
            ({"q": ["2:05 PM"]}, "14:05"),
            ({"q": ["12:15 p.m."]}, "12:15"),
        ],
        [
            {"q": [text]}
            for text in (
                "07:59",
                "20:31",
                "24:00",
                "14:60",
                "14",
                "1405",
                "14:5",
                "14:05:30",
                "14:05:99",
                "14:05Z",
                "14:05+02:00",
                "13:05 pm",
                "0:30 am",
                "12:15 am",
                "１４:05",
                "now",
                "NaN",
                "9:00" + " " * 100 + "x",
                "1" * 1_000_000,
            )
        ],
        "14:05",
    ),
    "datetime": Case(
        ask("datetime", settings={"min": "2000-01-01T00:00", "max": "2026-12-31T12:00"}),
        [
            ({"q": ["2024-02-29T14:05"]}, "2024-02-29T14:05"),
            ({"q": [" 2000-01-01 0:00 "]}, "2000-01-01T00:00"),
            ({"q": ["2026-12-31T12:00:00"]}, "2026-12-31T12:00"),
            ({"q": ["2024-02-29 2:05 pm"]}, "2024-02-29T14:05"),
        ],
        [
            {"q": [text]}
            for text in (
                "1999-12-31T23:59",
                "2026-12-31T12:01",
                "2023-02-29T14:05",
                "2024-02-29",
                "2024-02-29T",
                "2024-02-29_14:05",
                "2024-02-29T14:05:30",
                "2024-02-29T14:05Z",
                "2024-02-29T14:05+02:00",
                "2024-02-29T24:00",
                "29.02.2024 14:05",
                "２024-02-29T14:05",
                "+10000-01-01T00:00",
                "10000-01-01T00:00",
                "1e999",
                "2" * 1_000_000,
            )
        ],
        "2024-02-29 14:05",
    ),
    "yes_no": Case(
        ask("yes_no"),
        [({"q": ["yes"]}, True), ({"q": ["no"]}, False)],
        [{"q": ["Yes!"]}, {"q": ["true"]}, {"q": ["1"]}],
        "Yes",
        {"yes": 1, "no": 1},
    ),
    "single_choice": Case(
        ask("single_choice", choices=COLOURS, settings={"other": True}),
        [({"q": ["red"]}, "red"), ({"q": ["blue", ""], "q__other": ["left behind"]}, "blue")],
        [{"q": ["Red"]}, {"q": ["red", "blue"]}, {"q": ["__other"]}, {"q": ["__other", "red"], "q__other": ["x"]}],
        "Red",
        {"red": 1, "green": 0, "blue": 1},
    ),
    "multiple_choice": Case(
        ask(
            "multiple_choice",
            choices=(*COLOURS, ChoiceSpec("n", "none", "None", exclusive=True)),
            settings={"other": True},
        ),
        [
            ({"q": ["green", "red"]}, ["red", "green"]),
            ({"q": ["red", "red"]}, ["red"]),
            ({"q": ["none"]}, ["none"]),
        ],
        [
            {"q": ["purple"]},
            {"q": ["none", "red"]},
            {"q": ["none"], "q__other": ["x"]},
            {"q": ["__other"]},
            {"q": ["red", "__other"], "q__other": [" "]},
        ],
        "Red; Green, dark",
        {"red": 2, "green": 1, "blue": 0, "none": 1},
    ),
    "scale": Case(
        ask("scale", settings={"min_label": "Bad", "middle_label": "So so", "max_label": "Good"}),
        [({"q": ["5"]}, 5), ({"q": ["1"]}, 1), ({"q": ["3"]}, 3), ({"q": ["2"]}, 2)],
        [{"q": [text]} for text in ("0", "6", "-1", "Good", *ODD_NUMBERS)],
        "5 – Good",
        {"1": 1, "2": 1, "3": 1, "4": 0, "5": 1},
    ),
    "nps": Case(
        ask("nps"),
        [({"q": ["10"]}, 10), ({"q": ["0"]}, 0), ({"q": ["7"]}, 7)],
        [{"q": [text]} for text in ("11", "-1", "00", *ODD_NUMBERS)],
        "10 – Extremely likely",
        {**{str(point): 0 for point in range(11)}, "0": 1, "7": 1, "10": 1},
    ),
    "slider": Case(
        ask("slider", settings={"min": -1, "max": 2, "step": 0.1, "unit": "km"}),
        [
            ({"q": ["1.5"]}, 1.5),
            ({"q": ["0,3"]}, 0.3),
            ({"q": ["-1"]}, -1),
            ({"q": ["2.0"]}, 2),
            ({"q": ["0.7", ""]}, 0.7),
            ({"q": ["0.7", "1.1"]}, 1.1),
            ({"q": ["-1.1", "1"]}, 1),
        ],
        [
            {"q": value if isinstance(value, list) else [value]}
            for value in (
                "-1.1",
                "2.1",
                "0.15",
                "1e-16",
                ["0.7", "lots"],
                ["0.7", "3"],
                ["-1.2", ""],
                ["1e999", ""],
                ["", "1", "1"],
                ["9" * 1_000_000, ""],
                *(text for text in ODD_NUMBERS[3:] if text != "1e0"),
            )
        ],
        "1.5 km",
    ),
    "rating": Case(
        ask("rating", settings={"stars": 4}),
        [({"q": ["3"]}, 3), ({"q": ["1"]}, 1), ({"q": ["4"]}, 4)],
        [{"q": [text]} for text in ("0", "5", "★★★", *ODD_NUMBERS)],
        "3 of 4 stars",
        {"1": 1, "2": 0, "3": 1, "4": 1},
    ),
    "consent": Case(
        ask("consent", description="<p>We keep what you write for a year.</p>"),
        [({"q": ["yes", "no"]}, True), ({"q": ["yes"]}, True), ({"q": ["no"]}, False)],
        [{"q": [text]} for text in ("on", "1", "true", "Yes", "ｙｅｓ", "yes" * 1_000_000)],
        "Agreed",
        {"yes": 2, "no": 1},
    ),
    "matrix_single": Case(
        ask("matrix_single", choices=COLOURS, rows=choices(wall="Wall", door="Door")),
        [
            ({"q__wall": ["red"], "q__door": ["blue"]}, {"wall": "red", "door": "blue"}),
            ({"q__wall": ["red"], "q__door": [""]}, {"wall": "red"}),
        ],
        [{"q__wall": ["pink"]}, {"q__wall": ["red", "blue"]}],
        "Wall: Red; Door: Blue",
    ),
}
ASKING = sorted(CASES)
ROOT = Path(__file__).parents[2]
SPRITE = (ROOT / "admin_app/static/img/icons.svg").read_text()
MANUAL = (ROOT / "docs/QUESTION-TYPES.md").read_text()


def form(values: Form) -> GetList:
    return lambda name: values.get(name, [])


def kind(name: str) -> QuestionType:
    return QUESTION_TYPES[name]


def collect_or_none(question: QuestionSpec, values: Form) -> dict[str, Any] | None:
    """The stored answers, or None where they are refused."""
    try:
        return kind(question.type).collect(question, form(values))
    except AnswerError:
        return None


def required(question: QuestionSpec) -> QuestionSpec:
    return QuestionSpec(**{**vars_of(question), "required": True})


def vars_of(question: QuestionSpec) -> dict[str, Any]:
    return {name: getattr(question, name) for name in QuestionSpec.__dataclass_fields__}


def test_every_type_that_asks_has_a_case():
    assert {name for name, one in QUESTION_TYPES.items() if one.asks} == set(CASES)


@pytest.mark.parametrize("name", QUESTION_TYPES)
def test_it_describes_itself(name):
    one = kind(name)
    assert one.name == name
    assert one.words == one.label != ""
    assert one.icon
    assert one.keywords
    assert f"| `{name}` |" in MANUAL
    assert all(f"`{spec.name}`" in MANUAL for spec in one.settings)
    assert one.template.startswith("public/fields/")
    assert one.template.endswith(".html")


@pytest.mark.parametrize("name", ASKING)
class TestContract:
    def test_a_right_answer_is_stored_typed(self, name):
        case = CASES[name]
        for given, stored in case.right:
            answers = kind(name).collect(case.question, form(given))
            assert answers == {"q": stored}
            assert type(answers["q"]) is type(stored)

    def test_a_right_answer_survives_json(self, name):
        case = CASES[name]
        for given, _ in case.right:
            answers = kind(name).collect(case.question, form(given))
            assert json.loads(json.dumps(answers, allow_nan=False)) == answers

    def test_a_right_answer_satisfies_required(self, name):
        case = CASES[name]
        given, stored = case.right[0]
        assert kind(name).collect(required(case.question), form(given)) == {"q": stored}

    def test_a_form_that_is_filled_with_an_answer_gives_that_answer(self, name):
        case, one = CASES[name], kind(name)
        for stored in (*(stored for _given, stored in case.right), None):
            filled = one.fill(case.question, {"q": stored})
            assert set(filled) <= {*one.field_names(case.question), "q__other"}
            assert all(isinstance(value, str) for values in filled.values() for value in values)
            assert one.collect(case.question, form(filled)) == {"q": stored}

    def test_no_answer_is_none(self, name):
        question = CASES[name].question
        names = kind(name).field_names(question)
        for values in ([], [""], ["", ""]):
            assert kind(name).collect(question, form(dict.fromkeys(names, values))) == {"q": None}

    def test_no_answer_to_a_required_question_is_refused_at_a_field_of_it(self, name):
        question = required(CASES[name].question)
        with pytest.raises(AnswerError) as caught:
            kind(name).collect(question, form({}))
        assert set(caught.value.errors) <= set(kind(name).field_names(question))
        assert all(sentence.endswith(".") for sentence in caught.value.errors.values())

    def test_the_message_for_no_answer_can_be_the_questions_own(self, name):
        question = required(CASES[name].question)
        question = QuestionSpec(**{**vars_of(question), "settings": {"required_message": "Please!"}})
        with pytest.raises(AnswerError, match=r"^Please!$"):
            kind(name).collect(question, form({}))

    def test_a_wrong_answer_is_refused_in_a_sentence_without_what_was_sent(self, name):
        question = CASES[name].question
        for given in CASES[name].wrong:
            with pytest.raises(AnswerError) as caught:
                kind(name).collect(question, form(given))
            assert caught.value.errors
            for name_of_field, sentence in caught.value.errors.items():
                assert name_of_field in kind(name).field_names(question), given
                assert sentence.endswith(".")
                assert "９" not in sentence
                assert len(sentence) < 200

    def test_a_doubled_answer_is_refused_or_counts_once(self, name):
        question = CASES[name].question
        given, stored = CASES[name].right[0]
        doubled = {key: [*values, *values] for key, values in given.items()}
        assert collect_or_none(question, doubled) in (None, {"q": stored})

    @pytest.mark.parametrize("junk", ["\0", "\ud800", "\0\udfff\x1b", " \t\n "], ids=ascii)
    def test_junk_is_no_answer_or_refused(self, name, junk):
        question = CASES[name].question
        names = kind(name).field_names(question)
        assert collect_or_none(question, {key: [junk] for key in names}) in (None, {"q": None})

    def test_junk_inside_an_answer_is_never_stored(self, name):
        question = CASES[name].question
        given, _ = CASES[name].right[0]
        spoiled = {key: [values[0] + "\0\ud800", *values[1:]] for key, values in given.items()}
        answers = collect_or_none(question, spoiled)
        assert "\0" not in str(answers)
        json.dumps(answers, ensure_ascii=False).encode()

    def test_one_clean_text_becomes_one_value(self, name):
        given, _ = CASES[name].right[0]
        assert kind(name).clean(CASES[name].question, next(iter(given.values()))[0].strip()) is not None

    def test_its_options_are_the_choices_or_its_own(self, name):
        question = CASES[name].question
        options = kind(name).options(question)
        assert options == question.choices or not kind(name).has_choices
        assert [kind(name).word(option) for option in options] == [option.label for option in options]
        assert kind(name).offered(question) == [(option.code, option.label) for option in options]
        assert kind(name).is_long(question) == (len(options) > 15)

    def test_a_file_names_each_option_by_its_code_or_its_label(self, name):
        question = CASES[name].question
        codes = [option.code for option in kind(name).options(question)]
        assert kind(name).names_in_files(question, labels=False) == [(code, code) for code in codes]
        named = kind(name).names_in_files(question, labels=True)
        assert {(option.code, option.label) for option in kind(name).options(question)} <= set(named)
        assert {code for code, _ in named} == set(codes)

    def test_it_shows_an_answer_and_none(self, name):
        case = CASES[name]
        assert kind(name).show(case.question, {"q": case.right[0][1]}) == case.shown
        assert kind(name).show(case.question, {"q": None}) == ""
        assert kind(name).show(case.question, {}) == ""

    def test_columns_have_distinct_headers_and_empty_cells_for_no_answer(self, name):
        case = CASES[name]
        for labels in (False, True):
            columns = kind(name).columns(case.question, labels=labels)
            headers = [column.header for column in columns]
            assert len(set(headers)) == len(headers) > 0
            assert {column.value({}) for column in columns} == {None}
            assert {column.value({"q": None}) for column in columns} == {None}
            assert any(column.value({"q": case.right[0][1]}) is not None for column in columns)
            assert all(column.label for column in columns)

    def test_the_summary_of_nothing_is_all_zero(self, name):
        summary = kind(name).summarise(CASES[name].question, [])
        assert (summary.answered, summary.skipped, summary.not_shown, summary.other) == (0, 0, 0, 0)
        assert all(count.count == 0 for count in summary.choices)
        assert all(value in (0, None) for value in summary.stats.values())

    def test_the_summary_equals_a_count_by_hand(self, name):
        case = CASES[name]
        replies = [*({"q": stored} for _, stored in case.right), {"q": None}, {}, {}]
        summary = kind(name).summarise(case.question, iter(replies))
        assert (summary.answered, summary.skipped, summary.not_shown) == (len(case.right), 1, 2)
        assert {count.code: count.count for count in summary.choices} == case.counts

    def test_counting_in_any_order_gives_the_same(self, name):
        case = CASES[name]
        replies = [*({"q": stored} for _, stored in case.right * 3), {"q": None}, {}]
        one = kind(name).summarise(case.question, replies)
        assert one == kind(name).summarise(case.question, reversed(replies))

    def test_a_sound_question_has_no_faults(self, name):
        assert kind(name).find_faults(CASES[name].question) == []

    def test_faults_of_the_question_are_named(self, name):
        question = QuestionSpec(
            **{**vars_of(CASES[name].question), "label": " ", "settings": {"nonsense": 1, "required_message": 5}}
        )
        faults = kind(name).find_faults(question)
        assert "There is no text." in faults
        assert "“nonsense” is not a setting of this type." in faults
        assert "The setting “Message when it is not answered” cannot be what it is." in faults

    def test_what_is_missing_is_named(self, name):
        question = QuestionSpec(**{**vars_of(CASES[name].question), "choices": (), "rows": ()})
        faults = kind(name).find_faults(question)
        assert ("There are no choices." in faults) == kind(name).has_choices
        assert ("There are no rows." in faults) == kind(name).has_rows

    def test_every_setting_refuses_another_kind(self, name):
        for spec in kind(name).settings:
            for value in ([], {}, None, float("nan"), float("inf"), "31.12.2020" if spec.kind is not str else 1):
                assert not spec.accepts(value)
                assert spec.fault(value).endswith(".")

    def test_what_holds_without_settings_is_sound(self, name):
        question = QuestionSpec(**{**vars_of(CASES[name].question), "settings": {}})
        assert kind(name).find_faults(question) == []
        for spec in kind(name).settings:
            held = kind(name).setting(question, spec.name)
            assert held is None or held == "" or spec.accepts(held)

    def test_a_draft_with_impossible_settings_can_still_be_shown(self, name):
        for value in ([], "x", -1, 0, 10**9, 1e308, True):
            settings = {spec.name: value for spec in kind(name).settings}
            question = QuestionSpec(**{**vars_of(CASES[name].question), "settings": settings})
            assert isinstance(kind(name).find_faults(question), list)
            assert len(kind(name).options(question)) <= 11
            assert kind(name).field_names(question)


@pytest.mark.parametrize(
    ("name", "answers"),
    [
        ("single_choice", {"q": None, "q__other": "Mauve"}),
        ("single_choice", {"q": "red"}),
        ("multiple_choice", {"q": ["red", "blue"], "q__other": "Mauve"}),
        ("multiple_choice", {"q": [], "q__other": "Mauve"}),
    ],
)
def test_a_form_is_filled_with_the_words_for_other(name, answers):
    question = ask(name, choices=COLOURS, settings={"other": True})
    assert kind(name).collect(question, form(kind(name).fill(question, answers))) == answers
