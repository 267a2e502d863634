"""A respondent's whole dialogue: the form, the submission, the thank-you page."""

from __future__ import annotations

import re

from flask.testing import FlaskClient
from sqlalchemy import func, select

from admin_app.core.db import db
from admin_app.replies.models import Reply
from tests.factories import SAMPLE_ANSWERS, make_survey
from tests.replies.forms import SAMPLE_FORM, key_in, open_form


def test_one_get_and_one_post_store_a_reply(client: FlaskClient):
    survey = make_survey(opened=True)
    page = client.get(f"/s/{survey.public_id}")
    assert page.status_code == 200
    answer = client.post(f"/s/{survey.public_id}", data={**SAMPLE_FORM, "submission_key": key_in(page.text)})
    assert answer.status_code == 303
    place = answer.headers["Location"]
    assert re.fullmatch(rf"/s/{survey.public_id}/done\?r=(?:[2-9b-z]{{4}}-?){{4}}", place)
    reply = db.session.scalars(select(Reply)).one()
    assert reply.answers == SAMPLE_ANSWERS
    assert reply.version_id == survey.current_version_id
    thanks = client.get(place)
    assert thanks.status_code == 200
    assert place[-19:] in thanks.text
