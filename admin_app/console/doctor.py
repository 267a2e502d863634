"""What `canvass doctor` says about searching in lists."""

from __future__ import annotations

from sqlalchemy import text

from admin_app.core.db import Base, db
from admin_app.core.search import searched_columns
from admin_app.jobs.hooks import CHECKS, CheckResult

_INDEXES = text("SELECT indexname FROM pg_indexes WHERE indexname LIKE '%trigrams'")

_HOW_TO = "Lists are searched without an index. As a superuser run:"


@CHECKS.register("list search")
def check_list_search() -> CheckResult:
    """The indexes for searching in lists are there: a server may have refused to make them."""
    if db.engine.dialect.name == "sqlite":
        return CheckResult(well=True, line="Search in lists: by an index.")
    made = set(db.session.scalars(_INDEXES))
    tables = [mapper.class_.__tablename__ for mapper in Base.registry.mappers if searched_columns(mapper.class_)]
    missing = sorted(table for table in tables if f"ix_{table}_trigrams" not in made)
    if not missing:
        return CheckResult(well=True, line="Search in lists: by an index.")
    commands = "; ".join(
        f"CREATE INDEX ix_{table}_trigrams ON {table} USING gin (search_words gin_trgm_ops)" for table in missing
    )
    line = f"{_HOW_TO} CREATE EXTENSION IF NOT EXISTS pg_trgm; {commands};"
    return CheckResult(well=False, line=line)
