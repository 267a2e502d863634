"""Canvass's side of the benchmark: a migrated database with one open survey, and answers ready to be sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from flask_migrate import upgrade

from admin_app import create_app
from admin_app.core.clock import now
from admin_app.replies.submission_keys import SubmissionKeys
from tests.bench.questions import ANSWER, questionnaire
from tests.bench.rounds import let_go
from tests.bench.servers import SECRET
from tests.factories import make_survey, make_user

# What differs from the settings as they come: a benchmark is one address that answers at once, again and again.
DIFFERENT = {"CANVASS_MINIMUM_FILL_SECONDS": "0", "CANVASS_REPLIES_PER_MINUTE": "0"}


@dataclass(frozen=True)
class Site:
    """A survey that takes replies."""

    survey_id: str
    environment: Mapping[str, str]

    @property
    def path(self) -> str:
        """Return the address of the form, and of its submissions."""
        return f"/s/{self.survey_id}"

    def bodies(self, count: int) -> list[str]:
        """Return `count` submissions, each with the key of a form of its own."""
        keys, moment = SubmissionKeys(SECRET), now()
        return [f"submission_key={keys.issue(self.survey_id, 1, moment)}&{ANSWER}" for _ in range(count)]


def prepare(url: str, instance: Path) -> Site:
    """Migrate the database, then publish and open the survey through Canvass's own operations."""
    app = create_app({"DATABASE_URL": url, "SECRET_KEY": SECRET, "INSTANCE": instance, "LOG_LEVEL": "error"})
    with app.app_context():
        upgrade()
        survey = make_survey(make_user("bench"), opened=True, questionnaire=questionnaire())
        let_go()
    settings = {"CANVASS_DATABASE_URL": url, "CANVASS_SECRET_KEY": SECRET, "CANVASS_INSTANCE": str(instance)}
    return Site(survey.public_id, {**settings, **DIFFERENT})
