"""In which language something is said: to a reader, to respondents, on the command line."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum

import flask_babel
import pytest
from flask import request
from flask_login import login_user
from wtforms import IntegerField, SelectField, StringField
from wtforms.validators import InputRequired, Length

from admin_app.accounts.models import UserStatus
from admin_app.console.states import STATES, tone_of, words_of
from admin_app.core import words
from admin_app.jobs.models import JobState
from admin_app.replies.models import ReplyKind, ReviewStatus
from admin_app.settings.queries import fixed_settings
from admin_app.surveys.models import SurveyState
from admin_app.surveys.question_types import QUESTION_TYPES
from admin_app.surveys.questionnaire import QuestionSpec
from admin_app.web.forms import Form
from admin_app.web.locale import choose_language, in_english, note_reader, per_cent
from tests.factories import make_survey, make_user

GERMAN = {"Accept-Language": "de-CH,de;q=0.9"}


@pytest.fixture
def german(monkeypatch):
    """An installation whose language is German."""
    monkeypatch.setitem(fixed_settings(), "language", "de")
    flask_babel.refresh()


class TestChoice:
    def test_the_browser_s_where_nobody_chose(self, app):
        with app.test_request_context("/login", headers=GERMAN):
            assert choose_language() == "de"
        with app.test_request_context("/login", headers={"Accept-Language": "fr"}):
            assert choose_language() == "en"

    def test_one_s_own_before_the_browser_s(self, app):
        anna = make_user("anna", locale="en")
        with app.test_request_context("/admin/", headers=GERMAN):
            assert words.gettext("Cancel") == "Abbrechen"
            login_user(anna)
            note_reader()
            assert words.gettext("Cancel") == "Cancel"

    def test_the_installation_s_for_respondents(self, app, german):
        with app.test_request_context("/s/abc", headers={"Accept-Language": "en"}):
            assert choose_language() == "de"

    def test_the_installation_s_without_a_request(self, app, german):
        assert choose_language() == "de"


class TestWords:
    """What the domain says, which knows nothing of the web."""

    def test_a_sentence_with_gaps(self, app, german):
        assert words.gettext("A key has at most %(number)s characters.", number=60) == (
            "Ein Schlüssel hat höchstens 60 Zeichen."
        )

    def test_a_value_may_be_called_text(self, app, german):
        assert words.gettext("“%(text)s” stands there twice.", text="a") == "„a“ steht dort zweimal."

    def test_one_and_many(self, app, german):
        forms = ("%(number)s reply", "%(number)s replies")
        assert words.ngettext(*forms, 1) == "1 Rückmeldung"
        assert words.ngettext(*forms, 1200) == "1.200 Rückmeldungen"

    def test_a_marked_text_is_itself(self):
        assert words.mark("Yes") == "Yes"
        assert words.mark_counted("One", "Many") == ("One", "Many")

    def test_nothing_stays_nothing(self, app, german):
        """Under the empty text a catalogue keeps its own description."""
        assert words.gettext("") == ""

    @pytest.mark.parametrize(
        ("number", "grouped", "shown"),
        [(10_000, True, "10.000"), (1950, False, "1950"), (0.123456, True, "0,123456"), (-2.5, False, "-2,5")],
    )
    def test_figures_have_all_their_digits(self, app, german, number, grouped, shown):
        assert words.figure(number, grouped=grouped) == shown

    def test_days_and_moments(self, app, german):
        assert words.day(dt.date(2026, 3, 1)) == "01.03.2026"
        assert words.day(dt.datetime(2026, 3, 1, 14, 5)) == "01.03.2026, 14:05"  # noqa: DTZ001 - of no zone

    def test_shares(self, app, german):
        assert (per_cent(0.125), per_cent(1)) == ("12,5\xa0%", "100,0\xa0%")

    def test_without_an_application_all_is_english(self):
        assert words.gettext("Cancel") == "Cancel"
        assert words.ngettext("%(number)s reply", "%(number)s replies", 1000) == "1,000 replies"
        assert words.figure(0.5) == "0.5"
        assert words.day(dt.date(2026, 3, 1)) == "2026-03-01"

    def test_a_command_speaks_english_alone(self, app, german):
        @in_english
        def command(word: str) -> str:
            return words.gettext(word)

        assert (command("Cancel"), words.gettext("Cancel")) == ("Cancel", "Abbrechen")


class Wrong(Form):
    title = StringField(validators=[InputRequired()])
    name = StringField(validators=[Length(max=1)])
    number = IntegerField()
    choice = SelectField(choices=[("a", "A")])


def test_fields_say_in_the_reader_s_language_what_is_wrong(app):
    data = {"name": "ab", "number": "x", "choice": "b"}
    with app.test_request_context("/login", method="POST", data=data, headers=GERMAN):
        form = Wrong(request.form)
        assert not form.validate()
    assert form.errors == {
        "title": ["Das darf nicht leer sein."],
        "name": ["Verwenden Sie höchstens 1 Zeichen."],
        "number": ["Geben Sie eine ganze Zahl an."],
        "choice": ["Wählen Sie etwas, das zur Wahl steht."],
    }


class TestStates:
    @pytest.mark.parametrize("kind", [SurveyState, ReplyKind, ReviewStatus, JobState, UserStatus])
    def test_each_has_words(self, kind):
        assert {member.value for member in kind} - set(STATES) == set()

    def test_they_are_the_reader_s(self, app):
        with app.test_request_context("/admin/", headers=GERMAN):
            assert str(words_of(SurveyState.OPEN)) == "Offen"
            assert str(words_of("full")) == "Voll"
        assert tone_of(SurveyState.OPEN) == "positive"

    def test_one_that_nobody_knows_shows_its_value(self):
        class Size(StrEnum):
            VERY_LARGE = "very_large"

        assert (words_of(Size.VERY_LARGE), tone_of(Size.VERY_LARGE)) == ("Very large", "neutral")


class TestAnswers:
    """As staff read them, and respondents who copy theirs."""

    @pytest.mark.parametrize(
        ("kind", "value", "shown"),
        [
            ("decimal", 1234.5, "1234,5"),
            ("integer", 1950, "1950"),
            ("date", "2026-03-01", "01.03.2026"),
            ("datetime", "2026-03-01T14:05", "01.03.2026, 14:05"),
            ("yes_no", False, "Nein"),
        ],
    )
    def test_they_are_shown_as_the_reader_writes_them(self, app, german, kind, value, shown):
        question = QuestionSpec("", "key", kind, "Label")
        assert QUESTION_TYPES[kind].show(question, {"key": value}) == shown
        assert QUESTION_TYPES[kind].show(question, {"key": None}) == ""


class TestPublicPages:
    def test_a_form_kept_in_one_language_is_not_shown_in_another(self, app, client, monkeypatch):
        survey = make_survey(opened=True)
        assert "Send your answers" in client.get(f"/s/{survey.public_id}").text
        monkeypatch.setitem(fixed_settings(), "language", "de")
        assert "Antworten absenden" in client.get(f"/s/{survey.public_id}").text

    def test_days_and_moments_are_written_as_the_language_does(self, app, client, german):
        later = dt.datetime(2090, 3, 1, 14, 5, tzinfo=dt.UTC)
        survey = make_survey(opened=True, opens_at=later)
        assert "Sie öffnet am 01.03.2090, 14:05 (UTC)." in client.get(f"/s/{survey.public_id}").text
        make_survey(opened=True, listed=True, closes_at=later)
        assert "Offen bis 01.03.2090" in client.get("/").text

    def test_readers_aloud_are_told_which_language_is_which(self, app, client, german):
        """The questions are English, the words around them German."""
        survey = make_survey(opened=True)
        page = client.get(f"/s/{survey.public_id}").text
        assert '<html lang="en"' in page
        assert '<div class="note" lang="de" dir="auto">' in page
        assert '<button type="submit" class="send" lang="de">Antworten absenden' in page
        assert '<html lang="de"' in client.get("/s/nothing").text


def test_commands_that_read_files_speak_english(app, cli, german, tmp_path):
    survey = make_survey(opened=True)
    file = tmp_path / "replies.csv"
    file.write_text("age,happy,team\nold,yes,dev\n")
    said = cli("reply", "import", survey.public_id, file)
    assert said.exit_code == 1
    assert "row 2: age: “old”: Write a whole number in digits only, such as 42." in said.stderr
