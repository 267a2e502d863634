"""Surveys and what they are made of. These tables ARE the draft; a version is what publishing froze."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from admin_app.accounts.models import Role, User
from admin_app.core.clock import now
from admin_app.core.db import Base, BigId, JsonDocument, enum_by_value
from admin_app.core.ids import public_id

# Ranks are compared byte by byte on both databases, whatever the language of the server.
_RANK = String(80).with_variant(String(80, collation="C"), "postgresql")


class SurveyState(StrEnum):
    """Where a survey stands. "Scheduled", "full" and "expired" are computed on top."""

    DRAFT = "draft"
    OPEN = "open"
    PAUSED = "paused"
    CLOSED = "closed"
    ARCHIVED = "archived"


class Survey(Base):
    """A questionnaire with its dates, limit and owner. Title in lists, dates, limit, state and listing act at once;
    introduction, thanks, sections and questions are the draft until they are published."""

    __resource__ = "survey"
    # What is typed into it is told to the audit log a little later (audit/typed.py).
    __typed__ = True
    __tablename__ = "survey"
    __search__ = ("title", "public_id")
    __table_args__ = (
        CheckConstraint("title <> ''", name="title"),
        CheckConstraint("reply_limit IS NULL OR reply_limit > 0", name="reply_limit"),
        CheckConstraint("reply_count >= 0", name="reply_count"),
        CheckConstraint(
            "state IN ('draft', 'archived') OR current_version_id IS NOT NULL", name="version_unless_draft"
        ),
        CheckConstraint("opens_at IS NULL OR closes_at IS NULL OR opens_at < closes_at", name="dates"),
        CheckConstraint("deleted_by_id IS NULL OR deleted_at IS NOT NULL", name="deleted_by"),
        Index("ix_survey_state_id", "state", "id"),
        Index("ix_survey_title_id", "title", "id"),
        Index("ix_survey_opens_at_id", "opens_at", "id"),
        Index("ix_survey_closes_at_id", "closes_at", "id"),
        Index("ix_survey_updated_at_id", "updated_at", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(16), unique=True, default=public_id)
    title: Mapped[str] = mapped_column(String(300))
    introduction: Mapped[str] = mapped_column(Text, default="")
    thanks: Mapped[str] = mapped_column(Text, default="")
    language: Mapped[str] = mapped_column(String(20), default="en")
    state: Mapped[SurveyState] = mapped_column(enum_by_value(SurveyState, "state"), default=SurveyState.DRAFT)
    listed: Mapped[bool] = mapped_column(default=False)
    anonymous: Mapped[bool] = mapped_column(default=False)
    opens_at: Mapped[dt.datetime | None]
    closes_at: Mapped[dt.datetime | None]
    reply_limit: Mapped[int | None]
    # Kept only where there is a limit: a counter that every submission writes to would serialise them all.
    reply_count: Mapped[int] = mapped_column(default=0)
    owner_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), index=True)
    current_version_id: Mapped[int | None] = mapped_column(
        ForeignKey("survey_version.id", name="fk_survey_current_version_id", use_alter=True), index=True
    )
    created_at: Mapped[dt.datetime] = mapped_column(default=now)
    updated_at: Mapped[dt.datetime] = mapped_column(default=now, onupdate=now)
    deleted_at: Mapped[dt.datetime | None]
    deleted_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    # From then on it is removed for good, its replies first, and cannot be brought back any more.
    purge_started_at: Mapped[dt.datetime | None]
    lock_version: Mapped[int] = mapped_column(default=1)

    owner: Mapped[User] = relationship(foreign_keys=owner_id)
    current_version: Mapped[SurveyVersion | None] = relationship(foreign_keys=current_version_id, post_update=True)
    versions: Mapped[list[SurveyVersion]] = relationship(
        foreign_keys="SurveyVersion.survey_id", back_populates="survey", order_by="SurveyVersion.number"
    )
    sections: Mapped[list[Section]] = relationship(back_populates="survey", order_by="Section.rank, Section.id")
    questions: Mapped[list[Question]] = relationship(
        back_populates="survey", order_by="Question.rank, Question.id", viewonly=True
    )
    shares: Mapped[list[SurveyShare]] = relationship(back_populates="survey", cascade="all, delete-orphan")

    __mapper_args__ = {"version_id_col": lock_version}

    def __str__(self) -> str:
        return self.title


class SurveyShare(Base):
    """A survey is shared with one user or one role, to read or to edit."""

    __tablename__ = "survey_share"
    __table_args__ = (
        CheckConstraint("(user_id IS NULL) <> (role_id IS NULL)", name="one_receiver"),
        CheckConstraint("access IN ('read', 'edit')", name="access"),
        UniqueConstraint("survey_id", "user_id"),
        UniqueConstraint("survey_id", "role_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    survey_id: Mapped[int] = mapped_column(ForeignKey("survey.id", ondelete="CASCADE"))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"), index=True)
    role_id: Mapped[int | None] = mapped_column(ForeignKey("role.id", ondelete="CASCADE"), index=True)
    access: Mapped[str] = mapped_column(String(10), default="read")

    survey: Mapped[Survey] = relationship(back_populates="shares")
    user: Mapped[User | None] = relationship()
    role: Mapped[Role | None] = relationship()


class Section(Base):
    """A page of the questionnaire. `uid` stays the same through versions and copies.

    It is changed with the rights to its questions; in the audit log it is a kind of its own, for its ids are.
    """

    __resource__ = "section"
    __typed__ = True
    __tablename__ = "section"
    __table_args__ = (
        UniqueConstraint("survey_id", "uid"),
        CheckConstraint("deleted_by_id IS NULL OR deleted_at IS NOT NULL", name="deleted_by"),
        Index("ix_section_survey_id_rank", "survey_id", "rank"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    uid: Mapped[str] = mapped_column(String(16), default=public_id)
    survey_id: Mapped[int] = mapped_column(ForeignKey("survey.id", ondelete="CASCADE"))
    title: Mapped[str] = mapped_column(String(300), default="")
    description: Mapped[str] = mapped_column(Text, default="")
    rank: Mapped[str] = mapped_column(_RANK)
    retired_at: Mapped[dt.datetime | None]
    deleted_at: Mapped[dt.datetime | None]
    deleted_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    lock_version: Mapped[int] = mapped_column(default=1)

    survey: Mapped[Survey] = relationship(back_populates="sections")
    questions: Mapped[list[Question]] = relationship(back_populates="section", order_by="Question.rank, Question.id")

    __mapper_args__ = {"version_id_col": lock_version}

    def __str__(self) -> str:
        return self.title


class Question(Base):
    """One question. `key` is its variable name, unique in its survey; `uid` is its identity for ever.

    From the first publication on (`published_at`) key and type are fixed.
    """

    __resource__ = "question"
    __typed__ = True
    __tablename__ = "question"
    __search__ = ("label", "key", "hint", "description")
    __table_args__ = (
        UniqueConstraint("survey_id", "key"),
        UniqueConstraint("survey_id", "uid"),
        CheckConstraint("key <> ''", name="key"),
        CheckConstraint("deleted_by_id IS NULL OR deleted_at IS NOT NULL", name="deleted_by"),
        Index("ix_question_section_id_rank", "section_id", "rank"),
        Index("ix_question_type_id", "type", "id"),
        Index("ix_question_key_id", "key", "id"),
        Index("ix_question_retired_at_id", "retired_at", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    uid: Mapped[str] = mapped_column(String(16), default=public_id)
    survey_id: Mapped[int] = mapped_column(ForeignKey("survey.id", ondelete="CASCADE"))
    section_id: Mapped[int] = mapped_column(ForeignKey("section.id"))
    key: Mapped[str] = mapped_column(String(60))
    type: Mapped[str] = mapped_column(String(30))
    label: Mapped[str] = mapped_column(Text)
    hint: Mapped[str] = mapped_column(Text, default="")
    # Rich text between the label and the input; the body of a statement.
    description: Mapped[str] = mapped_column(Text, default="")
    required: Mapped[bool] = mapped_column(default=False)
    personal: Mapped[bool] = mapped_column(default=False)
    # What the question's type declares: ranges, lengths, own error message, "other".
    settings: Mapped[dict[str, Any]] = mapped_column(JsonDocument, default=dict)
    rank: Mapped[str] = mapped_column(_RANK)
    published_at: Mapped[dt.datetime | None]
    retired_at: Mapped[dt.datetime | None]
    created_at: Mapped[dt.datetime] = mapped_column(default=now)
    updated_at: Mapped[dt.datetime] = mapped_column(default=now, onupdate=now)
    deleted_at: Mapped[dt.datetime | None]
    deleted_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    lock_version: Mapped[int] = mapped_column(default=1)

    survey: Mapped[Survey] = relationship(back_populates="questions")
    section: Mapped[Section] = relationship(back_populates="questions")
    choices: Mapped[list[Choice]] = relationship(
        back_populates="question", cascade="all, delete-orphan", order_by="Choice.rank, Choice.id"
    )

    __mapper_args__ = {"version_id_col": lock_version}

    def __str__(self) -> str:
        return self.label


class ChoiceAxis(StrEnum):
    """A matrix has rows beside its choices."""

    CHOICE = "choice"
    ROW = "row"


class Choice(Base):
    """One choice, or one row of a matrix: a `code` that is stored and a label that is shown."""

    __resource__ = "question"
    __tablename__ = "choice"
    __table_args__ = (
        CheckConstraint("code <> ''", name="code"),
        UniqueConstraint("question_id", "axis", "code"),
        UniqueConstraint("question_id", "uid"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    uid: Mapped[str] = mapped_column(String(16), default=public_id)
    question_id: Mapped[int] = mapped_column(ForeignKey("question.id", ondelete="CASCADE"))
    axis: Mapped[ChoiceAxis] = mapped_column(enum_by_value(ChoiceAxis, "axis"), default=ChoiceAxis.CHOICE)
    code: Mapped[str] = mapped_column(String(80))
    label: Mapped[str] = mapped_column(Text)
    exclusive: Mapped[bool] = mapped_column(default=False)
    rank: Mapped[str] = mapped_column(_RANK)
    published_at: Mapped[dt.datetime | None]
    retired_at: Mapped[dt.datetime | None]

    question: Mapped[Question] = relationship(back_populates="choices")

    def __str__(self) -> str:
        return self.label


class SurveyVersion(Base):
    """The questionnaire as it was published: one canonical JSON text that never changes, with its SHA-256."""

    __tablename__ = "survey_version"
    __table_args__ = (
        UniqueConstraint("survey_id", "number"),
        # For the replies, which name both.
        UniqueConstraint("survey_id", "id"),
        CheckConstraint("number > 0", name="number"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    survey_id: Mapped[int] = mapped_column(ForeignKey("survey.id", ondelete="CASCADE"))
    number: Mapped[int]
    # Text, not JSON: the database must give back the very bytes that were hashed.
    snapshot: Mapped[str] = mapped_column(Text, deferred=True)
    sha256: Mapped[str] = mapped_column(String(64))
    published_at: Mapped[dt.datetime] = mapped_column(default=now)
    published_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    published_by_name: Mapped[str] = mapped_column(String(200), default="")

    survey: Mapped[Survey] = relationship(foreign_keys=survey_id, back_populates="versions")

    def __str__(self) -> str:
        return str(self.number)


class StagedImport(Base):
    """What was read of a file, until whoever sent it has looked at the findings; nothing else is stored before that."""

    __tablename__ = "staged_import"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(16), unique=True, default=public_id)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"), index=True)
    file_name: Mapped[str] = mapped_column(String(200))
    # As a version's snapshot is written.
    content: Mapped[str] = mapped_column(Text)
    # Of each remark its level, place and sentence.
    remarks: Mapped[list[Any]] = mapped_column(JsonDocument)
    created_at: Mapped[dt.datetime] = mapped_column(default=now, index=True)

    def __str__(self) -> str:
        return self.file_name
