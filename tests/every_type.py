"""A questionnaire with every question type, the answers to it as they are stored, and the form that sends them."""

from __future__ import annotations

from typing import Any

from admin_app.surveys.questionnaire import ChoiceSpec, Questionnaire, QuestionSpec, SectionSpec

COUNTRIES = (
    "Argentina Australia Austria Bangladesh Belgium Brazil Bulgaria Canada Chile China Colombia Croatia Cuba Cyprus"
    " Denmark Ecuador Egypt Estonia Ethiopia Finland France Germany Ghana Greece Hungary Iceland India Ireland Italy"
)
LANGUAGES = (
    "Arabic Bengali Czech Danish Dutch English Finnish French German Greek Hindi Italian Japanese Polish Portuguese"
    " Russian Spanish Swedish"
)


def choices(**labels: str) -> tuple[ChoiceSpec, ...]:
    """Choices (or rows) by code."""
    return tuple(ChoiceSpec("", code, label) for code, label in labels.items())


def named(words: str) -> tuple[ChoiceSpec, ...]:
    """One choice for each word."""
    return choices(**{word.lower(): word for word in words.split()})


def every_type_questionnaire(title: str = "Every question there is") -> Questionnaire:
    """One question at least of every type, in every way in which it can be shown; its key is the name of its type."""
    return Questionnaire(
        title,
        "<p>Questions of every kind.</p>",
        "<p>Thank you.</p>",
        sections=(
            SectionSpec("", "Write", questions=_write()),
            SectionSpec("", "Choose", questions=_choose()),
            SectionSpec("", "Judge", questions=_judge()),
            SectionSpec("", "Agree", questions=_agree()),
        ),
    )


def _write() -> tuple[QuestionSpec, ...]:
    return (
        QuestionSpec("", "statement", "statement", "Before you start", description="<p>Take your time.</p>"),
        QuestionSpec("", "text", "text", "Your name", required=True, personal=True, settings={"max_length": 80}),
        QuestionSpec("", "email", "email", "Your e-mail address", personal=True),
        QuestionSpec("", "phone", "phone", "Your phone number", personal=True, hint="With the code of your country."),
        QuestionSpec("", "url", "url", "Your web page"),
        QuestionSpec("", "integer", "integer", "Your age", required=True, settings={"min": 16, "max": 120}),
        QuestionSpec("", "decimal", "decimal", "Your height in metres", hint="Such as 1.75"),
        QuestionSpec("", "date", "date", "Your first day here", settings={"min": "1950-01-01"}),
        QuestionSpec("", "time", "time", "When does your day begin?", settings={"min": "05:00", "max": "11:00"}),
        QuestionSpec("", "datetime", "datetime", "When did you last see a doctor?"),
        QuestionSpec("", "long_text", "long_text", "What else?"),
    )


def _choose() -> tuple[QuestionSpec, ...]:
    often = choices(never="Never", seldom="Seldom", sometimes="Sometimes", often="Often", always="Always")
    tools = (*choices(python="Python", r="R", sas="SAS"), ChoiceSpec("", "none", "None of these", exclusive=True))
    return (
        QuestionSpec("", "yes_no", "yes_no", "Are you happy here?", required=True),
        QuestionSpec("", "single_choice", "single_choice", "Your team", required=True, settings={"other": True},
                     choices=choices(dev="Development", ops="Operations", hr="People")),
        QuestionSpec("", "row", "single_choice", "How often do you work from home?", choices=often,
                     settings={"appearance": "row"}),
        QuestionSpec("", "dropdown", "single_choice", "Where do you live?", settings={"other": True},
                     choices=named(COUNTRIES)),
        QuestionSpec("", "long", "single_choice", "Your first language", settings={"appearance": "radio"},
                     choices=named(LANGUAGES)),
        QuestionSpec("", "multiple_choice", "multiple_choice", "Your tools", choices=tools,
                     settings={"other": True, "min_choices": 2, "max_choices": 3}),
        QuestionSpec("", "matrix_single", "matrix_single", "How often do you", choices=often,
                     rows=choices(early="come early", late="stay late")),
    )  # fmt: skip


def _judge() -> tuple[QuestionSpec, ...]:
    return (
        QuestionSpec("", "scale", "scale", "How content are you with your pay?", required=True,
                     settings={"min_label": "Not at all", "middle_label": "So so", "max_label": "Very"}),
        QuestionSpec("", "bipolar", "scale", "Our meetings are",
                     settings={"min": -3, "max": 3, "min_label": "too short", "max_label": "too long"}),
        QuestionSpec("", "nps", "nps", "How likely are you to recommend us to a friend?"),
        QuestionSpec("", "slider", "slider", "How much of your day goes to meetings?",
                     settings={"step": 5, "unit": "%", "min_label": "none of it", "max_label": "all of it"}),
        QuestionSpec("", "rating", "rating", "How is the coffee?"),
    )  # fmt: skip


def _agree() -> tuple[QuestionSpec, ...]:
    text = "<p>We keep what you write for <strong>one year</strong> and show it to the board only.</p>"
    return (
        QuestionSpec("", "consent", "consent", "Keeping your answers", required=True, description=text),
        QuestionSpec("", "letter", "consent", "Our letter", settings={"agree_label": "Send me the letter"}),
    )


# A full answer to each question, as it is stored.
EVERY_ANSWER: dict[str, Any] = {
    "text": "Ada",
    "email": "ada@example.org",
    "phone": "+44 20 7946 0958",
    "url": "https://example.org/ada",
    "integer": 36,
    "decimal": 1.75,
    "date": "2020-02-29",
    "time": "08:30",
    "datetime": "2026-03-31T14:05",
    "long_text": "All well.\nAnd warm.",
    "yes_no": True,
    "single_choice": "dev",
    "row": "often",
    "dropdown": "iceland",
    "long": "swedish",
    "multiple_choice": ["python", "r"],
    "matrix_single": {"early": "never", "late": "often"},
    "scale": 4,
    "bipolar": -2,
    "nps": 9,
    "slider": 35,
    "rating": 4,
    "consent": True,
    "letter": False,
}

# What a browser sends for it.
EVERY_FORM: dict[str, Any] = {
    "text": "Ada",
    "email": "ada@example.org",
    "phone": "+44 20 7946 0958",
    "url": "https://example.org/ada",
    "integer": "36",
    "decimal": "1.75",
    "date": "2020-02-29",
    "time": "08:30",
    "datetime": "2026-03-31T14:05",
    "long_text": "All well.\r\nAnd warm.",
    "yes_no": "yes",
    "single_choice": "dev",
    "row": "often",
    "dropdown": "iceland",
    "long": "swedish",
    "multiple_choice": ["python", "r"],
    "matrix_single__early": "never",
    "matrix_single__late": "often",
    "scale": "4",
    "bipolar": "-2",
    "nps": "9",
    "slider": ["35", ""],
    "rating": "4",
    "consent": ["yes", "no"],
    "letter": "no",
}
