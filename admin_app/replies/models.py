"""Replies: one row each, the answers as one JSON document; and what staff add to them."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from admin_app.audit.models import AuditBatch
from admin_app.core.clock import now
from admin_app.core.db import Base, BigId, JsonDocument, enum_by_value
from admin_app.core.ids import public_id
from admin_app.jobs.models import Job
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


TAG_LIMIT = 50


class Tag(Base):
    """A word that staff put on replies to one survey, so that they find these again."""

    __tablename__ = "tag"
    __table_args__ = (UniqueConstraint("survey_id", "name_key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    survey_id: Mapped[int] = mapped_column(ForeignKey("survey.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(TAG_LIMIT))
    # Upper and lower case count as equal; folding may make a name longer.
    name_key: Mapped[str] = mapped_column(String(3 * TAG_LIMIT), index=True)

    def __str__(self) -> str:
        return self.name


# Whoever removes a reply for good removes what hangs on it by the same statement.
reply_tag = Table(
    "reply_tag",
    Base.metadata,
    Column("reply_id", BigId, ForeignKey("reply.id", ondelete="CASCADE"), primary_key=True),
    Column("tag_id", ForeignKey("tag.id", ondelete="CASCADE"), primary_key=True),
    Index("ix_reply_tag_tag_id_reply_id", "tag_id", "reply_id"),
)


class ReplyNote(Base):
    """What somebody of the staff wrote about a reply, for the others."""

    __tablename__ = "reply_note"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    reply_id: Mapped[int] = mapped_column(ForeignKey("reply.id", ondelete="CASCADE"), index=True)
    text: Mapped[str] = mapped_column(Text)
    # No foreign key: people may be purged, what they wrote stays.
    author_id: Mapped[int | None]
    author_name: Mapped[str] = mapped_column(String(200))
    at: Mapped[dt.datetime] = mapped_column(default=now)


class AnswerEdit(Base):
    """One change of one answer by staff. The first one of a question holds what the respondent gave.

    `before` and `after` are what the reply's answers held of this question: {key: value}, with KEY__other where there
    was such text. They stand here and not in the audit log, so that they are masked, and go, together with the answer.
    """

    __tablename__ = "answer_edit"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    reply_id: Mapped[int] = mapped_column(ForeignKey("reply.id", ondelete="CASCADE"), index=True)
    question_key: Mapped[str] = mapped_column(String(60))
    before: Mapped[dict[str, Any]]
    after: Mapped[dict[str, Any]]
    reason: Mapped[str] = mapped_column(Text)
    actor_id: Mapped[int | None]
    actor_name: Mapped[str] = mapped_column(String(200))
    at: Mapped[dt.datetime] = mapped_column(default=now)


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
        Index("ix_reply_submitted_at_id", "submitted_at", "id"),
        Index("ix_reply_tests", "survey_id", postgresql_where=text("test IS true"), sqlite_where=text("test IS 1")),
        Index(
            "ix_reply_trash",
            "deleted_at",
            "id",
            postgresql_where=text("deleted_at IS NOT NULL"),
            sqlite_where=text("deleted_at IS NOT NULL"),
        ),
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
    tags: Mapped[list[Tag]] = relationship(secondary=reply_tag, order_by=Tag.name_key, viewonly=True)

    __mapper_args__ = {"version_id_col": lock_version}

    def __str__(self) -> str:
        return self.public_id


class ReplyText(Base):
    """What a respondent wrote, folded, to be searched. It is made of the answers, and can be made of them again."""

    __tablename__ = "reply_text"

    reply_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("reply.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    words: Mapped[str] = mapped_column(Text)
    # Answers to questions that are marked as personal.
    personal_words: Mapped[str] = mapped_column(Text)


class ReplyTextMark(Base):
    """How far replies were read into `ReplyText`: one row.

    Every reply up to `done_id` was read. Numbers are given before a transaction ends, so below `seen_id`, the last one
    that was there, others may still appear; an hour later, `next_id` at `next_at`, nobody comes any more.
    """

    __tablename__ = "reply_text_mark"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    done_id: Mapped[int] = mapped_column(BigId, default=0)
    seen_id: Mapped[int] = mapped_column(BigId, default=0)
    next_id: Mapped[int] = mapped_column(BigId, default=0)
    next_at: Mapped[dt.datetime] = mapped_column(default=now)


class ReplyUpload(Base):
    """A file of replies: one that somebody is about to import, or what is remembered of one that was imported.

    The file itself lies in the folder for uploads under `public_id` until it is imported or given up.
    """

    __tablename__ = "reply_upload"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(16), unique=True, default=public_id)
    # Nobody's, where the command line imported it.
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="SET NULL"), index=True)
    survey_id: Mapped[int] = mapped_column(ForeignKey("survey.id", ondelete="CASCADE"))
    # Whose questions the columns were put to.
    version_id: Mapped[int | None] = mapped_column(ForeignKey("survey_version.id", ondelete="CASCADE"))
    file_name: Mapped[str] = mapped_column(String(200))
    size: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str] = mapped_column(String(64))
    # As `importer_plan.Plan` and `importer_report.ImportReport` write themselves; no report before the dry run.
    plan: Mapped[dict[str, Any]]
    report: Mapped[dict[str, Any] | None]
    # What reads or imports it now, or did last.
    job_id: Mapped[int | None] = mapped_column(ForeignKey("job.id", ondelete="SET NULL"))
    # What it became.
    batch_id: Mapped[int | None] = mapped_column(ForeignKey("audit_batch.id"))
    left_out: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[dt.datetime] = mapped_column(default=now, index=True)

    __table_args__ = (
        Index("ix_reply_upload_survey_id_sha256", "survey_id", "sha256"),
        UniqueConstraint("batch_id"),
    )

    survey: Mapped[Survey] = relationship(viewonly=True)
    batch: Mapped[AuditBatch | None] = relationship(viewonly=True)
    job: Mapped[Job | None] = relationship(viewonly=True)

    def __str__(self) -> str:
        return self.file_name
