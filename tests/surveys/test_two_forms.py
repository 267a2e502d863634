"""Two people in the form of a survey: moments in their zones, boxes, the owner, and with whom it is shared."""

from __future__ import annotations

import datetime as dt
import html

import pytest
from sqlalchemy import select

from admin_app.accounts.models import Role, User
from admin_app.core.db import db, unit_of_work
from admin_app.surveys import operations
from admin_app.surveys.models import Survey
from admin_app.surveys.queries import shares_of
from tests.console.test_merging import hidden
from tests.factories import login, make_role, make_survey, make_user
from tests.helpers import send

RIGHTS = {"user": "R:all", "role": "R:all", "survey": "CRU:all", "question": "R:all"}


@pytest.fixture
def anna(app):
    """Somebody who may change and share every survey, in Tokyo."""
    user = make_user("anna", make_role("Desk", "survey.share", **RIGHTS), time_zone="Asia/Tokyo")
    client = app.test_client()
    login(client, user)
    return client, user


@pytest.fixture
def berta(app):
    """The same in Berlin, for whom the operations are called."""
    return make_user("berta", make_role("Second desk", "survey.share", **RIGHTS), time_zone="Europe/Berlin")


def opened(client, survey: Survey, **typed):
    """What the form sends that was opened now."""
    page = client.get(f"/admin/survey/edit/?id={survey.id}").text
    stored = {
        "title": survey.title, "introduction": survey.introduction, "thanks": survey.thanks,
        "language": survey.language, "opens_at": "", "closes_at": "", "reply_limit": "", "owner": str(survey.owner_id),
    }  # fmt: skip
    return {**stored, **({"listed": "y"} if survey.listed else {}), **hidden(page), **typed}


def put(client, survey: Survey, fields):
    """Send it."""
    answer = send(client, f"/admin/survey/edit/?id={survey.id}", fields)
    db.session.expire_all()
    return answer


def change(survey: Survey, actor: User, **data) -> None:
    """Somebody else saves."""
    with unit_of_work():
        operations.update_survey(db.session.get_one(Survey, survey.id), data, actor=db.session.get_one(User, actor.id))
    db.session.expire_all()


def test_a_moment_a_box_and_a_text_are_merged(anna, berta):
    client, user = anna
    survey = make_survey(user, title="Before")
    mine = opened(client, survey, title="Mine")
    opening = dt.datetime(2030, 1, 1, 12, 0, 30, tzinfo=dt.UTC)
    change(survey, berta, opens_at=opening, listed=True)
    assert put(client, survey, mine).status_code == 303
    assert (survey.title, survey.opens_at, survey.listed) == ("Mine", opening, True)


def test_moments_clash_in_the_zone_of_whoever_reads(anna, berta):
    client, user = anna
    survey = make_survey(user)
    mine = opened(client, survey, opens_at="2030-01-01T09:00")
    change(survey, berta, opens_at=dt.datetime(2030, 1, 1, 12, 0, tzinfo=dt.UTC))
    answer = put(client, survey, mine)
    page = " ".join(html.unescape(answer.text).replace("\u202f", " ").split())
    assert answer.status_code == 409
    assert "Jan 1, 2030, 9:00:00 PM" in page
    assert "Jan 1, 2030, 9:00:00 AM" in page
    again = {**mine, **hidden(answer.text), "canvass__take-opens_at": "theirs"}
    assert put(client, survey, again).status_code == 303
    assert survey.opens_at == dt.datetime(2030, 1, 1, 12, 0, tzinfo=dt.UTC)


def test_people_and_roles_it_is_shared_with(anna, berta):
    client, user = anna
    survey, carla = make_survey(user), make_user("carla")
    role = db.session.scalars(select(Role).where(Role.name == "Second desk")).one()
    mine = opened(client, survey, edit_users=[str(carla.id)])
    with unit_of_work():
        operations.share_survey(survey, {"read": [role]}, actor=berta)
    assert put(client, survey, mine).status_code == 303
    assert dict(shares_of(survey)) == {carla: "edit", role: "read"}


def test_both_shared_it_by_the_same_list(anna, berta):
    client, user = anna
    survey, carla, dora = make_survey(user), make_user("carla"), make_user("dora")
    mine = opened(client, survey, edit_users=[str(carla.id)])
    with unit_of_work():
        operations.share_survey(survey, {"edit": [dora]}, actor=berta)
    answer = put(client, survey, mine)
    assert answer.status_code == 409
    assert "Users who may edit" in answer.text
    assert dict(shares_of(survey)) == {dora: "edit"}
    again = {**mine, **hidden(answer.text), "canvass__take-edit_users": "mine"}
    assert put(client, survey, again).status_code == 303
    assert dict(shares_of(survey)) == {carla: "edit"}


def test_what_is_not_in_the_form_is_not_shown(app, berta):
    """Who may not give surveys away has no owner in his form, so nothing tells him of another one's choice."""
    user = make_user("emil", make_role("Own", survey="CRU:own", question="R:own"))
    client = app.test_client()
    login(client, user)
    survey, secret = make_survey(user), make_user("secret")
    mine = opened(client, survey, title="Mine", edit_users=[])
    with unit_of_work():
        operations.share_survey(survey, {"edit": [secret]}, actor=berta)
    answer = put(client, survey, mine)
    assert answer.status_code == 303
    assert "secret" not in client.get("/admin/survey/").text
    assert dict(shares_of(survey)) == {secret: "edit"}
