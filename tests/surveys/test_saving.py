"""Saving what is typed: names that follow the words, two people in one question, one entry for the log."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from admin_app.audit.models import AuditPending
from admin_app.core.db import db
from admin_app.core.errors import ConflictError, ForbiddenError, InvalidError
from admin_app.core.permissions import SYSTEM
from admin_app.surveys import operations
from admin_app.surveys.operations import Edit, Overtaken
from admin_app.surveys.operations.saving import value_of
from admin_app.surveys.queries import draft_questionnaire
from tests.factories import make_role, make_survey, make_user
from tests.surveys.conftest import entries
from tests.surveys.test_questions import question_of

UIDS = ("bcdfghjkmnpq", "rstvwxyz2345", "6789bcdfghjk")


@pytest.fixture
def survey(app):
    return make_survey()


@pytest.fixture
def anna(app):
    return make_user("anna")


@pytest.fixture
def save(unit, anna):
    """Save fields of a question as a page does that has just read it: `save(question, label="Age?")`."""

    def run(question, *, lock_version=None, actor=anna, **fields):
        edits = {name.replace("__", "."): value for name, value in fields.items()}
        edits = {
            name: value if isinstance(value, Edit) else Edit(value_of(question, name), value)
            for name, value in edits.items()
        }
        version = question.lock_version if lock_version is None else lock_version
        unit(operations.save_question, question, edits, lock_version=version, actor=actor)

    return run


def add(unit, survey, kind="text", **data):
    fields = {"key": "", "type": kind, "label": "", **data}
    return unit(operations.add_question, survey.sections[0], fields, actor=SYSTEM)


def pending():
    return [
        (one.field, one.before, one.after) for one in db.session.scalars(select(AuditPending).order_by(AuditPending.id))
    ]


class TestFields:
    def test_texts_flags_and_settings(self, survey, save):
        age = question_of(survey, "age")
        save(age, label=" How old? ", hint="In years", required=False, personal=True, settings__min=18)
        asked = draft_questionnaire(survey).by_key["age"]
        assert (asked.label, asked.hint, asked.required, asked.personal) == ("How old?", "In years", False, True)
        assert asked.settings == {"min": 18, "max": 120}
        save(age, settings__min=None, settings__max="")
        assert draft_questionnaire(survey).by_key["age"].settings == {}

    def test_rich_text_is_cleaned(self, survey, save):
        age = question_of(survey, "age")
        save(age, description='<p onclick="x()">Hm</p><script>alert(1)</script>')
        assert age.description == "<p>Hm</p>"

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("label", "x" * 600_000),
            ("label", 5),
            ("required", "yes"),
            ("key", "1st"),
            ("type", "telepathy"),
            ("nosuch", "x"),
            ("settings.nosuch", "x"),
            ("settings.min", "eighteen"),
            ("settings.min", [1]),
            ("settings.required_message", "x" * 600_000),
            ("choices", {}),
            ("section_id", 1),
        ],
    )
    def test_what_cannot_be_taken_is_named_and_nothing_is_stored(self, survey, unit, anna, field, value):
        age = question_of(survey, "age")
        edits = {"hint": Edit("", "taken"), field: Edit(None, value)}
        with pytest.raises(InvalidError) as caught:
            unit(operations.save_question, age, edits, lock_version=1, actor=anna)
        assert [name[:20] for name in caught.value.fields] == [field[:20]]
        db.session.expire_all()
        assert (question_of(survey, "age").hint, pending()) == ("", [])

    def test_a_survey_that_is_archived_is_not_typed_in(self, survey, save, unit):
        unit(operations.archive_survey, survey, actor=SYSTEM)
        with pytest.raises(ConflictError, match="archived"):
            save(question_of(survey, "age"), label="x")

    def test_who_may_not_change_saves_nothing(self, survey, save):
        reader = make_user("vera", make_role("Reader", question="R:all", survey="R:all"))
        with pytest.raises(ForbiddenError):
            save(question_of(survey, "age"), label="x", actor=reader)


class TestKey:
    def test_it_goes_along_with_the_label_until_it_is_published(self, survey, save, unit):
        question = add(unit, survey)
        assert question.key == "question_1"
        save(question, label="How")
        save(question, label="How old are you?")
        assert question.key == "how_old_are_you"
        unit(operations.publish_survey, survey, actor=SYSTEM)
        save(question, label="How old?")
        assert question.key == "how_old_are_you"

    def test_one_that_was_chosen_stays(self, survey, save, unit):
        question = add(unit, survey, label="Age now")
        save(question, key="dob")
        save(question, label="Date of birth")
        assert question.key == "dob"
        save(question, label="Birthday", key="birthday")
        assert question.key == "birthday"

    def test_it_makes_way_for_others(self, survey, save, unit):
        question = add(unit, survey)
        save(question, label="Team")
        assert question.key == "team_2"
        save(question, label="Teams")
        save(question, label="Team")
        assert question.key == "team_2"

    def test_one_that_another_question_has_is_refused(self, survey, save, unit):
        question = add(unit, survey)
        with pytest.raises(InvalidError) as caught:
            save(question, key="team")
        assert list(caught.value.fields) == ["key"]

    def test_what_is_published_is_fixed(self, survey, save, unit):
        unit(operations.publish_survey, survey, actor=SYSTEM)
        with pytest.raises(InvalidError) as caught:
            save(question_of(survey, "age"), key="years", type="text")
        assert set(caught.value.fields) == {"key", "type"}


class TestType:
    def test_choices_are_kept_and_come_back(self, survey, save):
        team = question_of(survey, "team")
        shown = list(draft_questionnaire(survey).by_key["team"].choices)
        save(team, type="multiple_choice")
        assert list(draft_questionnaire(survey).by_key["team"].choices) == shown
        save(team, type="text")
        assert draft_questionnaire(survey).by_key["team"].choices == ()
        assert draft_questionnaire(survey).by_key["team"].settings == {}
        save(team, type="single_choice")
        assert list(draft_questionnaire(survey).by_key["team"].choices) == shown

    def test_settings_that_mean_the_same_are_kept(self, survey, save):
        team = question_of(survey, "team")
        save(team, settings__required_message="Please!")
        save(team, type="multiple_choice")
        assert team.settings == {"other": True, "required_message": "Please!"}
        save(team, type="text", settings__max_length=10)
        assert team.settings == {"required_message": "Please!", "max_length": 10}


class TestChoices:
    def choice(self, at, label, code="", **more):
        return {"uid": UIDS[at], "code": code, "label": label, "exclusive": False, "new": True, **more}

    def test_codes_go_along_with_the_labels(self, survey, save, unit):
        question = add(unit, survey, "single_choice")
        save(question, choices=[self.choice(0, ""), self.choice(1, "Bl")])
        assert [one.code for one in question.choices] == ["choice_1", "bl"]
        save(question, choices=[self.choice(0, "Red", "choice_1"), self.choice(1, "Blue", "bl")])
        assert [(one.uid, one.code) for one in question.choices] == [(UIDS[0], "red"), (UIDS[1], "blue")]
        save(question, choices=[self.choice(0, "Red", "r"), self.choice(1, "Blue", "blue")])
        save(question, choices=[self.choice(0, "Crimson", "r"), self.choice(1, "Blue", "blue")])
        assert [one.code for one in question.choices] == ["r", "blue"]

    def test_a_published_code_stays_and_is_never_used_again(self, survey, save, unit):
        question = add(unit, survey, "single_choice", label="Colour")
        save(question, choices=[self.choice(0, "Red"), self.choice(1, "Blue")])
        unit(operations.publish_survey, survey, actor=SYSTEM)
        save(question, choices=[self.choice(0, "Crimson", "red"), self.choice(1, "Blue", "blue")])
        assert [one.code for one in question.choices] == ["red", "blue"]
        save(question, choices=[self.choice(1, "Blue", "blue"), self.choice(2, "Red")])
        assert draft_questionnaire(survey).by_key["colour"].labels == {"blue": "Blue", "red_2": "Red"}
        with pytest.raises(InvalidError, match="cannot change"):
            save(question, choices=[self.choice(1, "Blue", "bleu")])

    def test_an_identity_that_is_not_new_must_be_there(self, survey, save):
        with pytest.raises(InvalidError, match="not there any more"):
            save(question_of(survey, "team"), choices=[self.choice(0, "x", new=False)])
        with pytest.raises(InvalidError):
            save(question_of(survey, "team"), choices=[self.choice(0, "x", uid="nonsense")])

    def test_too_many(self, survey, save):
        with pytest.raises(InvalidError, match="cannot be taken"):
            save(question_of(survey, "team"), choices=[{"code": str(n), "label": "x"} for n in range(5001)])

    def test_moving_one_choice_leaves_the_ranks_of_the_others(self, survey, save):
        tools = question_of(survey, "tools")
        ranks = {one.code: one.rank for one in tools.choices}
        there = value_of(tools, "choices")
        save(tools, choices=[there[2], there[0], there[1]])
        assert [one["code"] for one in value_of(tools, "choices")] == ["none", "python", "r"]
        after = {one.code: one.rank for one in tools.choices}
        assert (after["python"], after["r"]) == (ranks["python"], ranks["r"])


class TestTwoPeople:
    def test_neighbours_never_conflict(self, survey, save):
        age, name = question_of(survey, "age"), question_of(survey, "name")
        save(age, label="A")
        save(name, label="N", lock_version=1)
        assert (age.label, name.label) == ("A", "N")

    def test_other_fields_of_the_same_question_are_merged(self, survey, save):
        age = question_of(survey, "age")
        save(age, label="How old?", settings__min=18)
        save(age, lock_version=1, hint="In years", settings__max=99)
        assert (age.label, age.hint, age.settings) == ("How old?", "In years", {"min": 18, "max": 99})

    def test_the_same_field_shows_theirs_and_mine(self, survey, save):
        age = question_of(survey, "age")
        save(age, label="Theirs", hint="Theirs too")
        with pytest.raises(Overtaken) as caught:
            save(
                age,
                lock_version=1,
                label=Edit("Your age", "Mine"),
                hint=Edit("", "Theirs too"),
                settings__min=Edit(16, 18),
            )
        assert {name: (one.base, one.theirs, one.mine) for name, one in caught.value.clashes.items()} == {
            "label": ("Your age", "Theirs", "Mine")
        }
        assert caught.value.lock_version == age.lock_version
        db.session.expire_all()
        assert (age.label, age.settings["min"]) == ("Theirs", 16)
        save(age, label=Edit("Theirs", "Mine"))
        assert age.label == "Mine"

    def test_sending_again_what_arrived_is_no_conflict(self, survey, save, unit):
        question = add(unit, survey, "single_choice")
        mine = [{"uid": UIDS[0], "code": "", "label": "Red ", "exclusive": False, "new": True}]
        for _time in range(2):
            save(question, lock_version=1, label=Edit("", "Colour "), choices=Edit([], mine))
        assert [(one.uid, one.code, one.label) for one in question.choices] == [(UIDS[0], "red", "Red")]

    @pytest.mark.parametrize("before", [None, [], [5, 6], [{"uid": "x"}, {"uid": "y"}], "text"])
    def test_lists_clash_as_a_whole(self, survey, save, before):
        team = question_of(survey, "team")
        there = value_of(team, "choices")
        save(team, choices=[{**there[0], "label": "Dev"}, there[1]])
        with pytest.raises(Overtaken) as caught:
            save(team, lock_version=1, choices=Edit(before, [there[0]]))
        assert caught.value.clashes["choices"].theirs[0]["label"] == "Dev"

    def test_sections_and_the_survey_too(self, survey, unit, anna):
        section = survey.sections[0]
        for operation, record, name in (
            (operations.save_section, section, "title"),
            (operations.save_survey, survey, "title"),
        ):
            before = getattr(record, name)
            unit(operation, record, {name: Edit(before, "Theirs")}, lock_version=record.lock_version, actor=anna)
            with pytest.raises(Overtaken):
                unit(operation, record, {name: Edit(before, "Mine")}, lock_version=1, actor=anna)
            unit(operation, record, {name: Edit(before, "Theirs")}, lock_version=1, actor=anna)
            assert getattr(record, name) == "Theirs"

    def test_texts_around_the_questions(self, survey, unit, anna):
        edits = {"introduction": Edit("", "<p>Hi</p><script>x</script>"), "thanks": Edit("", "<p>Bye</p>")}
        unit(operations.save_survey, survey, edits, lock_version=survey.lock_version, actor=anna)
        assert (survey.introduction, survey.thanks) == ("<p>Hi</p>", "<p>Bye</p>")
        with pytest.raises(InvalidError):
            unit(operations.save_survey, survey, {"title": Edit("", " ")}, lock_version=1, actor=anna)
        with pytest.raises(InvalidError):
            unit(operations.save_survey, survey, {"owner": Edit(1, 2)}, lock_version=1, actor=anna)


class TestAudit:
    def test_typing_is_told_once_and_switches_at_once(self, survey, save):
        age = question_of(survey, "age")
        for text in ("H", "Ho", "How old?"):
            save(age, label=text)
        assert (entries("question.update"), pending()) == ([], [("label", "Your age", "How old?")])
        save(age, required=False)
        assert [one.changes for one in entries("question.update")] == [
            {"label": ["Your age", "How old?"]},
            {"required": [True, False]},
        ]

    def test_publishing_tells_what_was_typed_before(self, survey, save, unit):
        save(question_of(survey, "age"), label="How old?")
        unit(operations.publish_survey, survey, actor=SYSTEM)
        assert pending() == []
        assert entries("question.update")[0].id < entries("survey.publish")[0].id

    @pytest.mark.parametrize("operation", ["move", "retire", "delete", "update"])
    def test_another_kind_of_change_too(self, survey, save, unit, operation):
        age = question_of(survey, "age")
        save(age, label="How old?")
        calls = {
            "move": lambda: unit(
                operations.move_question, age, survey.sections[1], operations.Edge.START, actor=SYSTEM
            ),
            "retire": lambda: unit(operations.retire_question, age, actor=SYSTEM),
            "delete": lambda: unit(operations.delete_question, age, actor=SYSTEM),
            "update": lambda: unit(operations.update_question, age, {"hint": "x"}, actor=SYSTEM),
        }
        calls[operation]()
        assert pending() == []
        assert entries("question.update")[0].changes == {"label": ["Your age", "How old?"]}

    def test_sections_are_typed_in_too(self, survey, unit, anna):
        section = survey.sections[0]
        edits = {"title": Edit("About you", "You"), "description": Edit("", "<p>x</p>")}
        unit(operations.save_section, section, edits, lock_version=1, actor=anna)
        assert [field for field, _before, _after in pending()] == ["title", "description"]
        unit(operations.move_section, section, operations.Edge.END, actor=anna)
        unit(operations.update_section, section, {"title": "Us"}, actor=anna)
        assert len(entries("section.update")) == 3

    def test_what_changed_nothing_is_not_told(self, survey, save):
        age = question_of(survey, "age")
        save(age, label=age.label)
        assert (pending(), age.lock_version) == ([], 1)
