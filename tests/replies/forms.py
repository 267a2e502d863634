"""Filling in the public form in tests."""

from __future__ import annotations

import re
from typing import Any

from flask.testing import FlaskClient

from admin_app.surveys.models import Survey

# What a browser sends for tests.factories.SAMPLE_ANSWERS.
SAMPLE_FORM: dict[str, Any] = {
    "name": "Ada",
    "age": "36",
    "height": "1.75",
    "started": "2020-02-29",
    "happy": "yes",
    "team": "dev",
    "tools": ["python", "r"],
    "habits__remote": "often",
    "habits__late": "never",
    "comment": "All well.",
}


def key_in(page: str) -> str:
    """The submission key of a form."""
    found = re.search(r'name="submission_key" value="([^"]*)"', page)
    assert found, page
    return found[1]


def open_form(client: FlaskClient, survey: Survey) -> str:
    """Open a survey's form and return its key."""
    return key_in(client.get(f"/s/{survey.public_id}").text)


def send(client: FlaskClient, survey: Survey, key: str, **fields: Any) -> Any:
    """Send the sample's form, with some fields otherwise."""
    return client.post(f"/s/{survey.public_id}", data={**SAMPLE_FORM, **fields, "submission_key": key})
