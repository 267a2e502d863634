"""What a question looks like to respondents, without its words: these are edited in place, around the sketch."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from flask import current_app
from flask_babel import get_locale

from admin_app.core import html
from admin_app.core.words import figure
from admin_app.surveys.question_types import QUESTION_TYPES
from admin_app.surveys.questionnaire import QuestionSpec

# It names the fields inside the sketch, which stands in a tree of its own and is sent to nobody.
_KEY = "sketch"


def sketch_of(kind: str, settings: Mapping[str, Any]) -> str:
    """Return the field of a question of this type as its public template draws it.

    Empty for a type whose choices are edited in place of it.
    """
    if QUESTION_TYPES[kind].has_choices:
        return ""
    return _drawn(str(get_locale()), kind, json.dumps(dict(settings), sort_keys=True))


@lru_cache(maxsize=500)
def _drawn(_language: str, name: str, settings: str) -> str:
    kind = QUESTION_TYPES[name]
    question = QuestionSpec("", _KEY, name, "", settings=json.loads(settings))
    text = current_app.jinja_env.get_template(kind.template).render(
        question=question,
        kind=kind,
        kinds=QUESTION_TYPES,
        values={},
        errors={},
        error="",
        first=lambda _name: "",
        rich=html.render,
        figure=figure,
        long_list=1_000,
        root="",
    )
    return text.strip()
