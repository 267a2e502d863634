"""A copy of a question in the same survey: its words and choices under another key, with an identity of its own."""

from __future__ import annotations

from typing import Any

from admin_app.surveys.models import Choice, Question
from admin_app.surveys.ranks import spread

_COPIED = ("type", "label", "hint", "description", "required", "personal")


def copy_of(question: Question, *, key: str, rank: str, **more: Any) -> Question:
    """Return a new question that asks what `question` does; what is retired of its choices stays behind.

    The caller puts it into a section.
    """
    offered = [choice for choice in question.choices if choice.retired_at is None]
    return Question(
        survey_id=question.survey_id,
        key=key,
        rank=rank,
        settings=dict(question.settings),
        choices=[
            Choice(axis=one.axis, code=one.code, label=one.label, exclusive=one.exclusive, rank=place)
            for one, place in zip(offered, spread(len(offered)), strict=True)
        ],
        **{name: getattr(question, name) for name in _COPIED},
        **more,
    )
