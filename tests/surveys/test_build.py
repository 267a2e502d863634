"""The build page and the address that takes its changes."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from sqlalchemy import func, select

from admin_app.core.db import db, unit_of_work
from admin_app.surveys import operations
from admin_app.surveys.models import Question, Section, Survey, SurveyShare
from admin_app.surveys.queries import draft_questionnaire
from tests.factories import login, make_role, make_survey, make_user
from tests.helpers import count_statements, token_of
from tests.surveys.test_questions import question_of

ROOT = Path(__file__).parents[2]
UID = "bcdfghjkmnpq"


class Builder:
    """A browser on the build page of one survey."""

    def __init__(self, app, survey, user):
        self.survey, self.user = survey, user
        self.path = f"/admin/survey/{survey.id}/build"
        self.client = app.test_client()
        login(self.client, user)
        self.token = token_of(self.client.get("/account/password").text)

    def page(self):
        return self.client.get(self.path)

    def state(self):
        found = re.search(r'<script type="application/json" id="build-state">(.*?)</script>', self.page().text, re.S)
        return json.loads(found[1])

    def change(self, change, **fields):
        return self.post(json.dumps({"change": change, **fields}))

    def post(self, body, **headers):
        return self.client.post(
            f"{self.path}/change",
            data=body,
            headers={"X-CSRFToken": self.token, "Accept": "application/json", **headers},
            content_type="application/json",
        )


@pytest.fixture
def survey(app):
    return make_survey()


@pytest.fixture
def build(app, survey):
    return Builder(app, survey, make_user("anna"))


def fingerprint(survey):
    db.session.rollback()
    sums = [
        db.session.execute(select(func.count(), func.sum(table.lock_version)).select_from(table)).one()
        for table in (Section, Question)
    ]
    return draft_questionnaire(db.session.get_one(Survey, survey.id)), *map(tuple, sums)


class TestPage:
    def test_it_holds_the_draft(self, build, survey):
        state = build.state()
        assert [one["title"] for one in state["sections"]] == ["About you", "Your work"]
        first = [one["key"] for one in state["questions"] if one["section"] == state["sections"][0]["uid"]]
        assert first == ["welcome", "name", "age", "height", "started"]
        team = next(one for one in state["questions"] if one["key"] == "team")
        assert [(one["code"], one["label"]) for one in team["choices"]] == [
            ("dev", "Development"),
            ("ops", "Operations"),
        ]
        assert state["rights"] == {"add": True, "edit": True, "remove": True, "texts": True}
        assert state["findings"] == []
        assert build.client.get(f"{build.path}/state").get_json() == state

    def test_each_type_is_offered_with_what_can_be_set(self, build):
        types = {one["name"]: one for one in build.state()["types"]}
        assert [one["name"] for one in types["integer"]["settings"]] == ["min", "max"]
        assert types["single_choice"]["choices"]
        assert types["statement"]["messages"] == []
        assert all(one["sketch"] or one["choices"] or not one["asks"] for one in types.values())

    def test_without_scripts_it_lists_the_draft_and_says_why(self, build):
        page = build.page().text
        plain = re.search(r'id="build-plain">(.*?)<div class="cvb"', page, re.S)[1]
        assert "needs JavaScript" in plain
        assert "Your age" in plain

    def test_what_is_retired_is_shown_and_what_is_deleted_is_not(self, build, survey, unit):
        unit(operations.retire_question, question_of(survey, "age"), actor=build.user)
        unit(operations.delete_question, question_of(survey, "name"), actor=build.user)
        unit(operations.delete_section, survey.sections[1], actor=build.user)
        state = build.state()
        assert {one["key"]: one["retired"] for one in state["questions"]} == {
            "welcome": False,
            "age": True,
            "height": False,
            "started": False,
        }

    def test_hostile_words_are_words(self, build, survey, unit):
        evil = "</script><script>alert(1)</script><!--"
        unit(operations.update_question, question_of(survey, "age"), {"label": evil}, actor=build.user)
        assert evil not in build.page().text
        assert next(one for one in build.state()["questions"] if one["key"] == "age")["label"] == evil

    def test_who_may_only_read_sees_it_and_changes_nothing(self, app, survey):
        build = Builder(app, survey, make_user("vera", role="viewer"))
        assert build.state()["rights"] == {"add": False, "edit": False, "remove": False, "texts": False}
        before = fingerprint(survey)
        answer = build.change("delete_question", question=question_of(survey, "age").uid)
        assert answer.status_code == 403
        assert answer.get_json()["error"]["message"]
        assert fingerprint(survey) == before

    def test_an_archived_survey_can_only_be_read(self, build, survey, unit):
        unit(operations.archive_survey, survey, actor=build.user)
        assert build.state()["rights"] == {"add": False, "edit": False, "remove": False, "texts": False}
        answer = build.change("delete_question", question=question_of(survey, "age").uid)
        assert (answer.status_code, "archived" in answer.get_json()["error"]["message"]) == (409, True)

    @pytest.mark.parametrize("tail", ["", "/state", "/change"])
    def test_a_survey_of_somebody_else_is_not_there(self, app, survey, tail):
        stranger = Builder(app, survey, make_user("stan", role="own_surveys"))
        method = stranger.client.post if tail == "/change" else stranger.client.get
        answer = method(f"{stranger.path}{tail}", headers={"X-CSRFToken": stranger.token})
        assert answer.status_code == 404

    def test_a_survey_that_is_shared_to_edit_is_built_on(self, app, survey):
        ed = make_user("ed", role="editor")
        with unit_of_work() as session:
            session.add(SurveyShare(survey_id=survey.id, user_id=ed.id, access="edit"))
        build = Builder(app, survey, ed)
        assert build.state()["rights"] == {"add": True, "edit": True, "remove": True, "texts": True}
        assert build.change("delete_question", question=question_of(survey, "age").uid).status_code == 200

    def test_a_deleted_survey_is_gone(self, build, survey, unit):
        unit(operations.delete_survey, survey, actor=build.user)
        assert build.page().status_code == 404

    def test_the_preview_is_the_form_of_the_draft(self, build, survey, unit):
        unit(operations.update_question, question_of(survey, "age"), {"label": "How old?"}, actor=build.user)
        answer = build.client.get(f"/admin/survey/{survey.id}/preview")
        assert answer.status_code == 200
        assert "How old?" in answer.text
        assert "preview" in answer.text
        assert "Send your answers" not in answer.text
        assert "frame-ancestors 'self'" in answer.headers["Content-Security-Policy"]
        unit(operations.delete_survey, survey, actor=build.user)
        assert build.client.get(f"/admin/survey/{survey.id}/preview").status_code == 404


class TestChanges:
    def test_a_whole_survey_is_built(self, build, survey):
        answer = build.change("add_section", uid=UID, data={"title": "New"}).get_json()
        assert answer["sections"][0]["uid"] == UID
        assert [one["message"] for one in answer["findings"]] == ["The section has no questions."]
        uid = "rstvwxyz2345"
        data = {"type": "single_choice", "choices": [{"uid": "6789bcdfghjk", "new": True, "code": "", "label": "Red"}]}
        answer = build.change("add_question", uid=uid, section=UID, data=data).get_json()
        made = answer["questions"][0]
        assert (made["key"], made["choices"][0]["code"], made["lock_version"]) == ("question_1", "red", 1)
        edits = {"label": ["", "Colour?"], "required": [False, True]}
        answer = build.change("save_question", question=uid, lock_version=1, edits=edits).get_json()
        assert (answer["questions"][0]["key"], answer["findings"]) == ("colour", [])
        build.change("move_question", question=uid, section=build.state()["sections"][0]["uid"], after=None)
        assert draft_questionnaire(survey).sections[0].questions[0].key == "colour"

    def test_each_change_says_what_is_different_now(self, build, survey):
        age, team = question_of(survey, "age").uid, question_of(survey, "team").uid
        first, second = (one.uid for one in survey.sections)
        calls = [
            ("save_survey", {"survey": "survey", "lock_version": 1, "edits": {"title": ["", "T"]}}, "surveys"),
            ("save_section", {"section": first, "lock_version": 1, "edits": {"title": ["", "T"]}}, "sections"),
            ("move_section", {"section": second, "after": None}, "sections"),
            ("move_section", {"section": second, "after": first}, "sections"),
            ("move_section", {"section": first}, "sections"),
            ("duplicate_section", {"section": first, "uid": UID}, "sections"),
            ("delete_section", {"section": UID}, "sections"),
            ("undelete_section", {"section": UID}, "sections"),
            ("retire_section", {"section": UID}, "sections"),
            ("restore_section", {"section": UID}, "sections"),
            ("move_question", {"question": age, "section": second}, "questions"),
            ("duplicate_question", {"question": age, "uid": UID}, "questions"),
            ("delete_question", {"question": age}, "questions"),
            ("undelete_question", {"question": age}, "questions"),
            ("retire_question", {"question": age}, "questions"),
            ("restore_question", {"question": age}, "questions"),
            ("paste_choices", {"question": team, "list": "choices", "text": "A\nB", "replace": False}, "questions"),
        ]
        for change, fields, touched in calls:
            answer = build.change(change, **fields)
            assert answer.status_code == 200, (change, answer.get_json())
            assert answer.get_json()[touched], change
        assert answer.get_json()["report"] == {"added": 2, "repeated": 0, "renamed": 0}
        assert len(build.change("undelete_section", section=UID).get_json()["error"]["message"]) > 10

    def test_a_section_that_comes_back_brings_its_questions(self, build, survey):
        uid = survey.sections[1].uid
        build.change("delete_section", section=uid)
        answer = build.change("undelete_section", section=uid).get_json()
        assert [one["key"] for one in answer["questions"]] == ["happy", "team", "tools", "habits", "comment"]

    def test_a_stale_save_is_answered_with_both_versions(self, build, survey):
        age = question_of(survey, "age").uid
        first = build.change("save_question", question=age, lock_version=1, edits={"label": ["Your age", "Theirs"]})
        version = first.get_json()["questions"][0]["lock_version"]
        answer = build.change("save_question", question=age, lock_version=1, edits={"label": ["Your age", "Mine"]})
        assert answer.status_code == 409
        error = answer.get_json()["error"]
        assert error["clashes"] == {"label": {"base": "Your age", "theirs": "Theirs", "mine": "Mine"}}
        assert error["lock_version"] == version
        merged = build.change("save_question", question=age, lock_version=1, edits={"hint": ["", "In years"]})
        assert merged.status_code == 200

    def test_the_sketch_follows_the_settings(self, build, survey):
        age = question_of(survey, "age").uid
        edits = {"settings.min": [16, 21]}
        answer = build.change("save_question", question=age, lock_version=1, edits=edits).get_json()
        assert "From 21 to 120" in answer["questions"][0]["sketch"]


# Fields that no page of ours sends.
FORGED = [
    {"change": "add_section"},
    {"change": "add_section", "uid": UID},
    {"change": "add_section", "uid": UID, "data": []},
    {"change": "add_section", "uid": UID, "data": {}, "more": 1},
    {"change": "add_section", "uid": UID, "data": {"title": 5}},
    {"change": "add_section", "uid": UID, "data": {"rank": "a"}},
    {"change": "add_section", "uid": UID, "data": {"title": "x" * 600_000}},
    {"change": "add_section", "uid": UID, "data": {}, "after": 5},
    {"change": "add_section", "uid": UID, "data": {}, "after": "nosuch"},
    {"change": "add_question", "uid": UID, "section": "nosuch", "data": {"type": "text"}},
    {"change": "add_question", "uid": UID, "section": "FIRST", "data": {}},
    {"change": "add_question", "uid": UID, "section": "FIRST", "data": {"type": "telepathy"}},
    {"change": "add_question", "uid": UID, "section": "FIRST", "data": {"type": "text", "id": 1}},
    {
        "change": "add_question",
        "uid": UID,
        "section": "FIRST",
        "data": {"type": "text", "label": "x" * 600_000},
    },
    {"change": "add_question", "uid": UID, "section": "FIRST", "data": {"type": "text"}, "after": "TEAM"},
    {"change": "add_question", "uid": "../../etc", "section": "FIRST", "data": {"type": "text"}},
    {"change": "save_question", "question": "AGE", "lock_version": 1, "edits": {}},
    {"change": "save_question", "question": "AGE", "lock_version": 1, "edits": {"label": "x"}},
    {"change": "save_question", "question": "AGE", "lock_version": 1, "edits": {"label": ["x"]}},
    {"change": "save_question", "question": "AGE", "lock_version": "1", "edits": {"label": ["", "x"]}},
    {"change": "save_question", "question": "AGE", "lock_version": True, "edits": {"label": ["", "x"]}},
    {"change": "save_question", "question": "AGE", "lock_version": 1, "edits": {"label": ["", "x" * 600_000]}},
    {"change": "save_question", "question": "AGE", "lock_version": 1, "edits": {"survey_id": ["", 2]}},
    {
        "change": "save_question",
        "question": "AGE",
        "lock_version": 1,
        "edits": {"settings": [{}, {"a": 1}], "x": [1, 2]},
    },
    {"change": "save_question", "question": "TEAM", "lock_version": 1, "edits": {"choices": [[], [5]]}},
    {
        "change": "save_question",
        "question": "TEAM",
        "lock_version": 1,
        "edits": {"choices": [[], [{"code": "a b"}]]},
    },
    {"change": "save_survey", "survey": "other", "lock_version": 1, "edits": {"title": ["", "x"]}},
    {"change": "save_survey", "survey": "survey", "lock_version": 1, "edits": {"owner_id": ["", 1]}},
    {"change": "move_question", "question": "AGE", "section": "FIRST", "after": "AGE"},
    {"change": "move_question", "question": None, "section": "FIRST"},
    {"change": "duplicate_question", "question": "AGE", "uid": 7},
    {"change": "paste_choices", "question": "TEAM", "list": "settings", "text": "A", "replace": True},
    {"change": "paste_choices", "question": "TEAM", "list": "choices", "text": "A", "replace": "yes"},
    {"change": "paste_choices", "question": "TEAM", "list": "choices", "text": "x" * 600_000, "replace": True},
    {"change": "undelete_question", "question": "AGE"},
    {"change": "delete_question", "question": {"uid": "AGE"}},
]


def test_what_is_being_typed_stands_in_the_history_at_once(build, survey):
    age = question_of(survey, "age")
    uid, number = age.uid, age.id
    build.change("save_question", question=uid, lock_version=1, edits={"label": ["Your age", "How old?"]})
    build.change("save_survey", survey="survey", lock_version=1, edits={"title": [survey.title, "Working there"]})
    assert "Question changed" in build.client.get(f"/admin/question/details/?id={number}").text
    page = build.client.get(f"/admin/survey/details/?id={survey.id}").text
    assert "Survey changed" in page
    assert "Working there" in page


class TestBadInput:
    BODIES = {
        "nothing": b"",
        "no json": b"{",
        "a list": b"[]",
        "a text": b'"x"',
        "not a number": b'{"change": NaN}',
        "too large a number": b'{"change": "move_section", "lock_version": 1e999}',
        "a long number": b'{"x": ' + b"9" * 5000 + b"}",
        "twice": b'{"change": "a", "change": "b"}',
        "deep": b'{"a":' * 5000 + b"1" + b"}" * 5000,
        "rather deep": b'{"a":' * 12 + b"1" + b"}" * 12,
        "no change": b"{}",
        "an unknown change": b'{"change": "drop_tables"}',
        "a change of another kind": b'{"change": ["add_section"]}',
        "broken utf-8": b'{"change": "\xff"}',
        "a NUL": b'{"change": "add_section", "uid": "\\u0000"}',
        "a NUL in a name": b'{"change": "add_section", "\\u0000": 1}',
        "half a surrogate": b'{"change": "add_section", "data": {"title": "\\ud800"}}',
        "too much": b'{"change": "' + b"x" * 2_000_001 + b'"}',
    }

    @pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
    def test_what_is_no_sound_document_is_refused_with_a_sentence(self, build, survey, body):
        before = fingerprint(survey)
        answer = build.post(body)
        assert 400 <= answer.status_code < 500
        assert answer.get_json()["error"]["message"]
        assert fingerprint(survey) == before

    def test_a_form_is_no_document(self, build, survey):
        answer = build.client.post(f"{build.path}/change", data={"csrf_token": build.token, "change": "add_section"})
        assert answer.status_code == 415

    def test_a_request_without_the_token_is_refused(self, build, survey):
        before = fingerprint(survey)
        body = json.dumps({"change": "delete_question", "question": question_of(survey, "age").uid})
        for token in ("", "x", build.token[:-1]):
            assert build.post(body, **{"X-CSRFToken": token}).status_code == 400
        assert fingerprint(survey) == before

    @pytest.mark.parametrize("fields", FORGED, ids=map(str, range(len(FORGED))))
    def test_forged_fields_change_nothing(self, build, survey, fields):
        known = {
            "FIRST": survey.sections[0].uid,
            "AGE": question_of(survey, "age").uid,
            "TEAM": question_of(survey, "team").uid,
        }
        before = fingerprint(survey)
        given = {name: known.get(value, value) if isinstance(value, str) else value for name, value in fields.items()}
        answer = build.post(json.dumps(given))
        assert answer.status_code in {404, 409, 422}, answer.get_json()
        assert answer.get_json()["error"]["message"].endswith(".")
        assert fingerprint(survey) == before

    def test_parts_of_another_survey_are_not_there(self, build, survey):
        other = make_survey(title="Another")
        theirs, mine = question_of(other, "age").uid, question_of(survey, "age").uid
        before = fingerprint(other)
        for fields in (
            {"change": "delete_question", "question": theirs},
            {"change": "save_question", "question": theirs, "lock_version": 1, "edits": {"label": ["", "x"]}},
            {"change": "move_question", "question": mine, "section": other.sections[0].uid},
            {"change": "move_question", "question": mine, "section": survey.sections[0].uid, "after": theirs},
            {"change": "delete_section", "section": other.sections[0].uid},
            {"change": "add_question", "uid": UID, "section": other.sections[0].uid, "data": {"type": "text"}},
        ):
            assert build.post(json.dumps(fields)).status_code == 404, fields
        assert fingerprint(other) == before

    def test_letters_are_asked_for_one_by_one(self, app, survey):
        updater = Builder(app, survey, make_user("ulf", make_role("U only", survey="R:all", question="RU:all")))
        age, first = question_of(survey, "age").uid, survey.sections[0].uid
        before = fingerprint(survey)
        for fields in (
            {"change": "delete_question", "question": age},
            {"change": "duplicate_question", "question": age, "uid": UID},
            {"change": "add_section", "uid": UID, "data": {}},
            {"change": "add_question", "uid": UID, "section": first, "data": {"type": "text"}},
            {"change": "delete_section", "section": first},
            {"change": "save_survey", "survey": "survey", "lock_version": 1, "edits": {"title": ["", "x"]}},
        ):
            assert updater.post(json.dumps(fields)).status_code == 403, fields
        assert fingerprint(survey) == before
        saved = updater.change("save_question", question=age, lock_version=1, edits={"label": ["Your age", "Age"]})
        assert saved.status_code == 200


class TestStatements:
    """As many with 500 questions as with 5."""

    @pytest.fixture
    def sizes(self, app, unit):
        found = {}
        for size in (5, 500):
            survey = make_survey(title=f"With {size}")
            extra = [
                Question(
                    survey_id=survey.id,
                    section_id=survey.sections[0].id,
                    key=f"extra_{number}",
                    type="text",
                    label=f"Extra {number}",
                    rank=f"z{number:04}1",
                )
                for number in range(size)
            ]
            with unit_of_work() as session:
                session.add_all(extra)
            found[size] = Builder(app, survey, make_user(f"anna{size}"))
        return found

    def counted(self, sizes, prepare):
        counts = {}
        for size, build in sizes.items():
            prepare(build)()  # what a process asks once
            request = prepare(build)
            with count_statements(db.engine) as seen:
                answer = request()
            assert answer.status_code == 200, answer.get_json()
            counts[size] = len(seen)
        assert counts[5] == counts[500], counts
        return counts[500]

    def test_opening_the_page(self, sizes):
        assert self.counted(sizes, lambda build: build.page) <= 12

    def test_an_edit(self, sizes):
        def edit(build):
            age = question_of(build.survey, "age")
            edits = {"hint": [age.hint, age.hint + "x"]}
            uid, version = age.uid, age.lock_version
            return lambda: build.change("save_question", question=uid, lock_version=version, edits=edits)

        assert self.counted(sizes, edit) <= 16

    def test_a_drop(self, sizes):
        def drop(build):
            last = max((question_of(build.survey, key) for key in ("age", "name")), key=lambda one: one.rank).uid
            section, welcome = build.survey.sections[0].uid, question_of(build.survey, "welcome").uid
            return lambda: build.change("move_question", question=last, section=section, after=welcome)

        assert self.counted(sizes, drop) <= 20

    def test_adding_and_copying(self, sizes):
        uids = iter(f"bcdfghjkmn{one}{two}" for one in "pqrst" for two in "pqrst")

        def add(build):
            section, data = build.survey.sections[0].uid, {"type": "text", "label": "New"}
            return lambda: build.change("add_question", uid=next(uids), section=section, data=data)

        def copy(build):
            team = question_of(build.survey, "team").uid
            return lambda: build.change("duplicate_question", question=team, uid=next(uids))

        assert self.counted(sizes, add) <= 22
        assert self.counted(sizes, copy) <= 22


def test_every_text_that_the_scripts_ask_for_is_there():
    """One that is missing would break the page where nobody looks."""
    texts = (ROOT / "templates/surveys/builder/texts.html").read_text()
    known = set(re.findall(r"^  '(\w+)':", texts, re.M))
    scripts = "".join(path.read_text() for path in (ROOT / "admin_app/static/js/builder").glob("*.js"))
    plain = set(re.findall(r'words\("(\w+)"', scripts))
    assert plain
    assert plain - known == set()
    # Of a name that is put together, some are there.
    for start, end in re.findall(r"words\(`(\w*)\$\{[^}]+\}(\w*)`", scripts):
        assert [name for name in known if name.startswith(start) and name.endswith(end)], (start, end)


def test_every_template_that_the_scripts_ask_for_is_there():
    templates = (ROOT / "templates/surveys/builder/templates.html").read_text()
    scripts = "".join(path.read_text() for path in (ROOT / "admin_app/static/js/builder").glob("*.js"))
    wanted = set(re.findall(r'(?:make|open)\("([\w-]+)"\)', scripts))
    assert {"question", "section", "choice", "paste"} <= wanted
    assert {name for name in wanted if f'id="t-{name}"' not in templates} == set()
