"""Surveys to look at and to measure with: questionnaires of our own that use what a survey can ask."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from admin_app.surveys.questionnaire import ChoiceSpec, Questionnaire, QuestionSpec, SectionSpec

_AGREEMENT = ("Strongly disagree", "Disagree", "Neither", "Agree", "Strongly agree")


def _choices(labels: Sequence[str]) -> tuple[ChoiceSpec, ...]:
    return tuple(ChoiceSpec("", _code(label), label) for label in labels)


def _code(label: str) -> str:
    return "_".join("".join(sign if sign.isalnum() else " " for sign in label.casefold()).split())[:30]


def _ask(key: str, type_name: str, label: str, *choices: str, rows: Sequence[str] = (), **more: Any) -> QuestionSpec:
    own = {name: more.pop(name) for name in ("required", "personal", "hint") if name in more}
    return QuestionSpec(
        "", key, type_name, label, settings=more, choices=_choices(choices), rows=_choices(rows), **own
    )  # fmt: skip


def _section(title: str, *questions: QuestionSpec) -> SectionSpec:
    return SectionSpec("", title, questions=questions)


def _work() -> Questionnaire:
    return Questionnaire(
        "How we work here",
        introduction="<p>Ten minutes, twice a year. Nobody sees who wrote what.</p>",
        thanks="<p>Thank you. We talk about the results in the first week of next month.</p>",
        sections=(
            _section(
                "About you",
                _ask("department", "single_choice", "Which department do you work in?",
                     "Production", "Sales", "Service", "Development", "Administration", required=True, other=True),
                _ask("years", "integer", "How many years have you been with us?", min=0, max=60),
                _ask("place", "single_choice", "Where do you mostly work?", "On site", "At home", "Half and half"),
                _ask("lead", "yes_no", "Do you lead other people?"),
            ),
            _section(
                "Day to day",
                _ask("statements", "matrix_single", "How far do you agree?", *_AGREEMENT,
                     rows=("I know what is expected of me", "I have what I need for my work",
                           "My work is noticed", "I can say what I think")),
                _ask("load", "scale", "How is your workload?", min=1, max=7, min_label="Far too little",
                     max_label="Far too much"),
                _ask("tools", "multiple_choice", "What keeps you from your work?", "Meetings", "Slow computers",
                     "Noise", "Unclear tasks", "Waiting for others", "Paperwork", other=True),
                _ask("canteen", "rating", "How do you like the canteen?", stars=5),
                _ask("focus", "slider", "How much of a day can you work undisturbed?", min=0, max=100, unit="%"),
            ),
            _section(
                "Looking ahead",
                _ask("recommend", "nps", "Would you recommend us to a friend who looks for work?"),
                _ask("stay", "single_choice", "Do you see yourself here in two years?",
                     "Certainly", "Probably", "Probably not", "No"),
                _ask("change", "long_text", "What should we change first?"),
                _ask("contact", "email", "May we ask back? Then leave an address.", personal=True),
            ),
        ),
    )  # fmt: skip


def _library() -> Questionnaire:
    return Questionnaire(
        "Visiting the town library",
        introduction="<p>Help us to decide about opening hours, shelves and chairs.</p>",
        sections=(
            _section(
                "Your visit",
                _ask("visited", "date", "When were you here last?"),
                _ask("came", "single_choice", "How did you come?", "On foot", "By bicycle", "By bus", "By car"),
                _ask("reasons", "multiple_choice", "What did you come for?", "Borrowing", "Returning", "Reading",
                     "Learning", "Children", "An event", "The internet", required=True),
                _ask("minutes", "integer", "How many minutes did you stay?", min=1, max=600),
            ),
            _section(
                "What you think of it",
                _ask("parts", "matrix_single", "How content are you with …", "Very", "Fairly", "Hardly", "Not at all",
                     rows=("opening hours", "choice of books", "places to sit", "advice")),
                _ask("hours", "multiple_choice", "When should we be open, too?", "Before nine", "After seven",
                     "On Saturday afternoon", "On Sunday", "None of these"),
                _ask("overall", "rating", "All in all?", stars=5),
                _ask("again", "nps", "Would you send others here?"),
            ),
            _section(
                "You",
                _ask("age", "integer", "How old are you?", min=5, max=110),
                _ask("member", "yes_no", "Do you have a card?"),
                _ask("wish", "long_text", "What is missing?"),
            ),
        ),
    )  # fmt: skip


def _conference() -> Questionnaire:
    return Questionnaire(
        "After the conference",
        sections=(
            _section(
                "The days",
                _ask("attended", "multiple_choice", "Which days did you attend?", "Thursday", "Friday", "Saturday",
                     required=True),
                _ask("talks", "rating", "How good were the talks?", stars=5),
                _ask("food", "rating", "How good was the food?", stars=5),
                _ask("length", "scale", "How long were the talks?", min=1, max=5, min_label="Too short",
                     max_label="Too long"),
                _ask("best", "text", "Which talk will you remember?"),
            ),
            _section(
                "Next time",
                _ask("price", "decimal", "What would you pay for a ticket, in euros?", min=0, max=2000),
                _ask("return", "nps", "Will you tell others to come?"),
                _ask("topics", "multiple_choice", "What should there be more of?", "Databases", "Design", "Security",
                     "Testing", "People", other=True),
                _ask("remarks", "long_text", "What else should we know?"),
                _ask("name", "text", "Your name, if you like", personal=True),
            ),
        ),
    )  # fmt: skip


def demo_questionnaires() -> list[Questionnaire]:
    """Return the surveys of the demo, the one with most replies first."""
    return [_work(), _library(), _conference()]
