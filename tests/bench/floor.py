"""The floor: a Flask application that does nothing but show a 10-question form and store what comes back.

It has no versions, no receipts, no rights, no translations and no error page. What Canvass reaches is given as a share
of what this reaches on the same machine, server, database and load. FLOOR_DSN names an empty PostgreSQL database.
"""

from __future__ import annotations

import datetime as dt
import json
import os
from typing import Any

from flask import Flask, request
from psycopg_pool import ConnectionPool
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from tests.bench.questions import CHOICES, QUESTIONS

TABLE = """
CREATE TABLE IF NOT EXISTS floor_reply (
    id bigserial PRIMARY KEY, survey_id int NOT NULL, answers jsonb NOT NULL, submitted_at timestamptz DEFAULT now()
)
"""
PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Floor</title>
<form method="post" action="/submit">
{% for key, kind in questions %}
<fieldset><legend>Question {{ key }}: {{ kind }}</legend>
{% if kind in ("single_choice", "multiple_choice") %}
{% for code in choices %}
<label><input type="{{ 'radio' if kind == 'single_choice' else 'checkbox' }}" name="{{ key }}" value="{{ code }}">
{{ code }}</label>
{% endfor %}
{% else %}
<input name="{{ key }}">
{% endif %}
</fieldset>
{% endfor %}
<button>Send</button>
</form>
"""

CONVERT = {
    "integer": int,
    "decimal": float,
    "date": lambda text: dt.date.fromisoformat(text).isoformat(),
}


def clean(form: MultiDict[str, str]) -> dict[str, Any]:
    """Return the answers with their types; ValueError with the key of the first that is missing or wrong."""
    answers: dict[str, Any] = {}
    for key, kind in QUESTIONS:
        values = form.getlist(key)
        if not values or (kind.endswith("_choice") and not CHOICES.issuperset(values)):
            raise ValueError(key)
        answers[key] = values if kind == "multiple_choice" else CONVERT.get(kind, str)(values[0])
    return answers


def create_app() -> Flask:
    """Return the application; its pool is opened in the process that serves."""
    app = Flask(__name__)
    page = app.jinja_env.from_string(PAGE)
    pool = ConnectionPool(os.environ["FLOOR_DSN"], min_size=2, max_size=8, open=True)
    with pool.connection() as connection:
        connection.execute("SELECT pg_advisory_xact_lock(1)")
        connection.execute(TABLE)

    @app.get("/hello")
    def hello() -> str:
        return "hello"

    @app.get("/form")
    def form() -> str:
        return page.render(questions=QUESTIONS, choices=sorted(CHOICES))

    @app.post("/submit")
    def submit() -> Response | tuple[str, int]:
        try:
            answers = clean(request.form)
        except ValueError as error:
            return f"Please check {error}", 422
        with pool.connection() as connection:
            connection.execute("INSERT INTO floor_reply (survey_id, answers) VALUES (1, %s)", [json.dumps(answers)])
        return Response(status=303, headers={"Location": "/hello"})

    return app
