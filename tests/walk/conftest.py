"""One of everything, owned by somebody else, and the people who come along."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from admin_app.accounts.builtin_roles import BUILTIN_ROLES
from admin_app.accounts.models import Role, User, UserStatus
from admin_app.audit.operations import record
from admin_app.core.db import Base, db, unit_of_work
from admin_app.core.permissions import SYSTEM
from admin_app.jobs.models import Job
from admin_app.media.operations import store_file
from admin_app.replies.models import Reply
from admin_app.surveys.models import Question, Section, Survey
from tests.factories import SAMPLE_ANSWERS, login, make_role, make_survey, make_user
from tests.media.pictures import png

ROLES = tuple(role.builtin for role in BUILTIN_ROLES)


# A list to pick from of each screen that has some.
LOOKUPS = {
    "user.ajax_lookup": "heir",
    "role.ajax_lookup": "role",
    "survey.ajax_lookup": "owner",
    "audit.ajax_lookup": "actor",
}
# A field that each list changes in its cells.
CELLS = {"user": "name", "role": "description", "survey": "title", "question": "label", "reply": "review_status"}
# A filter of each list that has some.
FACETS = {"user": "status", "survey": "state", "question": "type", "reply": "kind", "audit": "action", "job": "state"}


@dataclass
class World:
    """What is there, and the values that fill the addresses."""

    app: Flask
    ids: dict[str, int]
    public_id: str
    picture: str
    # By resource: an entry about the record of `ids`.
    entries: dict[str, int]

    def as_nobody(self) -> FlaskClient:
        return self.app.test_client()

    def as_user(self, user: User) -> FlaskClient:
        client = self.app.test_client()
        login(client, user)
        return client

    def address(self, rule: Any) -> str:
        """The rule's address, for records that are there."""
        values: dict[str, Any] = {"public_id": self.public_id, "id": self.ids["survey"], "token": "x" * 43, "number": 1}
        values |= {"key": "comment", "upload": "x" * 16, "kind": "replies", "entry_id": self.ids["audit"]}
        if rule.endpoint == "media.file":
            values["public_id"] = self.picture
        values |= {"filename": "css/canvass.css" if rule.endpoint == "static" else "standard/ckeditor.js"}
        with self.app.test_request_context():
            built = rule.build({name: values[name] for name in rule.arguments}, append_unknown=False)
        path = str(built[1])
        if rule.endpoint in LOOKUPS:
            return f"{path}?name={LOOKUPS[rule.endpoint]}"
        if rule.endpoint == "reply.answer_view":
            return f"{path}?id={self.ids['reply']}&question=age"
        resource = rule.endpoint.split(".")[0]
        if rule.endpoint.endswith(".facets_view"):
            return f"{path}?facet={FACETS[resource]}"
        if rule.endpoint.endswith(".cell_view"):
            return f"{path}?id={self.ids[resource]}&field={CELLS[resource]}"
        if rule.endpoint.endswith("history_revert_view"):
            return f"{path}?id={self.ids[resource]}&entry={self.entries[resource]}"
        record_page = rule.endpoint.endswith(
            ("details_view", "edit_view", "delete_view", "history_view", "history_at_view")
        )
        return f"{path}?id={self.ids[resource]}" if record_page and resource in self.ids else path


@pytest.fixture
def world(app: Flask) -> World:
    owner = make_user("owner", role="administrator")
    survey = make_survey(owner, opened=True)
    with unit_of_work() as session:
        reply = Reply(survey_id=survey.id, version_id=survey.current_version_id, answers=SAMPLE_ANSWERS)
        job = Job(kind="audit.seal", payload={})
        session.add_all([reply, job])
        session.flush()
        entry = record("survey.update", survey, actor=SYSTEM, changes={"title": ("A", "B")})
        picture = store_file("photo.png", png(), actor=owner)
    ids = {
        "user": owner.id,
        # Not the administrator's, which nobody changes.
        "role": make_role("Small", survey="R:all").id,
        "survey": survey.id,
        "question": db.session.scalars(select(Question.id).join(Section).limit(1)).one(),
        "reply": reply.id,
        "job": job.id,
        "audit": entry.id,
    }
    kinds = {"user": User, "role": Role, "survey": Survey, "question": Question, "reply": Reply}
    with unit_of_work() as session:
        found = {name: session.get_one(kind, ids[name]) for name, kind in kinds.items()}
        made = {name: record(f"{name}.update", one, actor=SYSTEM, changes={}) for name, one in found.items()}
    return World(app, ids, survey.public_id, picture.public_id, {name: one.id for name, one in made.items()})


@pytest.fixture
def personas(world: World) -> dict[str, FlaskClient]:
    """Everybody who may come along: one of each role, somebody without any, somebody inactive, a stranger."""
    people = {role: world.as_user(make_user(f"the_{role}", role=role)) for role in ROLES}
    people["without a role"] = world.as_user(make_user("nobody", role=None))
    inactive = make_user("inactive", role="administrator")
    people["inactive"] = world.as_user(inactive)
    with unit_of_work():
        inactive.status = UserStatus.INACTIVE
    people["stranger"] = world.as_nobody()
    return people


@pytest.fixture
def fingerprint(world: World) -> Any:
    """A function that tells whether anything that people keep here was changed."""
    kept = (
        "user_account",
        "role",
        "role_grant",
        "user_role",
        "survey",
        "section",
        "question",
        "choice",
        "reply",
        "tag",
        "reply_tag",
        "reply_note",
        "answer_edit",
        "reply_upload",
        "job",
        "setting",
        "media_file",
    )

    def take() -> dict[str, Any]:
        db.session.rollback()
        state: dict[str, Any] = {}
        for name in kept:
            table = Base.metadata.tables[name]
            version = func.sum(table.c.lock_version) if "lock_version" in table.c else func.count()
            state[name] = tuple(db.session.execute(select(func.count(), version).select_from(table)).one())
        return state

    return take
