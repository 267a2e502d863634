"""The words that say why there is no answer, read back from a file that has them."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from admin_app.core.db import db
from admin_app.replies.models import Reply
from tests.factories import SAMPLE_ANSWERS, make_reply, make_survey

WORDS = ["[skipped]", "[not shown]", "'[skipped]", "''[not shown]"]


@pytest.mark.parametrize("flags", [[], ["--states"]], ids=["plain", "states"])
@pytest.mark.parametrize("format_name", ["csv", "xlsx"])
def test_what_was_answered_skipped_and_not_shown_comes_back(cli: Any, tmp_path, flags: list[str], format_name: str):
    survey = make_survey(opened=True)
    given: list[dict[str, Any]] = [SAMPLE_ANSWERS, dict.fromkeys(SAMPLE_ANSWERS)]
    given += [SAMPLE_ANSWERS | {"comment": text, "team__other": text, "team": None} for text in WORDS]
    if flags:
        # Only such a file tells what one respondent was not shown from what he passed over.
        given += [{key: SAMPLE_ANSWERS[key] for key in ("happy", "age")}, {"habits": {"remote": "often"}}]
    for answers in given:
        make_reply(survey, answers)
    file = tmp_path / f"replies.{format_name}"
    done = cli("reply", "export", survey.public_id, "--format", format_name, "--out", file, *flags)
    assert (done.exit_code, done.stderr) == (0, "")
    other = make_survey(opened=True)
    done = cli("reply", "import", other.public_id, file)
    assert (done.exit_code, done.stderr) == (0, "")
    stored = db.session.scalars(select(Reply.answers).where(Reply.survey_id == other.id).order_by(Reply.id)).all()
    for was, now_is in zip(given, stored, strict=True):
        assert {key: value for key, value in now_is.items() if value is not None} == {
            key: value for key, value in was.items() if value is not None
        }
        assert now_is.keys() >= was.keys()
        if flags:
            assert now_is.keys() == was.keys()
