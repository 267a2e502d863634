"""What `canvass doctor` says about searching in texts."""

from __future__ import annotations

from sqlalchemy import text

from admin_app.core.db import db
from admin_app.jobs.hooks import CHECKS, CheckResult

_HOW_TO = (
    "Texts are searched without an index. As a superuser run: CREATE EXTENSION pg_trgm; CREATE INDEX"
    " ix_reply_text_words_trigrams ON reply_text USING gin (words gin_trgm_ops); CREATE INDEX"
    " ix_reply_text_personal_words_trigrams ON reply_text USING gin (personal_words gin_trgm_ops);"
)
_INDEXES = text("SELECT count(*) FROM pg_indexes WHERE tablename = 'reply_text' AND indexname LIKE '%trigrams'")


@CHECKS.register("search")
def check_search() -> CheckResult:
    """The indexes for searching in texts are there: a server may have refused to make them."""
    if db.engine.dialect.name == "sqlite" or db.session.scalar(_INDEXES) == 2:
        return CheckResult(well=True, line="Search in texts: by an index.")
    return CheckResult(well=False, line=_HOW_TO)
