"""Replies as a table: order, versions, what is hidden, and memory."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from sqlalchemy import event, insert, select

from admin_app.audit.models import AuditEntry
from admin_app.core.clock import now
from admin_app.core.db import db, unit_of_work
from admin_app.core.errors import ForbiddenError, NotFoundError
from admin_app.core.permissions import SYSTEM
from admin_app.replies.masking import MASK
from admin_app.replies.models import Reply, ReviewStatus
from admin_app.results.export_plan import ExportPlan
from admin_app.results.operations import export_replies
from admin_app.results.table import reply_table
from admin_app.surveys.models import Survey
from tests.factories import SAMPLE_ANSWERS, make_role, make_user
from tests.results.conftest import add_replies
from tests.results.test_summarise import retire

WORDS = {**SAMPLE_ANSWERS, "team": None, "team__other": "Legal"}


def records(survey: Survey, actor: Any = SYSTEM, **options: Any) -> list[dict[str, Any]]:
    table = reply_table(survey, ExportPlan(**options), actor=actor)
    return [dict(zip(table.header, row, strict=True)) for row in table.rows]


class TestReplyTable:
    def test_only_what_counts_oldest_first(self, survey: Survey) -> None:
        first, second = add_replies(survey, SAMPLE_ANSWERS, WORDS)
        add_replies(survey, SAMPLE_ANSWERS, review_status=ReviewStatus.SPAM)
        assert [row["reply.id"] for row in records(survey)] == [first.public_id, second.public_id]

    def test_filters_narrow(self, survey: Survey) -> None:
        add_replies(survey, SAMPLE_ANSWERS)
        assert records(survey, filters=(".from.2999-01-01",)) == []

    def test_cells_have_types(self, survey: Survey) -> None:
        add_replies(survey, WORDS)
        (row,) = records(survey)
        assert (row["age"], row["height"], row["tools"], row["team"], row["team__other"]) == (
            36, 1.75, ["python", "r"], None, "Legal",
        )  # fmt: skip

    def test_versions_share_their_columns(self, survey: Survey) -> None:
        add_replies(survey, SAMPLE_ANSWERS)
        header = reply_table(survey, actor=SYSTEM).header
        retire(survey, "team")
        add_replies(survey, SAMPLE_ANSWERS)
        assert reply_table(survey, actor=SYSTEM).header == header
        assert [(row["reply.version"], row["team"]) for row in records(survey)] == [(1, "dev"), (2, None)]

    def test_memory_does_not_grow_with_the_replies(self, survey: Survey) -> None:
        fill(survey, 2_000)
        # Twice: what is read for the first time stays, and where the collector begins to work is by chance.
        small = min(peak(survey), peak(survey))
        fill(survey, 18_000)
        assert min(peak(survey), peak(survey)) < 1.5 * small

    def test_the_rows_can_be_taken_after_the_session_is_gone(self, survey: Survey) -> None:
        add_replies(survey, SAMPLE_ANSWERS)
        rows = reply_table(survey, actor=SYSTEM).rows
        db.session.remove()
        assert len(list(rows)) == 1

    def test_a_reader_who_goes_away_leaves_no_connection_open(self, survey: Survey) -> None:
        add_replies(survey, SAMPLE_ANSWERS, SAMPLE_ANSWERS)
        rows = reply_table(survey, actor=SYSTEM).rows
        next(rows)
        db.session.remove()
        assert isinstance(rows, Iterator)
        rows.close()  # type: ignore[attr-defined]
        assert db.engine.pool.checkedout() == 0  # type: ignore[attr-defined]


def fill(survey: Survey, count: int, answers: Mapping[str, Any] = SAMPLE_ANSWERS) -> None:
    row = {"survey_id": survey.id, "version_id": survey.current_version_id, "answers": answers}
    with unit_of_work() as session:
        session.execute(insert(Reply.__table__), [{**row, "submitted_at": now()} for _ in range(count)])  # type: ignore[arg-type]


def peak(survey: Survey) -> int:
    rows = reply_table(survey, actor=SYSTEM).rows
    tracemalloc.start()
    try:
        for _row in rows:
            pass
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


class TestMasking:
    def reader(self, abilities: str) -> Any:
        return make_user("reader", make_role("Reader", reply="R:all", survey="R:all", abilities=abilities))

    def test_who_may_see_it_all_sees_it_all(self, survey: Survey) -> None:
        add_replies(survey, WORDS)
        (row,) = records(survey, self.reader("reply.free_text reply.personal_data"))
        assert MASK not in row.values()

    def test_own_words_are_masked(self, survey: Survey) -> None:
        add_replies(survey, WORDS, {**WORDS, "comment": None})
        first, second = records(survey, self.reader("reply.personal_data"))
        assert [name for name, value in first.items() if value == MASK] == ["name", "team__other", "comment"]
        assert second["comment"] is None

    def test_personal_data_is_masked(self, survey: Survey) -> None:
        add_replies(survey, WORDS)
        (row,) = records(survey, self.reader("reply.free_text"))
        assert [name for name, value in row.items() if value == MASK] == ["name"]

    def test_labels_are_masked_too(self, survey: Survey) -> None:
        add_replies(survey, WORDS)
        (row,) = records(survey, self.reader(""), labels=True)
        assert (row["name"], row["comment"], row["team__other"]) == (MASK, MASK, MASK)


class TestExportReplies:
    def export(self, survey: Survey, actor: Any) -> Any:
        with unit_of_work():
            return export_replies(survey, ExportPlan(labels=True), actor=actor)

    def entries(self) -> list[AuditEntry]:
        return list(db.session.scalars(select(AuditEntry).where(AuditEntry.action == "reply.export")))

    def test_it_works(self, survey: Survey) -> None:
        add_replies(survey, SAMPLE_ANSWERS)
        analyst = make_user("analyst", make_role("A", reply="R:all", survey="R:all", abilities="reply.export"))
        assert len(list(self.export(survey, analyst).rows)) == 1
        (entry,) = self.entries()
        assert (entry.actor_id, entry.record_id) == (analyst.id, survey.id)
        assert entry.changes == {"format": [None, "csv"], "labels": [None, True], "replies": [None, 1]}

    def test_it_needs_the_ability(self, survey: Survey) -> None:
        with pytest.raises(ForbiddenError):
            self.export(survey, make_user("viewer", make_role("V", reply="R:all", survey="R:all")))
        assert self.entries() == []

    def test_a_stranger_finds_nothing(self, survey: Survey) -> None:
        with pytest.raises(NotFoundError):
            self.export(survey, make_user("other", make_role("O", reply="R:own", abilities="reply.export")))


def test_reading_takes_few_statements(survey: Survey) -> None:
    add_replies(survey, *[SAMPLE_ANSWERS] * 30)
    list(reply_table(survey, actor=SYSTEM).rows)
    statements: list[str] = []
    event.listen(db.engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
    assert len(list(reply_table(survey, actor=SYSTEM).rows)) == 30
    assert len(statements) <= 3
