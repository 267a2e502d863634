"""Publishing freezes a version; what was published keeps its identity."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import select

from admin_app.core.db import db, unit_of_work
from admin_app.core.errors import ConflictError, DomainError, ForbiddenError, InvalidError, NotFoundError
from admin_app.core.permissions import SYSTEM
from admin_app.surveys import operations
from admin_app.surveys.models import Choice, Question, Survey, SurveyVersion
from admin_app.surveys.queries import draft_questionnaire, questionnaire_at, questionnaire_of
from admin_app.surveys.questionnaire import ChoiceSpec, Questionnaire, QuestionSpec, SectionSpec, sha256_of
from tests.factories import choices, make_role, make_survey, make_user, sample_questionnaire
from tests.surveys.conftest import entries


def question_of(survey, key):
    return db.session.scalars(select(Question).where(Question.survey_id == survey.id, Question.key == key)).one()


def publish(survey):
    with unit_of_work():
        return operations.publish_survey(survey, actor=SYSTEM)


class TestPublish:
    def test_it_works(self, app):
        survey, actor = make_survey(), make_user("root")
        with unit_of_work():
            version = operations.publish_survey(survey, actor=actor)
        assert (version.number, survey.current_version_id) == (1, version.id)
        assert (version.published_by_id, version.published_by_name) == (actor.id, "root")
        assert survey.state.value == "draft"
        assert entries("survey.publish")[0].changes == {"version": [None, 1], "sha256": [None, version.sha256]}

    def test_the_snapshot_is_canonical_and_hashed(self, app):
        version = make_survey(published=True).current_version
        snapshot = db.session.scalar(select(SurveyVersion.snapshot).where(SurveyVersion.id == version.id))
        assert sha256_of(snapshot) == version.sha256
        assert Questionnaire.from_json(snapshot).to_json() == snapshot

    def test_edits_do_not_reach_what_is_published(self, app):
        survey = make_survey(published=True)
        version = survey.current_version
        before = questionnaire_of(version)
        with unit_of_work():
            operations.update_survey(survey, {"introduction": "<p>Other</p>", "title": "Other"}, actor=SYSTEM)
        with unit_of_work():
            operations.update_question(question_of(survey, "age"), {"label": "How old?"}, actor=SYSTEM)
        with unit_of_work():
            operations.retire_question(question_of(survey, "height"), actor=SYSTEM)
        snapshot = db.session.scalar(select(SurveyVersion.snapshot).where(SurveyVersion.id == version.id))
        assert Questionnaire.from_json(snapshot) == before == questionnaire_at(version.id, version.sha256)
        assert sha256_of(snapshot) == version.sha256
        second = publish(survey)
        assert second.number == 2
        asked = questionnaire_of(second)
        assert asked.by_key["age"].label == "How old?"
        assert "height" not in asked.by_key
        assert asked.by_key["age"].uid == before.by_key["age"].uid

    def test_nothing_changed_is_refused(self, app):
        survey = make_survey(published=True)
        with pytest.raises(ConflictError, match="since version 1"):
            publish(survey)
        assert db.session.query(SurveyVersion).count() == 1

    def test_it_needs_questions(self, app):
        statement = QuestionSpec("", "s", "statement", "Read")
        survey = make_survey(questionnaire=Questionnaire("Empty", sections=(SectionSpec("", "", "", (statement,)),)))
        with pytest.raises(InvalidError, match="no questions"):
            publish(survey)
        assert survey.current_version_id is None

    def test_faults_are_named_by_question(self, app):
        bad = QuestionSpec("", "colour", "single_choice", "Colour?")
        survey = make_survey(questionnaire=Questionnaire("Bad", sections=(SectionSpec("", "", "", (bad,)),)))
        with pytest.raises(InvalidError) as caught:
            publish(survey)
        assert caught.value.fields == {"colour": "There are no choices."}
        assert "colour: There are no choices." in caught.value.message

    def test_it_needs_the_ability(self, app):
        survey, viewer, nobody = make_survey(), make_user("vera", "viewer"), make_user("nobody", None)
        with pytest.raises(ForbiddenError), unit_of_work():
            operations.publish_survey(survey, actor=viewer)
        with pytest.raises(NotFoundError), unit_of_work():
            operations.publish_survey(survey, actor=nobody)

    def test_an_archived_survey_is_refused(self, app):
        survey = make_survey()
        with unit_of_work():
            operations.archive_survey(survey, actor=SYSTEM)
        with pytest.raises(ConflictError, match="archived"):
            publish(survey)

    def test_a_deleted_survey_is_not_there(self, app):
        survey = make_survey()
        with unit_of_work():
            operations.delete_survey(survey, actor=SYSTEM)
        with pytest.raises(NotFoundError):
            publish(survey)

    def test_what_is_retired_is_not_fixed(self, app):
        survey = make_survey()
        with unit_of_work():
            operations.retire_question(question_of(survey, "age"), actor=SYSTEM)
        publish(survey)
        db.session.expire_all()
        assert question_of(survey, "age").published_at is None
        assert question_of(survey, "team").published_at is not None
        published = db.session.scalars(select(Choice.published_at).join(Question).where(Question.key == "team")).all()
        assert None not in published

    def test_two_at_once_give_one_version(self, app):
        survey_id = make_survey().id
        barrier, outcomes = threading.Barrier(2), []

        def run():
            with app.app_context():
                survey = db.session.get(Survey, survey_id)
                barrier.wait()
                try:
                    with unit_of_work():
                        outcomes.append(operations.publish_survey(survey, actor=SYSTEM).number)
                except DomainError as error:
                    outcomes.append(error.message)

        threads = [threading.Thread(target=run) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(outcomes, key=str) == [1, "Nothing has changed since version 1 was published."]
        assert db.session.query(SurveyVersion).count() == 1


class TestFixed:
    @pytest.mark.parametrize(("field", "value"), [("key", "years"), ("type", "decimal")])
    def test_key_and_type_are_fixed_once_published(self, app, field, value):
        survey = make_survey(published=True)
        with pytest.raises(InvalidError) as caught, unit_of_work():
            operations.update_question(question_of(survey, "age"), {field: value}, actor=SYSTEM)
        assert list(caught.value.fields) == [field]

    def test_they_are_free_before(self, app):
        survey = make_survey()
        with unit_of_work():
            operations.update_question(
                question_of(survey, "age"), {"key": "years", "type": "decimal", "settings": {}}, actor=SYSTEM
            )
        assert question_of(survey, "years").type == "decimal"

    def test_a_publication_meanwhile_counts(self, app):
        survey = make_survey()
        question = question_of(survey, "age")
        assert question.published_at is None
        publish(survey)
        with pytest.raises(InvalidError), unit_of_work():
            operations.update_question(question, {"key": "years"}, actor=SYSTEM)

    def test_a_key_is_never_used_again(self, app):
        survey = make_survey(published=True)
        with unit_of_work():
            operations.retire_question(question_of(survey, "age"), actor=SYSTEM)
        with pytest.raises(InvalidError, match="another key"), unit_of_work():
            section = survey.sections[0]
            operations.add_question(section, {"key": "age", "type": "text", "label": "Age"}, actor=SYSTEM)
        with pytest.raises(InvalidError, match="another key"), unit_of_work():
            data = {"key": "new", "type": "text", "label": "New"}
            question = operations.add_question(survey.sections[0], data, actor=SYSTEM)
            operations.update_question(question, {"key": "age"}, actor=SYSTEM)

    def wanted(self, question, **changed):
        return [
            {"uid": choice.uid, "code": changed.get(choice.code, choice.code), "label": choice.label}
            for choice in question.choices
        ]

    def test_a_code_is_fixed_once_published(self, app):
        survey = make_survey(published=True)
        question = question_of(survey, "team")
        with pytest.raises(InvalidError, match="code cannot change"), unit_of_work():
            operations.update_question(question, {"choices": self.wanted(question, dev="devel")}, actor=SYSTEM)

    def test_a_code_is_free_before(self, app):
        survey = make_survey()
        question = question_of(survey, "team")
        with unit_of_work():
            operations.update_question(question, {"choices": self.wanted(question, dev="devel")}, actor=SYSTEM)
        assert draft_questionnaire(survey).by_key["team"].labels == {"devel": "Development", "ops": "Operations"}

    def test_codes_can_be_exchanged_before(self, app):
        survey = make_survey()
        question = question_of(survey, "team")
        with unit_of_work():
            swapped = self.wanted(question, dev="ops", ops="dev")
            operations.update_question(question, {"choices": swapped}, actor=SYSTEM)
        assert draft_questionnaire(survey).by_key["team"].labels == {"ops": "Development", "dev": "Operations"}

    def test_a_published_choice_that_goes_is_retired_and_its_code_never_used_again(self, app):
        survey = make_survey(published=True)
        question = question_of(survey, "team")
        dev = next(choice for choice in question.choices if choice.code == "dev")
        with unit_of_work():
            operations.update_question(question, {"choices": [{"code": "ops", "label": "Operations"}]}, actor=SYSTEM)
        assert dev.retired_at is not None
        assert list(draft_questionnaire(survey).by_key["team"].labels) == ["ops"]
        assert [
            (one["code"], one.get("retired", False)) for one in entries("question.update")[0].changes["choices"][1]
        ] == [("dev", True), ("ops", False)]
        data = [{"code": "ops", "label": "Operations"}, {"code": "dev", "label": "Devotion"}]
        with pytest.raises(InvalidError) as caught, unit_of_work():
            operations.update_question(question, {"choices": data}, actor=SYSTEM)
        assert "belonged to “Development”" in caught.value.fields["choices"]
        db.session.expire_all()
        with unit_of_work():
            back = [{"code": "ops", "label": "Operations"}, {"uid": dev.uid, "code": "dev", "label": "Developers"}]
            operations.update_question(question, {"choices": back}, actor=SYSTEM)
        assert list(draft_questionnaire(survey).by_key["team"].labels) == ["ops", "dev"]

    def test_an_unpublished_choice_that_goes_is_gone(self, app):
        survey = make_survey()
        question = question_of(survey, "team")
        with unit_of_work():
            operations.update_question(question, {"choices": [{"code": "ops", "label": "Operations"}]}, actor=SYSTEM)
        assert db.session.query(Choice).filter_by(question_id=question.id).count() == 1
        with unit_of_work():
            data = [{"code": "dev", "label": "Devotion"}, {"code": "ops", "label": "Operations"}]
            operations.update_question(question, {"choices": data}, actor=SYSTEM)
        assert list(draft_questionnaire(survey).by_key["team"].labels) == ["dev", "ops"]

    def test_rows_and_choices_have_codes_of_their_own(self, app):
        survey = make_survey(published=True)
        question = question_of(survey, "habits")
        with unit_of_work():
            rows = [{"code": "remote", "label": "work from home"}, {"code": "often", "label": "work often"}]
            operations.update_question(question, {"rows": rows}, actor=SYSTEM)
        asked = draft_questionnaire(survey).by_key["habits"]
        assert list(asked.row_labels) == ["remote", "often"]
        assert list(asked.labels) == ["never", "sometimes", "often"]

    def test_a_foreign_uid_is_refused(self, app):
        survey = make_survey()
        question = question_of(survey, "team")
        with pytest.raises(InvalidError, match="not there any more"), unit_of_work():
            data = [{"uid": "nobody", "code": "x", "label": "X"}]
            operations.update_question(question, {"choices": data}, actor=SYSTEM)


class TestBuild:
    def test_uids_are_kept_and_made(self, app):
        survey = make_survey(questionnaire=sample_questionnaire())
        first = draft_questionnaire(survey)
        assert all(question.uid for question in first.questions())
        again = draft_questionnaire(make_survey(questionnaire=first))
        assert again == first

    def test_it_needs_both_letters_and_the_right_to_give(self, app):
        viewer = make_user("vera", "viewer")
        maker = make_user("max", make_role("Maker", survey="CR:own", question="R:own"))
        own = make_user("otto", make_role("Own", survey="CRUD:own", question="CRUD:own"))
        for actor, owner in ((viewer, viewer), (maker, maker), (own, viewer)):
            with pytest.raises(ForbiddenError), unit_of_work():
                operations.build_survey(sample_questionnaire(), owner=owner, actor=actor)
        with unit_of_work():
            assert operations.build_survey(sample_questionnaire(), owner=own, actor=own).owner is own

    @pytest.mark.parametrize(
        ("question", "sentence"),
        [
            (QuestionSpec("", "1st", "text", "A"), "begins with a letter"),
            (QuestionSpec("", "a__b", "text", "A"), "in a row"),
            (QuestionSpec("", "a\0", "text", "A"), "begins with a letter"),
            (QuestionSpec("", "x" * 61, "text", "A"), "at most 60"),
            (QuestionSpec("", "Submission_key", "text", "A"), "reserved"),
            (QuestionSpec("", "a", "telepathy", "A"), "no question type"),
            (QuestionSpec("", "a", "text", "x" * 5001), "at most 5,000"),
            (QuestionSpec("", "a", "text", "A", description="x" * 200_001), "at most 200,000"),
            (QuestionSpec("", "a", "single_choice", "A", choices=(ChoiceSpec("", "a b", "A"),)), "spaces"),
            (QuestionSpec("", "a", "single_choice", "A", choices=(ChoiceSpec("", "__other", "A"),)), "Other"),
            (QuestionSpec("", "a", "single_choice", "A", choices=(ChoiceSpec("", "x" * 81, "A"),)), "at most 80"),
            (QuestionSpec("", "a", "single_choice", "A", choices=choices(a="A") * 2), "twice"),
            (QuestionSpec("", "a", "matrix_single", "A", rows=(ChoiceSpec("", "a", "x" * 5001),)), "at most 5,000"),
        ],
    )
    def test_what_cannot_be_stored_is_named(self, app, question, sentence):
        with pytest.raises(InvalidError) as caught:
            make_survey(questionnaire=Questionnaire("Bad", sections=(SectionSpec("", "", "", (question,)),)))
        assert sentence in caught.value.fields[question.key[:60]]
        assert db.session.scalar(select(Survey.id)) is None

    def test_a_key_stands_once(self, app):
        two = (QuestionSpec("", "a", "text", "A"), QuestionSpec("", "a", "text", "B"))
        with pytest.raises(InvalidError) as caught:
            make_survey(questionnaire=Questionnaire("Bad", sections=(SectionSpec("", "", "", two),)))
        assert caught.value.fields == {"a": "Two questions have this key."}

    def test_rich_text_is_cleaned(self, app):
        bad = "<p>Hi</p><script>x()</script>"
        question = QuestionSpec("", "a", "statement", "", description=bad)
        survey = make_survey(
            questionnaire=Questionnaire("T", bad, bad, sections=(SectionSpec("", "", bad, (question,)),))
        )
        assert "<script" not in draft_questionnaire(survey).to_json()
