"""Whether results are still what they were: a mark that changes with every change of what is counted."""

from __future__ import annotations

import hashlib
from typing import Any

from sqlalchemy import func, select

from admin_app.core.db import db
from admin_app.replies.models import Reply
from admin_app.results.filters import Filters
from admin_app.surveys.models import Survey


def state_of(survey: Survey, filters: Filters, *reader: Any) -> tuple[int, str]:
    """Return how many replies `filters` choose, and a mark; `reader` is what else the page depends on.

    An edit raises the number of a reply's changes; whatever comes, goes, or counts no longer changes how many there
    are, or which is the last.
    """
    facts = (func.count(), func.max(Reply.id), func.max(Reply.submitted_at), func.sum(Reply.lock_version))
    found = db.session.execute(select(*facts).where(*filters.conditions(survey.id))).one()
    text = repr((survey.id, survey.lock_version, survey.current_version_id, filters.tokens, *found, *reader))
    return found[0], hashlib.sha256(text.encode()).hexdigest()[:24]
