"""Every type of question: the results against pandas, from a file of replies that differ in every answer."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest

from admin_app.core.db import db
from admin_app.surveys.models import Survey
from tests import pandas_figures
from tests.every_type import EVERY_ANSWER, every_type_questionnaire
from tests.factories import make_survey
from tests.results.conftest import add_replies
from tests.results.test_summarise import retire


@pytest.fixture
def varied(app: Any) -> Survey:
    """A survey in two versions, with replies of which a fifth of the answers is skipped, and a tenth not shown."""
    survey = make_survey(opened=True, questionnaire=every_type_questionnaire())
    db.session.refresh(survey)
    dice = random.Random(11)
    add_replies(survey, *(answers(dice) for _number in range(60)))
    retire(survey, "single_choice")
    add_replies(survey, *(answers(dice) for _number in range(40)))
    return survey


def answers(dice: random.Random) -> dict[str, Any]:
    made: dict[str, Any] = {
        **EVERY_ANSWER,
        "integer": dice.randint(16, 90),
        "decimal": round(dice.uniform(1, 2), 2),
        "date": f"20{dice.randint(10, 26)}-{dice.randint(1, 12):02}-{dice.randint(1, 28):02}",
        "time": f"{dice.randint(0, 23):02}:{dice.randint(0, 59):02}",
        "yes_no": dice.random() < 0.5,
        "single_choice": dice.choice(["dev", "ops"]),
        "single_choice__other": dice.choice(["", "Legal"]),
        "multiple_choice": dice.sample(["python", "r"], dice.randint(0, 2)),
        "multiple_choice__other": dice.choice(["", "Ada, “the first”"]),
        "matrix_single": {row: dice.choice(["never", "often"]) for row in dice.sample(["early", "late"], 1)},
        "scale": dice.randint(1, 5),
        "bipolar": dice.randint(-3, 3),
        "nps": dice.randint(0, 10),
        "slider": dice.randint(0, 20) * 5,
        "rating": dice.randint(1, 5),
    }
    for key in list(made):
        if not key.endswith("__other") and (chance := dice.random()) < 0.3:
            made.pop(f"{key}__other", None)
            if chance < 0.1:
                del made[key]
            else:
                made[key] = None
    return {key: value for key, value in made.items() if value != "" or not key.endswith("__other")}


def test_every_figure_is_the_one_of_pandas(cli: Any, varied: Survey) -> None:
    exported = cli("reply", "export", varied.public_id, "--format", "csv", "--per-choice", "--states")
    assert exported.exit_code == 0, exported.output
    results = json.loads(cli("results", varied.public_id, "--json").stdout)
    assert pandas_figures.compare(results, pandas_figures.read(exported.stdout_bytes)) > 200
