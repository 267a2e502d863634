"""Replies: one row each, the answers as one JSON document."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from admin_app.audit.models import AuditBatch
from admin_app.core.clock import now
from admin_app.core.db import Base, BigId, JsonDocument, enum_by_value
from admin_app.core.ids import public_id
from admin_app.surveys.models import Survey, SurveyVersion


class ReplyKind(StrEnum):
    """How far the respondent came."""

    PARTIAL = "partial"
    COMPLETE = "complete"
    SCREENED_OUT = "screened_out"


class ReviewStatus(StrEnum):
    """What staff made of it."""

    NEW = "new"
    APPROVED = "approved"
    FLAGGED = "flagged"
    SPAM = "spam"


class Reply(Base):
    """One respondent's submission.

    `answers` maps a question's key to its typed value (codes, never labels); an absent key was not shown, null was
    shown and skipped; "other" text lies under KEY__other.
    """

    __resource__ = "reply"
    __tablename__ = "reply"
    __table_args__ = (
        UniqueConstraint("receipt_hash"),
        # One constraint, and so one look-up for each reply: the version is one of this survey's.
        ForeignKeyConstraint(["survey_id", "version_id"], ["survey_version.survey_id", "survey_version.id"]),
        Index("ix_reply_survey_id_id", "survey_id", "id"),
        Index(
            "ix_reply_batch_id",
            "batch_id",
            postgresql_where=text("batch_id IS NOT NULL"),
            sqlite_where=text("batch_id IS NOT NULL"),
        ),
        Index("ix_reply_survey_id_submitted_at", "survey_id", "submitted_at"),
        Index("ix_reply_tests", "survey_id", postgresql_where=text("test IS true"), sqlite_where=text("test IS 1")),
        CheckConstraint("(kind = 'partial') = (submitted_at IS NULL)", name="submitted_unless_partial"),
        CheckConstraint("source IN ('form', 'import')", name="source"),
        CheckConstraint("deleted_by_id IS NULL OR deleted_at IS NOT NULL", name="deleted_by"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(16), unique=True, default=public_id)
    survey_id: Mapped[int]
    version_id: Mapped[int]
    answers: Mapped[dict[str, Any]] = mapped_column(JsonDocument)
    kind: Mapped[ReplyKind] = mapped_column(enum_by_value(ReplyKind, "kind"), default=ReplyKind.COMPLETE)
    test: Mapped[bool] = mapped_column(default=False)
    review_status: Mapped[ReviewStatus] = mapped_column(
        enum_by_value(ReviewStatus, "review_status"), default=ReviewStatus.NEW
    )
    language: Mapped[str] = mapped_column(String(20), default="en")
    # "form" or "import".
    source: Mapped[str] = mapped_column(String(20), default="form")
    # SHA-256 of the receipt. Unique, so a form that is sent twice is stored once.
    receipt_hash: Mapped[str | None] = mapped_column(String(64))
    batch_id: Mapped[int | None] = mapped_column(ForeignKey("audit_batch.id"))
    started_at: Mapped[dt.datetime | None]
    submitted_at: Mapped[dt.datetime | None] = mapped_column(default=now)
    deleted_at: Mapped[dt.datetime | None]
    deleted_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    lock_version: Mapped[int] = mapped_column(default=1)

    survey: Mapped[Survey] = relationship(primaryjoin="foreign(Reply.survey_id) == Survey.id", viewonly=True)
    version: Mapped[SurveyVersion] = relationship(
        primaryjoin="foreign(Reply.version_id) == SurveyVersion.id", viewonly=True
    )
    batch: Mapped[AuditBatch | None] = relationship()

    __mapper_args__ = {"version_id_col": lock_version}

    def __str__(self) -> str:
        return f"Reply {self.public_id}"
