"""Fixtures for surveys."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest
from sqlalchemy import select

from admin_app.audit.models import AuditEntry
from admin_app.core.db import db, unit_of_work
from admin_app.core.registry import Registry
from admin_app.surveys import seams


class Facts:
    """What the replies would say, as many as a test wants there to be."""

    def __init__(self) -> None:
        self.replies: dict[int, int] = {}

    def exist(self, survey_id: int) -> bool:
        return self.replies.get(survey_id, 0) > 0

    def counting(self, survey_id: int) -> int:
        return self.replies.get(survey_id, 0)

    def totals(self, survey_ids: Sequence[int], *, cap: int) -> Mapping[int, int]:
        return {survey_id: min(self.counting(survey_id), cap) for survey_id in survey_ids}


@pytest.fixture
def replies(monkeypatch: pytest.MonkeyPatch) -> dict[int, int]:
    """The number of replies by survey id, for tests to set."""
    registry: Registry[seams.ReplyFacts] = Registry("reply facts")
    facts = Facts()
    registry.add("replies", facts)
    monkeypatch.setattr(seams, "REPLY_FACTS", registry)
    return facts.replies


@pytest.fixture
def unit() -> Callable[..., Any]:
    """Run one operation in a unit of work of its own."""

    def run(operation: Callable[..., Any], *args: Any, **options: Any) -> Any:
        with unit_of_work():
            return operation(*args, **options)

    return run


def entries(action: str) -> list[AuditEntry]:
    """The audit entries of one kind, oldest first."""
    return list(db.session.scalars(select(AuditEntry).where(AuditEntry.action == action).order_by(AuditEntry.id)))
