"""The ten questions that the floor and Canvass both ask, and the answer that is sent to both."""

from __future__ import annotations

from urllib.parse import urlencode

from admin_app.surveys.questionnaire import ChoiceSpec, Questionnaire, QuestionSpec, SectionSpec

CHOICES = frozenset(f"c{number}" for number in range(5))
_KINDS = (
    "single_choice", "single_choice", "multiple_choice", "integer", "decimal",
    "text", "text", "single_choice", "single_choice", "date",
)  # fmt: skip
QUESTIONS = tuple((f"q{number}", kind) for number, kind in enumerate(_KINDS, 1))
ANSWER = urlencode(
    [
        ("q1", "c1"), ("q2", "c2"), ("q3", "c1"), ("q3", "c3"), ("q4", "42"), ("q5", "3.5"),
        ("q6", "short"), ("q7", "A longer free text"), ("q8", "c0"), ("q9", "c4"), ("q10", "2026-01-02"),
    ]
)  # fmt: skip


def questionnaire() -> Questionnaire:
    """Return the questionnaire that Canvass publishes for the measurement: every question is required."""
    return Questionnaire(title="Bench", sections=(SectionSpec("s1", "One section", questions=_questions()),))


def _questions() -> tuple[QuestionSpec, ...]:
    return tuple(
        QuestionSpec(
            uid=f"u{key}",
            key=key,
            type=kind,
            label=f"Question {key}: {kind}",
            required=True,
            choices=_choices(key) if kind.endswith("_choice") else (),
        )
        for key, kind in QUESTIONS
    )


def _choices(key: str) -> tuple[ChoiceSpec, ...]:
    return tuple(ChoiceSpec(uid=f"{key}{code}", code=code, label=code) for code in sorted(CHOICES))
